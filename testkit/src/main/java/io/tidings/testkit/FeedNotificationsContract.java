package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.Notification;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link FeedStoreContract} asks of notifications. */
@Tag("R66")
abstract class FeedNotificationsContract extends FeedMessagesContract {

    private static final long NEWEST = Long.MAX_VALUE;

    /** Messages with everything, and with as little as there may be. */
    static List<Message> messagesOfAllShapes() {
        JsonNodeFactory json = JsonNodeFactory.instance;
        ObjectNode nested = json.objectNode()
                .put("text", "\ud83d\ude00 '\" \\ \u0001 \u4f60")
                .put("number", (1L << 53) - 1)
                .put("fraction", 0.5)
                .put("flag", true)
                .putNull("nothing");
        nested.putArray("list").add(1).addObject().put("deep", "er");
        List<Message> messages = new ArrayList<>(SampleMessages.ofEveryKind());
        messages.add(new Message("contract.all", nested, 1, "category \u00e9", "key '%\ud83d\ude00"));
        messages.add(new Message("contract.key", nested, 1, null, "key"));
        messages.add(new Message("contract.category", nested, 1, "category", null));
        messages.add(new Message("contract.none", json.objectNode(), 0, null, null));
        messages.add(new Message(
                "contract.long", json.objectNode().put("text", "\ud83d\ude00".repeat(30_000)), 0, null, null));
        return messages;
    }

    @Test
    void notification_comesBackAsItWasGiven() throws Exception {
        FeedStore store = opened();
        List<Message> messages = messagesOfAllShapes();
        List<Notification> expected = transact(store, users(ANN), transaction -> {
            List<Notification> inserted = new ArrayList<>();
            for (Message message : messages) {
                int i = inserted.size();
                String category = i % 2 == 0 ? "TASK" : "\u00e9".repeat(128);
                Instant seenAt = i % 3 == 0 ? NOW.plusMillis(i) : null;
                Notification notification = new Notification(
                        transaction.nextId(), ANN, category, message, Instant.ofEpochMilli(1_000 + i), seenAt);
                transaction.insert(notification);
                inserted.add(notification);
            }
            return inserted;
        });
        List<Notification> actual = new ArrayList<>(notifications(store, ANN));
        Collections.reverse(actual);
        assertEquals(expected.size(), actual.size());
        List<Notification> byId = transact(
                store,
                users(ANN),
                transaction -> transaction.notifications(
                        ANN, expected.stream().map(Notification::id).toList()));
        for (int i = 0; i < expected.size(); i++) {
            assertAlike(expected.get(i), actual.get(i));
            assertAlike(expected.get(i), byId.get(i));
        }
    }

    private static void assertAlike(Notification expected, Notification actual) throws Exception {
        assertSameMessage(expected.message(), actual.message());
        assertEquals(
                expected,
                new Notification(
                        actual.id(),
                        actual.user(),
                        actual.category(),
                        expected.message(),
                        actual.createdAt(),
                        actual.seenAt()));
    }

