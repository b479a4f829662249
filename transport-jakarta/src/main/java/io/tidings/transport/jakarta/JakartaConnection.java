package io.tidings.transport.jakarta;

import io.tidings.dialect.Frame;
import io.tidings.spi.TransportConnection;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A connection over a Jakarta session.
 *
 * <p>A container may complete a send before it returns, on any thread, twice, or by an exception. A write is therefore driven
 * by turns: whoever completes a send takes a turn, and the thread that holds the first turn runs all that are taken
 * meanwhile. So no chain of writes, however long, grows the stack, and the sends of a session never overlap.
 */
final class JakartaConnection implements TransportConnection {

    private static final Frame[] NOTHING = {};

    private final Session session;
    private final FrameSender sender;
    private final AtomicInteger turns = new AtomicInteger();

    /** The write under way. Set by {@link #write}, else touched only by the holder of the turn. */
    private Frame[] frames = NOTHING;

    private int next;
    private int count;
    private @Nullable WriteCallback callback;
    private @Nullable Throwable failure;

    JakartaConnection(Session session, FrameSender sender) {
        this.session = session;
        this.sender = sender;
    }

    @Override
    public void write(Frame[] frames, int count, WriteCallback callback) {
        this.frames = frames;
        this.next = 0;
        this.count = count;
        this.callback = callback;
        this.failure = null;
        takeTurn();
    }

    @Override
    public void ping() {
        try {
            sender.ping();
        } catch (IOException | RuntimeException e) {
            // the end of the connection, which this is a sign of, is told otherwise
        }
    }

    @Override
    public void close(int code, String reason) {
        try {
            session.close(CloseReasons.sendable(code, reason));
        } catch (IOException | RuntimeException e) {
            // closed already, or broken: what matters is that it ends
        } finally {
            sender.closing();
        }
    }

    @Override
    public void abort() {
        try {
            sender.abort();
        } catch (RuntimeException e) {
            // there is nobody left to tell
        }
    }

    @Override
    public @Nullable Executor lane() {
        return sender.lane();
    }

    private void takeTurn() {
        if (turns.getAndIncrement() == 0) {
            do {
                step();
            } while (turns.decrementAndGet() != 0);
        }
    }

    private void step() {
        if (failure != null || next == count) {
            finish();
            return;
        }
        int from = next;
        int to = Math.min(count, from + Math.min(count - from, sender.framesAtOnce()));
        next = to;
        Send send = new Send();
        try {
            sender.send(frames, from, to, send);
        } catch (IOException | RuntimeException e) {
            send.done(e);
        }
    }

    private void finish() {
        WriteCallback told = callback;
        Throwable why = failure;
        frames = NOTHING;
        callback = null;
        if (told != null) {
            told.written(why);
        }
    }

    /** One send; counts the first time that it is told only. */
    private final class Send extends AtomicBoolean implements FrameSender.Completion {
        private static final long serialVersionUID = 1L;

        @Override
        public void done(@Nullable Throwable why) {
            if (compareAndSet(false, true)) {
                failure = why;
                takeTurn();
            }
        }
    }
}
