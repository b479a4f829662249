package io.tidings.inmemory;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on the thread that gives them, before {@link #execute} returns; a task given by a task waits until that one is
 * done, so that the stack does not grow. A task that throws ends the call; those that waited run all the same.
 */
final class Trampoline implements Executor {

    private final ThreadLocal<@Nullable ArrayDeque<Runnable>> waiting = new ThreadLocal<>();

    @Override
    public void execute(Runnable task) {
        ArrayDeque<Runnable> outer = waiting.get();
        if (outer != null) {
            outer.add(task);
            return;
        }
        ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        tasks.add(task);
        waiting.set(tasks);
        try {
            runAll(tasks);
        } finally {
            waiting.remove();
        }
    }

    private static void runAll(ArrayDeque<Runnable> tasks) {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            try {
                task.run();
            } catch (RuntimeException e) {
                runAll(tasks);
                throw e;
            }
        }
    }
}
