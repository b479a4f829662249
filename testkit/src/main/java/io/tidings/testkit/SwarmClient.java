package io.tidings.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Thousands of WebSocket connections that count what they receive and keep next to nothing, on one selector thread.
 *
 * <pre>{@code
 * try (var swarm = SwarmClient.open(SwarmOptions.DEFAULTS)) {
 *     swarm.connect(5_000, i -> UpgradeRequest.to(uri).bearer(tokenOf(i)));
 *     swarm.awaitOpen(5_000, Duration.ofSeconds(30));
 *     …
 *     swarm.awaitFrames(5_000, Duration.ofSeconds(10));
 * }
 * }</pre>
 *
 * <p>A <i>frame</i> here is a text message, in however many WebSocket frames it came; its bytes are its payload's. Binary
 * messages are skipped. Connections are numbered from 0 in the order of {@link #connect}. A connection counts as closed
 * from its close frame (which is answered), or else from the end of its stream.
 *
 * <p><b>Threads.</b> Any thread calls; commands are carried out by the selector thread a moment later, in order.
 * <b>Limits.</b> A process has descriptors for so many connections; those beyond count as failed.
 * {@link RawWebSocketClient} is the one to use for single connections: it checks what it reads.
 */
public final class SwarmClient implements AutoCloseable {
    private final SwarmOptions options;
    private final SwarmTally tally = new SwarmTally();
    private final List<SwarmLoop> loops;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final List<SwarmLink> links = new ArrayList<>();

    private SwarmClient(SwarmOptions options) {
        this.options = options;
        this.loops = IntStream.range(0, options.threads())
                .mapToObj(number -> new SwarmLoop(number, tally, options))
                .toList();
        loops.forEach(SwarmLoop::start);
    }

    /** Starts the threads, without connections. */
    public static SwarmClient open(SwarmOptions options) {
        return new SwarmClient(options);
    }

    /**
     * Adds connections and returns at once.
     *
     * @param request what the connection of this number asks with; called here, in order
     */
    public void connect(int count, IntFunction<UpgradeRequest> request) {
        synchronized (lock) {
            List<List<SwarmLink>> shares = loops.stream()
                    .map(loop -> (List<SwarmLink>) new ArrayList<SwarmLink>())
                    .toList();
            for (int i = 0; i < count; i++) {
                int number = links.size();
                SwarmLink link = new SwarmLink(request.apply(number), loopOf(number), tally, options);
                links.add(link);
                shares.get(number % loops.size()).add(link);
            }
            for (int i = 0; i < loops.size(); i++) {
                loops.get(i).connect(shares.get(i));
            }
        }
    }

    /** Waits until at least so many handshakes succeeded, those of closed connections included. */
    public void awaitOpen(int count, Duration timeout) {
        tally.await(count + " open", () -> tally.opened.get() >= count, timeout);
    }

    /** Waits until at least so many frames arrived on all connections together. */
    public void awaitFrames(long total, Duration timeout) {
        tally.await(total + " frames", () -> tally.frames.get() >= total, timeout);
    }

    /** Waits until at least so many connections that were open are closed. */
    public void awaitClosed(int count, Duration timeout) {
        tally.await(count + " closed", () -> tally.closed.get() >= count, timeout);
    }

    /** How many handshakes succeeded. */
    public int opened() {
        return tally.opened.get();
    }

    /** How many handshakes were answered with another status than 101. */
    public int refused() {
        return tally.refused.get();
    }

    /** How many connections ended, without such an answer, before they were open. */
    public int failed() {
        return tally.failed.get();
    }

    /** How many connections that were open are closed. */
    public int closed() {
        return tally.closed.get();
    }

    /** Frames on all connections. */
    public long frames() {
        return tally.frames.get();
    }

    /** Payload bytes of the frames on all connections. */
    public long bytes() {
        return tally.bytes.get();
    }

    /** What first went wrong on any connection: a refusal, a lost or reset stream, a broken rule. */
    public Optional<String> firstProblem() {
        return Optional.ofNullable(tally.firstProblem());
    }

    /** Frames on one connection. */
    public long frames(int number) {
        return link(number).frames();
    }

    /** Payload bytes of the frames on one connection. */
    public long bytes(int number) {
        return link(number).bytes();
    }

    /** The last frame on one connection; empty before the first and unless the options capture. */
    public Optional<String> lastText(int number) {
        return Optional.ofNullable(link(number).lastText()).map(bytes -> new String(bytes, UTF_8));
    }

    /** The code one connection was closed with; 1006 when its stream ended without one, 0 while it is not closed. */
    public int closeCode(int number) {
        return link(number).closeCode();
    }

    /** The reason one connection was closed with; empty when there was none. */
    public String closeReason(int number) {
        return link(number).closeReason();
    }

    /** Sends a text message on one connection; nothing when it is not open. */
    public void sendText(int number, String text) {
        send(number, FrameEncoder.frame(Opcode.TEXT, true, 0, true, text.getBytes(UTF_8)));
    }

    /** Sends a close frame on one connection; nothing when it is not open. */
    public void sendClose(int number, int code, String reason) {
        send(number, FrameEncoder.frame(Opcode.CLOSE, true, 0, true, FrameEncoder.closePayload(code, reason)));
    }

    /** Leaves one connection's socket unread once its handshake is done, so that the server's writes stall. */
    public void pauseReading(int number) {
        SwarmLink link = link(number);
        loopOf(number).execute(() -> link.pause(true));
    }

    /** Reads one connection again. */
    public void resumeReading(int number) {
        SwarmLink link = link(number);
        loopOf(number).execute(() -> link.pause(false));
    }

    /** Ends one connection with a RST. */
    public void reset(int number) {
        SwarmLink link = link(number);
        loopOf(number).execute(link::reset);
    }

    /** Ends all connections with a RST. */
    public void resetAll() {
        List<SwarmLink> all;
        synchronized (lock) {
            all = List.copyOf(links);
        }
        for (int i = 0; i < all.size(); i++) {
            loopOf(i).execute(all.get(i)::reset);
        }
    }

    /** Resets what is left and ends the threads. */
    @Override
    public void close() {
        loops.forEach(SwarmLoop::close);
    }

    /** The counts, and the first problem. */
    @Override
    public String toString() {
        return tally.toString();
    }

    private void send(int number, byte[] frame) {
        SwarmLink link = link(number);
        loopOf(number).execute(() -> link.send(frame));
    }

    private SwarmLink link(int number) {
        synchronized (lock) {
            return links.get(number);
        }
    }

    private SwarmLoop loopOf(int number) {
        return loops.get(number % loops.size());
    }
}
