package io.tidings.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.Permit;
import io.tidings.spi.RateLimiter;
import io.tidings.spi.SharedBudget;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Several nodes over one store that is fast, slow, broken or gone. */
@Tag("R50")
class LeasedLimiterTest {

    private static final Budget HUNDRED = new Budget("messages", 100, Duration.ofSeconds(60));
    private static final UserKey ANN = UserKey.of("ann");

    private final ManualTime time = new ManualTime();
    private final Store store = new Store();

    /** A shared budget whose answers wait, where the test says so. */
    private final class Store implements SharedBudget {

        private final InMemorySharedBudget within = new InMemorySharedBudget(time);
        private final List<Integer> asked = new ArrayList<>();
        private final List<Runnable> waiting = new ArrayList<>();
        private @Nullable Supplier<CompletionStage<Lease>> answer;
        private boolean holds;
        private int closed;

        @Override
        public CompletionStage<Lease> lease(UserKey user, Budget budget, int count) {
            asked.add(count);
            Supplier<CompletionStage<Lease>> other = answer;
            if (other != null) {
                return other.get();
            }
            if (!holds) {
                return within.lease(user, budget, count);
            }
            CompletableFuture<Lease> later = new CompletableFuture<>();
            waiting.add(() -> within.lease(user, budget, count).thenAccept(later::complete));
            return later;
        }

