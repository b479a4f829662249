package io.tidings;

import io.tidings.mailbox.Append;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;

/** Tells the host of what it sent and is in the mailboxes, on its executor, one shard's batch after the other. */
final class AcceptedCalls {

    private static final Duration RETRY = Duration.ofMillis(100);

    private final DeliveryListener listener;
    private final Executor executor;
    private final Scheduler scheduler;
    private final HubObserver observer;
    private volatile boolean stopped;

    /** One message and where it is. */
    record Accepted(Append append, Position position) {}

    AcceptedCalls(DeliveryListener listener, Executor executor, Scheduler scheduler, HubObserver observer) {
        this.listener = listener;
        this.executor = executor;
        this.scheduler = scheduler;
        this.observer = observer;
    }

    /** An executor that takes nothing is not tried again from now on. */
    void stop() {
        stopped = true;
    }

    /**
     * Tells of a batch, in order.
     *
     * @param then what is done afterwards, once, on any thread
     */
    void tell(List<Accepted> batch, Runnable then) {
        try {
            executor.execute(() -> {
                batch.forEach(this::tell);
                then.run();
            });
        } catch (RuntimeException | Error full) {
            // Containers' executors say by other exceptions than RejectedExecutionException that they take nothing.
            if (stopped) {
                failed(batch.get(0), full);
                then.run();
            } else {
                scheduler.schedule(RETRY, () -> tell(batch, then));
            }
        }
    }

    private void tell(Accepted accepted) {
        Append append = accepted.append;
        try {
            listener.accepted(append.user(), MessageId.of(accepted.position), append.message());
        } catch (RuntimeException | Error failure) {
            failed(accepted, failure);
        }
    }

    private void failed(Accepted accepted, Throwable failure) {
        HubLog.deliveryListenerFailed(accepted.append.user(), failure);
        observer.handlerFailed();
    }
}
