package io.tidings.feeds;

import static io.tidings.feeds.FeedsFixture.data;
import static io.tidings.feeds.FeedsFixture.user;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.Connection;
import io.tidings.HubListener;
import io.tidings.Reply;
import io.tidings.Request;
import io.tidings.TestConnection;
import io.tidings.message.CloseReason;
import io.tidings.testkit.ManualTime;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class FeedsTest {

    private final List<CompletableFuture<Void>> held = new ArrayList<>();
    private boolean holds;
    private int reads;

    @Test
    @Tag("R46")
    void aKeyIsRepeatedFor24Hours() {
        try (FeedsFixture fixture = new FeedsFixture()) {
            long first = send(fixture, "k");
            fixture.time.advance(Duration.ofHours(24));
            assertEquals(first, send(fixture, "k"));
            fixture.time.advance(Duration.ofHours(1).plusMillis(1));
            assertNotEquals(first, send(fixture, "k"));
        }
    }

    @Test
    @Tag("R65")
    void whoNeverHadACount_isToldNone() {
        try (FeedsFixture fixture = new FeedsFixture()) {
            fixture.send(1, 2, "a");
            fixture.event("1").wire.assertExhausted();
        }
    }

    @Test
    @Tag("R65")
    void whoHasNothingUnseenAnyMore_isToldSo() {
        try (FeedsFixture fixture = new FeedsFixture()) {
            long id = fixture.send(1, 2, "a").id();
            fixture.done(fixture.feeds.conversations().markSeen(user(2), null, List.of(id)));
            id = fixture.done(fixture.feeds.notifications().post(user(2), NotificationDraft.of("t", "m")))
                    .id();
            fixture.done(fixture.feeds.notifications().markSeen(user(2), List.of(id)));
            TestConnection client = fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=2");
            List<String> counts = new ArrayList<>();
            for (var frame : client.wire.takeFrames()) {
                if (frame.type().endsWith("_count")) {
                    counts.add(frame.type() + ' ' + frame.at("/data/count"));
                }
            }
            assertEquals(List.of("message:unread_count 0", "notification:unseen_count 0"), counts);
        }
    }

    @Test
    @Tag("R66")
    void closing_closesBothStores_andRelaysNothingMore() {
        InMemoryFeedStore store = InMemoryFeedStore.builder().build();
        List<String> closed = new ArrayList<>();
        InMemoryPresenceStore kept = new InMemoryPresenceStore();
        PresenceStore presence = (PresenceStore) Proxy.newProxyInstance(
                PresenceStore.class.getClassLoader(),
                new Class<?>[] {PresenceStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        closed.add("presence");
                    }
                    return method.invoke(kept, arguments);
                });
        FeedsFixture fixture = new FeedsFixture(store, feeds -> feeds.presence(presence), hub -> hub);
        fixture.close();
        assertEquals(List.of("presence"), closed);
        assertThrows(
                java.util.concurrent.ExecutionException.class,
                () -> store.heads(List.of(user(1))).toCompletableFuture().get());
        assertTrue(fixture.feeds.relay().isClosed());
        fixture.time.advance(Duration.ofHours(2));
    }

    @Test
    @Tag("R65")
    void countsOfMany_whoConnectAtOnce_areReadTogether_oneReadAtATime() {
        FeedStore store = InMemoryFeedStore.builder().build();
        try (FeedsFixture fixture = new FeedsFixture(holding(store), feeds -> feeds, hub -> hub)) {
            List<TestConnection> clients = new ArrayList<>();
            for (int i = 1; i <= Greetings.PAGE + 2; i++) {
                fixture.send(9_999, i, "hello");
            }
            holds = true;
            reads = 0;
            for (int i = 1; i <= Greetings.PAGE + 2; i++) {
                clients.add(fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=" + i));
            }
            assertEquals(1, reads);
            release(fixture);
            assertEquals(2, reads);
            release(fixture);
            assertEquals(3, reads);
            release(fixture);
            assertEquals(4, reads, "what was told is looked at again");
            release(fixture);
            assertEquals(4, reads);
            for (TestConnection client : clients) {
                client.take("connected");
                data(client, "message:new");
                client.take("delivery:live");
                assertEquals(
                        1, data(client, "message:unread_count").path("count").intValue());
                client.wire.assertExhausted();
            }
        }
    }

    @Test
    @Tag("R65")
    void countsThatCannotBeRead_areLeftOut_andTheNextAreTold() {
        FeedStore store = InMemoryFeedStore.builder().build();
        try (FeedsFixture fixture = new FeedsFixture(holding(store), feeds -> feeds, hub -> hub)) {
            fixture.send(1, 2, "hello");
            holds = true;
            TestConnection first = fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=2");
            held.remove(0).completeExceptionally(new IllegalStateException("away"));
            holds = false;
            TestConnection second = fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=2@other");
            for (TestConnection client : List.of(first, second)) {
                client.take("connected");
                client.take("message:new");
                client.take("delivery:live");
            }
            first.wire.assertExhausted();
            data(second, "message:unread_count");
        }
    }

    @Test
    @Tag("R65")
    void aCountThatChangesWhileItIsRead_isWhatAClientIsLeftWith() {
        FeedStore store = InMemoryFeedStore.builder().build();
        try (FeedsFixture fixture = new FeedsFixture(holding(store), feeds -> feeds, hub -> hub)) {
            fixture.send(1, 2, "a");
            holds = true;
            TestConnection client = fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=2");
            holds = false;
            fixture.send(1, 2, "b");
            release(fixture);
            int count = 0;
            for (var frame : client.wire.takeFrames()) {
                if (frame.type().equals("message:unread_count")) {
                    count = frame.at("/data/count").intValue();
                }
            }
            assertEquals(2, count);
        }
    }

    @Test
    @Tag("R65")
    void connectionsThatWaitForTheirCounts_areBounded_theNewestAreTold() {
        FeedStore store = InMemoryFeedStore.builder().build();
        try (FeedsFixture fixture = new FeedsFixture(holding(store), feeds -> feeds, hub -> hub)) {
            TestConnection client = fixture.event("2");
            Connection connection = fixture.hubs.hub.connections(user(2)).get(0);
            holds = true;
            reads = 0;
            Greetings greetings = new Greetings(holding(store), fixture.hubs.hub);
            greetings.connected(connection);
            for (int i = 0; i < Greetings.MAX_WAITING + 3 * Greetings.PAGE; i++) {
                greetings.connected(connection);
            }
            fixture.send(1, 2, "a");
            holds = false;
            held.remove(0).complete(null);
            assertEquals(1 + Greetings.MAX_WAITING / Greetings.PAGE * 2, reads, "each is read for twice");
            client.take("message:new");
            data(client, "message:unread_count");
        }
    }

    @Test
    @Tag("R22")
    void whatTheHostsListenerThrows_isNoAnswerToTheClient() {
        HubListener host = new HubListener() {
            @Override
            public CompletionStage<Reply> request(Connection connection, Request request) {
                throw new IllegalArgumentException("a secret of the host's");
            }
        };
        FeedStore store = InMemoryFeedStore.builder().build();
        try (FeedsFixture fixture = new FeedsFixture(store, feeds -> feeds.otherRequests(host), hub -> hub)) {
            fixture.event("1");
            Connection connection = fixture.hubs.hub.connections(user(1)).get(0);
            Request request = new Request("host.own", null, null);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> fixture.feeds.listener().request(connection, request));
        }
    }

    @Test
    @Tag("R81")
    void whatFailsOften_isSaidOnceInAWhile_withHowOften() {
        ManualTime time = new ManualTime();
        Seldom failures = new Seldom(Duration.ofSeconds(1), time);
        assertEquals(1, failures.happens());
        assertEquals(0, failures.happens());
        time.advance(Duration.ofMillis(999));
        assertEquals(0, failures.happens());
        time.advance(Duration.ofMillis(1));
        assertEquals(3, failures.happens());
        assertEquals(0, failures.happens());
    }

    @Test
    @Tag("R100")
    void whatIsNotOfFeeds_isAskedOfTheHostsListener_whichHearsOfConnectionsToo() {
        List<String> heard = new ArrayList<>();
        HubListener host = new HubListener() {
            @Override
            public void connected(Connection connection) {
                heard.add("connected");
            }

            @Override
            public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
                heard.add("disconnected");
            }

            @Override
            public CompletionStage<Reply> request(Connection connection, Request request) {
                heard.add(request.kind());
                return CompletableFuture.completedFuture(Reply.DONE);
            }
        };
        FeedStore store = InMemoryFeedStore.builder().build();
        try (FeedsFixture fixture = new FeedsFixture(store, feeds -> feeds.otherRequests(host), hub -> hub)) {
            TestConnection client = fixture.event("1");
            client.say("message:send", "{\"receiverId\":2,\"content\":\"a\"}");
            assertEquals(List.of("connected"), heard);
            Connection connection = fixture.hubs.hub.connections(user(1)).get(0);
            fixture.feeds.listener().request(connection, new Request("host.own", null, null));
            client.cut();
            assertEquals(List.of("connected", "host.own", "disconnected"), heard);
        }
    }

    @Test
    @Tag("R66")
    void relayed_completesWhenNothingIsUnderWay_orTheTimeIsOver() {
        CompletableFuture<Void> open = new CompletableFuture<>();
        io.tidings.inmemory.InMemoryMailbox kept =
                io.tidings.inmemory.InMemoryMailbox.builder().build();
        FeedStore store = InMemoryFeedStore.builder().build();
        io.tidings.mailbox.Mailbox slow = (io.tidings.mailbox.Mailbox) Proxy.newProxyInstance(
                io.tidings.mailbox.Mailbox.class.getClassLoader(),
                new Class<?>[] {io.tidings.mailbox.Mailbox.class},
                (proxy, method, arguments) -> method.getName().equals("append")
                        ? open.thenCompose(now -> kept.append((List) arguments[0]))
                        : method.invoke(kept, arguments));
        try (FeedsFixture fixture = new FeedsFixture(store, feeds -> feeds, hub -> hub.mailbox(slow))) {
            fixture.done(fixture.feeds.relayed(Duration.ofSeconds(2)));
            fixture.send(1, 2, "a");
            CompletableFuture<Void> tooShort =
                    fixture.feeds.relayed(Duration.ofSeconds(2)).toCompletableFuture();
            fixture.time.advance(Duration.ofMillis(1_999));
            assertEquals(false, tooShort.isDone());
            fixture.time.advance(Duration.ofMillis(11));
            assertEquals(true, tooShort.isDone());
            CompletableFuture<Void> enough =
                    fixture.feeds.relayed(Duration.ofSeconds(2)).toCompletableFuture();
            open.complete(null);
            fixture.time.advance(Duration.ofMillis(10));
            assertEquals(true, enough.isDone());
        }
    }

    @Test
    @Tag("R66")
    void feedsStartOnce_andNeedAStore() {
        try (FeedsFixture fixture = new FeedsFixture()) {
            assertThrows(IllegalStateException.class, () -> fixture.feeds.start(fixture.hubs.hub));
        }
        assertThrows(IllegalArgumentException.class, () -> Feeds.builder().build());
    }

    private static long send(FeedsFixture fixture, String key) {
        return fixture.done(fixture.feeds.conversations().send(user(1), user(2), "a", key))
                .id();
    }

    private void release(FeedsFixture fixture) {
        if (!held.isEmpty()) {
            held.remove(0).complete(null);
        }
        fixture.time.runUntilQuiet();
    }

    private FeedStore holding(FeedStore store) {
        return (FeedStore) Proxy.newProxyInstance(
                FeedStore.class.getClassLoader(), new Class<?>[] {FeedStore.class}, (proxy, method, arguments) -> {
                    try {
                        if (method.getName().equals("heads")) {
                            reads++;
                            if (holds) {
                                CompletableFuture<Void> hold = new CompletableFuture<>();
                                held.add(hold);
                                CompletionStage<List<Head>> found = store.heads((List) arguments[0]);
                                return hold.thenCompose(now -> found);
                            }
                        }
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
