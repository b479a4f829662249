package io.tidings.adapter.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A process that appends as fast as it can until it is killed, and says on standard output what was confirmed. A message's text
 * is the offset that it gets, where nothing is lost, doubled or out of order.
 */
final class CrashWriter {

    static final List<UserKey> USERS = List.of(UserKey.of("ann"), UserKey.of("bob"), new UserKey("t", "ann"));

    /** For machines that are busy; a database that is gone says so at once. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final int UNDER_WAY = 4;

    private CrashWriter() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        HikariDataSource pool = TestDatabase.pool(arguments[0]);
        pool.setConnectionTimeout(PATIENCE.toMillis());
        JdbcMailbox mailbox = JdbcMailbox.builder(pool)
                .maxPerUser(1_000_000)
                .timeout(PATIENCE)
                .build();
        List<Position> heads = mailbox.heads(USERS).toCompletableFuture().get();
        long[] last = heads.stream().mapToLong(Position::offset).toArray();
        ArrayDeque<CompletableFuture<List<Appended>>> underWay = new ArrayDeque<>();
        while (true) {
            List<Append> batch = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                int user = i % USERS.size();
                batch.add(TestMessages.append(USERS.get(user), Long.toString(++last[user])));
            }
            underWay.add(mailbox.append(batch).toCompletableFuture());
            if (underWay.size() < UNDER_WAY) {
                continue;
            }
            try {
                StringBuilder line = new StringBuilder("ok");
                for (Appended outcome : underWay.remove().get().subList(6, 9)) {
                    line.append(' ')
                            .append(((Appended.Stored) outcome).position().offset());
                }
                out.println(line.append(" ."));
                out.flush();
            } catch (Exception theDatabaseIsGone) {
                Runtime.getRuntime().halt(0);
            }
        }
    }
}
