package io.tidings.transport.jakarta;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** A request's body on its way. One thread at a time. */
final class JettyBody implements Runnable {

    private final Request request;
    private final int limit;
    private final Consumer<byte @Nullable []> whole;
    private final Consumer<Throwable> broken;
    private final Future<?> deadline;
    private final ByteArrayOutputStream read = new ByteArrayOutputStream(0);

    private JettyBody(
            Request request,
            int limit,
            Consumer<byte @Nullable []> whole,
            Consumer<Throwable> broken,
            Future<?> deadline) {
        this.request = request;
        this.limit = limit;
        this.whole = whole;
        this.broken = broken;
        this.deadline = deadline;
    }

    /**
     * Reads a body without blocking.
     *
     * @param limit bytes
     * @param longest how long it may take; the connection ends then
     * @param whole is given it, or null when it is too large
     * @param broken is told when it will not come
     */
    static void read(
            Request request,
            int limit,
            ScheduledExecutorService timer,
            Duration longest,
            Consumer<byte @Nullable []> whole,
            Consumer<Throwable> broken) {
        Future<?> deadline = timer.schedule(
                () -> request.getConnectionMetaData()
                        .getConnection()
                        .getEndPoint()
                        .close(),
                longest.toMillis(),
                TimeUnit.MILLISECONDS);
        new JettyBody(request, limit, whole, broken, deadline).run();
    }

    /** Takes what has come. */
    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                deadline.cancel(false);
                broken.accept(chunk.getFailure());
                return;
            }
            byte[] bytes = new byte[chunk.remaining()];
            chunk.getByteBuffer().get(bytes);
            boolean last = chunk.isLast();
            chunk.release();
            read.writeBytes(bytes);
            if (read.size() > limit || last) {
                deadline.cancel(false);
                whole.accept(read.size() > limit ? null : read.toByteArray());
                return;
            }
        }
    }
}
