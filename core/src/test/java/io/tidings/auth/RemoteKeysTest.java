package io.tidings.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When keys are fetched. Time stands still; fetches end when the test says so. */
@Tag("R2")
class RemoteKeysTest {

    private static final Duration COOL_DOWN = Duration.ofSeconds(30);
    private static final Duration REFRESH = Duration.ofMinutes(5);
    private static final Duration TICK = Duration.ofNanos(1);
    private static final String SET = TestKey.set(TestKey.ed25519().jwk());

    private final MovingTicker ticker = new MovingTicker();
    private final ArrayDeque<CompletableFuture<byte[]>> fetches = new ArrayDeque<>();
    private final RemoteKeys keys = new RemoteKeys("test", this::fetch, ticker, COOL_DOWN, REFRESH);

    private synchronized CompletionStage<byte[]> fetch() {
        CompletableFuture<byte[]> fetch = new CompletableFuture<>();
        fetches.add(fetch);
        return fetch;
    }

    @AfterEach
    void noFetchIsLeft() {
        assertTrue(fetches.isEmpty(), () -> fetches.size() + " fetches more than expected");
    }

    private CompletableFuture<KeySet> newer() {
        return keys.newer(1).toCompletableFuture();
    }

    private void succeed() {
        fetches.remove().complete(SET.getBytes(StandardCharsets.UTF_8));
    }

    private void fail() {
        fetches.remove().completeExceptionally(new IOException("away"));
    }

    private static KeySet await(CompletableFuture<KeySet> stage) throws Exception {
        return stage.get(60, TimeUnit.SECONDS);
    }

