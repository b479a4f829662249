package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.examples.standalone.ServerMetrics.Counter;
import io.tidings.feeds.InMemoryFeedStore;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.spi.HubObserver.Drop;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What no socket can bring about. */
class PartsTest {

    @Test
    void userName_hasAtMost128Characters() {
        assertEquals("user-7", Users.name("7"));
        assertEquals("user-" + "u".repeat(123), Users.name("u".repeat(128)));
        assertEquals("user-" + "😀".repeat(64), Users.name("😀".repeat(64)));
    }

    @Test
    @Tag("R82")
    void health_isDownWhileTheHubDrains_orWithoutAMailboxOrAFeedStore() {
        InMemoryMailbox mailbox = InMemoryMailbox.builder().build();
        InMemoryFeedStore feeds = InMemoryFeedStore.builder().build();
        HttpResponse draining = call(HealthRoute.of(() -> false, mailbox, feeds));
        assertEquals(503, draining.status());
        assertEquals(
                "{\"status\":\"down\",\"parts\":{\"hub\":\"draining\",\"mailbox\":\"up\",\"feeds\":\"up\",\"broker\":\"none\"}}",
                text(draining));
        feeds.close();
        HttpResponse withoutFeeds = call(HealthRoute.of(() -> true, mailbox, feeds));
        assertEquals(503, withoutFeeds.status());
        assertTrue(text(withoutFeeds).contains("\"mailbox\":\"up\",\"feeds\":\"down\""), text(withoutFeeds));
        mailbox.close();
        HttpResponse withoutBoth = call(HealthRoute.of(() -> true, mailbox, feeds));
        assertEquals(503, withoutBoth.status());
        assertTrue(text(withoutBoth).contains("\"mailbox\":\"down\""));
    }

    @Test
    @Tag("R80")
    void metrics_haveLabelsOfClosedSets() {
        ServerMetrics metrics = new ServerMetrics();
        metrics.closed("event", 4999);
        metrics.closed("event", 3456);
        metrics.closed("event", 1000);
        metrics.dropped(Drop.CONFLATED, 3);
        metrics.dropped(Drop.CONFLATED, 2);
        metrics.handlerFailed();
        assertEquals(
                Map.of(
                        new Counter("tidings_connections_closed_total", "code=\"other\",dialect=\"event\""), 2L,
                        new Counter("tidings_connections_closed_total", "code=\"1000\",dialect=\"event\""), 1L,
                        new Counter("tidings_messages_dropped_total", "reason=\"conflated\""), 5L,
                        new Counter("tidings_handler_failures_total", ""), 1L),
                metrics.values());
    }

    private static HttpResponse call(HttpRoute route) {
        HttpRequest request = new HttpRequest("GET", route.path(), Map.of(), Map.of(), new byte[0], "127.0.0.1");
        return route.handler().handle(request).toCompletableFuture().join();
    }

    private static String text(HttpResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
