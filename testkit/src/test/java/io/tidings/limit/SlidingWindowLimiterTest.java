package io.tidings.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.Permit;
import io.tidings.spi.SharedBudget;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the limiter of one node keeps, beyond the contract. */
@Tag("R50")
class SlidingWindowLimiterTest {

    private static final Budget TWO = new Budget("two", 2, Duration.ofSeconds(60));

    private final ManualTime time = new ManualTime();

    @Test
    void usersOfLongAgo_areForgotten_asOthersCome() {
        SlidingWindowLimiter limiter = new SlidingWindowLimiter(time);
        for (int i = 0; i < 10_000; i++) {
            limiter.acquire(UserKey.of("old " + i), TWO);
        }
        assertEquals(10_000, limiter.entries());
        time.advance(Duration.ofSeconds(59));
        for (int i = 0; i < 1_000; i++) {
            limiter.acquire(UserKey.of("new " + i), TWO);
        }
        assertEquals(11_000, limiter.entries());
        time.advance(Duration.ofSeconds(1));
        for (int i = 0; i < 6_000; i++) {
            limiter.acquire(UserKey.of("newer " + i), TWO);
        }
        assertTrue(limiter.entries() <= 7_000 + 500, () -> "keeps " + limiter.entries());
    }

    @Test
    void entries_areBounded_andTheOneUsedLeastLatelyGoes() {
        SlidingWindowLimiter limiter = new SlidingWindowLimiter(time, 160);
        UserKey first = UserKey.of("first");
        UserKey busy = UserKey.of("busy");
        limiter.acquire(first, TWO);
        limiter.acquire(first, TWO);
        limiter.acquire(busy, TWO);
        limiter.acquire(busy, TWO);
        for (int i = 0; i < 10_000; i++) {
            limiter.acquire(UserKey.of("user " + i), TWO);
            assertInstanceOf(Permit.Refused.class, limiter.acquire(busy, TWO));
        }
        assertTrue(limiter.entries() <= 160, () -> "keeps " + limiter.entries());
        assertEquals(Permit.GRANTED, limiter.acquire(first, TWO), "begins anew");
    }

    @Test
    void refusedUsers_areNoNewEntries() {
        SlidingWindowLimiter limiter = new SlidingWindowLimiter(time);
        for (int i = 0; i < 100; i++) {
            limiter.acquire(UserKey.of("one"), TWO);
        }
        limiter.acquire(UserKey.of("one"), new Budget("unlimited", Budget.UNLIMITED, Duration.ofSeconds(1)));
        assertEquals(1, limiter.entries());
    }

    @Test
    void tooFewEntries_areRefused() {
        new SlidingWindowLimiter(time, 16);
        assertThrows(IllegalArgumentException.class, () -> new SlidingWindowLimiter(time, 15));
    }

    @Test
    void partsOfAMillisecond_makeNoWindowShort() {
        SlidingWindowLimiter limiter = new SlidingWindowLimiter(time);
        UserKey user = UserKey.of("ann");
        Budget once = new Budget("once", 1, Duration.ofSeconds(1));
        time.advance(Duration.ofNanos(900_000));
        limiter.acquire(user, once);
        time.advance(Duration.ofNanos(999_999_999));
        assertInstanceOf(Permit.Refused.class, limiter.acquire(user, once));
        time.advance(Duration.ofMillis(1));
        assertEquals(Permit.GRANTED, limiter.acquire(user, once));
    }

    @Test
    void anyInterleaving_isGrantedAsAListOfTimesSays() {
        Random random = new Random(50);
        for (int round = 0; round < 50; round++) {
            SlidingWindowLimiter limiter = new SlidingWindowLimiter(time);
            Budget budget = new Budget("any", 1 + random.nextInt(40), Duration.ofSeconds(1 + random.nextInt(5)));
            ArrayDeque<Long> times = new ArrayDeque<>();
            UserKey user = UserKey.of("ann");
            for (int i = 0; i < 2_000; i++) {
                time.advance(Duration.ofMillis(random.nextInt(10) == 0 ? random.nextInt(3_000) : random.nextInt(60)));
                long now = time.nanos();
                while (!times.isEmpty() && now - times.peek() >= budget.window().toNanos()) {
                    times.remove();
                }
                Permit expected = times.size() < budget.permits()
                        ? Permit.GRANTED
                        : new Permit.Refused(budget.window().minusNanos(now - times.element()));
                if (expected instanceof Permit.Granted) {
                    times.add(now);
                }
                assertEquals(expected, limiter.acquire(user, budget));
            }
        }
    }

    @Test
    void aBudgetThatShrinks_saysWhenTheLastOfItsPermitsLeave() {
        SlidingWindowLimiter limiter = new SlidingWindowLimiter(time);
        UserKey user = UserKey.of("ann");
        for (int i = 0; i < 10; i++) {
            limiter.acquire(user, new Budget("any", 10, Duration.ofSeconds(60)));
            time.advance(Duration.ofSeconds(1));
        }
        Budget smaller = new Budget("any", 3, Duration.ofSeconds(60));
        assertEquals(new Permit.Refused(Duration.ofSeconds(57)), limiter.acquire(user, smaller));
        time.advance(Duration.ofSeconds(57));
        assertEquals(Permit.GRANTED, limiter.acquire(user, smaller));
        assertInstanceOf(Permit.Refused.class, limiter.acquire(user, smaller));
    }

    @Test
    void aSharedBudgetThatShrinks_leasesNothing_untilThereIsRoom() {
        InMemorySharedBudget store = new InMemorySharedBudget(time);
        UserKey user = UserKey.of("ann");
        store.lease(user, new Budget("any", 10, Duration.ofSeconds(60)), 10);
        Budget smaller = new Budget("any", 3, Duration.ofSeconds(60));
        assertEquals(
                new SharedBudget.Lease(0, Duration.ofSeconds(60)),
                store.lease(user, smaller, 2).toCompletableFuture().join());
        time.advance(Duration.ofSeconds(60));
        assertEquals(
                new SharedBudget.Lease(3, Duration.ofSeconds(60)),
                store.lease(user, smaller, 5).toCompletableFuture().join());
    }
}
