package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.Counts;
import io.tidings.feeds.FeedStore;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.Feeds;
import io.tidings.feeds.Interaction;
import io.tidings.feeds.Notification;
import io.tidings.feeds.NotificationDraft;
import io.tidings.feeds.Target;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.UserKey;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.TransportListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What feeds promise over a store, whoever does what at once: several threads send, mark, post and interact at random under a seed, while
 * three devices of a user come and go. In the end the counts are those of the rows, and every device was told of every row once, in
 * order, and of the last counts.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class FeedCountsContract {

    private static final String PATH = "/ws";
    private static final int THREADS = 4;
    private static final int USERS = 4;
    private static final long PATIENCE_SECONDS = 60;

    /** Made for subclasses. */
    protected FeedCountsContract() {}

    /** A new store without rows; feeds close it. */
    protected abstract FeedStore store() throws Exception;

    /** How often each of the threads does something; default 250. */
    protected int operations() {
        return 250;
    }

    /** Three seeds. */
    @Test
    @Tag("R65")
    public void counts_areThoseOfTheRows_afterEverythingAtOnce() throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            try (Run run = new Run(store(), seed)) {
                run.go(operations());
            }
        }
    }

    /** One hub with feeds, and devices of user 1. */
    private static final class Run implements AutoCloseable {
        private final long seed;
        private final Hub hub;
        private final Feeds feeds;
        private final List<Device> devices = new ArrayList<>();

        Run(FeedStore store, long seed) {
            this.seed = seed;
            feeds = Feeds.builder().store(store).build();
            hub = Hub.builder()
                    .endpoint(Endpoint.of(PATH, EventDialect.standard()))
                    .authenticator(token -> CompletableFuture.completedFuture(
                            new Authentication.Accepted(Identity.of(UserKey.of(token)))))
                    .mailbox(InMemoryMailbox.builder().maxPerUser(100_000).build())
                    .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                    .listener(feeds.listener())
                    .build();
            feeds.start(hub);
            for (String name : List.of("phone", "web", "desk")) {
                devices.add(new Device(hub, name));
            }
        }

        void go(int operations) throws Exception {
            devices.forEach(Device::connect);
            List<Future<?>> threads = new ArrayList<>();
            var executor = java.util.concurrent.Executors.newFixedThreadPool(THREADS + 1);
            try {
                for (int i = 0; i < THREADS; i++) {
                    Random chance = new Random(seed * 100 + i);
                    threads.add(executor.submit(() -> {
                        for (int n = 0; n < operations; n++) {
                            operate(chance);
                        }
                        return null;
                    }));
                }
                Future<?> comings = executor.submit(() -> {
                    Random chance = new Random(seed);
                    while (threads.stream().anyMatch(thread -> !thread.isDone())) {
                        Device device = devices.get(chance.nextInt(devices.size()));
                        device.cut();
                        await(() -> !done(feeds.conversations().unread(UserKey.of(1)))
                                        .equals(device.lastUnread())
                                || threads.stream().allMatch(Future::isDone));
                        device.connect();
                    }
                });
                for (Future<?> thread : threads) {
                    thread.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                }
                comings.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } finally {
                executor.shutdownNow();
            }
            check();
        }

        private void operate(Random chance) {
            UserKey user = UserKey.of(1 + chance.nextInt(USERS));
            UserKey other = UserKey.of(1 + chance.nextInt(USERS));
            switch (chance.nextInt(8)) {
                case 0, 1 -> done(feeds.conversations().send(other, UserKey.of(1), "m"));
                case 2 -> done(feeds.conversations().send(user, other, "m", "k" + chance.nextInt(40)));
                case 3 -> {
                    List<Long> ids =
                            messagesTo(user).stream().map(ChatMessage::id).toList();
                    done(feeds.conversations().markSeen(user, chance.nextBoolean() ? null : other, some(ids, chance)));
                }
                case 4 ->
                    done(feeds.notifications()
                            .post(
                                    user,
                                    NotificationDraft.of("t", "m").withCategory("C" + chance.nextInt(3)),
                                    chance.nextBoolean() ? null : "k" + chance.nextInt(40)));
                case 5 ->
                    done(feeds.notifications()
                            .interact(
                                    new Interaction(
                                            Interaction.Type.LIKE, other, user, new Target("post", "1", null, null)),
                                    null));
                case 6 -> {
                    List<Long> ids =
                            notificationsOf(user).stream().map(Notification::id).toList();
                    done(feeds.notifications().markSeen(user, some(ids, chance)));
                }
                default ->
                    done(feeds.notifications()
                            .postAll(
                                    List.of(user, other, UserKey.of(1)).iterator(),
                                    NotificationDraft.of("all", "m"),
                                    "all" + chance.nextInt(20)));
            }
        }

        private static List<Long> some(List<Long> ids, Random chance) {
            return ids.stream().filter(id -> chance.nextInt(3) == 0).limit(100).toList();
        }

        private void check() {
            for (int id = 1; id <= USERS; id++) {
                UserKey user = UserKey.of(id);
                long unread = messagesTo(user).stream()
                        .filter(message -> message.seenAt() == null)
                        .count();
                assertEquals(unread, done(feeds.conversations().unread(user)).count(), "unread of " + user);
                Map<String, Long> byCategory = new HashMap<>();
                notificationsOf(user).stream()
                        .filter(notification -> notification.seenAt() == null)
                        .forEach(notification -> byCategory.merge(notification.category(), 1L, Long::sum));
                Counts.Unseen unseen = done(feeds.notifications().unseen(user));
                assertEquals(byCategory, unseen.byCategory(), "unseen of " + user);
                assertEquals(
                        byCategory.values().stream().mapToLong(count -> count).sum(), unseen.count());
            }
            UserKey user = UserKey.of(1);
            Counts.Unread unread = done(feeds.conversations().unread(user));
            Counts.Unseen unseen = done(feeds.notifications().unseen(user));
            Set<Long> messages =
                    ids(messagesTo(user).stream().map(ChatMessage::id).toList());
            Set<Long> notifications =
                    ids(notificationsOf(user).stream().map(Notification::id).toList());
            for (Device device : devices) {
                await(() -> device.isTold(messages, notifications, unread, unseen));
                device.check();
            }
        }

        private List<ChatMessage> messagesTo(UserKey user) {
            List<ChatMessage> all = new ArrayList<>();
            List<ChatMessage> page;
            do {
                long after = all.isEmpty() ? 0 : all.get(all.size() - 1).id();
                page = done(feeds.conversations().messages(user, null, after, 1_000));
                all.addAll(page);
            } while (!page.isEmpty());
            all.removeIf(message -> !message.receiver().equals(user));
            return all;
        }

        private List<Notification> notificationsOf(UserKey user) {
            List<Notification> all = new ArrayList<>();
            List<Notification> page;
            do {
                long before =
                        all.isEmpty() ? Long.MAX_VALUE : all.get(all.size() - 1).id();
                page = done(feeds.notifications().list(new NotificationQuery(user, false, null, before, 1_000)));
                all.addAll(page);
            } while (!page.isEmpty());
            return all;
        }

        private static Set<Long> ids(List<Long> ids) {
            Set<Long> distinct = new HashSet<>(ids);
            assertEquals(ids.size(), distinct.size(), "ids are unique");
            return distinct;
        }

        @Override
        public void close() {
            devices.forEach(Device::cut);
            hub.close();
            done(hub.closed());
            feeds.close();
        }
    }

    /** A device: what it was told, over all its connections. */
    private static final class Device {
        private final Hub hub;
        private final String name;
        private final Set<String> told = new HashSet<>();
        private final Set<Long> messages = new HashSet<>();
        private final Set<Long> notifications = new HashSet<>();
        private String lastId = "";
        private long lastMessage;
        private Counts.Unread unread = new Counts.Unread(0, 0);
        private Counts.Unseen unseen = new Counts.Unseen(0, 0, Map.of());
        private String problem = "";
        private RecordingConnection wire = new RecordingConnection();
        private @Nullable TransportListener listener;

        Device(Hub hub, String name) {
            this.hub = hub;
            this.name = name;
        }

        synchronized void connect() {
            wire = new RecordingConnection();
            wire.ignorePings();
            String query = "token=1&device=" + name + (lastId.isEmpty() ? "" : "&lastMessageId=" + lastId);
            Handshake handshake = hub.acceptor().begin(new Query(query));
            listener = handshake.open(wire);
        }

        synchronized void cut() {
            read();
            if (listener != null) {
                listener.closed(1006, null);
            }
        }

        synchronized Counts.Unread lastUnread() {
            return unread;
        }

        synchronized boolean isTold(
                Set<Long> everyMessage,
                Set<Long> everyNotification,
                Counts.Unread lastUnread,
                Counts.Unseen lastUnseen) {
            read();
            return messages.equals(everyMessage)
                    && notifications.equals(everyNotification)
                    && unread.equals(lastUnread)
                    && unseen.equals(lastUnseen);
        }

        synchronized void check() {
            assertEquals("", problem, name);
        }

        private void read() {
            for (RecordedFrame frame : wire.takeFrames()) {
                String id = frame.at("/id").asText("");
                if (!id.isEmpty() && !id.startsWith("t")) {
                    if (!told.add(id)) {
                        continue;
                    }
                    if (id.compareTo(lastId) < 0) {
                        problem = "out of order: " + frame.text();
                    }
                    lastId = id;
                }
                switch (frame.type()) {
                    case "message:new" -> {
                        long row = frame.at("/data/id").longValue();
                        if (!messages.add(row) || row < lastMessage) {
                            problem = "doubled or out of order: " + frame.text();
                        }
                        lastMessage = row;
                    }
                    case "notification:new" -> {
                        if (!notifications.add(frame.at("/data/id").longValue())) {
                            problem = "doubled: " + frame.text();
                        }
                    }
                    case "message:unread_count" -> {
                        Counts.Unread count = new Counts.Unread(
                                frame.at("/data/count").longValue(),
                                frame.at("/data/version").longValue());
                        unread = count.version() >= unread.version() ? count : unread;
                    }
                    case "notification:unseen_count" -> {
                        Map<String, Long> byCategory = new HashMap<>();
                        frame.json()
                                .at("/data/byCategory")
                                .fields()
                                .forEachRemaining(each -> byCategory.put(
                                        each.getKey(), each.getValue().longValue()));
                        Counts.Unseen count = new Counts.Unseen(
                                frame.at("/data/count").longValue(),
                                frame.at("/data/version").longValue(),
                                byCategory);
                        unseen = count.version() >= unseen.version() ? count : unseen;
                    }
                    case "delivery:gap" -> problem = frame.text();
                    default -> {}
                }
            }
        }
    }

    private record Query(String query) implements HandshakeRequest {

        @Override
        public String path() {
            return PATH;
        }

        @Override
        public Optional<String> header(String name) {
            return Optional.empty();
        }

        @Override
        public List<String> headers(String name) {
            return List.of();
        }

        @Override
        public List<String> subprotocols() {
            return List.of();
        }

        @Override
        public String remoteAddress() {
            return "192.168.1.1";
        }
    }

    private static <T> T done(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "it does not come");
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(2).toNanos());
        }
    }
}
