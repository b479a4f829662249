package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** A process that does as much as it can until it is killed, and says on standard output what it begins and what was confirmed. */
final class CrashWriter {

    private static final int UNDER_WAY = 24;

    private CrashWriter() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        HikariDataSource pool = TestDatabase.pool(arguments[0]);
        pool.setConnectionTimeout(FeedScenarios.PATIENCE.toMillis());
        FeedNode node = new FeedNode(pool, null);
        Deeds deeds = new Deeds(node.feeds, arguments[1], new Random(arguments[1].hashCode()));
        Queue<CompletableFuture<String>> underWay = new ArrayDeque<>();
        Queue<String> begun = new ArrayDeque<>();
        while (true) {
            underWay.add(deeds.next(begun).toCompletableFuture());
            for (String line = begun.poll(); line != null; line = begun.poll()) {
                out.println("begun " + line + " .");
            }
            if (underWay.size() == UNDER_WAY) {
                out.println("done " + underWay.remove().get() + " .");
            }
            out.flush();
        }
    }
}
