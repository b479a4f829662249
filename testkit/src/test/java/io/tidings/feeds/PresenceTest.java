package io.tidings.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.UserKey;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R68")
class PresenceTest {

    private static final Duration WAIT = Duration.ofSeconds(15);
    private static final UserKey USER = UserKey.of(1);

    private final ManualTime time = new ManualTime();
    private final InMemoryFeedStore feeds = InMemoryFeedStore.builder().build();
    private final HeldStore store = new HeldStore();
    private final List<String> told = new ArrayList<>();
    private final Presence presence = new Presence(feeds, store, WAIT, this::changed, time, time);

    /** Says what a test wants of other nodes, and answers when it wants. */
    private static final class HeldStore implements PresenceStore {
        private final InMemoryPresenceStore kept = new InMemoryPresenceStore();
        private boolean elsewhere;
        private @Nullable CompletableFuture<Boolean> held;

        @Override
        public CompletionStage<Boolean> put(UserKey user, Set<String> devices) {
            CompletableFuture<Boolean> waits = held;
            boolean there = elsewhere;
            return kept.put(user, devices)
                    .thenCompose(mine -> waits == null ? CompletableFuture.completedFuture(there) : waits);
        }

        @Override
        public CompletionStage<List<Set<String>>> devices(List<UserKey> users) {
            return kept.devices(users);
        }

        @Override
        public void close() {
            kept.close();
        }
    }

    private void changed(UserKey user, @Nullable Instant lastSeenAt) {
        told.add(user.user() + (lastSeenAt == null ? " on" : " off " + millis(lastSeenAt.toEpochMilli())));
    }

    private static long millis(long epoch) {
        return epoch - ManualTime.START.toEpochMilli();
    }

    private List<String> told() {
        List<String> taken = List.copyOf(told);
        told.clear();
        return taken;
    }

    private Presence.Status status(UserKey user) {
        return presence.of(List.of(user))
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join()
                .get(0);
    }

    private void assertNothingIsLeft() {
        assertEquals(0, presence.size());
        assertEquals(0, store.kept.size());
        time.assertPendingTimers(0);
    }

