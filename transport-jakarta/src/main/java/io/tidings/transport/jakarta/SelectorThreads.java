package io.tidings.transport.jakarta;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Context;
import org.glassfish.grizzly.IOEvent;
import org.glassfish.grizzly.IOEventLifeCycleListener;
import org.glassfish.grizzly.IOStrategy;
import org.glassfish.grizzly.Transport;
import org.glassfish.grizzly.strategies.SameThreadIOStrategy;
import org.glassfish.grizzly.threadpool.ThreadPoolConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Grizzly's strategy of doing everything on the selector threads, with a pause after an accept that failed: when a process has
 * no file descriptors left, the connection that cannot be accepted keeps the selector awake.
 */
final class SelectorThreads implements IOStrategy {

    private static final Logger LOG = LoggerFactory.getLogger(SelectorThreads.class);
    private static final long PAUSE_MILLIS = 250;

    private final IOStrategy threads = SameThreadIOStrategy.getInstance();
    private final ScheduledExecutorService timer;

    SelectorThreads(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    @Override
    public boolean executeIoEvent(Connection connection, IOEvent event) throws IOException {
        return executeIoEvent(connection, event, true);
    }

    @Override
    public boolean executeIoEvent(Connection connection, IOEvent event, boolean enabled) throws IOException {
        if (event != IOEvent.SERVER_ACCEPT) {
            return threads.executeIoEvent(connection, event, enabled);
        }
        connection.getTransport().fireIOEvent(event, connection, new IOEventLifeCycleListener.Adapter() {
            @Override
            public void onError(Context context, Object failure) throws IOException {
                pause(connection, failure);
            }
        });
        return true;
    }

    private void pause(Connection<?> server, Object failure) throws IOException {
        if (!server.isOpen()) {
            return;
        }
        LOG.warn("Accepting failed, pausing pauseMs={} reason={}", PAUSE_MILLIS, String.valueOf(failure));
        server.disableIOEvent(IOEvent.SERVER_ACCEPT);
        try {
            timer.schedule(() -> resume(server), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopped) {
            // then nothing is accepted any more
        }
    }

    private static void resume(Connection<?> server) {
        try {
            server.enableIOEvent(IOEvent.SERVER_ACCEPT);
        } catch (IOException | RuntimeException closed) {
            // then nothing is accepted any more
        }
    }

    @Override
    public @Nullable Executor getThreadPoolFor(Connection connection, IOEvent event) {
        return threads.getThreadPoolFor(connection, event);
    }

    @Override
    public @Nullable ThreadPoolConfig createDefaultWorkerPoolConfig(Transport transport) {
        return threads.createDefaultWorkerPoolConfig(transport);
    }
}
