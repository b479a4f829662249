package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.Storable;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.testkit.ManualTime;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Attaches that come at once, as after a restart. */
@Tag("R44")
@Tag("R47")
abstract class AttachScenarios {

    private final ManualTime time = new ManualTime();
    private final AtomicInteger transactions = new AtomicInteger();
    private HikariDataSource pool;
    private JdbcMailbox mailbox;

    abstract HikariDataSource newDatabase() throws Exception;

    @BeforeEach
    void open() throws Exception {
        pool = newDatabase();
        JdbcSchema.apply(pool);
        mailbox = JdbcMailbox.builder(counting(pool))
                .ticker(time)
                .timeout(CrashWriter.PATIENCE)
                .maxDevices(3)
                .cleanEvery(Duration.ZERO)
                .build();
    }

    @AfterEach
    void close() {
        if (mailbox != null) {
            mailbox.close();
        }
        if (pool != null) {
            pool.close();
        }
    }

    @Test
    void thoseThatWait_shareTransactions() throws Exception {
        List<UserKey> users =
                IntStream.range(0, 1_000).mapToObj(JdbcMailboxScenarios::user).toList();
        List<Attachment> first = together(users.stream()
                .map(user -> new AttachBatch.Attach(user, "phone", "a"))
                .toList());
        transactions.set(0);
        List<Attachment> second = together(users.stream()
                .map(user -> new AttachBatch.Attach(user, "phone", "a"))
                .toList());
        assertTrue(transactions.get() <= 16, transactions + " transactions for 1,000 attaches");
        for (int i = 0; i < users.size(); i++) {
            assertTrue(second.get(i).generation() > first.get(i).generation());
        }
    }

    @Test
    void appendsThatWait_shareTransactions_inTheOrderOfTheirCalls() throws Exception {
        List<UserKey> users =
                IntStream.range(0, 20).mapToObj(JdbcMailboxScenarios::user).toList();
        for (UserKey user : users) {
            JdbcMailboxScenarios.get(mailbox.append(List.of(TestMessages.append(user, "first"))));
        }
        List<CompletionStage<List<Appended>>> stages = new ArrayList<>();
        try (Connection holder = pool.getConnection()) {
            holder.setAutoCommit(false);
            holder.createStatement().execute("UPDATE tidings_mailbox SET generation = generation");
            transactions.set(0);
            for (int i = 0; i < 600; i++) {
                stages.add(mailbox.append(List.of(TestMessages.append(users.get(i % users.size()), "m" + i))));
            }
            holder.rollback();
        }
        for (CompletionStage<List<Appended>> stage : stages) {
            assertTrue(JdbcMailboxScenarios.get(stage).get(0) instanceof Appended.Stored);
        }
        assertTrue(transactions.get() <= 24, transactions + " transactions for 600 appends");
        for (int user = 0; user < users.size(); user++) {
            List<String> expected = new ArrayList<>(List.of("first"));
            for (int i = user; i < 600; i += users.size()) {
                expected.add("m" + i);
            }
            assertEquals(
                    expected,
                    JdbcMailboxScenarios.get(mailbox.read(users.get(user), Position.START, 100)).entries().stream()
                            .map(TestMessages::text)
                            .toList());
        }
    }

