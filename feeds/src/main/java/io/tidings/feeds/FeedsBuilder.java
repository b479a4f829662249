package io.tidings.feeds;

import io.tidings.HubListener;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Describes feeds. Every option has a default but the store. Not safe for use by several threads. */
public final class FeedsBuilder {

    private static final int NODE_RADIX = 36;

    private @Nullable FeedStore store;
    private UserDirectory directory = UserDirectory.NONE;
    private NotificationTemplates templates = NotificationTemplates.ENGLISH;
    private HubListener others = HubListener.NONE;
    private String basePath = "/api/v1";
    private @Nullable PresenceStore presenceStore;
    private Duration offlineAfter = Duration.ofSeconds(15);
    private Ticker ticker = Ticker.SYSTEM;
    private @Nullable Scheduler scheduler;
    private Executor executor = ForkJoinPool.commonPool();
    private @Nullable ScheduledThreadPoolExecutor own;

    FeedsBuilder() {}

    /** Sets where messages and notifications are kept; required. Feeds close it. */
    public FeedsBuilder store(FeedStore keeper) {
        store = keeper;
        return this;
    }

    /** Sets who knows how actors are shown; default: nobody. */
    public FeedsBuilder directory(UserDirectory knower) {
        directory = knower;
        return this;
    }

    /** Sets who words notifications of interactions; default: {@link NotificationTemplates#ENGLISH}. */
    public FeedsBuilder templates(NotificationTemplates words) {
        templates = words;
        return this;
    }

    /** Sets who is told of connections too, and asked for what is not of feeds; default: nobody, and such requests are refused. */
    public FeedsBuilder otherRequests(HubListener listener) {
        others = listener;
        return this;
    }

    /** Sets what the paths of {@link Feeds#routes} begin with; default: {@code /api/v1}; empty or with a slash before, none behind. */
    public FeedsBuilder basePath(String path) {
        basePath = path;
        return this;
    }

    /** Sets where it is kept who is connected; default: an {@link InMemoryPresenceStore}, for this node alone. Feeds close it. */
    public FeedsBuilder presence(PresenceStore keeper) {
        presenceStore = keeper;
        return this;
    }

    /** Sets how long after the last connection a user counts as offline; default 15 s; zero or more. */
    public FeedsBuilder offlineAfter(Duration wait) {
        offlineAfter = wait;
        return this;
    }

    /** Sets the time; default: the machine's. */
    public FeedsBuilder ticker(Ticker time) {
        ticker = time;
        return this;
    }

    /** Sets what runs tasks later; default: one daemon thread. */
    public FeedsBuilder scheduler(Scheduler later) {
        scheduler = later;
        return this;
    }

    /** Sets what calls the host's iterators of users, which may block; default: the common pool. */
    public FeedsBuilder executor(Executor iterators) {
        executor = iterators;
        return this;
    }

    /**
     * The feeds, not started.
     *
     * @throws IllegalArgumentException that lists every problem
     */
    public Feeds build() {
        List<String> problems = new ArrayList<>();
        if (store == null) {
            problems.add("store is required");
        }
        if (offlineAfter.isNegative()) {
            problems.add("offlineAfter must not be negative, was " + offlineAfter);
        }
        if (!basePath.matches("(/[^/?#]+)*")) {
            problems.add("basePath must be empty or begin with a slash and end without one, was " + basePath);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("The feeds cannot be built: " + String.join("; ", problems));
        }
        if (scheduler == null) {
            ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, body -> {
                Thread made = new Thread(body, "tidings-feeds");
                made.setDaemon(true);
                return made;
            });
            thread.setRemoveOnCancelPolicy(true);
            thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
            own = thread;
            scheduler = (delay, task) -> {
                ScheduledFuture<?> later =
                        thread.isShutdown() ? null : thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                return () -> {
                    if (later != null) {
                        later.cancel(false);
                    }
                };
            };
        }
        return new Feeds(this);
    }

    FeedStore store() {
        FeedStore kept = store;
        if (kept == null) {
            throw new IllegalStateException("no store");
        }
        return kept;
    }

    /** Of whom nobody else has a claim: on a store of this process alone always the same. */
    String node() {
        FeedStore kept = store();
        return kept.shared() ? Long.toString(new SecureRandom().nextLong() >>> 1, NODE_RADIX) : kept.source();
    }

    String basePath() {
        return basePath;
    }

    PresenceStore presenceStore() {
        return presenceStore == null ? new InMemoryPresenceStore() : presenceStore;
    }

    Duration offlineAfter() {
        return offlineAfter;
    }

    UserDirectory directory() {
        return directory;
    }

    NotificationTemplates templates() {
        return templates;
    }

    HubListener otherRequests() {
        return others;
    }

    Executor executor() {
        return executor;
    }

    Ticker ticker() {
        return ticker;
    }

    Scheduler scheduler() {
        Scheduler later = scheduler;
        if (later == null) {
            throw new IllegalStateException("not built");
        }
        return later;
    }

    /** Stops the thread that was made for the feeds. */
    void release() {
        if (own != null) {
            own.shutdownNow();
        }
    }
}
