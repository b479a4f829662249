package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HandshakeConfiguratorTest {

    private static final String PATH = "/ws";

    private final AtomicReference<io.tidings.spi.HandshakeRequest> seen = new AtomicReference<>();
    private final CountDownLatch abandoned = new CountDownLatch(1);
    private int immediate = Handshake.UPGRADE;
    private CompletionStage<Integer> decision = CompletableFuture.completedFuture(Handshake.UPGRADE);

    @Test
    void subprotocol_isOursOrNone() {
        HandshakeConfigurator configurator = configurator();
        assertEquals(
                "tidings.v1", configurator.getNegotiatedSubprotocol(List.of(), List.of("bearer.x", " tidings.v1 ")));
        assertEquals("", configurator.getNegotiatedSubprotocol(List.of(), List.of("bearer.x", "tidings.v2")));
        assertEquals("", configurator.getNegotiatedSubprotocol(List.of("tidings.v1"), List.of()));
    }

    @Test
    void handshake_waitsInTheUserPropertiesOfItsOwnConnection() {
        Map<String, Object> properties = new HashMap<>();
        modify(properties, request());
        assertInstanceOf(PreparedHandshake.class, properties.get(PreparedHandshake.PROPERTY));
        assertEquals(PATH, seen.get().path());
        assertEquals("token=a%2Bb", seen.get().query());
        assertEquals(Optional.of("one"), seen.get().header("X-Two"));
    }

    @Test
    void handshake_thatOurServerPrepared_isTakenAsItIs() {
        PreparedHandshake ours = new PreparedHandshake(new Scripted(), 10, Containers::sender);
        Map<String, Object> properties = new HashMap<>();
        HandshakeRequest request = request();
        when(request.getHttpSession()).thenReturn(ours);
        modify(properties, request);
        assertSame(ours, properties.get(PreparedHandshake.PROPERTY));
        assertEquals(null, seen.get());
    }

    @Test
    void remoteAddress_isWhatTheContainerShows_orUnknown() {
        Map<String, Object> none = new HashMap<>();
        modify(none, request());
        assertEquals("unknown", seen.get().remoteAddress());
        Map<String, Object> jetty = new HashMap<>();
        jetty.put("jakarta.websocket.endpoint.remoteAddress", new InetSocketAddress("192.0.2.7", 1234));
        modify(jetty, request());
        assertEquals("192.0.2.7", seen.get().remoteAddress());
    }

    @Test
    void refusal_abandons_andMakesTheContainerRefuse() throws InterruptedException {
        immediate = 403;
        Map<String, Object> properties = new HashMap<>();
        HandshakeRequest request = request();
        assertThrows(RefusedHandshake.class, () -> modify(properties, request));
        assertTrue(abandoned.await(0, TimeUnit.SECONDS));
        assertTrue(properties.isEmpty());
    }

    @Test
    void decision_thatIsNotThereYet_isLeftToTheHub() {
        decision = new CompletableFuture<>();
        Map<String, Object> properties = new HashMap<>();
        modify(properties, request());
        assertInstanceOf(PreparedHandshake.class, properties.get(PreparedHandshake.PROPERTY));
        decision = CompletableFuture.completedFuture(401);
        Map<String, Object> refused = new HashMap<>();
        HandshakeRequest request = request();
        assertThrows(RefusedHandshake.class, () -> modify(refused, request));
    }

    @Test
    void handshake_thatAContainerDrops_isAbandoned() throws InterruptedException {
        Map<String, Object> properties = new HashMap<>();
        modify(properties, request());
        properties.clear();
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!abandoned.await(10, TimeUnit.MILLISECONDS)) {
            assertTrue(System.nanoTime() < deadline, "not abandoned");
            System.gc();
        }
    }

    private HandshakeConfigurator configurator() {
        Acceptor acceptor = mock(Acceptor.class);
        when(acceptor.maxInboundBytes(PATH)).thenReturn(4096);
        when(acceptor.begin(org.mockito.ArgumentMatchers.any())).thenAnswer(call -> {
            seen.set(call.getArgument(0));
            return new Scripted();
        });
        return new HandshakeConfigurator(acceptor, PATH);
    }

    private void modify(Map<String, Object> properties, HandshakeRequest request) {
        ServerEndpointConfig config = mock(ServerEndpointConfig.class);
        when(config.getUserProperties()).thenReturn(properties);
        configurator().modifyHandshake(config, request, mock(HandshakeResponse.class));
    }

    private static HandshakeRequest request() {
        HandshakeRequest request = mock(HandshakeRequest.class);
        when(request.getQueryString()).thenReturn("token=a%2Bb");
        when(request.getHeaders()).thenReturn(Map.of("X-Two", List.of("one", "two")));
        return request;
    }

    private final class Scripted implements Handshake {
        @Override
        public int immediate() {
            return immediate;
        }

        @Override
        public CompletionStage<Integer> decision() {
            return decision;
        }

        @Override
        public Optional<String> subprotocol() {
            return Optional.empty();
        }

        @Override
        public io.tidings.spi.TransportListener open(io.tidings.spi.TransportConnection connection) {
            throw new AssertionError("nothing opens here");
        }

        @Override
        public void abandon() {
            abandoned.countDown();
        }
    }
}