    /** Devices and instances beyond what is kept among them: what stays, and where new ones start, must be the same. */
    @Test
    void thoseOfOneUser_together_endAsOneAfterTheOther() throws Exception {
        UserKey alone = UserKey.of("alone");
        UserKey crowd = UserKey.of("crowd");
        prepare(alone);
        prepare(crowd);
        Random random = new Random(5);
        List<String[]> names = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            names.add(
                    i < 75
                            ? new String[] {"d1", "i" + random.nextInt(100)}
                            : new String[] {"d" + random.nextInt(6), "i" + random.nextInt(3)});
        }
        List<Attachment> expected = new ArrayList<>();
        for (String[] each : names.subList(0, 75)) {
            expected.add(JdbcMailboxScenarios.get(mailbox.attach(alone, each[0], each[1])));
        }
        List<Attachment> got = new ArrayList<>(attached(crowd, names.subList(0, 75)));
        assertEquals(kept(alone), kept(crowd));
        for (String[] each : names.subList(75, 150)) {
            expected.add(JdbcMailboxScenarios.get(mailbox.attach(alone, each[0], each[1])));
        }
        got.addAll(attached(crowd, names.subList(75, 150)));
        assertEquals(kept(alone), kept(crowd));
        for (int i = 0; i < got.size(); i++) {
            assertEquals(expected.get(i).cursor().offset(), got.get(i).cursor().offset(), "attach " + i);
            assertTrue(i == 0 || got.get(i).generation() > got.get(i - 1).generation(), "attach " + i);
        }
    }

    @Test
    void theLastOfOneInstance_isTheOneThatMovesTheCursor() throws Exception {
        UserKey user = UserKey.of("ann");
        Position stored = store(user, 1).get(0);
        List<Attachment> got = attached(
                user,
                IntStream.range(0, 20)
                        .mapToObj(i -> new String[] {"phone", "a"})
                        .toList());
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    Position.START,
                    JdbcMailboxScenarios.get(mailbox.attach(user, "phone", "other"))
                            .cursor());
            JdbcMailboxScenarios.get(mailbox.moveCursors(
                    List.of(new CursorMove(user, "phone", "a", got.get(i).generation(), stored))));
        }
        assertEquals(
                stored,
                JdbcMailboxScenarios.get(mailbox.attach(user, "phone", "other")).cursor());
    }

    @Test
    void afterARestore_generationsAreAboveThoseThatWereLost() throws Exception {
        UserKey user = UserKey.of("ann");
        Attachment lost = JdbcMailboxScenarios.get(mailbox.attach(user, "phone", "a"));
        try (Connection connection = pool.getConnection()) {
            connection.createStatement().execute("UPDATE tidings_mailbox SET generation = 0");
        }
        time.advance(Duration.ofMillis(1));
        Attachment later = JdbcMailboxScenarios.get(mailbox.attach(user, "phone", "a"));
        assertTrue(later.generation() > lost.generation());
    }

    @Test
    void aTransactionThatFails_failsAllOfIt_andTheNextWorks() throws Exception {
        rename("tidings_instance", "tidings_away");
        List<CompletionStage<Attachment>> stages = IntStream.range(0, 10)
                .mapToObj(i -> mailbox.attach(JdbcMailboxScenarios.user(i), "phone", "a"))
                .toList();
        for (CompletionStage<Attachment> stage : stages) {
            ExecutionException failed = assertThrows(ExecutionException.class, () -> JdbcMailboxScenarios.get(stage));
            assertInstanceOf(JdbcMailboxException.class, failed.getCause());
        }
        rename("tidings_away", "tidings_instance");
        assertEquals(
                Position.START,
                JdbcMailboxScenarios.get(mailbox.attach(JdbcMailboxScenarios.user(1), "phone", "a"))
                        .cursor());
    }

    /** Two devices with different cursors, and the head beyond both. */
    private void prepare(UserKey user) throws Exception {
        List<Position> stored = store(user, 3);
        for (int i = 0; i < 2; i++) {
            String device = "d" + i;
            Attachment own = JdbcMailboxScenarios.get(mailbox.attach(user, device, "i0"));
            JdbcMailboxScenarios.get(mailbox.moveCursors(
                    List.of(new CursorMove(user, device, "i0", own.generation(), stored.get(1 - i)))));
        }
    }

    private List<Position> store(UserKey user, int count) throws Exception {
        List<Append> batch = IntStream.range(0, count)
                .mapToObj(i -> TestMessages.append(user, "m" + i))
                .toList();
        return JdbcMailboxScenarios.get(mailbox.append(batch)).stream()
                .map(outcome -> ((Appended.Stored) outcome).position())
                .toList();
    }

    private List<Attachment> attached(UserKey user, List<String[]> names) throws Exception {
        return together(names.stream()
                .map(each -> new AttachBatch.Attach(user, each[0], each[1]))
                .toList());
    }

    /** Asks for all while nobody can write. */
    private List<Attachment> together(List<AttachBatch.Attach> attaches) throws Exception {
        List<CompletionStage<Attachment>> stages = new ArrayList<>();
        try (Connection holder = pool.getConnection()) {
            holder.setAutoCommit(false);
            holder.createStatement().execute("UPDATE tidings_mailbox SET generation = generation");
            for (AttachBatch.Attach each : attaches) {
                stages.add(mailbox.attach(each.user(), each.device(), each.instance()));
            }
            holder.rollback();
        }
        List<Attachment> outcomes = new ArrayList<>();
        for (CompletionStage<Attachment> stage : stages) {
            outcomes.add(JdbcMailboxScenarios.get(stage));
        }
        return outcomes;
    }

    /** The devices and instances of a user, from the one attached longest ago. */
    private List<String> kept(UserKey user) throws Exception {
        List<String> kept = new ArrayList<>();
        String of = " WHERE mailbox_id = (SELECT id FROM tidings_mailbox WHERE user_key = '" + Storable.userKey(user)
                + "')";
        try (Connection connection = pool.getConnection()) {
            for (String query : List.of(
                    "SELECT device, message_offset FROM tidings_device" + of + " ORDER BY attached",
                    "SELECT device, instance FROM tidings_instance" + of + " ORDER BY generation")) {
                try (ResultSet row = connection.createStatement().executeQuery(query)) {
                    while (row.next()) {
                        kept.add(row.getString(1) + " " + row.getString(2));
                    }
                }
            }
        }
        return kept;
    }

    private void rename(String table, String name) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.createStatement().execute("ALTER TABLE " + table + " RENAME TO " + name);
        }
    }

    private DataSource counting(DataSource real) {
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    transactions.addAndGet(method.getName().equals("getConnection") ? 1 : 0);
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }
}
