package io.tidings.benchmarks;

import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/** A loop over the sessions of Tomcat's own WebSocket, which takes one send of a session at a time. */
final class BareTomcat implements BenchServer {
    private final Set<BareSession> sessions = BareEndpoint.noSessions();
    private final Tomcat tomcat = new Tomcat();

    @Override
    public int start() throws IOException, LifecycleException {
        tomcat.setBaseDir(Files.createTempDirectory("bare-tomcat").toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        tomcat.getConnector().setProperty("maxConnections", "20000");
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "default", new DefaultServlet());
        context.addServletMappingDecoded("/", "default");
        context.addServletContainerInitializer(new WsSci(), null);
        context.addServletContainerInitializer(
                (classes, servlets) -> {
                    Object container = servlets.getAttribute(ServerContainer.class.getName());
                    try {
                        ((ServerContainer) container).addEndpoint(BareEndpoint.config(path(), sessions, true));
                    } catch (DeploymentException e) {
                        throw new ServletException(e);
                    }
                },
                null);
        tomcat.start();
        return tomcat.getConnector().getLocalPort();
    }

    @Override
    public void broadcast(String text) {
        for (BareSession session : sessions) {
            session.send(text);
        }
    }

    @Override
    public void stop() {
        try {
            tomcat.stop();
            tomcat.destroy();
        } catch (LifecycleException e) {
            throw new IllegalStateException(e);
        }
    }
}
