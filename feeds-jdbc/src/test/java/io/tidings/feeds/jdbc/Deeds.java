package io.tidings.feeds.jdbc;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.Feeds;
import io.tidings.feeds.Interaction;
import io.tidings.feeds.Notification;
import io.tidings.feeds.NotificationDraft;
import io.tidings.feeds.Target;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What users do, at random, and a line of text for what is begun under a key and for what is confirmed. */
final class Deeds {

    static final List<UserKey> PEOPLE = users("p", 6);

    /** People, and some of those to whom only what is for all comes. */
    static final List<UserKey> SOME = Stream.concat(
                    PEOPLE.stream(),
                    users("q", 520).stream().filter(user -> user.user().endsWith("9")))
            .toList();

    /** People, and more than one chunk of a notification for all. */
    static final List<UserKey> EVERYBODY =
            Stream.concat(PEOPLE.stream(), users("q", 520).stream()).toList();

    private final Feeds feeds;
    private final String run;
    private final Random random;
    private final Queue<ChatMessage> messages = new ConcurrentLinkedQueue<>();
    private final Queue<Notification> notifications = new ConcurrentLinkedQueue<>();
    private int number;

    /**
     * Deeds.
     *
     * @param run unlike every other's on the same database
     */
    Deeds(Feeds feeds, String run, Random random) {
        this.feeds = feeds;
        this.run = run;
        this.random = random;
    }

    private static List<UserKey> users(String name, int count) {
        return IntStream.range(0, count).mapToObj(i -> UserKey.of(name + i)).toList();
    }

    /** Does something; the line says what was confirmed. {@code begun} is told what may be repeated. */
    CompletionStage<String> next(Queue<String> begun) {
        number++;
        int what = random.nextInt(200);
        if (what == 0) {
            String name = "bulk-" + run + "-" + number;
            begun.add("bulk " + name);
            return bulk(feeds, name).thenApply(done -> "bulk " + name);
        }
        if (what < 80) {
            UserKey from = one();
            UserKey to = one();
            String key = "send-" + run + "-" + number;
            String line = "send " + from.user() + " " + to.user() + " " + key;
            begun.add(line);
            return send(feeds, line).thenApply(message -> {
                messages.add(message);
                return "message " + message.id() + " " + line;
            });
        }
        if (what < 110) {
            return feeds.notifications()
                    .post(one(), NotificationDraft.of("t", "m").withCategory("C" + random.nextInt(3)))
                    .thenApply(this::posted);
        }
        if (what < 140) {
            Interaction.Type type = Interaction.Type.values()[random.nextInt(5)];
            return feeds.notifications()
                    .interact(new Interaction(type, one(), one(), new Target("post", "7", null, null)), null)
                    .thenApply(made -> made.map(this::posted).orElse("nothing"));
        }
        return what < 170 ? messagesSeen() : notificationsSeen();
    }

    private String posted(Notification notification) {
        notifications.add(notification);
        return "notification " + notification.id();
    }

    private CompletionStage<String> messagesSeen() {
        List<ChatMessage> some = some(messages);
        if (some.isEmpty()) {
            return CompletableFuture.completedFuture("nothing");
        }
        UserKey reader = some.get(0).receiver();
        List<Long> ids = some.stream().map(ChatMessage::id).toList();
        return feeds.conversations()
                .markSeen(reader, random.nextBoolean() ? null : some.get(0).sender(), ids)
                .thenApply(marked -> line("seen", marked));
    }

    private CompletionStage<String> notificationsSeen() {
        List<Notification> some = some(notifications);
        if (some.isEmpty()) {
            return CompletableFuture.completedFuture("nothing");
        }
        List<Long> ids = some.stream().map(Notification::id).toList();
        return feeds.notifications().markSeen(some.get(0).user(), ids).thenApply(marked -> line("noticed", marked));
    }

    private <T> List<T> some(Queue<T> from) {
        List<T> some = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0 && !from.isEmpty(); i--) {
            T one = from.poll();
            if (one != null) {
                some.add(one);
            }
        }
        return some;
    }

    private static String line(String what, Collection<Long> ids) {
        return ids.isEmpty()
                ? "nothing"
                : what + " " + ids.stream().map(id -> Long.toString(id)).collect(Collectors.joining(" "));
    }

    private UserKey one() {
        return PEOPLE.get(random.nextInt(PEOPLE.size()));
    }

    /** Does again what may have been done: a line that was begun. */
    static CompletionStage<?> repeat(Feeds feeds, String begun) {
        return begun.startsWith("bulk ") ? bulk(feeds, begun.substring(5)) : send(feeds, begun);
    }

    private static CompletionStage<?> bulk(Feeds feeds, String name) {
        return feeds.notifications()
                .postAll(EVERYBODY.iterator(), NotificationDraft.of(name, "m").withCategory("BULK"), name);
    }

    private static CompletionStage<ChatMessage> send(Feeds feeds, String line) {
        String[] words = line.split(" ");
        return feeds.conversations().send(UserKey.of(words[1]), UserKey.of(words[2]), words[3], words[3]);
    }
}
