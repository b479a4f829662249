package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.HubObserver;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The way into the mailbox: in order a user, bounded, and past every failure. */
class AppenderTest {

    private static final UserKey USER = UserKey.of(1);

    /** A mailbox of which only appending is asked. */
    private record Appending(Function<List<Append>, CompletionStage<List<Appended>>> how) implements Mailbox {

        @Override
        public CompletionStage<List<Appended>> append(List<Append> appends) {
            return how.apply(appends);
        }

        @Override
        public CompletionStage<Page> read(UserKey user, Position after, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<List<Position>> heads(List<UserKey> users) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean shared() {
            return false;
        }

        @Override
        public void close() {}
    }

    private final Mailbox mailbox =
            InMemoryMailbox.builder().maxPerUser(100_000).build();

    private static Append append(UserKey user, int id) {
        return new Append(user, HubFixture.chat(id), Idempotency.NONE, null);
    }

    private static int id(Append append) {
        return append.message().body().path("id").asInt();
    }

    private static long offset(CompletionStage<Appended> appended) {
        return assertInstanceOf(Appended.Stored.class, soon(appended))
                .position()
                .offset();
    }

    private static <T> T soon(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    // --- Order

    @Test
    @Tag("R41")
    void aUsersMessages_areStoredAndToldInTheOrderTheyWereSent_whateverTheThreads() throws Exception {
        int threads = 4;
        int each = 2_000;
        ExecutorService store = Executors.newFixedThreadPool(3);
        ExecutorService senders = Executors.newFixedThreadPool(threads);
        Map<UserKey, List<Position>> told = new ConcurrentHashMap<>();
        Map<UserKey, Map<Integer, List<Integer>>> order = new ConcurrentHashMap<>();
        Appender appender = new Appender(
                new Appending(appends -> CompletableFuture.supplyAsync(() -> mailbox.append(appends), store)
                        .thenCompose(stage -> stage)),
                (append, stored) -> {
                    // One call at a time a user, so plain lists will do.
                    told.computeIfAbsent(append.user(), user -> new ArrayList<>())
                            .add(stored.position());
                    order.computeIfAbsent(append.user(), user -> new HashMap<>())
                            .computeIfAbsent(id(append) / each, thread -> new ArrayList<>())
                            .add(id(append) % each);
                },
                null);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int base = thread * each;
            running.add(senders.submit(() -> {
                CompletableFuture<?>[] results = new CompletableFuture<?>[each];
                for (int i = 0; i < each; i++) {
                    results[i] =
                            appender.append(append(UserKey.of(i % 5), base + i)).toCompletableFuture();
                }
                CompletableFuture.allOf(results).orTimeout(60, TimeUnit.SECONDS).join();
            }));
        }
        for (Future<?> sender : running) {
            sender.get(60, TimeUnit.SECONDS);
        }
        assertEquals(0, appender.pending());
        assertEquals(5, told.size());
        told.forEach((user, positions) -> {
            assertEquals(threads * each / 5, positions.size());
            for (int i = 0; i < positions.size(); i++) {
                assertEquals(i + 1, positions.get(i).offset());
            }
        });
        order.forEach((user, byThread) -> byThread.forEach(
                (thread, ids) -> assertEquals(ids.stream().sorted().toList(), ids, user + " " + thread)));
        store.shutdown();
        senders.shutdown();
    }

    @Test
    @Tag("R36")
    void aMessage_isPending_untilItHasBeenTold_andNoLongerForItsSender() {
        List<Integer> pending = new ArrayList<>();
        Appender[] appender = new Appender[1];
        appender[0] = new Appender(
                mailbox,
                (append, stored) -> {
                    pending.add(appender[0].pending());
                    throw new IllegalStateException("telling failed");
                },
                null);
        soon(appender[0].append(append(USER, 1)).thenAccept(stored -> pending.add(appender[0].pending())));
        assertEquals(List.of(1, 0), pending);
    }

    @Test
    @Tag("R41")
    void senders_areToldAfterConnections_andMaySendFromThere() {
        List<String> events = new ArrayList<>();
        Appender appender = new Appender(mailbox, (append, stored) -> events.add("told " + id(append)), null);
        CompletableFuture<Appended> second = new CompletableFuture<>();
        appender.append(append(USER, 1)).thenAccept(appended -> {
            events.add("sent 1");
            appender.append(append(USER, 2)).thenAccept(second::complete);
        });
        soon(second);
        assertEquals(List.of("told 1", "sent 1", "told 2"), events);
    }

