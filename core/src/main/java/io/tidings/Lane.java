package io.tidings;

import io.tidings.message.Address;
import io.tidings.message.Topic;
import io.tidings.spi.Ticker;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The thread that writes a set of connections, and the groups they are in.
 *
 * <p>A fan-out is one task a lane: it queues the message for every member and notes who has something to write. What is noted
 * is written by a task of its own, posted behind the tasks that wait already, so that what they queue goes out in the same
 * write call: under load a write carries many messages, at rest nothing waits.
 *
 * <p>Everything but {@link #execute}, {@link #publish} and the counters is touched by the lane's thread alone.
 */
final class Lane {

    /** More fan-outs than this waiting for one lane, and new ones are refused. */
    static final int MAX_WAITING = 4_096;

    private static final int FIRST_CAPACITY = 64;

    private final Executor executor;
    private final Ticker ticker;
    private final int dialects;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger memberships = new AtomicInteger();

    private final Members everyone = new Members();
    private final Map<String, Members> tenants = new HashMap<>();
    private final Map<Topic, Members> topics = new HashMap<>();

    /** Two arrays take turns: one is noted in while the other is written. */
    private @Nullable HubConnection[] dirty = new HubConnection[FIRST_CAPACITY];

    private @Nullable HubConnection[] spare = new HubConnection[FIRST_CAPACITY];
    private int dirtyCount;

    Lane(Executor executor, Ticker ticker, int dialects) {
        this.executor = executor;
        this.ticker = ticker;
        this.dialects = dialects;
    }

    /**
     * Runs a task on the lane's thread, behind those that wait; false when a transport has ended the thread: nothing can be
     * written any more, and the watch ends the lane's connections.
     */
    boolean execute(Runnable task) {
        try {
            executor.execute(task);
            return true;
        } catch (RejectedExecutionException gone) {
            return false;
        }
    }

    int memberships() {
        return memberships.get();
    }

    /** Queues a message for the members of an address; false when too many such tasks wait. */
    boolean publish(Address address, Outgoing message) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return false;
        }
        boolean posted = execute(() -> {
            waiting.decrementAndGet();
            Members members = members(address);
            if (members != null) {
                members.offer(message, new FrameSet(message, dialects), address.except());
            }
        });
        if (!posted) {
            waiting.decrementAndGet();
        }
        return true;
    }

    /** Lane thread only: joins everyone and a tenant. */
    void join(HubConnection connection, String tenant) {
        connection.memberships().add(everyone.join(connection));
        connection
                .memberships()
                .add(tenants.computeIfAbsent(tenant, name -> new Members()).join(connection));
        memberships.addAndGet(2);
    }

    /** Lane thread only: joins a topic; false when it has. */
    boolean join(HubConnection connection, Topic topic) {
        if (connection.topicMemberships().containsKey(topic)) {
            return false;
        }
        Members group = topics.computeIfAbsent(topic, absent -> new Members());
        connection.topicMemberships().put(topic, group.join(connection));
        memberships.incrementAndGet();
        return true;
    }

    /** Lane thread only: leaves a topic; false when it is not in it. */
    boolean leave(HubConnection connection, Topic topic) {
        Members.Membership membership = connection.topicMemberships().remove(topic);
        if (membership == null) {
            return false;
        }
        leaveTopic(topic, membership);
        return true;
    }

    /** Lane thread only: leaves everything. */
    void leaveAll(HubConnection connection, String tenant) {
        connection.topicMemberships().forEach(this::leaveTopic);
        connection.topicMemberships().clear();
        for (Members.Membership membership : connection.memberships()) {
            membership.leave();
            memberships.decrementAndGet();
        }
        connection.memberships().clear();
        Members ofTenant = tenants.get(tenant);
        if (ofTenant != null && ofTenant.isEmpty()) {
            tenants.remove(tenant);
        }
    }

    /** Lane thread only: the connection has something to write. */
    void noteDirty(HubConnection connection) {
        if (dirtyCount == dirty.length) {
            dirty = Arrays.copyOf(dirty, dirtyCount * 2);
        }
        dirty[dirtyCount++] = connection;
        if (dirtyCount == 1) {
            execute(this::writeDirty);
        }
    }

    private void writeDirty() {
        long now = ticker.nanos();
        int count = dirtyCount;
        @Nullable HubConnection[] writing = dirty;
        // A connection that is written may note others: they go into the next round.
        dirty = spare;
        spare = writing;
        dirtyCount = 0;
        for (int i = 0; i < count; i++) {
            HubConnection connection = writing[i];
            writing[i] = null;
            if (connection != null) {
                write(connection, now);
            }
        }
    }

    /** One connection's trouble must not keep the others from being written. */
    private static void write(HubConnection connection, long now) {
        try {
            connection.write(now);
        } catch (RuntimeException | Error failure) {
            connection.threw(failure);
        }
    }

    private void leaveTopic(Topic topic, Members.Membership membership) {
        membership.leave();
        memberships.decrementAndGet();
        if (membership.group().isEmpty()) {
            topics.remove(topic, membership.group());
        }
    }

    private @Nullable Members members(Address address) {
        if (address instanceof Address.Subscribers subscribers) {
            return topics.get(subscribers.topic());
        }
        if (address instanceof Address.Tenant tenant) {
            return tenants.get(tenant.tenant());
        }
        return address instanceof Address.Everyone ? everyone : null;
    }
}
