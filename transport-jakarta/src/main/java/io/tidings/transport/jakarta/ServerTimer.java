package io.tidings.transport.jakarta;

import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Timers of servers that have none to lend. */
final class ServerTimer {

    private ServerTimer() {}

    /** One daemon thread, which does not live until it is needed; what is cancelled is forgotten. */
    static ScheduledThreadPoolExecutor create(String name) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }
}
