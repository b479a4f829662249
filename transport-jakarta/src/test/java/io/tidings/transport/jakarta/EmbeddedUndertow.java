package io.tidings.transport.jakarta;

import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import io.undertow.Undertow;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainer;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;

/** A host's own servlet container, which the hub is added to. */
final class EmbeddedUndertow implements Transport {

    private final String host;
    private Undertow server;
    private DeploymentManager deployment;

    EmbeddedUndertow(String host) {
        this.host = host;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        WebSocketDeploymentInfo webSocket = new WebSocketDeploymentInfo()
                .setBuffers(new DefaultByteBufferPool(false, 8192))
                .addListener(container -> register(container, acceptor));
        DeploymentInfo info = Servlets.deployment()
                .setClassLoader(getClass().getClassLoader())
                .setContextPath("/")
                .setDeploymentName("host")
                .addServletContextAttribute(WebSocketDeploymentInfo.ATTRIBUTE_NAME, webSocket);
        deployment = ServletContainer.Factory.newInstance().addDeployment(info);
        deployment.deploy();
        try {
            server = Undertow.builder()
                    .addHttpListener(0, host)
                    .setHandler(deployment.start())
                    .build();
        } catch (ServletException e) {
            throw new IOException(e);
        }
        server.start();
        return (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
    }

    private static void register(jakarta.websocket.server.ServerContainer container, Acceptor acceptor) {
        try {
            JakartaEndpoints.register(container, acceptor);
        } catch (DeploymentException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public CompletionStage<Void> pause() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        try {
            deployment.stop();
            deployment.undeploy();
        } catch (ServletException e) {
            throw new IllegalStateException(e);
        }
        server.stop();
    }
}