    @Test
    @Tag("R67")
    void notifications_comeNewestFirst_beforeAnId_upToTheLimit() throws Exception {
        FeedStore store = opened();
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(0, post(store, ANN, "TASK").get(0));
            // An id of somebody else's lies between.
            post(store, BOB, "TASK");
        }
        for (String category : new String[] {null, "TASK"}) {
            for (boolean unseenOnly : List.of(false, true)) {
                assertEquals(ids, notificationIds(store, ANN, unseenOnly, category, NEWEST, 6));
                assertEquals(ids, notificationIds(store, ANN, unseenOnly, category, NEWEST, 5));
                assertEquals(ids.subList(0, 4), notificationIds(store, ANN, unseenOnly, category, NEWEST, 4));
                assertEquals(ids.subList(0, 1), notificationIds(store, ANN, unseenOnly, category, NEWEST, 1));
                assertEquals(ids, notificationIds(store, ANN, unseenOnly, category, ids.get(0) + 1, 10));
                assertEquals(ids.subList(1, 5), notificationIds(store, ANN, unseenOnly, category, ids.get(0), 10));
                assertEquals(ids.subList(1, 5), notificationIds(store, ANN, unseenOnly, category, ids.get(0) - 1, 10));
                assertEquals(ids.subList(2, 4), notificationIds(store, ANN, unseenOnly, category, ids.get(1), 2));
                assertEquals(List.of(), notificationIds(store, ANN, unseenOnly, category, ids.get(4), 10));
                assertEquals(List.of(), notificationIds(store, ANN, unseenOnly, category, 0, 10));
            }
        }
        assertEquals(List.of(), notificationIds(store, UserKey.of("nobody"), false, null, NEWEST, 10));
    }

    @Test
    @Tag("R67")
    void notifications_areFiltered_byCategoryAndWhetherTheyWereSeen() throws Exception {
        FeedStore store = opened();
        List<Long> ids = post(store, ANN, "TASK", "TASK", "OTHER", "OTHER", "TASK");
        change(
                store,
                users(ANN),
                transaction -> transaction.notificationsSeen(ANN, List.of(ids.get(0), ids.get(2), ids.get(4)), NOW));
        assertEquals(newestFirst(ids, 4, 3, 2, 1, 0), notificationIds(store, ANN, false, null, NEWEST, 10));
        assertEquals(newestFirst(ids, 3, 1), notificationIds(store, ANN, true, null, NEWEST, 10));
        assertEquals(newestFirst(ids, 3), notificationIds(store, ANN, true, null, NEWEST, 1));
        assertEquals(newestFirst(ids, 1), notificationIds(store, ANN, true, null, ids.get(3), 10));
        assertEquals(newestFirst(ids, 4, 1, 0), notificationIds(store, ANN, false, "TASK", NEWEST, 10));
        assertEquals(newestFirst(ids, 4, 1), notificationIds(store, ANN, false, "TASK", NEWEST, 2));
        assertEquals(newestFirst(ids, 1), notificationIds(store, ANN, true, "TASK", NEWEST, 10));
        assertEquals(newestFirst(ids, 3), notificationIds(store, ANN, true, "OTHER", NEWEST, 10));
        assertEquals(List.of(), notificationIds(store, ANN, true, "OTHER", ids.get(3), 10));
        assertEquals(List.of(), notificationIds(store, ANN, false, "ANOTHER", NEWEST, 10));
    }

    private static List<Long> newestFirst(List<Long> ids, int... which) {
        List<Long> chosen = new ArrayList<>();
        for (int each : which) {
            chosen.add(ids.get(each));
        }
        return chosen;
    }

    @Test
    void categoriesThatLookAlike_areNotTheSame() throws Exception {
        FeedStore store = opened();
        List<String> categories =
                List.of("task", "TASK", "task ", "\u00e9", "e\u0301", "%", "_", "'", "\ud83d\ude00", "x".repeat(128));
        List<Long> ids = post(store, ANN, categories.toArray(new String[0]));
        for (int i = 0; i < categories.size(); i++) {
            assertEquals(
                    List.of(ids.get(i)),
                    notificationIds(store, ANN, false, categories.get(i), NEWEST, 20),
                    "category " + categories.get(i));
        }
    }

    @Test
    @Tag("R64")
    void notificationsSeen_marksTheUsersOwn_andKeepsTheFirstTime() throws Exception {
        FeedStore store = opened();
        List<Long> ids = post(store, ANN, "A", "B", "C");
        long bobs = post(store, BOB, "A").get(0);
        change(
                store,
                users(ANN),
                transaction -> transaction.notificationsSeen(
                        ANN, List.of(ids.get(0), ids.get(1), ids.get(0), bobs, 1L << 52), NOW));
        change(
                store,
                users(ANN),
                transaction -> transaction.notificationsSeen(ANN, List.of(ids.get(1), ids.get(2)), NOW.plusMillis(5)));
        change(store, users(ANN), transaction -> transaction.notificationsSeen(ANN, List.of(), NOW));
        assertEquals(NOW, seenAt(store, ANN, ids.get(0)));
        assertEquals(NOW, seenAt(store, ANN, ids.get(1)));
        assertEquals(NOW.plusMillis(5), seenAt(store, ANN, ids.get(2)));
        assertEquals(null, seenAt(store, BOB, bobs));
        assertEquals(
                List.of(ids.get(0)),
                await(store.notifications(new NotificationQuery(ANN, false, "A", NEWEST, 10))).stream()
                        .filter(each -> NOW.equals(each.seenAt()))
                        .map(Notification::id)
                        .toList());
    }

    private @Nullable Instant seenAt(FeedStore store, UserKey user, long id) throws Exception {
        Instant seenAt = notifications(store, user).stream()
                .filter(each -> each.id() == id)
                .findFirst()
                .orElseThrow()
                .seenAt();
        Instant inTransaction = transact(
                        store,
                        users(EVE),
                        transaction ->
                                transaction.notifications(user, List.of(id)).get(0))
                .seenAt();
        assertEquals(seenAt, inTransaction);
        return seenAt;
    }

    @Test
    void notificationsById_areTheUsersOwn_inOrder_eachOnce() throws Exception {
        FeedStore store = opened();
        List<Long> ids = post(store, ANN, "A", "B", "C");
        long bobs = post(store, BOB, "A").get(0);
        List<Long> asked = List.of(ids.get(2), bobs, ids.get(0), ids.get(2), 1L << 52, 0L, -1L);
        assertEquals(
                List.of(ids.get(0), ids.get(2)),
                transact(
                        store,
                        users(EVE),
                        transaction -> transaction.notifications(ANN, asked).stream()
                                .map(Notification::id)
                                .toList()));
        assertEquals(List.of(), transact(store, users(ANN), transaction -> transaction.notifications(ANN, Set.of())));
    }

    @Test
    void tenants_neverSeeEachOthersNotifications() throws Exception {
        FeedStore store = opened();
        List<Long> here = post(store, ANN, "TASK");
        List<Long> there = post(store, OTHER_ANN, "TASK");
        assertEquals(here, notificationIds(store, ANN, false, null, NEWEST, 10));
        assertEquals(there, notificationIds(store, OTHER_ANN, false, "TASK", NEWEST, 10));
        List<Long> both = List.of(here.get(0), there.get(0));
        change(store, users(ANN), transaction -> {
            assertEquals(1, transaction.notifications(ANN, both).size());
            transaction.notificationsSeen(ANN, both, NOW);
        });
        assertEquals(List.of(), notificationIds(store, ANN, true, null, NEWEST, 10));
        assertEquals(there, notificationIds(store, OTHER_ANN, true, null, NEWEST, 10));
    }
}
