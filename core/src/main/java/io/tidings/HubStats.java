package io.tidings;

/**
 * What a hub holds at one moment; each figure is exact for itself. After every connection has ended all are zero.
 *
 * @param connections     authenticated and registered
 * @param users           with at least one of those
 * @param unauthenticated open but not authenticated yet
 * @param closing         close frame or last messages on the way
 * @param memberships     of connections in the everyone, tenant and topic groups of the lanes
 * @param watched         connections that the heartbeat ring visits
 * @param queuedFrames    waiting or being written, over all connections
 * @param queuedBytes     of those frames
 * @param reads           mailbox reads under way
 * @param appends         durable messages on their way into the mailbox
 */
public record HubStats(
        int connections,
        int users,
        int unauthenticated,
        int closing,
        int memberships,
        int watched,
        long queuedFrames,
        long queuedBytes,
        int reads,
        int appends) {

    /** Whether nothing is left. */
    public boolean isEmpty() {
        return equals(new HubStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }
}
