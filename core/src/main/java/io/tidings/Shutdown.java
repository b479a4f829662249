package io.tidings;

import io.tidings.spi.Broker;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets go of what a hub without connections holds: waits for the appends under way, has the cursors written, waits for that, and
 * closes broker and mailbox. What does not answer in time is not waited for.
 */
final class Shutdown {

    /** How long the mailbox has at least, however long the clients took. */
    static final Duration LEAST_TIME = Duration.ofSeconds(2);

    private static final Duration LOOK = Duration.ofMillis(20);

    private final Engine engine;
    private final Appender appender;
    private final @Nullable Broker broker;
    private final Runnable release;
    private final Ticker ticker;
    private final Scheduler scheduler;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** Written once, by the thread that begins. */
    private volatile long until;

    /**
     * What is let go of.
     *
     * @param release stops the hub's own threads; called last
     */
    Shutdown(Engine engine, Appender appender, @Nullable Broker broker, Runnable release) {
        this.engine = engine;
        this.appender = appender;
        this.broker = broker;
        this.release = release;
        this.ticker = engine.ticker();
        this.scheduler = engine.scheduler();
    }

    /** Completes when all is let go of. */
    CompletionStage<Void> done() {
        return done.minimalCompletionStage();
    }

    /**
     * Begins; called once.
     *
     * @param left how long the mailbox may take
     */
    void begin(Duration left) {
        until = ticker.nanos() + (left.compareTo(LEAST_TIME) < 0 ? LEAST_TIME : left).toNanos();
        appender.stop();
        await(() -> appender.pending() == 0 && engine.watch().watched() == 0, () -> {
            engine.cursors().write();
            await(() -> engine.cursors().pending() == 0, this::tryOnceMore);
        });
    }

    /** What the mailbox did not take has one more chance. */
    private void tryOnceMore() {
        engine.cursors().write();
        await(() -> engine.cursors().pending() == 0, this::letGo);
    }

    private void await(BooleanSupplier condition, Runnable then) {
        if (condition.getAsBoolean() || ticker.nanos() - until >= 0) {
            then.run();
        } else {
            scheduler.schedule(LOOK, () -> await(condition, then));
        }
    }

    private void letGo() {
        if (appender.pending() > 0 || engine.cursors().pending() > 0) {
            HubLog.closedUnanswered(appender.pending(), engine.cursors().pending());
        }
        engine.watch().stop();
        if (broker != null) {
            close(broker);
        }
        close(engine.mailbox());
        close(engine.rates()::close);
        release.run();
        done.complete(null);
    }

    /** What fails to close must not keep the rest open. */
    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception | Error failure) {
            HubLog.closingFailed(failure);
        }
    }
}
