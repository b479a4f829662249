package io.tidings.benchmarks;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The endpoint of the bare loop: knows its sessions and does nothing else. Public because containers create it. */
public final class BareEndpoint extends Endpoint {
    private final Set<BareSession> sessions;
    private final boolean oneAtATime;
    private @Nullable BareSession opened; // container's thread of this session only

    BareEndpoint(Set<BareSession> sessions, boolean oneAtATime) {
        this.sessions = sessions;
        this.oneAtATime = oneAtATime;
    }

    /** An endpoint whose sessions appear in the set while they are open. */
    static ServerEndpointConfig config(String path, Set<BareSession> sessions) {
        return config(path, sessions, false);
    }

    /** The same for a container that takes one send of a session at a time. */
    static ServerEndpointConfig config(String path, Set<BareSession> sessions, boolean oneAtATime) {
        return ServerEndpointConfig.Builder.create(BareEndpoint.class, path)
                .configurator(new ServerEndpointConfig.Configurator() {
                    @Override
                    public <T> T getEndpointInstance(Class<T> endpoint) {
                        return endpoint.cast(new BareEndpoint(sessions, oneAtATime));
                    }
                })
                .build();
    }

    static Set<BareSession> noSessions() {
        return ConcurrentHashMap.newKeySet();
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        opened = new BareSession(session, oneAtATime);
        sessions.add(opened);
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        if (opened != null) {
            sessions.remove(opened);
        }
    }

    @Override
    public void onError(Session session, Throwable error) {
        if (opened != null) {
            sessions.remove(opened);
        }
    }
}
