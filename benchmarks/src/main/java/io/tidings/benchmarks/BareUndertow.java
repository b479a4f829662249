package io.tidings.benchmarks;

import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A loop over the sessions of Undertow. Undertow queues for its I/O threads, which gather what waits into one write. */
final class BareUndertow implements BenchServer {
    private final Set<BareSession> sessions = BareEndpoint.noSessions();
    private @Nullable Undertow server; // calling thread only

    @Override
    public int start() throws ServletException {
        DeploymentInfo deployment = Servlets.deployment()
                .setClassLoader(BareUndertow.class.getClassLoader())
                .setContextPath("/")
                .setDeploymentName("bench")
                .addServletContextAttribute(
                        WebSocketDeploymentInfo.ATTRIBUTE_NAME,
                        new WebSocketDeploymentInfo().addEndpoint(BareEndpoint.config(path(), sessions)));
        DeploymentManager manager = Servlets.defaultContainer().addDeployment(deployment);
        manager.deploy();
        server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setHandler(manager.start())
                .build();
        server.start();
        return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
    }

    @Override
    public void broadcast(String text) {
        for (BareSession session : sessions) {
            session.send(text);
        }
    }

    @Override
    public void stop() {
        if (server != null) {
            server.stop();
        }
    }
}
