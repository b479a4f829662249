package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.UserKey;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R66")
class WorkQueueTest {

    @Test
    void oneThread_takesWhatWaits_upToAHundredInOrder() {
        WorkQueue queue = new WorkQueue(1, 1_000);
        List<Job<?>> jobs = IntStream.range(0, 150)
                .<Job<?>>mapToObj(i -> job("a", "b" + i % 3))
                .toList();
        jobs.forEach(queue::add);
        List<Job<?>> first = queue.take();
        assertEquals(jobs.subList(0, WorkQueue.MAX_BATCH), first);
        queue.done(first);
        assertEquals(jobs.subList(WorkQueue.MAX_BATCH, 150), queue.take());
    }

    @Test
    void severalThreads_shareWhatWaits() {
        WorkQueue queue = new WorkQueue(4, 1_000);
        IntStream.range(0, 40).forEach(i -> queue.add(job("u" + i)));
        assertEquals(10, queue.take().size());
        assertEquals(8, queue.take().size());
    }

    @Test
    void aWorkWithAUserWhomAnotherThreadHas_waits_andThatBehindItToo() {
        WorkQueue queue = new WorkQueue(1, 1_000);
        Job<?> running = job("a");
        queue.add(running);
        List<Job<?>> taken = queue.take();
        Job<?> blocked = job("a", "b");
        Job<?> behindIt = job("b");
        Job<?> free = job("c");
        List.of(blocked, behindIt, free).forEach(queue::add);
        assertEquals(List.of(free), queue.take());
        queue.done(taken);
        assertEquals(List.of(blocked, behindIt), queue.take());
    }

    @Test
    void whatWasToldAsFailed_isLeftOut() {
        WorkQueue queue = new WorkQueue(1, 1_000);
        Job<?> late = job("a");
        Job<?> good = job("a");
        queue.add(late);
        queue.add(good);
        late.stage().completeExceptionally(new IllegalStateException("late"));
        assertEquals(List.of(good), queue.take());
    }

    @Test
    void manyUsers_fillATransactionToo() {
        WorkQueue queue = new WorkQueue(1, 1_000);
        String[] many = IntStream.range(0, 512).mapToObj(i -> "u" + i).toArray(String[]::new);
        Job<?> large = job(many);
        Job<?> small = job("a");
        queue.add(small);
        queue.add(large);
        queue.add(job("b"));
        assertEquals(List.of(small, large), queue.take());
    }

    @Test
    void full_takesNoMore_andClosed_givesNone() {
        WorkQueue queue = new WorkQueue(1, 2);
        assertTrue(queue.add(job("a")));
        assertTrue(queue.add(job("a")));
        assertFalse(queue.add(job("a")));
        queue.done(queue.take());
        assertTrue(queue.add(job("a")));
        queue.close();
        assertEquals(List.of(), queue.take());
    }

    private static Job<?> job(String... users) {
        return new Job<Void>(
                Arrays.stream(users).map(UserKey::of).collect(Collectors.toSet()),
                rows -> null,
                new CompletableFuture<>());
    }
}
