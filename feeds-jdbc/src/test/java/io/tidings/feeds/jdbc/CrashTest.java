package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.adapter.jdbc.JdbcSchema;
import io.tidings.jdbc.testing.PostgresProcess;
import io.tidings.jdbc.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes killed in the middle of everything that feeds do, with the mailbox in the same database: what was confirmed is there,
 * every message and notification is in its user's mailbox once, and the mailboxes tell of nothing else. With
 * {@code -Dtidings.long=true} 200 times each.
 */
@Tag("R66")
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class CrashTest {

    private static final boolean LONG = Boolean.getBoolean("tidings.long");

    /** Loops on one database before a new one, so that few rows are checked often. */
    private static final int LOOPS_A_DATABASE = 10;

    private static final long CLAIM_MILLIS = 60_000;

    private final Random random = new Random(11);
    private final Set<String> confirmed = new HashSet<>();

    /** What was begun by the process before, in order. */
    private final List<String> begun = new ArrayList<>();

    /** Notifications for all that were begun since the database is there. */
    private final Set<String> bulks = new HashSet<>();

    @TempDir
    Path folder;

    private int strikes;
    private long deeds;
    private long repeats;

    /** Says what was counted, of runs that fail too. */
    @AfterEach
    void report(TestReporter reporter) {
        reporter.publishEntry(strikes + " kills, " + deeds + " deeds confirmed before them, " + repeats
                + " that were not confirmed done again after them");
    }

    @Test
    void sqlite_keepsAndTellsOnce_whenItsProcessIsKilled() throws Exception {
        String url = "";
        for (int loop = 0; loop < (LONG ? 200 : 12); loop++) {
            if (loop % LOOPS_A_DATABASE == 0) {
                url = TestDatabase.sqliteUrl(Files.createTempDirectory(folder, "db"));
                newDatabase(url);
            }
            strike(url, "loop" + loop);
            check(url, loop);
        }
    }

    @Test
    void postgres_keepsAndTellsOnce_whenAClientIsKilled() throws Exception {
        PostgresProcess server = PostgresProcess.shared();
        String url = "";
        for (int loop = 0; loop < (LONG ? 200 : 5); loop++) {
            if (loop % LOOPS_A_DATABASE == 0) {
                url = PostgresProcess.url(server.newSchema(), server.port());
                newDatabase(url);
            }
            strike(url, "loop" + loop);
            check(url, loop);
        }
    }

    private void newDatabase(String url) {
        try (HikariDataSource pool = TestDatabase.pool(url)) {
            JdbcSchema.apply(pool);
            FeedSchema.apply(pool);
        }
        confirmed.clear();
        bulks.clear();
    }

    /** Lets a process work until it is killed, and takes down what it said by then. */
    private void strike(String url, String name) throws Exception {
        begun.clear();
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx160m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        // Who is killed does not remove the driver's library, which would fill the machine's own
                        // folder.
                        "-Dorg.sqlite.tmpdir=" + folder,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        CrashWriter.class.getName(),
                        url,
                        name)
                .redirectError(folder.resolve("err").toFile())
                .start();
        try (BufferedReader lines = writer.inputReader()) {
            int until = 1 + random.nextInt(250);
            int read = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("begun ") && line.endsWith(" .")) {
                    begun.add(line.substring(6, line.length() - 2));
                } else if (line.endsWith(" .")) {
                    confirmed.add(line.substring(5, line.length() - 2));
                    deeds++;
                }
                if (++read == until) {
                    writer.toHandle().destroyForcibly(); // leaves the stream open, for what was said before the end
                }
            }
            assertTrue(read >= until, () -> "the writer ended by itself: " + errors());
        } finally {
            writer.destroyForcibly();
        }
        assertTrue(writer.waitFor(30, TimeUnit.SECONDS));
        strikes++;
        removeLibraries();
    }

    private void check(String url, int loop) throws Exception {
        String where = "loop " + loop;
        try (HikariDataSource pool = TestDatabase.pool(url)) {
            pool.setConnectionTimeout(FeedScenarios.PATIENCE.toMillis());
            try (FeedNode node = new FeedNode(pool, null)) {
                node.advance(CLAIM_MILLIS); // so that the claims of who was killed have ended, were there ever so many
                for (String line : begun) {
                    if (confirmed.stream().noneMatch(done -> done.equals(line) || done.endsWith(" " + line))) {
                        FeedScenarios.get(Deeds.repeat(node.feeds, line));
                        repeats++;
                    }
                    if (line.startsWith("bulk ")) {
                        bulks.add(line.substring(5));
                    }
                }
                Told told = Told.checked(node, loop % 5 == 4 ? Deeds.EVERYBODY : Deeds.SOME, where);
                assertEquals(0, rows(pool, "tidings_feed_outbox"), where + ": rows of the outbox that nobody relays");
                for (String line : confirmed) {
                    Stream<Long> ids = Arrays.stream(line.split(" "))
                            .filter(word -> word.matches("\\d+"))
                            .map(Long::valueOf);
                    Set<Long> there = switch (line.split(" ")[0]) {
                        case "message" -> told.messages;
                        case "notification" -> told.notifications;
                        case "seen" -> told.messagesSeen;
                        case "noticed" -> told.notificationsSeen;
                        default -> null;
                    };
                    if (there != null) {
                        ids.forEach(
                                id -> assertTrue(there.contains(id), () -> where + ": confirmed and lost: " + line));
                    }
                }
                for (String bulk : bulks) {
                    told.titles.forEach(titles -> assertEquals(
                            1, Collections.frequency(titles, bulk), where + ": everybody has it once: " + bulk));
                }
            }
        }
    }

    private static int rows(HikariDataSource pool, String table) throws Exception {
        try (Connection connection = pool.getConnection();
                ResultSet row = connection.createStatement().executeQuery("SELECT count(*) FROM " + table)) {
            row.next();
            return row.getInt(1);
        }
    }

    private void removeLibraries() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, "sqlite-*")) {
            for (Path each : left) {
                Files.delete(each);
            }
        }
    }

    private String errors() {
        try {
            return Files.readString(folder.resolve("err"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
