package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.Head;
import io.tidings.feeds.Notification;
import io.tidings.mailbox.Entry;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the rows of feeds say, held against the users' mailboxes and counts. */
final class Told {

    private static final int ALL = 1_000_000;

    private final FeedNode node;

    final Set<Long> messages = new HashSet<>();
    final Set<Long> messagesSeen = new HashSet<>();
    final Set<Long> notifications = new HashSet<>();
    final Set<Long> notificationsSeen = new HashSet<>();

    /** Of every user: the titles of notifications. */
    final List<List<String>> titles = new ArrayList<>();

    private Told(FeedNode node) {
        this.node = node;
    }

    /** Waits until the outbox is empty, and checks that every row has one event, every event its row, and counts are what rows say. */
    static Told checked(FeedNode node, List<UserKey> users, String where) throws Exception {
        awaitRelayed(node, users, where);
        Told told = new Told(node);
        for (UserKey user : users) {
            told.check(user, where + ", user " + user);
        }
        return told;
    }

    private static void awaitRelayed(FeedNode node, List<UserKey> users, String where) throws Exception {
        long deadline = System.nanoTime() + FeedScenarios.PATIENCE.toNanos();
        while (true) {
            List<Head> behind = FeedScenarios.get(node.store.heads(users)).stream()
                    .filter(head -> head.relayed() < head.sequence())
                    .toList();
            if (behind.isEmpty()) {
                return;
            }
            assertTrue(System.nanoTime() < deadline, () -> where + ": not relayed: " + behind);
            LockSupport.parkNanos(10_000_000);
        }
    }

    private void check(UserKey user, String where) throws Exception {
        List<Entry> events =
                FeedScenarios.get(node.mailbox.read(user, Position.START, ALL)).entries();
        List<ChatMessage> rows = FeedScenarios.get(node.store.messages(user, null, 0, ALL));
        List<ChatMessage> received =
                rows.stream().filter(row -> row.receiver().equals(user)).toList();
        List<ChatMessage> sent =
                rows.stream().filter(row -> row.sender().equals(user)).toList();
        // In the order of their ids, so none twice.
        assertEquals(ids(received, ChatMessage::id), told(events, Kinds.MESSAGE_NEW, "id"), where + ": message.new");
        assertEquals(
                ids(sent.stream().filter(row -> row.seenAt() != null).toList(), ChatMessage::id),
                told(events, Kinds.MESSAGE_SEEN, "messageIds").stream().sorted().toList(),
                where + ": message.seen");
        List<Notification> notices = new ArrayList<>(FeedScenarios.get(
                node.store.notifications(new NotificationQuery(user, false, null, Long.MAX_VALUE, ALL))));
        java.util.Collections.reverse(notices);
        List<Notification> noticed =
                notices.stream().filter(row -> row.seenAt() != null).toList();
        assertEquals(
                ids(notices, Notification::id),
                told(events, Kinds.NOTIFICATION_NEW, "id"),
                where + ": notification.new");
        assertEquals(
                ids(noticed, Notification::id),
                told(events, Kinds.NOTIFICATION_SEEN, "notificationIds").stream()
                        .sorted()
                        .toList(),
                where + ": notification.seen");
        Head head = FeedScenarios.get(node.store.heads(List.of(user))).get(0);
        assertEquals(received.stream().filter(row -> row.seenAt() == null).count(), head.unread(), where + ": unread");
        Map<String, Long> unseen = notices.stream()
                .filter(row -> row.seenAt() == null)
                .collect(Collectors.groupingBy(Notification::category, Collectors.counting()));
        assertEquals(unseen, head.unseen(), where + ": unseen");
        messages.addAll(ids(received, ChatMessage::id));
        received.stream().filter(row -> row.seenAt() != null).forEach(row -> messagesSeen.add(row.id()));
        notifications.addAll(ids(notices, Notification::id));
        notificationsSeen.addAll(ids(noticed, Notification::id));
        titles.add(notices.stream()
                .map(row -> row.message().body().path("title").asText())
                .toList());
        assertEquals(
                received.size(),
                received.stream().map(ChatMessage::content).distinct().count(),
                where + ": what was sent under one key is one message");
    }

    private static <T> List<Long> ids(List<T> rows, Function<T, Long> id) {
        return rows.stream().map(id).toList();
    }

    private static List<Long> told(List<Entry> events, Kind kind, String field) {
        return events.stream()
                .map(Entry::message)
                .filter(message -> message.kind().equals(kind.name()))
                .map(message -> message.body().path(field))
                .flatMap(Told::each)
                .map(JsonNode::asLong)
                .toList();
    }

    private static Stream<JsonNode> each(JsonNode value) {
        return value.isArray()
                ? Stream.iterate(0, i -> i < value.size(), i -> i + 1).map(value::get)
                : Stream.of(value);
    }
}
