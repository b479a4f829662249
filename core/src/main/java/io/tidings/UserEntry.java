package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Page;
import io.tidings.message.CloseReason;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One user's connections on this node, and the one read of the user's mailbox that is under way.
 *
 * <p>Connections that want a page wait in a queue; each page read is given to every connection that stood where it begins when
 * it was asked for, so that tabs that come back together share their reads. A page that was asked for before a connection was
 * registered is not for it: what was appended since was hinted at to others alone.
 */
final class UserEntry {

    private static final HubConnection[] NONE = new HubConnection[0];
    private static final long FIRST_RETRY_MILLIS = 100;
    private static final long LAST_RETRY_MILLIS = 5_000;

    private final Engine engine;
    private final UserKey user;
    private final Typing typing = new Typing();

    /** Oldest first; replaced, never changed. Written under the registry's lock of the key. */
    private volatile HubConnection[] connections = NONE;

    @GuardedBy("this")
    private final ArrayDeque<HubConnection> wanting = new ArrayDeque<>(2);

    @GuardedBy("this")
    private boolean reading;

    @GuardedBy("this")
    private int failures;

    UserEntry(Engine engine, UserKey user) {
        this.engine = engine;
        this.user = user;
    }

    UserKey user() {
        return user;
    }

    Typing typing() {
        return typing;
    }

    HubConnection[] connections() {
        return connections;
    }

    void add(HubConnection connection) {
        HubConnection[] more = Arrays.copyOf(connections, connections.length + 1);
        more[more.length - 1] = connection;
        connections = more;
    }

    /** Takes a connection out; true when none is left. */
    boolean remove(HubConnection connection) {
        connections =
                Arrays.stream(connections).filter(other -> other != connection).toArray(HubConnection[]::new);
        return connections.length == 0;
    }

    /** An instance of the user was attached on another node. */
    void attachedElsewhere(String instance, long generation) {
        for (HubConnection connection : connections) {
            connection.attachedElsewhere(instance, generation);
        }
    }

    /** A durable message is in the mailbox. */
    void hint(Position position, Outgoing message, @Nullable String except) {
        for (HubConnection connection : connections) {
            connection.hint(position, message, except);
        }
    }

    /** The mailbox reaches to a position; how, is to be read there. */
    void head(Position position) {
        for (HubConnection connection : connections) {
            connection.head(position);
        }
    }

    /** A transient message. */
    void offer(Outgoing message, @Nullable String except) {
        for (HubConnection connection : connections) {
            if (except == null || !except.equals(connection.instance())) {
                connection.offer(message);
            }
        }
    }

    /** A connection that is READING wants the page after its position. */
    void want(HubConnection connection) {
        synchronized (this) {
            if (!wanting.contains(connection)) {
                wanting.add(connection);
            }
            if (reading) {
                return;
            }
            reading = true;
        }
        readOn();
    }

    private void readOn() {
        while (true) {
            HubConnection next;
            synchronized (this) {
                next = wanting.poll();
                if (next == null) {
                    reading = false;
                    return;
                }
            }
            Position from = next.beginRead();
            if (from == null) {
                continue;
            }
            for (HubConnection sharing : connections) {
                if (sharing != next) {
                    sharing.beginRead();
                }
            }
            engine.readStarted();
            CompletableFuture<Page> page = engine.read(user, from);
            if (!page.isDone()) {
                HubConnection waiting = next;
                page.whenComplete((read, failure) -> {
                    deliver(waiting, from, read, failure);
                    readOn();
                });
                return;
            }
            deliver(next, from, page.isCompletedExceptionally() ? null : page.join(), null);
        }
    }

    private void deliver(HubConnection wants, Position from, @Nullable Page page, @Nullable Throwable failure) {
        engine.readEnded();
        if (page == null) {
            retry(wants);
            return;
        }
        synchronized (this) {
            failures = 0;
        }
        List<Outgoing> messages = new ArrayList<>(page.entries().size());
        for (Entry entry : page.entries()) {
            messages.add(engine.durable(entry.message(), entry.position()));
        }
        for (HubConnection connection : connections) {
            try {
                connection.page(from, page, messages);
            } catch (RuntimeException broken) {
                // One connection's trouble must not stop the user's reading.
                HubLog.tellingFailed(user, broken);
                connection.end(CloseReason.INTERNAL_ERROR, false);
            }
        }
        // It may have left the entry's connections in between, or never have been in: then nothing happens.
        if (wants.isReading()) {
            want(wants);
        }
    }

    private void retry(HubConnection wants) {
        long delay;
        synchronized (this) {
            delay = Math.min(LAST_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(failures, 6));
            failures++;
        }
        long jittered = delay / 2 + engine.random().nextLong(delay / 2 + 1);
        engine.scheduler().schedule(Duration.ofMillis(jittered), () -> want(wants));
    }
}
