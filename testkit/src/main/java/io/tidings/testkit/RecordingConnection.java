package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.dialect.Frame;
import io.tidings.spi.TransportConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose peer is a test: what is written becomes a queue that the test takes from, and ends by asserting that
 * nothing unexpected is left.
 *
 * <pre>{@code
 * RecordingConnection connection = new RecordingConnection();
 * TransportListener listener = handshake.open(connection);
 * connection.takeFrame("connected");
 * listener.text("{\"type\":\"nonsense\"}", true);
 * assertEquals("INVALID_MESSAGE", connection.takeFrame("error").at("/error/code").asText());
 * connection.assertExhausted();
 * }</pre>
 *
 * <p>Writes finish at once, inside {@link #write}, unless they are held. Frames are recorded when their write finishes: when
 * the peer would get them. Once the connection is closed or aborted, writes fail and an abort fails the write that is held.
 *
 * <p>A caller that breaks the contract of {@link TransportConnection}, such as by a write during a write, fails the next
 * expectation.
 *
 * <p><b>Threads.</b> Any. The {@code take} methods wait up to 30 s by the machine's clock, for hubs that run on threads of
 * their own; where nothing else runs they fail only then.
 */
public final class RecordingConnection implements TransportConnection {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final @Nullable Executor lane;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Object lock = new Object();

    @GuardedBy("lock")
    private boolean holding;

    @GuardedBy("lock")
    private @Nullable Throwable failure;

    @GuardedBy("lock")
    private @Nullable HeldWrite held;

    @GuardedBy("lock")
    private boolean writing;

    @GuardedBy("lock")
    private boolean closed;

    @GuardedBy("lock")
    private boolean aborted;

    @GuardedBy("lock")
    private @Nullable String broken;

    @GuardedBy("lock")
    private boolean ignoringPings;

    private sealed interface Event {}

    private record Text(RecordedFrame frame) implements Event {}

    private record Ping() implements Event {}

    private record Abort() implements Event {}

    /**
     * A close frame that was sent.
     *
     * @param code   its code
     * @param reason its reason
     */
    public record Close(int code, String reason) implements Event {}

    private record HeldWrite(List<Event> frames, WriteCallback callback) {}

    /** A connection that leaves the lane to the hub. */
    public RecordingConnection() {
        this(null);
    }

    /** A connection that is written by a lane. */
    public RecordingConnection(@Nullable Executor lane) {
        this.lane = lane;
    }

    @Override
    public void write(Frame[] frames, int count, WriteCallback callback) {
        List<Event> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            RecordedFrame frame = new RecordedFrame(frames[i].text());
            if (!frame.type().equals("ping") || !ignoresPings()) {
                texts.add(new Text(frame));
            }
        }
        HeldWrite write = new HeldWrite(texts, callback);
        synchronized (lock) {
            if (writing) {
                broken = "a write began while another was unfinished";
            }
            if (count < 1 || count > frames.length) {
                broken = "a write had " + count + " frames in an array of " + frames.length;
            }
            writing = true;
            if (holding && !closed && !aborted && failure == null) {
                held = write;
                return;
            }
        }
        finish(write);
    }

    @Override
    public void ping() {
        synchronized (lock) {
            if (writing) {
                broken = "a ping was written while a write was unfinished";
            }
        }
        if (!ignoresPings()) {
            events.add(new Ping());
        }
    }

    @Override
    public void close(int code, String reason) {
        synchronized (lock) {
            closed = true;
        }
        events.add(new Close(code, reason));
    }

    @Override
    public void abort() {
        HeldWrite unfinished;
        synchronized (lock) {
            if (aborted) {
                return;
            }
            aborted = true;
            unfinished = held;
            held = null;
        }
        events.add(new Abort());
        if (unfinished != null) {
            finish(unfinished);
        }
    }

    @Override
    public @Nullable Executor lane() {
        return lane;
    }

    /** Records neither protocol pings nor {@code ping} messages from now on, for tests of something else that take long. */
    public void ignorePings() {
        synchronized (lock) {
            ignoringPings = true;
        }
    }

    private boolean ignoresPings() {
        synchronized (lock) {
            return ignoringPings;
        }
    }

    /** Lets no write finish from now on, like a peer that does not read. */
    public void holdWrites() {
        synchronized (lock) {
            holding = true;
        }
    }

    /** Finishes the write that is held, and holds the next one. */
    public void releaseWrite() {
        HeldWrite write;
        synchronized (lock) {
            write = held;
            held = null;
        }
        if (write == null) {
            throw new AssertionError("no write is held");
        }
        finish(write);
    }

    /** Finishes the write that is held, if any, and holds none any more. */
    public void releaseWrites() {
        HeldWrite write;
        synchronized (lock) {
            holding = false;
            write = held;
            held = null;
        }
        if (write != null) {
            finish(write);
        }
    }

    /** Fails the write that is held, if any, and all later ones; their frames are not recorded. */
    public void failWrites(Throwable with) {
        HeldWrite write;
        synchronized (lock) {
            failure = with;
            write = held;
            held = null;
        }
        if (write != null) {
            finish(write);
        }
    }

    /** The frames of the write that is held; empty when none is. */
    public List<RecordedFrame> heldFrames() {
        synchronized (lock) {
            return held == null
                    ? List.of()
                    : held.frames.stream().map(event -> ((Text) event).frame).toList();
        }
    }

    /** Whether a close frame was sent or the connection was aborted. */
    public boolean isEnded() {
        synchronized (lock) {
            return closed || aborted;
        }
    }

    /** Takes the next event, which must be a frame. */
    public RecordedFrame takeFrame() {
        return take(Text.class).frame;
    }

    /** Takes the next event, which must be a frame of a type. */
    public RecordedFrame takeFrame(String type) {
        RecordedFrame frame = takeFrame();
        if (!frame.type().equals(type)) {
            throw new AssertionError("expected a frame of type " + type + ", was " + frame.text());
        }
        return frame;
    }

    /** Takes frames as long as there are any, without waiting; possibly none. */
    public List<RecordedFrame> takeFrames() {
        List<RecordedFrame> frames = new ArrayList<>();
        while (events.peek() instanceof Text) {
            frames.add(takeFrame());
        }
        return frames;
    }

    /** Takes the next event, which must be a protocol ping. */
    public void takePing() {
        take(Ping.class);
    }

    /** Takes pings of either kind as long as there are any, without waiting; how many. */
    public int takePings() {
        int taken = 0;
        while (events.peek() instanceof Ping
                || (events.peek() instanceof Text text && text.frame.type().equals("ping"))) {
            events.remove();
            taken++;
        }
        return taken;
    }

    /** Takes the next event, which must be a close frame. */
    public Close takeClose() {
        return take(Close.class);
    }

    /** Takes the next event, which must be a close frame of a code. */
    public Close takeClose(int code) {
        Close close = takeClose();
        if (close.code != code) {
            throw new AssertionError("expected close code " + code + ", was " + close);
        }
        return close;
    }

    /** Takes the next event, which must be an abort. */
    public void takeAbort() {
        take(Abort.class);
    }

    /** Fails when an event was not taken, or the caller broke the contract of {@link TransportConnection}. */
    public void assertExhausted() {
        assertUnbroken();
        if (!events.isEmpty()) {
            throw new AssertionError("unexpected: " + List.copyOf(events));
        }
    }

    private <T extends Event> T take(Class<T> expected) {
        Event event;
        try {
            event = events.poll(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for a " + expected.getSimpleName(), e);
        }
        assertUnbroken();
        if (event == null) {
            throw new AssertionError("expected a " + expected.getSimpleName() + ", nothing came within " + PATIENCE);
        }
        if (!expected.isInstance(event)) {
            throw new AssertionError("expected a " + expected.getSimpleName() + ", was " + event);
        }
        return expected.cast(event);
    }

    private void assertUnbroken() {
        synchronized (lock) {
            if (broken != null) {
                throw new AssertionError(broken);
            }
        }
    }

    private void finish(HeldWrite write) {
        Throwable reason;
        synchronized (lock) {
            writing = false;
            reason = failure != null ? failure : aborted || closed ? new IOException("closed") : null;
            if (reason == null) {
                events.addAll(write.frames);
            }
        }
        write.callback.written(reason);
    }
}