    private static void assertUnavailable(CompletableFuture<KeySet> stage) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> await(stage));
        assertInstanceOf(IllegalStateException.class, failure.getCause());
        assertEquals("the signing keys are not available", failure.getCause().getMessage());
    }

    private KeySet load() throws Exception {
        CompletableFuture<KeySet> first = newer();
        succeed();
        return await(first);
    }

    @Test
    void nothing_isFetchedBeforeTheFirstToken() {
        assertNull(keys.held());
    }

    @Test
    void waitingCallers_shareOneFetch() throws Exception {
        CompletableFuture<KeySet> first = newer();
        CompletableFuture<KeySet> second = newer();
        assertFalse(first.isDone());
        succeed();
        assertSame(await(first), await(second));
        assertSame(await(first), keys.held());
    }

    @Test
    void fetch_doesNotCompleteItsCallersOnItsOwnThread() throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        CompletableFuture<Void> waiting = newer().thenRun(() -> thread.complete(Thread.currentThread()));
        assertFalse(waiting.isDone());
        succeed();
        assertNotSame(Thread.currentThread(), thread.get(60, TimeUnit.SECONDS));
    }

    @Test
    void unknownKey_causesAFetchOncePerCoolDown() throws Exception {
        KeySet held = load();
        ticker.advance(COOL_DOWN.minus(TICK));
        assertSame(held, await(newer()));
        assertTrue(fetches.isEmpty());

        ticker.advance(TICK);
        CompletableFuture<KeySet> rotated = newer();
        succeed();
        assertNotSame(held, await(rotated));
        assertSame(await(rotated), keys.held());
        assertSame(await(rotated), await(newer()));
    }

    @Test
    void failure_withoutKeys_failsItsCallers() throws Exception {
        CompletableFuture<KeySet> first = newer();
        CompletableFuture<KeySet> second = newer();
        fail();
        assertUnavailable(first);
        assertUnavailable(second);
        assertUnavailable(newer());
        assertNull(keys.held());
    }

    @Test
    void failures_pauseOneSecondThenTwiceAsLongUpToTheCoolDown() throws Exception {
        for (int seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
            CompletableFuture<KeySet> caller = newer();
            fail();
            assertUnavailable(caller);
            ticker.advance(Duration.ofSeconds(seconds).minus(TICK));
            assertUnavailable(newer());
            assertTrue(fetches.isEmpty());
            ticker.advance(TICK);
        }
        load();
        ticker.advance(COOL_DOWN);
        CompletableFuture<KeySet> afterSuccess = newer();
        fail();
        await(afterSuccess);
        ticker.advance(Duration.ofSeconds(1));
        assertFalse(newer().isDone());
        fail();
    }

    @Test
    void longOutage_doesNotOverflowThePause() throws Exception {
        for (int i = 0; i < 80; i++) {
            CompletableFuture<KeySet> caller = newer();
            fail();
            assertUnavailable(caller);
            ticker.advance(COOL_DOWN);
        }
    }

    @Test
    void keysOnceFetched_stayWhileTheServerIsAway() throws Exception {
        KeySet held = load();
        for (int i = 0; i < 10; i++) {
            ticker.advance(Duration.ofDays(1));
            CompletableFuture<KeySet> caller = newer();
            fail();
            assertSame(held, await(caller));
            assertSame(held, keys.held());
        }
    }

    @Test
    void garbageAndEmptySets_areFailures() throws Exception {
        KeySet held = load();
        for (String body : List.of(
                "", "<html>", "{\"keys\":[]}", TestKey.set(TestKey.secret(64).jwk()))) {
            ticker.advance(COOL_DOWN);
            CompletableFuture<KeySet> caller = newer();
            fetches.remove().complete(body.getBytes(StandardCharsets.UTF_8));
            assertSame(held, await(caller));
        }
    }

    @Test
    void fetchThatThrows_isAFailure() throws Exception {
        RemoteKeys broken = new RemoteKeys(
                "broken",
                () -> {
                    throw new IllegalStateException("broken");
                },
                ticker,
                COOL_DOWN,
                REFRESH);
        assertUnavailable(broken.newer(1).toCompletableFuture());
    }

    @Test
    void ageingKeys_areRefreshedBehindTheScenes() throws Exception {
        KeySet held = load();
        ticker.advance(REFRESH.minus(TICK));
        assertSame(held, keys.held());
        assertTrue(fetches.isEmpty());

        ticker.advance(TICK);
        assertSame(held, keys.held());
        assertSame(held, keys.held());
        assertEquals(1, fetches.size());
        CompletableFuture<KeySet> arrived = newer();
        succeed();
        await(arrived);
        assertNotSame(held, keys.held());
        assertNotNull(keys.held());
    }

    @Test
    void failedRefresh_isTriedAgainAfterItsPause() throws Exception {
        KeySet held = load();
        ticker.advance(REFRESH);
        assertSame(held, keys.held());
        CompletableFuture<KeySet> arrived = newer();
        fail();
        await(arrived);
        assertSame(held, keys.held());
        ticker.advance(Duration.ofSeconds(1));
        assertSame(held, keys.held());
        succeed();
    }

    @Test
    void keysThreeTimesAsOld_areWaitedForUnlessTheServerIsAway() throws Exception {
        KeySet held = load();
        ticker.advance(REFRESH.multipliedBy(3).minus(TICK));
        assertSame(held, keys.held());
        ticker.advance(TICK);
        assertNull(keys.held());
        CompletableFuture<KeySet> caller = newer();
        assertFalse(caller.isDone());
        fail();
        assertSame(held, await(caller));
        assertSame(held, keys.held());
        ticker.advance(Duration.ofSeconds(1));
        assertSame(held, keys.held());
        CompletableFuture<KeySet> restored = newer();
        succeed();
        assertNotSame(held, await(restored));
    }

    @Test
    void tenThousandCallers_mayWait() throws Exception {
        List<CompletableFuture<KeySet>> callers = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            callers.add(newer());
        }
        assertUnavailable(newer());
        succeed();
        for (CompletableFuture<KeySet> caller : callers) {
            await(caller);
        }
        ticker.advance(COOL_DOWN);
        CompletableFuture<KeySet> later = newer();
        assertFalse(later.isDone());
        succeed();
        await(later);
    }

    @Test
    void tooManyCallers_areJudgedByTheKeysThatAreHeld() throws Exception {
        KeySet held = load();
        ticker.advance(COOL_DOWN);
        CompletableFuture<KeySet> last = newer();
        for (int i = 1; i < 10_000; i++) {
            last = newer();
        }
        assertFalse(last.isDone());
        assertSame(held, await(newer()));
        succeed();
        await(last);
    }

    @Test
    void tokensOf32MiB_mayWait() throws Exception {
        CompletableFuture<KeySet> first = keys.newer(32 << 20).toCompletableFuture();
        assertUnavailable(newer());
        succeed();
        await(first);
        assertNotNull(keys.held());
    }
}
