package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class ManualTimeTest {

    private final ManualTime time = new ManualTime();
    private final List<String> ran = new ArrayList<>();
    private final long startNanos = time.nanos();
    private final long startMillis = time.epochMillis();

    private Runnable note(String what) {
        return () -> ran.add(what + "@" + (time.nanos() - startNanos) / 1_000_000);
    }

    @Test
    void advance_runsTimersInOrder_eachAtItsMoment() {
        time.schedule(Duration.ofMillis(20), note("b"));
        time.schedule(Duration.ofMillis(10), note("a"));
        time.schedule(Duration.ofMillis(20), note("c"));
        time.schedule(Duration.ofMillis(31), note("later"));
        time.advance(Duration.ofMillis(30));
        assertEquals(List.of("a@10", "b@20", "c@20"), ran);
        assertEquals(startNanos + 30_000_000, time.nanos());
        time.assertPendingTimers(1);
    }

    @Test
    void advance_runsTimersThatTimersMade() {
        time.schedule(Duration.ofMillis(10), () -> time.schedule(Duration.ofMillis(10), note("second")));
        time.advance(Duration.ofMillis(20));
        assertEquals(List.of("second@20"), ran);
    }

    @Test
    void advance_runsTasks_beforeTimeMovesOn() {
        Executor executor = time.executor();
        time.schedule(Duration.ofMillis(10), () -> executor.execute(note("task")));
        time.schedule(Duration.ofMillis(11), note("timer"));
        time.advance(Duration.ofMillis(20));
        assertEquals(List.of("task@10", "timer@11"), ran);
    }

    @Test
    void timer_doesNotRunEarly() {
        time.schedule(Duration.ofMillis(10), note("timer"));
        time.advance(Duration.ofNanos(9_999_999));
        assertEquals(List.of(), ran);
        time.advance(Duration.ofNanos(1));
        assertEquals(List.of("timer@10"), ran);
    }

    @Test
    void cancelledTimer_doesNotRun_andIsNotPending() {
        Scheduler.Cancellable timer = time.schedule(Duration.ofMillis(10), note("timer"));
        timer.cancel();
        time.assertPendingTimers(0);
        time.advance(Duration.ofMillis(20));
        assertEquals(List.of(), ran);
        timer.cancel();
    }

    @Test
    void scheduleWithoutDelay_waitsForTimeToBeDriven() {
        time.schedule(Duration.ZERO, note("timer"));
        assertEquals(List.of(), ran);
        time.runUntilQuiet();
        assertEquals(List.of("timer@0"), ran);
    }

    @Test
    void executors_shareOneOrder() {
        Executor one = time.executor();
        Executor two = time.executor();
        one.execute(() -> {
            ran.add("1");
            two.execute(() -> ran.add("3"));
        });
        two.execute(() -> ran.add("2"));
        assertEquals(2, time.pendingTasks());
        time.runUntilQuiet();
        assertEquals(List.of("1", "2", "3"), ran);
    }

    @Test
    void shuffledExecutors_keepTheirOwnOrder_andFollowTheSeed() {
        List<String> first = shuffled(1);
        assertEquals(first, shuffled(1));
        for (String executor : List.of("a", "b", "c")) {
            List<String> own =
                    first.stream().filter(task -> task.startsWith(executor)).toList();
            assertEquals(own.stream().sorted().toList(), own);
            assertEquals(9, own.size());
        }
        boolean differs = false;
        for (int seed = 2; seed < 10; seed++) {
            differs |= !shuffled(seed).equals(first);
        }
        assertEquals(true, differs);
    }

    private static List<String> shuffled(long seed) {
        ManualTime time = ManualTime.shuffled(seed);
        List<String> ran = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            Executor executor = time.executor();
            for (int i = 1; i < 10; i++) {
                String task = name + i;
                executor.execute(() -> ran.add(task));
            }
        }
        time.runUntilQuiet();
        return ran;
    }

    @Test
    void wallClock_movesWithTime_andJumpsAlone() {
        assertEquals(ManualTime.START.toEpochMilli(), startMillis);
        time.advance(Duration.ofNanos(1_999_999));
        assertEquals(startMillis + 1, time.epochMillis());
        long nanos = time.nanos();
        time.jumpWallClock(Duration.ofHours(-1));
        assertEquals(startMillis + 1 - 3_600_000, time.epochMillis());
        assertEquals(nanos, time.nanos());
    }

    @Test
    void failingTask_reachesTheTest_andTheRestStays() {
        time.executor().execute(() -> {
            throw new IllegalArgumentException("task");
        });
        time.schedule(Duration.ZERO, note("timer"));
        assertThrows(IllegalArgumentException.class, time::runUntilQuiet);
        time.runUntilQuiet();
        assertEquals(List.of("timer@0"), ran);
    }

    @Test
    void drivingFromATask_isRefused() {
        time.executor().execute(() -> time.advance(Duration.ofMillis(1)));
        assertThrows(IllegalStateException.class, time::runUntilQuiet);
    }

    @Test
    void goingBackward_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> time.advance(Duration.ofNanos(-1)));
    }

    @Test
    void wrongNumberOfTimers_fails() {
        time.schedule(Duration.ofMillis(10), note("timer"));
        assertThrows(AssertionError.class, () -> time.assertPendingTimers(0));
    }
}
