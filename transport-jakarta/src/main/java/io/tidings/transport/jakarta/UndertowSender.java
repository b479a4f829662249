package io.tidings.transport.jakarta;

import io.tidings.dialect.Frame;
import io.undertow.util.ImmediatePooledByteBuffer;
import io.undertow.websockets.core.StreamSinkFrameChannel;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSocketFrameType;
import io.undertow.websockets.core.WebSockets;
import io.undertow.websockets.jsr.UndertowSession;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.Options;

/**
 * Hands Undertow all frames of a write as one entry of its own queue, where pings, pongs and close frames take their turns too.
 */
final class UndertowSender implements FrameSender {

    private final WebSocketChannel channel;
    private final Duration closeWait;

    UndertowSender(WebSocketChannel channel, Duration closeWait) {
        this.channel = channel;
        this.closeWait = closeWait;
    }

    /** The sender of a session, which must be Undertow's. */
    static UndertowSender of(Session session, Duration closeWait) {
        return new UndertowSender(((UndertowSession) session).getWebSocketChannel(), closeWait);
    }

    @Override
    public int framesAtOnce() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void send(Frame[] frames, int from, int to, Completion completion) throws IOException {
        if (channel.isCloseFrameSent()) {
            throw new ClosedChannelException();
        }
        EncodedFrames entry = new EncodedFrames(channel, completion);
        entry.send(new ImmediatePooledByteBuffer(ServerFrames.encode(frames, from, to)));
        entry.shutdownWrites();
    }

    @Override
    public void ping() {
        WebSockets.sendPing(ByteBuffer.allocate(0), channel, null);
    }

    @Override
    public void closing() {
        try {
            channel.getIoThread().executeAfter(this::abort, closeWait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopped) {
            abort();
        }
    }

    @Override
    public void abort() {
        try {
            channel.setOption(Options.CLOSE_ABORT, true);
        } catch (IOException | RuntimeException e) {
            // without it the kernel lingers; the connection ends all the same
        }
        IoUtils.safeClose(channel);
    }

    @Override
    public @Nullable Executor lane() {
        return channel.getIoThread();
    }

    /** Frames that are encoded already: what the superclass would put before them is nothing. */
    private static final class EncodedFrames extends StreamSinkFrameChannel {
        private final Completion completion;

        EncodedFrames(WebSocketChannel channel, Completion completion) {
            super(channel, WebSocketFrameType.TEXT);
            this.completion = completion;
        }

        @Override
        protected void handleFlushComplete(boolean finalFrame) {
            if (finalFrame) {
                tell(null);
            }
        }

        @Override
        public void markBroken() {
            super.markBroken();
            tell(new ClosedChannelException());
        }

        /** Undertow calls under its locks and forbids to send from there. */
        private void tell(@Nullable Throwable failure) {
            try {
                getIoThread().execute(() -> completion.done(failure));
            } catch (RejectedExecutionException stopped) {
                completion.done(failure);
            }
        }
    }
}
