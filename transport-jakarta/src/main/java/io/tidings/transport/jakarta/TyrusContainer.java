package io.tidings.transport.jakarta;

import io.tidings.spi.Acceptor;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.glassfish.tyrus.core.TyrusWebSocketEngine;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.glassfish.tyrus.spi.WebSocketEngine;

/** Tyrus's engine without a server around it. */
final class TyrusContainer extends TyrusServerContainer {

    private final TyrusWebSocketEngine engine;
    private final ScheduledThreadPoolExecutor timer;

    TyrusContainer(Acceptor acceptor) {
        super((Set<Class<?>>) null);
        int largest = acceptor.paths().stream()
                .mapToInt(acceptor::maxInboundBytes)
                .max()
                .orElse(0);
        // Tyrus throws when what one read brought, and what was left of the last, do not fit.
        engine = TyrusWebSocketEngine.builder(this)
                .incomingBufferSize(
                        (int) Math.min(Integer.MAX_VALUE, 2L * TyrusTransport.READ_BYTES + frameLimit(largest)))
                .build();
        timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "tidings-tyrus-timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        setDefaultMaxSessionIdleTimeout(-1);
    }

    /** The longest frame to read for an endpoint's limit. */
    static int frameLimit(int maxInboundBytes) {
        return TidingsEndpoint.containerLimit(maxInboundBytes);
    }

    @Override
    public void register(Class<?> endpointClass) throws DeploymentException {
        engine.register(endpointClass, "");
    }

    @Override
    public void register(ServerEndpointConfig config) throws DeploymentException {
        engine.register(config, "");
    }

    @Override
    public Map<String, Object> getProperties() {
        return Map.of();
    }

    @Override
    public WebSocketEngine getWebSocketEngine() {
        return engine;
    }

    /** One thread is enough, and none lives until it is needed. */
    @Override
    public ScheduledExecutorService getScheduledExecutorService() {
        return timer;
    }

    @Override
    public void stop() {
        super.stop();
        timer.shutdownNow();
    }
}
