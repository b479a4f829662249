package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.PostgresProcess;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What a mailbox takes a second, in the batches in which the hub appends: 16 shards of users, one batch of each under way. With
 * {@code attaches} as a second argument, attaches only. Not a test; see {@code docs/performance.md} for the command.
 */
final class AppendBench {

    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long RUN_NANOS = TimeUnit.SECONDS.toNanos(8);
    private static final int SHARDS = 16;
    private static final String TEXT = "x".repeat(250);

    private AppendBench() {}

    public static void main(String[] arguments) throws Exception {
        boolean all = arguments.length == 1;
        if (arguments[0].equals("sqlite")) {
            run("SQLite", TestDatabase.sqlite(Files.createTempDirectory("append-bench")), all);
        } else {
            PostgresProcess server = PostgresProcess.started();
            run(
                    "PostgreSQL",
                    TestDatabase.pool(
                            PostgresProcess.url(server.newSchema(), server.port()) + "&reWriteBatchedInserts=true"),
                    all);
        }
        System.exit(0);
    }

    private static void run(String name, HikariDataSource pool, boolean all) throws Exception {
        JdbcSchema.apply(pool);
        try (JdbcMailbox mailbox = JdbcMailbox.builder(pool).build()) {
            for (int i = 0; i < 10_000; i += 250) {
                mailbox.append(IntStream.range(i, i + 250)
                                .mapToObj(n -> TestMessages.append(user(n), TEXT))
                                .toList())
                        .toCompletableFuture()
                        .join();
            }
            report(name, "attaches, 64 at once", calls(64, i -> mailbox.attach(user(i), "phone", "tab")));
            report(name, "attaches, 512 at once", calls(512, i -> mailbox.attach(user(i), "phone", "tab")));
            if (!all) {
                return;
            }
            List<List<UserKey>> shards = IntStream.range(0, SHARDS)
                    .mapToObj(shard -> IntStream.range(0, 10_000)
                            .mapToObj(i -> UserKey.of("user " + i))
                            .filter(user -> shardOf(user) == shard)
                            .toList())
                    .toList();
            report(name, "1 user, batches of 1", appends(mailbox, 1, 1, shard -> List.of(UserKey.of("one"))));
            report(name, "1 user, batches of 256", appends(mailbox, 1, 256, shard -> List.of(UserKey.of("two"))));
            report(name, "10,000 users, batches of 1", appends(mailbox, SHARDS, 1, shards::get));
            report(name, "10,000 users, batches of 16", appends(mailbox, SHARDS, 16, shards::get));
            report(name, "10,000 users, batches of 256", appends(mailbox, SHARDS, 256, shards::get));
            report(name, "reads of 100, 64 at once", calls(64, i -> mailbox.read(user(i), Position.START, 100)));
        }
    }

    private static UserKey user(int i) {
        return UserKey.of("user " + i % 10_000);
    }

    /** The hub's. */
    private static int shardOf(UserKey user) {
        int hash = user.hashCode();
        return (hash ^ hash >>> 16) & (SHARDS - 1);
    }

    private static double appends(Mailbox mailbox, int shards, int size, IntFunction<List<UserKey>> users)
            throws Exception {
        AtomicInteger next = new AtomicInteger();
        return measure(shards, size, shard -> {
            List<UserKey> own = users.apply(shard);
            List<Append> batch = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                int n = next.getAndIncrement() & Integer.MAX_VALUE;
                batch.add(TestMessages.keyed(own.get(n % own.size()), TEXT, "k" + n));
            }
            return mailbox.append(batch).toCompletableFuture();
        });
    }

    private static double calls(int atOnce, IntFunction<CompletionStage<?>> call) throws Exception {
        AtomicInteger next = new AtomicInteger();
        return measure(atOnce, 1, lane -> call.apply(next.getAndIncrement()).toCompletableFuture());
    }

    /** Keeps one call of each lane under way, and counts. */
    private static double measure(int lanes, int weight, IntFunction<CompletableFuture<?>> call) throws Exception {
        AtomicLong done = new AtomicLong();
        long begin = System.nanoTime() + WARM_UP_NANOS;
        long end = begin + RUN_NANOS;
        List<Thread> threads = IntStream.range(0, lanes)
                .mapToObj(lane -> new Thread(() -> {
                    for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
                        call.apply(lane).join();
                        done.addAndGet(now >= begin ? weight : 0);
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        return done.get() / (RUN_NANOS / 1e9);
    }

    private static void report(String name, String what, double perSecond) {
        System.out.printf(Locale.ROOT, "%-11s %-30s %,9.0f a second%n", name, what, perSecond);
    }
}