    @Test
    void user_comesWithTheFirstConnection_andGoesFifteenSecondsAfterTheLast() {
        assertEquals(new Presence.Status(USER, false, List.of(), null), status(USER));
        presence.connected(USER, "c1", "phone");
        presence.connected(USER, "c2", "laptop");
        presence.connected(USER, "c3", "phone");
        assertEquals(List.of("1 on"), told());
        assertEquals(new Presence.Status(USER, true, List.of("laptop", "phone"), null), status(USER));
        time.advance(Duration.ofSeconds(1));
        presence.disconnected(USER, "c1");
        assertEquals(List.of("laptop", "phone"), status(USER).devices(), "c3 is on the phone too");
        presence.disconnected(USER, "c3");
        assertEquals(List.of("laptop"), status(USER).devices());
        presence.disconnected(USER, "c2");
        time.advance(WAIT.minusMillis(1));
        assertTrue(status(USER).online());
        assertEquals(List.of(), told());
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of("1 off 1000"), told());
        assertEquals(new Presence.Status(USER, false, List.of(), ManualTime.START.plusSeconds(1)), status(USER));
        assertNothingIsLeft();
    }

    @Test
    void userWhoIsBackInTime_isNotToldOf_atAll() {
        presence.connected(USER, "c1", "phone");
        told();
        for (int i = 1; i <= 20; i++) {
            presence.disconnected(USER, "c" + i);
            time.advance(WAIT.minusMillis(1));
            presence.connected(USER, "c" + (i + 1), "phone");
            time.assertPendingTimers(0);
        }
        time.advance(Duration.ofMinutes(5));
        assertEquals(List.of(), told());
        presence.disconnected(USER, "c21");
        time.advance(WAIT);
        assertEquals(1, told().size());
        presence.connected(USER, "c22", "phone");
        assertEquals(List.of("1 on"), told());
    }

    @Test
    void oneTimer_isForAll_andEachGoesAtItsTime() {
        for (int i = 0; i < 10; i++) {
            presence.connected(UserKey.of(i), "c" + i, "phone");
        }
        told();
        for (int i = 0; i < 10; i++) {
            presence.disconnected(UserKey.of(i), "c" + i);
            time.advance(Duration.ofSeconds(1));
            time.assertPendingTimers(1);
        }
        time.advance(Duration.ofSeconds(5));
        assertEquals(List.of("0 off 0"), told());
        time.advance(Duration.ofSeconds(9));
        assertEquals(9, told().size());
        assertNothingIsLeft();
    }

    @Test
    void manyWhoGoAtOnce_goSoManyAtATime_andAllOfThem() {
        store.held = new CompletableFuture<>();
        CompletableFuture<Boolean> first = store.held;
        store.held = null;
        int users = 20_000;
        for (int i = 0; i < users; i++) {
            presence.connected(UserKey.of(i), "c" + i, "phone");
            presence.disconnected(UserKey.of(i), "c" + i);
        }
        told();
        store.held = first;
        time.advance(WAIT);
        assertEquals(users - Presence.MAX_LEAVING, store.kept.size(), "the others wait for their turn");
        store.held = null;
        first.complete(false);
        assertEquals(users, told().size());
        assertNothingIsLeft();
    }

    @Test
    void connectionThatEndsTwice_orThatNobodyKnows_changesNothing() {
        presence.connected(USER, "c1", "phone");
        presence.disconnected(USER, "other");
        presence.disconnected(UserKey.of(2), "c1");
        assertTrue(status(USER).online());
        presence.disconnected(USER, "c1");
        time.advance(Duration.ofSeconds(10));
        presence.disconnected(USER, "c1");
        time.advance(Duration.ofSeconds(5));
        assertEquals(List.of("1 on", "1 off 0"), told());
        assertNothingIsLeft();
    }

    @Test
    void userWhoComesBack_whileItIsStoredThatTheyWent_isToldOf_behind() {
        presence.connected(USER, "c1", "phone");
        presence.disconnected(USER, "c1");
        told();
        CompletableFuture<Boolean> held = new CompletableFuture<>();
        store.held = held;
        time.advance(WAIT);
        presence.connected(USER, "c2", "phone");
        assertEquals(List.of(), told());
        store.held = null;
        held.complete(false);
        assertEquals(List.of("1 off 0", "1 on"), told());
        assertTrue(status(USER).online());
        presence.disconnected(USER, "c2");
        time.advance(WAIT);
        assertEquals(List.of("1 off 15000"), told());
        assertNothingIsLeft();
    }

    @Test
    void userWhoGoes_whileItIsStoredThatTheyCame_goesWhenItIs() {
        CompletableFuture<Boolean> held = new CompletableFuture<>();
        store.held = held;
        presence.connected(USER, "c1", "phone");
        presence.disconnected(USER, "c1");
        time.advance(WAIT.multipliedBy(2));
        assertEquals(List.of(), told());
        store.held = null;
        held.complete(false);
        assertEquals(List.of("1 on", "1 off 0"), told());
        assertNothingIsLeft();
    }

    @Test
    void userOnAnotherNode_isNotToldOf_untilTheLastNodeIsLeft() {
        store.elsewhere = true;
        presence.connected(USER, "c1", "phone");
        presence.disconnected(USER, "c1");
        time.advance(WAIT);
        assertEquals(List.of(), told());
        assertNothingIsLeft();
        presence.connected(USER, "c2", "phone");
        store.elsewhere = false;
        presence.disconnected(USER, "c2");
        time.advance(WAIT);
        assertEquals(List.of("1 off 15000"), told());
    }

    @Test
    void storesThatFail_keepNobodyFromBeingToldOf() {
        store.held = CompletableFuture.failedFuture(new IllegalStateException("away"));
        feeds.close();
        presence.connected(USER, "c1", "phone");
        presence.disconnected(USER, "c1");
        time.advance(WAIT);
        assertEquals(List.of("1 on", "1 off 0"), told());
        assertNothingIsLeft();
    }

    @Test
    void lastSeen_isWrittenToTheUsersHead_andNothingElseOfIt() {
        presence.connected(USER, "c1", "phone");
        time.advance(Duration.ofSeconds(3));
        presence.disconnected(USER, "c1");
        assertEquals(0, head().lastSeenAt(), "not before it is told");
        time.advance(WAIT);
        assertEquals(Head.of(USER).withLastSeen(head().lastSeenAt()), head());
        assertEquals(3_000, millis(head().lastSeenAt()));
    }

    private Head head() {
        return feeds.heads(List.of(USER)).toCompletableFuture().join().get(0);
    }

    @Test
    void lastSeen_ofANodeThatWasLeftLater_stays() {
        Head later = Head.of(USER).withLastSeen(time.epochMillis() + 1_000_000);
        feeds.transact(Set.of(USER), rows -> {
            rows.put(later);
            return null;
        });
        presence.connected(USER, "c1", "phone");
        presence.disconnected(USER, "c1");
        time.advance(WAIT);
        assertEquals(later, head());
    }

    @Test
    void userWhoIsBack_beforeItIsStoredThatTheyCame_lingersAsLongAsEver() {
        CompletableFuture<Boolean> held = new CompletableFuture<>();
        store.held = held;
        presence.connected(USER, "c1", "phone");
        presence.disconnected(USER, "c1");
        time.advance(WAIT);
        presence.connected(USER, "c2", "phone");
        store.held = new CompletableFuture<>();
        held.complete(false);
        assertEquals(List.of("1 on"), told());
        presence.connected(USER, "c3", "tablet");
        CompletableFuture<Boolean> again = store.held;
        presence.disconnected(USER, "c2");
        presence.disconnected(USER, "c3");
        store.held = null;
        again.complete(false);
        assertEquals(List.of(), told());
        time.advance(WAIT.minusMillis(1));
        assertEquals(List.of(), told());
        time.advance(Duration.ofMillis(1));
        assertEquals(1, told().size());
        assertNothingIsLeft();
    }

    @Test
    void close_storesWhenTheyWereLastSeen_andTellsNobody() {
        presence.connected(USER, "c1", "phone");
        presence.disconnected(USER, "c1");
        presence.connected(UserKey.of(2), "c2", "phone");
        told();
        time.advance(Duration.ofSeconds(5));
        assertTrue(presence.close().toCompletableFuture().isDone());
        assertEquals(0, millis(head().lastSeenAt()));
        presence.connected(UserKey.of(3), "c3", "phone");
        presence.disconnected(UserKey.of(2), "c2");
        time.advance(WAIT);
        assertEquals(List.of(), told());
        assertEquals(0, presence.size());
        time.assertPendingTimers(0);
    }

    @Test
    void bookkeeping_isExact_whateverHappens() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Map<String, String> open = new HashMap<>();
            List<String> order = new ArrayList<>();
            told();
            for (int i = 0; i < 100; i++) {
                if (order.isEmpty() || random.nextBoolean()) {
                    String id = seed + "-" + i;
                    open.put(id, "d" + random.nextInt(3));
                    order.add(id);
                    presence.connected(USER, id, open.get(id));
                } else {
                    String id = order.remove(random.nextInt(order.size()));
                    open.remove(id);
                    presence.disconnected(USER, id);
                }
                if (!open.isEmpty()) {
                    assertEquals(
                            open.values().stream().sorted().distinct().toList(),
                            status(USER).devices());
                }
                time.advance(Duration.ofSeconds(random.nextInt(4) == 0 ? 16 : 1));
                if (open.isEmpty() != status(USER).devices().isEmpty()) {
                    assertTrue(open.isEmpty(), "seed " + seed);
                }
            }
            order.forEach(id -> presence.disconnected(USER, id));
            time.advance(WAIT);
            List<String> all = told();
            for (int i = 0; i < all.size(); i++) {
                assertEquals(i % 2 == 0, all.get(i).endsWith("on"), "in turn, seed " + seed + ": " + all);
            }
            assertEquals(0, all.size() % 2);
            assertFalse(status(USER).online());
            assertNothingIsLeft();
        }
    }
}
