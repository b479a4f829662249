package io.tidings.transport.jakarta;

import io.tidings.dialect.Frame;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Sends with what every container has. The Jakarta API cannot end a TCP connection: {@link #abort} closes as hard as it may,
 * and a container then ends a connection whose peer does not read when its own time-outs say so.
 */
final class PortableSender implements FrameSender {

    private final Session session;

    PortableSender(Session session) {
        this.session = session;
    }

    @Override
    public int framesAtOnce() {
        return 1;
    }

    @Override
    public void send(Frame[] frames, int from, int to, Completion completion) {
        session.getAsyncRemote()
                .sendText(
                        frames[from].text(),
                        result -> completion.done(result.isOK() ? null : failure(result.getException())));
    }

    @Override
    public void ping() throws IOException {
        session.getAsyncRemote().sendPing(ByteBuffer.allocate(0));
    }

    @Override
    public void closing() {
        // The container has time-outs of its own, or none.
    }

    @Override
    public void abort() {
        try {
            session.close(new CloseReason(CloseReason.CloseCodes.GOING_AWAY, ""));
        } catch (IOException | RuntimeException e) {
            // closed is what was wanted
        }
    }

    @Override
    public @Nullable Executor lane() {
        return null;
    }

    private static Throwable failure(@Nullable Throwable reported) {
        return reported == null ? new IOException("the container gave no reason") : reported;
    }
}
