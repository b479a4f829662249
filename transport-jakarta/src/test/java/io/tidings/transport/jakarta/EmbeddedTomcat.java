package io.tidings.transport.jakarta;

import io.tidings.spi.Acceptor;
import io.tidings.spi.Transport;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/** A host's own Tomcat, which the hub is added to. */
final class EmbeddedTomcat implements Transport {

    private final String host;
    private final Tomcat tomcat = new Tomcat();
    private Path home;

    EmbeddedTomcat(String host) {
        this.host = host;
    }

    @Override
    public InetSocketAddress start(Acceptor acceptor) throws IOException {
        home = Files.createTempDirectory("tidings-tomcat");
        tomcat.setBaseDir(home.toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", host);
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "default", new DefaultServlet());
        context.addServletMappingDecoded("/", "default");
        context.addServletContainerInitializer(new WsSci(), null);
        context.addServletContainerInitializer((classes, servlets) -> register(servlets, acceptor), null);
        try {
            tomcat.start();
        } catch (LifecycleException e) {
            throw new IOException(e);
        }
        return new InetSocketAddress(host, tomcat.getConnector().getLocalPort());
    }

    private static void register(ServletContext servlets, Acceptor acceptor) throws ServletException {
        try {
            JakartaEndpoints.register(
                    (ServerContainer) servlets.getAttribute(ServerContainer.class.getName()), acceptor);
        } catch (DeploymentException e) {
            throw new ServletException(e);
        }
    }

    @Override
    public CompletionStage<Void> pause() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        try {
            tomcat.stop();
            tomcat.destroy();
            try (Stream<Path> files = Files.walk(home)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (LifecycleException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
