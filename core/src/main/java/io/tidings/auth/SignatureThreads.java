package io.tidings.auth;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where signatures of public keys are checked unless the host says otherwise: a daemon thread a processor for the whole JVM,
 * which end after 10 s without work. Not the common pool, which runs nothing at all on one processor.
 */
final class SignatureThreads {

    /** Tokens that may wait; more are rejected. */
    private static final int MAX_QUEUED = 20_000;

    private static final int IDLE_SECONDS = 10;

    private SignatureThreads() {}

    static Executor shared() {
        return Shared.THREADS;
    }

    private static final class Shared {

        private static final AtomicInteger COUNT = new AtomicInteger();
        private static final ThreadPoolExecutor THREADS = threads();

        private static ThreadPoolExecutor threads() {
            int processors = Runtime.getRuntime().availableProcessors();
            ThreadPoolExecutor threads = new ThreadPoolExecutor(
                    processors,
                    processors,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(MAX_QUEUED),
                    task -> {
                        Thread thread = new Thread(task, "tidings-signature-" + COUNT.incrementAndGet());
                        thread.setDaemon(true);
                        return thread;
                    });
            threads.allowCoreThreadTimeOut(true);
            return threads;
        }
    }
}
