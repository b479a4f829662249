package io.tidings.transport.jakarta;

import io.undertow.servlet.util.DefaultClassIntrospector;
import io.undertow.util.PathTemplate;
import io.undertow.websockets.jsr.ConfiguredServerEndpoint;
import io.undertow.websockets.jsr.EncodingFactory;
import io.undertow.websockets.jsr.ServerWebSocketContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;

/** Undertow's Jakarta container, put together without a servlet deployment around it. */
final class UndertowContainer {

    private UndertowContainer() {}

    /** A container that calls endpoints on the I/O thread; it opens no connections of its own, so it needs no worker. */
    static ServerWebSocketContainer create() {
        return new ServerWebSocketContainer(
                DefaultClassIntrospector.INSTANCE,
                UndertowContainer.class.getClassLoader(),
                () -> {
                    throw new UnsupportedOperationException("this container only serves");
                },
                null,
                List.of(),
                false);
    }

    /** An endpoint of it; it knows its open sessions. */
    static ConfiguredServerEndpoint endpoint(ServerEndpointConfig config) {
        return new ConfiguredServerEndpoint(
                config, null, PathTemplate.create(config.getPath()), EncodingFactory.DEFAULT);
    }
}
