package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.policy.RateLimits;
import io.tidings.testkit.FaultProxy;
import io.tidings.testkit.RawWebSocketClient;
import io.tidings.testkit.client.ClientListener;
import io.tidings.testkit.client.ClientMessage;
import io.tidings.testkit.client.TidingsClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connecting, several connections, reconnecting, and polling instead. */
class AcceptanceConnectionsTest extends AcceptanceFixture {

    @Override
    RateLimits limits() {
        return RateLimits.NONE;
    }

    @Test
    @Tag("R1")
    void validToken_isGreetedAsItsUser_inBothDialects() {
        try (LiveClient event = event(123);
                LiveClient envelope = envelope(123)) {
            assertEquals(123, event.connected.path("userId").asInt());
            assertEquals(123, envelope.connected.at("/payload/userId").asInt());
        }
    }

    @Test
    @Tag("R4")
    void invalidToken_isRefusedWith4500() {
        assertRefused("nonsense");
        assertRefused(token(1).replaceFirst(".$", "!"));
    }

    @Test
    @Tag("R4")
    void expiredToken_isRefusedWith4500() {
        assertRefused(server.token("user=1&ttl=-120"));
    }

    private void assertRefused(String token) {
        try (RawWebSocketClient socket = server.open("/api/v1/ws?token=" + token)) {
            JsonNode error = TestServer.json(socket.nextText(LiveClient.PATIENCE));
            assertEquals("UNAUTHORIZED", error.at("/error/code").asText());
            assertEquals(4500, socket.expectClose(LiveClient.PATIENCE).code());
        }
        assertEquals(401, server.getAs(token, MESSAGES + "inbox").statusCode());
    }

    @Test
    @Tag("R30")
    void everyConnectionOfAUser_getsEveryMessageOnce() {
        try (LiveClient phone = event(2);
                LiveClient tab = event(2);
                LiveClient desktop = envelope(2)) {
            assertNotEquals(
                    phone.connected.path("connectionId").asText(),
                    tab.connected.path("connectionId").asText());
            send(1, 2, "first");
            send(1, 2, "second");
            for (LiveClient client : List.of(phone, tab)) {
                assertEquals(
                        "first", client.next("message:new").at("/data/content").asText());
                assertEquals(
                        "second", client.next("message:new").at("/data/content").asText());
            }
            assertEquals(
                    "first", desktop.next("NEW_MESSAGE").at("/payload/content").asText());
            assertEquals(
                    "second", desktop.next("NEW_MESSAGE").at("/payload/content").asText());
        }
    }

    @Test
    @Tag("R42")
    void reconnect_deliversWhatWasMissed_onceAndInOrder() {
        String last;
        try (LiveClient client = event(2)) {
            send(1, 2, "before");
            last = client.next("message:new").path("id").asText();
        }
        IntStream.rangeClosed(1, 3).forEach(i -> send(1, 2, "missed " + i));
        try (LiveClient client = eventAfter(2, last)) {
            send(1, 2, "after");
            assertEquals(List.of("missed 1", "missed 2", "missed 3", "after"), contents(client.durable(4).stream()));
        }
    }

    @Test
    @Tag("R42")
    @Tag("R47")
    void networkCutWithoutAClose_losesAndDoublesNothing() throws Exception {
        LinkedBlockingQueue<String> got = new LinkedBlockingQueue<>();
        LinkedBlockingQueue<String> greeted = new LinkedBlockingQueue<>();
        URI url = URI.create(server.server.url());
        String token = token(2);
        try (FaultProxy network = FaultProxy.to(url.getHost(), url.getPort());
                TidingsClient client = TidingsClient.to(
                                URI.create("ws://127.0.0.1:" + network.port() + "/api/v1/ws"),
                                () -> CompletableFuture.completedFuture(token))
                        .device("phone")
                        .backoff(Duration.ofMillis(20), Duration.ofMillis(200))
                        .listener(new ClientListener() {
                            @Override
                            public void connected(JsonNode body) {
                                greeted.add(body.path("connectionId").asText());
                            }

                            @Override
                            public void message(ClientMessage message) {
                                if (message.isDurable()) {
                                    got.add(message.body().path("content").asText());
                                }
                            }
                        })
                        .start()) {
            List<String> sent = new ArrayList<>();
            for (int cut = 0; cut < 5; cut++) {
                await(greeted);
                // Some of these are on their way when the network goes.
                for (int i = 0; i < 10; i++) {
                    sent.add("m" + sent.size());
                    send(1, 2, sent.get(sent.size() - 1));
                }
                network.cut();
            }
            await(greeted);
            send(1, 2, "last");
            sent.add("last");
            for (String content : sent) {
                assertEquals(content, await(got));
            }
            assertTrue(got.isEmpty(), got::toString);
        }
    }

    private static String await(LinkedBlockingQueue<String> queue) throws InterruptedException {
        String next = queue.poll(LiveClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        if (next == null) {
            throw new AssertionError("nothing came");
        }
        return next;
    }

    @Test
    @Tag("R43")
    @Tag("R67")
    void pollThenWebSocketThenPoll_onOnePosition_losesAndDoublesNothing() {
        String position = get(2, MESSAGES + "inbox").path("position").asText();
        send(1, 2, "polled");
        JsonNode page = poll(position, 1);
        List<String> got = new ArrayList<>(contents(items(page)));
        position = page.path("next").asText();
        send(1, 2, "missed between");
        try (LiveClient client = eventAfter(2, position)) {
            send(1, 2, "live");
            List<JsonNode> frames = client.durable(2);
            got.addAll(contents(frames.stream()));
            position = frames.get(1).path("id").asText();
        }
        send(1, 2, "polled again");
        got.addAll(contents(items(poll(position, 1))));
        assertEquals(List.of("polled", "missed between", "live", "polled again"), got);
        assertEquals(
                got,
                items(get(2, MESSAGES + "inbox"))
                        .map(item -> item.path("content").asText())
                        .toList());
    }

    @Test
    @Tag("R67")
    void clientOfASnapshot_goesOnFromItsPosition_andIsToldOfNothingTwice() {
        send(1, 2, "in the snapshot");
        poll("", 1);
        JsonNode snapshot = get(2, MESSAGES + "inbox");
        send(1, 2, "after it");
        try (LiveClient client = eventAfter(2, snapshot.path("position").asText())) {
            assertEquals(List.of("after it"), contents(client.durable(1).stream()));
        }
    }

    /** Asks until so many are there: a message is in the mailbox a little after the answer to its sender. */
    private JsonNode poll(String after, int count) {
        long end = System.nanoTime() + LiveClient.PATIENCE.toNanos();
        while (true) {
            JsonNode page = get(2, "/api/v1/events?after=" + after);
            if (page.path("items").size() >= count) {
                assertEquals(count, page.path("items").size(), page.toString());
                return page;
            }
            assertTrue(System.nanoTime() < end, page.toString());
            Thread.onSpinWait();
        }
    }

    private static Stream<JsonNode> items(JsonNode page) {
        List<JsonNode> items = new ArrayList<>();
        page.path("items").forEach(items::add);
        return items.stream();
    }
}