    @Test
    @Tag("R41")
    void whatComesWhileABatchIsUnderWay_goesWithTheNext_inManyForOneCall() {
        List<Integer> batches = new ArrayList<>();
        List<CompletableFuture<Void>> held = new ArrayList<>();
        Appender appender = new Appender(
                new Appending(appends -> {
                    batches.add(appends.size());
                    CompletableFuture<Void> hold = new CompletableFuture<>();
                    held.add(hold);
                    return mailbox.append(appends).thenCombine(hold, (result, now) -> result);
                }),
                (append, stored) -> {},
                null);
        List<CompletionStage<Appended>> results = new ArrayList<>();
        for (int i = 1; i <= 300; i++) {
            results.add(appender.append(append(USER, i)));
        }
        for (int i = 0; i < held.size(); i++) {
            held.get(i).complete(null);
        }
        assertEquals(List.of(1, 256, 43), batches);
        for (int i = 0; i < 300; i++) {
            assertEquals(i + 1, offset(results.get(i)));
        }
    }

    // --- Bound

    @Test
    @Tag("R33")
    void tenThousandMayWait_theNextIsRejected_andNothingOfItIsStored() {
        CompletableFuture<Void> hold = new CompletableFuture<>();
        Appender appender = new Appender(
                new Appending(appends -> hold.thenCompose(now -> mailbox.append(appends))),
                (append, stored) -> {},
                null);
        List<CompletionStage<Appended>> results = new ArrayList<>();
        for (int i = 0; i <= Appender.MAX_WAITING; i++) {
            results.add(appender.append(append(USER, i)));
        }
        assertEquals(Appender.MAX_WAITING + 1, appender.pending());
        Appended refused = soon(appender.append(append(USER, 0)));
        assertInstanceOf(Appended.Full.class, refused);
        assertEquals(Appender.MAX_WAITING + 1, appender.pending());
        hold.complete(null);
        for (int i = 0; i <= Appender.MAX_WAITING; i++) {
            assertEquals(i + 1, offset(results.get(i)));
        }
        assertEquals(Appender.MAX_WAITING + 2, offset(appender.append(append(USER, 0))));
        assertEquals(0, appender.pending());
    }

    @Test
    @Tag("R33")
    void aFullShard_isRejectedByTheHub_inWords() {
        HeldMailbox held = new HeldMailbox(mailbox);
        HubFixture fixture = new HubFixture(builder -> builder.mailbox(held));
        CompletableFuture<Void> hold = new CompletableFuture<>();
        held.holdAppend = hold;
        List<CompletionStage<SendResult>> results = new ArrayList<>();
        for (int i = 0; i <= Appender.MAX_WAITING; i++) {
            results.add(fixture.hub.send(USER, HubFixture.chat(i)));
        }
        SendResult.Rejected rejected =
                assertInstanceOf(SendResult.Rejected.class, fixture.send(USER, HubFixture.chat(0), SendOptions.NONE));
        assertTrue(rejected.reason().contains("too many"), rejected.reason());
        hold.complete(null);
        results.forEach(result -> assertInstanceOf(SendResult.Accepted.class, soon(result)));
        fixture.close();
    }

    // --- Failures

    @Test
    @Tag("R72")
    void aMailboxThatFailsThrowsOrForgets_failsWhatItWasGiven_andLaterAppendsGoOn() {
        List<Function<List<Append>, CompletionStage<List<Appended>>>> answers = List.of(
                appends -> CompletableFuture.failedFuture(new IllegalStateException("failed")),
                appends -> {
                    throw new IllegalStateException("thrown");
                },
                appends -> CompletableFuture.completedFuture(List.of()),
                mailbox::append);
        int[] call = new int[1];
        Appender appender = new Appender(
                new Appending(appends -> answers.get(call[0]++).apply(appends)), (append, stored) -> {}, null);
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Appended> failed =
                    appender.append(append(USER, i)).toCompletableFuture();
            assertThrows(CompletionException.class, failed::join);
        }
        assertEquals(1, offset(appender.append(append(USER, 9))));
        assertEquals(0, appender.pending());
    }

    @Test
    @Tag("R72")
    void aMailboxThatFailsLate_failsTheBatch_notWhatWaits() {
        CompletableFuture<List<Appended>> late = new CompletableFuture<>();
        int[] call = new int[1];
        Appender appender = new Appender(
                new Appending(appends -> call[0]++ == 0 ? late : mailbox.append(appends)),
                (append, stored) -> {},
                null);
        CompletableFuture<Appended> first = appender.append(append(USER, 1)).toCompletableFuture();
        CompletionStage<Appended> second = appender.append(append(USER, 2));
        late.completeExceptionally(new IllegalStateException("lost"));
        assertThrows(CompletionException.class, first::join);
        assertEquals(1, offset(second));
        assertEquals(0, appender.pending());
    }

