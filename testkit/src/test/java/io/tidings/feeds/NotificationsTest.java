package io.tidings.feeds;

import static io.tidings.feeds.FeedsFixture.data;
import static io.tidings.feeds.FeedsFixture.payload;
import static io.tidings.feeds.FeedsFixture.user;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.TestConnection;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NotificationsTest {

    private FeedsFixture fixture = new FeedsFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R63")
    void anInteraction_notifiesTheOwner_inBothDialects_andThenTheCount(Interaction.Type type) {
        TestConnection event = fixture.event("2");
        TestConnection envelope = fixture.envelope("2");
        TestConnection actor = fixture.event("1");

        Notification stored = fixture.done(fixture.feeds
                        .notifications()
                        .interact(
                                new Interaction(
                                        type, user(1), user(2), new Target("video", "456", "My video", "/t.png")),
                                null))
                .orElseThrow();

        JsonNode told = data(event, "notification:new");
        assertEquals(stored.id(), told.path("id").longValue());
        assertEquals(type.word(), told.path("type").textValue());
        assertEquals(456, told.path("refId").longValue());
        assertEquals(
                "{\"id\":1,\"username\":\"user-1\",\"avatarUrl\":\"https://example.org/1.png\"}",
                told.path("actor").toString());
        assertEquals(
                "{\"type\":\"video\",\"id\":456,\"title\":\"My video\",\"thumbUrl\":\"/t.png\"}",
                told.path("target").toString());
        JsonNode count = data(event, "notification:unseen_count");
        assertEquals(1, count.path("count").intValue());
        assertEquals("{\"SOCIAL\":1}", count.path("byCategory").toString());
        JsonNode other = payload(envelope, "NEW_NOTIFICATION");
        assertEquals("INFO", other.path("type").textValue());
        assertEquals("SOCIAL", other.path("category").textValue());
        assertEquals("user-1", other.path("title").textValue());
        String words = other.path("message").textValue();
        assertTrue(type == Interaction.Type.FOLLOW ? words.equals("follows you") : words.contains("“My video”"), words);
        JsonNode total = payload(envelope, "UNREAD_COUNT_UPDATE");
        assertEquals(1, total.path("totalUnread").intValue());
        assertEquals("{\"SOCIAL\":1}", total.path("byCategory").toString());
        actor.wire.assertExhausted();
        event.wire.assertExhausted();
        envelope.wire.assertExhausted();
    }

    @Test
    @Tag("R63")
    void anOwnAction_notifiesNobody_andStoresNothing() {
        TestConnection own = fixture.event("1");
        assertEquals(Optional.empty(), fixture.done(like(1, 1, "k")));
        own.wire.assertExhausted();
        assertEquals(
                0, fixture.done(fixture.feeds.notifications().unseen(user(1))).version());
        // The same id of another tenant is somebody else, whom nobody reaches.
        assertThrows(
                IllegalArgumentException.class,
                () -> new Interaction(
                        Interaction.Type.LIKE, user(1), new UserKey("b", "1"), new Target("p", "1", null, null)));
    }

    @Test
    @Tag("R63")
    void aRepeatedKey_givesTheFirstNotification() {
        TestConnection owner = fixture.event("2");
        Notification first = fixture.done(like(1, 2, "k")).orElseThrow();
        owner.wire.takeFrames();
        assertEquals(first.id(), fixture.done(like(1, 2, "k")).orElseThrow().id());
        owner.wire.assertExhausted();
        assertTrue(fixture.done(like(3, 2, "k")).orElseThrow().id() > first.id());
    }

    @Test
    @Tag("R63")
    void aDirectoryThatFailsOrIsSlow_leavesTheActorWithoutAName() {
        List<CompletionStage<Optional<Profile>>> answers = new ArrayList<>();
        answers.add(CompletableFuture.failedFuture(new IllegalStateException("away")));
        answers.add(new CompletableFuture<>());
        fixture.close();
        fixture = new FeedsFixture(
                InMemoryFeedStore.builder().build(), feeds -> feeds.directory(user -> answers.remove(0)), hub -> hub);
        TestConnection owner = fixture.event("2");
        fixture.done(like(1, 2, null));
        assertEquals("{\"id\":1}", data(owner, "notification:new").path("actor").toString());
        owner.wire.takeFrames();

        CompletableFuture<Optional<Notification>> slow = like(1, 2, null).toCompletableFuture();
        fixture.time.advance(Duration.ofMillis(4_999));
        assertFalse(slow.isDone());
        fixture.time.advance(Duration.ofMillis(1));
        assertTrue(slow.isDone());
        assertEquals("{\"id\":1}", data(owner, "notification:new").path("actor").toString());
    }

    @Test
    @Tag("R63")
    void theHostWordsInteractions() {
        fixture.close();
        fixture = new FeedsFixture(
                InMemoryFeedStore.builder().build(),
                feeds -> feeds.templates((interaction, profile) ->
                        new NotificationTemplates.Text("Neu", profile.username() + " mag das")),
                hub -> hub);
        TestConnection owner = fixture.envelope("2");
        fixture.done(like(1, 2, null));
        JsonNode told = payload(owner, "NEW_NOTIFICATION");
        assertEquals("Neu", told.path("title").textValue());
        assertEquals("user-1 mag das", told.path("message").textValue());
    }

    @Test
    @Tag("R63")
    void aPostedNotification_hasWhatTheDraftSays() {
        TestConnection event = fixture.event("2");
        TestConnection envelope = fixture.envelope("2");
        fixture.done(fixture.feeds
                .notifications()
                .post(
                        user(2),
                        NotificationDraft.of("Paid", "Thank you")
                                .withLevel(NotificationDraft.Level.SUCCESS)
                                .withCategory("BILLING")
                                .withPriority(NotificationDraft.Priority.HIGH)
                                .withActionUrl("/invoices/1")));
        JsonNode told = data(event, "notification:new");
        assertEquals("system", told.path("type").textValue());
        assertEquals("SUCCESS", told.path("level").textValue());
        assertEquals("BILLING", told.path("category").textValue());
        assertEquals("HIGH", told.path("priority").textValue());
        assertEquals("/invoices/1", told.path("actionUrl").textValue());
        assertEquals(
                "SUCCESS", payload(envelope, "NEW_NOTIFICATION").path("type").textValue());
    }

    @Test
    @Tag("R64")
    void seenNotifications_areToldToAllDevices_andThenTheCount() {
        TestConnection event = fixture.event("2@phone");
        TestConnection envelope = fixture.envelope("2@web");
        long a = fixture.done(like(1, 2, null)).orElseThrow().id();
        long b = post(2, "BILLING").id();
        post(2, "BILLING");
        event.wire.takeFrames();
        envelope.wire.takeFrames();

        assertEquals(
                List.of(a, b), fixture.done(fixture.feeds.notifications().markSeen(user(2), List.of(a, b, 4_711L))));

        JsonNode told = data(event, "notification:seen");
        assertEquals("[" + a + "," + b + "]", told.path("notificationIds").toString());
        assertEquals("2025-01-01T00:00:00Z", told.path("seenAt").textValue());
        JsonNode count = data(event, "notification:unseen_count");
        assertEquals(1, count.path("count").intValue());
        assertEquals("{\"BILLING\":1}", count.path("byCategory").toString());
        JsonNode read = payload(envelope, "NOTIFICATION_READ");
        assertEquals(1, read.path("remainingUnread").intValue());
        assertEquals(4, read.path("version").intValue());
        assertEquals(
                1, payload(envelope, "UNREAD_COUNT_UPDATE").path("totalUnread").intValue());
        event.wire.assertExhausted();
        envelope.wire.assertExhausted();

        assertEquals(List.of(), fixture.done(fixture.feeds.notifications().markSeen(user(2), List.of(a, b))));
        event.wire.assertExhausted();
    }

    @Test
    @Tag("R64")
    void nobodyMarksSomebodyElsesNotifications() {
        TestConnection owner = fixture.event("2");
        long id = post(2, "A").id();
        owner.wire.takeFrames();
        for (UserKey stranger : List.of(user(3), new UserKey("other", "2"))) {
            assertEquals(List.of(), fixture.done(fixture.feeds.notifications().markSeen(stranger, List.of(id))));
        }
        owner.wire.assertExhausted();
        assertEquals(
                1, fixture.done(fixture.feeds.notifications().unseen(user(2))).count());
    }

    @Test
    @Tag("R65")
    void countsAddUp_andVersionsGrow() {
        post(2, "A");
        post(2, "B");
        post(2, "A");
        Counts.Unseen unseen = fixture.done(fixture.feeds.notifications().unseen(user(2)));
        assertEquals(new Counts.Unseen(3, 3, Map.of("A", 2L, "B", 1L)), unseen);
        TestConnection late = fixture.hubs.open(io.tidings.HubFixture.ENVELOPE, "token=2");
        late.take("CONNECTED");
        for (int i = 0; i < 3; i++) {
            late.take("NEW_NOTIFICATION");
        }
        late.take("DELIVERY_LIVE");
        assertEquals(3, payload(late, "UNREAD_COUNT_UPDATE").path("totalUnread").intValue());
        late.wire.assertExhausted();
    }

    @Test
    @Tag("R65")
    void categoriesBeyondTheLast_areRefused_andNothingIsStored() {
        for (int i = 0; i < Notifications.MAX_CATEGORIES; i++) {
            post(2, "C" + i);
        }
        post(2, "C0");
        CompletionException refused = assertThrows(CompletionException.class, () -> post(2, "ONE_MORE"));
        assertTrue(
                refused.getCause().getMessage().startsWith("category "),
                refused.getCause().getMessage());
        assertEquals(
                Notifications.MAX_CATEGORIES + 1,
                fixture.done(fixture.feeds.notifications().unseen(user(2))).count());
    }

    @Test
    @Tag("R63")
    void drafts_thatDoNotHold_areRefusedAtOnce() {
        NotificationDraft draft = NotificationDraft.of("a", "b");
        for (NotificationDraft bad : List.of(
                draft.withCategory(""),
                draft.withCategory("x".repeat(129)),
                draft.withCategory("a\nb"),
                draft.withCategory("\ud800"),
                draft.withActionUrl("javascript:alert(1)"),
                NotificationDraft.of("x".repeat(5_001), "b"))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> fixture.feeds.notifications().post(user(2), bad));
        }
        fixture.done(fixture.feeds.notifications().post(user(2), draft.withCategory("x".repeat(128))));
    }

    @Test
    @Tag("R66")
    void oneNotificationForMany_reachesEachOnce_alsoWhenItIsRepeated() {
        TestConnection one = fixture.event("17");
        var many = LongStream.rangeClosed(1, 1_203).mapToObj(FeedsFixture::user).toList();
        NotificationDraft draft = NotificationDraft.of("News", "For all");

        // As if a crash had cut the first call off.
        fixture.done(fixture.feeds.notifications().postAll(many.subList(0, 700).iterator(), draft, "news"));
        Notifications.PostAllResult result =
                allDone(fixture.feeds.notifications().postAll(many.iterator(), draft, "news"));

        assertEquals(new Notifications.PostAllResult(503, 700, 0), result);
        data(one, "notification:new");
        assertEquals(1, data(one, "notification:unseen_count").path("count").intValue());
        one.wire.assertExhausted();
        for (UserKey user : many) {
            assertEquals(
                    1, fixture.done(fixture.feeds.notifications().unseen(user)).count());
        }
    }

    @Test
    @Tag("R66")
    void oneNotificationForMany_waitsForTheRelay() {
        CompletableFuture<Void> open = new CompletableFuture<>();
        var mailbox = io.tidings.inmemory.InMemoryMailbox.builder().build();
        var slow = (io.tidings.mailbox.Mailbox) java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {io.tidings.mailbox.Mailbox.class},
                (proxy, method, arguments) -> method.getName().equals("append")
                        ? open.thenCompose(now -> mailbox.append((List) arguments[0]))
                        : method.invoke(mailbox, arguments));
        try (FeedsFixture slowly = new FeedsFixture(
                io.tidings.feeds.InMemoryFeedStore.builder().build(), feeds -> feeds, hub -> hub.mailbox(slow))) {
            var many = LongStream.rangeClosed(1, 4_000)
                    .mapToObj(FeedsFixture::user)
                    .iterator();
            var result = slowly.feeds
                    .notifications()
                    .postAll(many, NotificationDraft.of("News", "For all"), "news")
                    .toCompletableFuture();
            slowly.time.advance(Duration.ofSeconds(2));
            assertFalse(result.isDone());
            int busy = slowly.feeds.relay().busy();
            assertTrue(busy <= 5 * Bulk.CHUNK, () -> "" + busy);
            open.complete(null);
            slowly.time.advance(Duration.ofSeconds(2));
            assertEquals(new Notifications.PostAllResult(4_000, 0, 0), slowly.done(result));
        }
    }

    @Test
    @Tag("R66")
    void oneNotificationForMany_passesOverWhoHasNoRoomForItsCategory() {
        for (int i = 0; i < Notifications.MAX_CATEGORIES; i++) {
            fixture.done(fixture.feeds
                    .notifications()
                    .post(user(2), NotificationDraft.of("t", "m").withCategory("c" + i)));
        }
        var many = List.of(user(1), user(2), user(3), user(3));
        assertEquals(
                new Notifications.PostAllResult(2, 1, 1),
                allDone(fixture.feeds
                        .notifications()
                        .postAll(many.iterator(), NotificationDraft.of("News", "For all"), "news")));
        assertEquals(
                1, fixture.done(fixture.feeds.notifications().unseen(user(3))).count());
        assertEquals(
                Notifications.MAX_CATEGORIES,
                fixture.done(fixture.feeds.notifications().unseen(user(2))).count());
    }

    @Test
    @Tag("R66")
    void aKey_ofAnInteraction_isApartFromThatOfAPost_andHasAtMost1000Characters() {
        String key = "k".repeat(Conversations.MAX_KEY);
        Notifications notifications = fixture.feeds.notifications();
        Interaction like = new Interaction(Interaction.Type.LIKE, user(1), user(2), new Target("post", "1", "T", null));
        fixture.done(notifications.interact(like, key));
        fixture.done(notifications.post(user(1), user(2), NotificationDraft.of("t", "m"), key));
        fixture.done(fixture.feeds.conversations().send(user(1), user(2), "a", key));
        assertEquals(2, fixture.done(notifications.unseen(user(2))).count());
        assertEquals(
                1, fixture.done(fixture.feeds.conversations().unread(user(2))).count());
        assertThrows(IllegalArgumentException.class, () -> notifications.interact(like, key + 'k'));
    }

    @Test
    @Tag("R66")
    void aCallForMany_thatFeedsAreClosedUnder_fails() {
        CompletionStage<Notifications.PostAllResult> call = fixture.feeds
                .notifications()
                .postAll(
                        LongStream.rangeClosed(1, 1_000_000)
                                .peek(id -> {
                                    if (id == 5_000) {
                                        fixture.feeds.notifications().close();
                                    }
                                })
                                .mapToObj(FeedsFixture::user)
                                .iterator(),
                        NotificationDraft.of("a", "b"),
                        "k");
        assertThrows(CompletionException.class, () -> allDone(call));
        assertEquals(
                0,
                fixture.done(fixture.feeds.notifications().unseen(user(6_000))).count());
    }

    @Test
    @Tag("R66")
    void anIteratorThatFails_failsTheCall_andWhatWasSentIsSent() {
        var failing = new java.util.Iterator<UserKey>() {
            private int given;

            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public UserKey next() {
                if (given == 600) {
                    throw new IllegalStateException("the host's own");
                }
                return user(++given);
            }
        };
        CompletionStage<Notifications.PostAllResult> call =
                fixture.feeds.notifications().postAll(failing, NotificationDraft.of("a", "b"), "k");
        assertThrows(CompletionException.class, () -> allDone(call));
        assertEquals(
                1, fixture.done(fixture.feeds.notifications().unseen(user(500))).count());
    }

    @Test
    @Tag("R64")
    void notifications_areListed_newestFirst() {
        long a = post(2, "A").id();
        long b = post(2, "B").id();
        long c = post(2, "A").id();
        fixture.done(fixture.feeds.notifications().markSeen(user(2), List.of(c)));
        assertEquals(List.of(c, b, a), list(new NotificationQuery(user(2), false, null, Long.MAX_VALUE, 10)));
        assertEquals(List.of(b, a), list(new NotificationQuery(user(2), true, null, Long.MAX_VALUE, 10)));
        assertEquals(List.of(c, a), list(new NotificationQuery(user(2), false, "A", Long.MAX_VALUE, 10)));
        assertEquals(List.of(a), list(new NotificationQuery(user(2), false, null, b, 10)));
        assertEquals(List.of(), list(new NotificationQuery(new UserKey("t", "2"), false, null, Long.MAX_VALUE, 10)));
    }

    private List<Long> list(NotificationQuery query) {
        return fixture.done(fixture.feeds.notifications().list(query)).stream()
                .map(Notification::id)
                .toList();
    }

    private <T> T allDone(CompletionStage<T> stage) {
        for (int i = 0; i < 1_000 && !stage.toCompletableFuture().isDone(); i++) {
            fixture.time.advance(Duration.ofMillis(20));
        }
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private CompletionStage<Optional<Notification>> like(long actor, long owner, String key) {
        return fixture.feeds
                .notifications()
                .interact(
                        new Interaction(
                                Interaction.Type.LIKE,
                                user(actor),
                                user(owner),
                                new Target("post", "7", "A post", null)),
                        key);
    }

    private Notification post(long to, String category) {
        return fixture.done(fixture.feeds
                .notifications()
                .post(user(to), NotificationDraft.of("t", "m").withCategory(category)));
    }
}