        void release() {
            List<Runnable> now = List.copyOf(waiting);
            waiting.clear();
            now.forEach(Runnable::run);
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private LeasedLimiter node() {
        return new LeasedLimiter(store, time);
    }

    private static int granted(RateLimiter node, int tries) {
        int granted = 0;
        for (int i = 0; i < tries; i++) {
            granted += node.acquire(ANN, HUNDRED) instanceof Permit.Granted ? 1 : 0;
        }
        return granted;
    }

    @Test
    void allNodesTogether_areGrantedTheBudgetOnce() {
        List<LeasedLimiter> nodes = List.of(node(), node(), node());
        int granted = 0;
        for (int i = 0; i < 150; i++) {
            granted += granted(nodes.get(i % 3), 1);
        }
        assertEquals(100, granted);
        Permit.Refused refused =
                assertInstanceOf(Permit.Refused.class, nodes.get(0).acquire(ANN, HUNDRED));
        assertEquals(Duration.ofSeconds(60), refused.retryAfter());
        assertEquals(100, granted(nodes.get(1), 0) + perUser(nodes, UserKey.of("bob")), "another user");
    }

    private static int perUser(List<LeasedLimiter> nodes, UserKey user) {
        int granted = 0;
        for (int i = 0; i < 150; i++) {
            granted += nodes.get(i % nodes.size()).acquire(user, HUNDRED) instanceof Permit.Granted ? 1 : 0;
        }
        return granted;
    }

    @Test
    void oneNodeAfterTheOther_isGrantedTheBudgetLessATenth_atTheLeast() {
        LeasedLimiter first = node();
        LeasedLimiter second = node();
        int granted = granted(first, 55);
        time.advance(Duration.ofSeconds(6));
        granted += granted(second, 100);
        assertTrue(granted >= 90 && granted <= 100, "granted " + granted);
    }

    @Test
    void theBudgetComesBack_onEveryNode() {
        List<LeasedLimiter> nodes = List.of(node(), node());
        perUser(nodes, ANN);
        time.advance(Duration.ofSeconds(60).minusMillis(1));
        assertEquals(0, perUser(nodes, ANN));
        time.advance(Duration.ofMillis(1));
        assertEquals(100, perUser(nodes, ANN));
    }

    @Test
    void aSlowUser_wastesNothing_onWhicheverNode() {
        List<LeasedLimiter> nodes = List.of(node(), node());
        int granted = 0;
        for (int i = 0; i < 120; i++) {
            granted += granted(nodes.get(i % 2), 1);
            time.advance(Duration.ofSeconds(6));
        }
        assertEquals(120, granted);
    }

    @Test
    void permitsAreLeasedAhead_soThatTheStoreIsAskedSeldom() {
        LeasedLimiter node = node();
        assertEquals(100, granted(node, 100));
        assertTrue(store.asked.size() <= 25, () -> "asked " + store.asked);
        assertEquals(100, store.asked.stream().mapToInt(Integer::intValue).sum(), 10);
    }

    @Test
    void whileAnAnswerIsUnderWay_thereIsOneCall_andUsesAreOnCredit_thatTheNextLeasePays() {
        store.holds = true;
        LeasedLimiter node = node();
        assertEquals(30, granted(node, 30));
        assertEquals(List.of(1), store.asked);
        store.release();
        assertEquals(1, granted(node, 1));
        assertEquals(List.of(1, 40), store.asked, "29 on credit, this one and ten ahead");
        store.release();
        store.holds = false;
        assertEquals(10, granted(node, 10));
        LeasedLimiter other = node();
        int rest = granted(other, 100) + granted(node, 100);
        assertTrue(rest >= 59 - 10 && rest <= 59, "rest " + rest);
    }

    @Test
    void aStoreThatIsSlow_neverMakesOneNodeGrantMoreThanTheBudget() {
        store.holds = true;
        LeasedLimiter node = node();
        assertEquals(100, granted(node, 200));
        store.release();
        assertEquals(0, granted(node, 200));
    }

    @Test
    void aStoreThatFails_isAskedAgainAfterASecond_andMeanwhileEveryNodeCountsAlone() {
        store.answer = () -> CompletableFuture.failedFuture(new IllegalStateException("gone"));
        LeasedLimiter first = node();
        LeasedLimiter second = node();
        assertEquals(100, granted(first, 150));
        assertEquals(1, store.asked.size());
        assertEquals(100, granted(second, 150));
        assertEquals(2, store.asked.size());
        time.advance(Duration.ofMillis(999));
        first.acquire(UserKey.of("bob"), HUNDRED);
        assertEquals(2, store.asked.size());
        time.advance(Duration.ofMillis(1));
        store.answer = null;
        first.acquire(UserKey.of("bob"), HUNDRED);
        assertEquals(3, store.asked.size());
        second.acquire(UserKey.of("bob"), HUNDRED);
        assertEquals(4, store.asked.size());
    }

    @Test
    void whatWasGrantedWhileTheStoreWasAway_isPaidFor_whenItIsBack() {
        store.answer = () -> {
            throw new IllegalStateException("gone");
        };
        LeasedLimiter first = node();
        LeasedLimiter second = node();
        assertEquals(60, granted(first, 60));
        store.answer = null;
        time.advance(Duration.ofSeconds(1));
        assertEquals(1, granted(first, 1));
        int rest = granted(second, 100);
        assertTrue(rest >= 28 && rest <= 39, "rest " + rest);
    }

    @Test
    void aStoreThatAnswersNothing_countsAsFailed() {
        store.answer = () -> null;
        assertEquals(100, granted(node(), 150));
        store.answer = () -> CompletableFuture.completedFuture(null);
        assertEquals(100, granted(node(), 150));
    }

    @Test
    void aStoreThatNeverAnswers_countsAsFailedAfterTenSeconds_andIsAskedAgain_aSecondLater() {
        store.holds = true;
        LeasedLimiter node = node();
        assertEquals(1, granted(node, 1));
        time.advance(Duration.ofMillis(9_999));
        assertEquals(1, granted(node, 1));
        assertEquals(1, store.asked.size());
        time.advance(Duration.ofMillis(1));
        assertEquals(1, granted(node, 1));
        assertEquals(1, store.asked.size());
        time.advance(Duration.ofMillis(1_000));
        assertEquals(1, granted(node, 1));
        assertEquals(2, store.asked.size());
        store.release();
        assertEquals(96, granted(node, 150), "a late answer does no harm");
    }

    @Test
    void aStoreThatLeasesMoreThanItWasAskedFor_isBelievedNoFurther() {
        store.answer = () -> CompletableFuture.completedFuture(new SharedBudget.Lease(1_000_000, Duration.ZERO));
        assertEquals(100, granted(node(), 1_000));
    }

    @Test
    void leases_endWithTheirWindow() {
        LeasedLimiter node = node();
        granted(node, 40);
        int asked = store.asked.size();
        time.advance(Duration.ofSeconds(60).minusMillis(1));
        granted(node, 1);
        assertEquals(asked, store.asked.size(), "what was leased ahead is used");
        time.advance(Duration.ofMillis(1));
        granted(node, 1);
        assertEquals(asked + 1, store.asked.size(), "and is no more");
    }

    @Test
    void whoTurnsFromNodeToNode_isGrantedATenthMore_aNode_atTheMost() {
        List<LeasedLimiter> nodes = List.of(node(), node(), node());
        for (LeasedLimiter node : nodes) {
            granted(node, 20);
        }
        time.advance(Duration.ofSeconds(59));
        int granted = perUser(nodes, ANN);
        time.advance(Duration.ofSeconds(1));
        granted += perUser(nodes, ANN);
        assertTrue(granted <= 130, "within a second " + granted);
        assertTrue(granted >= 70, "within a second " + granted);
    }

    @Test
    void limiter_closesItsStore() {
        node().close();
        assertEquals(1, store.closed);
    }

    @Test
    void whatWasGrantedLongAgoWhileTheStoreWasAway_isNotPaidFor() {
        store.answer = () -> CompletableFuture.failedFuture(new IllegalStateException("gone"));
        LeasedLimiter node = node();
        for (int i = 0; i < 200; i++) {
            assertEquals(1, granted(node, 1));
            time.advance(Duration.ofSeconds(6));
        }
        store.answer = null;
        for (int i = 0; i < 20; i++) {
            assertEquals(1, granted(node, 1), "ten a minute of a hundred");
            time.advance(Duration.ofSeconds(6));
        }
        assertTrue(store.asked.stream().allMatch(count -> count <= 12), () -> "asked " + store.asked);
    }

    @Test
    void aStoreThatSaysToWaitForYears_isBelievedForOneWindow() {
        for (Duration years : List.of(Duration.ofDays(3_650), Duration.ofSeconds(Long.MAX_VALUE))) {
            store.answer = () -> CompletableFuture.completedFuture(new SharedBudget.Lease(0, years));
            LeasedLimiter node = node();
            assertEquals(new Permit.Refused(Duration.ofSeconds(60)), node.acquire(ANN, HUNDRED));
            store.answer = null;
            time.advance(Duration.ofSeconds(60).minusMillis(1));
            assertEquals(new Permit.Refused(Duration.ofMillis(1)), node.acquire(ANN, HUNDRED));
            time.advance(Duration.ofMillis(1));
            assertEquals(Permit.GRANTED, node.acquire(ANN, HUNDRED));
        }
    }
}