    @Test
    @Tag("R35")
    void whoIsToldAndThrows_harmsNeitherTheBatchNorTheNext() {
        CompletableFuture<Void> hold = new CompletableFuture<>();
        List<Integer> told = new ArrayList<>();
        Appender appender = new Appender(
                new Appending(appends -> hold.thenCompose(now -> mailbox.append(appends))),
                (append, stored) -> {
                    told.add(id(append));
                    throw new IllegalStateException("asked to");
                },
                null);
        List<CompletionStage<Appended>> results = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            results.add(appender.append(append(USER, i)));
        }
        hold.complete(null);
        results.add(appender.append(append(USER, 4)));
        for (int i = 0; i < 4; i++) {
            assertEquals(i + 1, offset(results.get(i)));
        }
        assertEquals(List.of(1, 2, 3, 4), told);
    }

    @Test
    @Tag("R72")
    void aSlowMailbox_doesNotHoldUpTheSender() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        Appender appender = new Appender(
                new Appending(appends -> {
                    asked.countDown();
                    return new CompletableFuture<>();
                }),
                (append, stored) -> {},
                null);
        CompletionStage<Appended> result = appender.append(append(USER, 1));
        assertTrue(asked.await(60, TimeUnit.SECONDS));
        assertEquals(false, result.toCompletableFuture().isDone());
        assertEquals(1, appender.pending());
    }

    @Test
    @Tag("R36")
    void onceStopped_nothingIsLetIn_andWhatWasIsFinished() {
        List<CompletableFuture<List<Appended>>> batches = new ArrayList<>();
        Appender appender = new Appender(
                new Appending(appends -> {
                    batches.add(new CompletableFuture<>());
                    return batches.get(batches.size() - 1);
                }),
                (append, stored) -> {},
                null);
        Append append = new Append(USER, HubFixture.chat(1), Idempotency.NONE, null);
        CompletableFuture<Appended> before = appender.append(append).toCompletableFuture();
        appender.stop();
        assertInstanceOf(
                Appended.Full.class,
                appender.append(append).toCompletableFuture().join());
        assertEquals(1, appender.pending());
        batches.get(0).complete(List.of(new Appended.Full("full")));
        assertInstanceOf(Appended.Full.class, before.join());
        assertEquals(0, appender.pending());
        assertEquals(1, batches.size());
    }

    @Test
    @Tag("R41")
    void anErrorOfTheMailbox_failsItsBatch_andKeepsNobodyElseWaiting() {
        List<Error> errors = new ArrayList<>(List.of(new NoClassDefFoundError("driver"), new StackOverflowError()));
        Appender appender = new Appender(
                new Appending(appends -> {
                    if (!errors.isEmpty()) {
                        throw errors.remove(0);
                    }
                    return mailbox.append(appends);
                }),
                (append, stored) -> {},
                null);
        for (int i = 0; i < 2; i++) {
            CompletionStage<Appended> failed = appender.append(append(USER, 1));
            assertInstanceOf(
                    Error.class,
                    assertThrows(CompletionException.class, () -> soon(failed)).getCause());
        }
        assertEquals(1, offset(appender.append(append(USER, 2))));
        assertEquals(0, appender.pending());
    }

    @Test
    @Tag("R41")
    void aHostThatSendsWhenItIsTold_onAnExecutorThatRunsAtOnce_goesOnForever() {
        int chain = 20_000;
        ManualTime time = new ManualTime();
        List<Integer> told = new ArrayList<>();
        Appender[] appender = new Appender[1];
        DeliveryListener sends = new DeliveryListener() {
            @Override
            public void accepted(UserKey user, MessageId id, Message message) {
                told.add(message.body().path("id").asInt());
                if (told.size() < chain) {
                    appender[0].append(append(user, told.size() + 1));
                }
            }
        };
        appender[0] = new Appender(
                mailbox, (append, stored) -> {}, new AcceptedCalls(sends, Runnable::run, time, HubObserver.NONE));
        assertEquals(1, offset(appender[0].append(append(USER, 1))));
        assertEquals(chain, told.size());
        for (int i = 0; i < chain; i++) {
            assertEquals(i + 1, told.get(i));
        }
        assertEquals(0, appender[0].pending());
        time.assertPendingTimers(0);
    }

    @Test
    @Tag("R41")
    void anExecutorThatTakesNothing_isNotAskedAgain_onceItIsStopped() {
        ManualTime time = new ManualTime();
        Appender appender = new Appender(
                mailbox,
                (append, stored) -> {},
                new AcceptedCalls(
                        new DeliveryListener() {},
                        task -> {
                            throw new IllegalStateException("stopped before the hub");
                        },
                        time,
                        HubObserver.NONE));
        CompletionStage<Appended> first = appender.append(append(USER, 1));
        CompletionStage<Appended> second = appender.append(append(USER, 2));
        assertEquals(1, offset(first));
        assertEquals(2, appender.pending());
        appender.stop();
        time.advance(Duration.ofMillis(100));
        assertEquals(2, offset(second));
        assertEquals(0, appender.pending());
        time.assertPendingTimers(0);
    }
}
