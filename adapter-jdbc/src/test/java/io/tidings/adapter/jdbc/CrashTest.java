package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.PostgresProcess;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes killed in the middle of appends: what was confirmed is there, once, in order, without holes, and so is whatever else
 * is there. With {@code -Dtidings.long=true} 200 times each.
 */
@Tag("R47")
@Tag("R42")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class CrashTest {

    private static final boolean LONG = Boolean.getBoolean("tidings.long");

    /** Loops on one database before a new one, so that few rows are checked often. */
    private static final int LOOPS_A_DATABASE = 20;

    private final Random random = new Random(7);

    @TempDir
    Path folder;

    private int strikes;
    private long messages;

    /** Says what was counted, of runs that fail too. */
    @AfterEach
    void report(TestReporter reporter) {
        reporter.publishEntry(strikes + " kills, " + messages + " messages confirmed before them");
    }

    /** What is done to somebody after some confirmations. */
    private interface Blow {
        void fall(Process writer) throws Exception;
    }

    @Test
    void sqlite_keepsWhatItConfirmed_whenItsProcessIsKilled() throws Exception {
        String url = "";
        long[] confirmed = {};
        for (int loop = 0; loop < (LONG ? 200 : 8); loop++) {
            if (loop % LOOPS_A_DATABASE == 0) {
                url = TestDatabase.sqliteUrl(Files.createTempDirectory(folder, "db"));
                confirmed = newDatabase(url);
            }
            confirmed = strike(url, confirmed, CrashTest::kill);
            checkKept(url, confirmed, "loop " + loop);
        }
    }

    @Test
    void postgres_keepsWhatItConfirmed_whenAClientIsKilled() throws Exception {
        PostgresProcess server = PostgresProcess.shared();
        String url = "";
        long[] confirmed = {};
        for (int loop = 0; loop < (LONG ? 200 : 2); loop++) {
            if (loop % LOOPS_A_DATABASE == 0) {
                url = PostgresProcess.url(server.newSchema(), server.port());
                confirmed = newDatabase(url);
            }
            confirmed = strike(url, confirmed, CrashTest::kill);
            checkKept(url, confirmed, "loop " + loop);
        }
    }

    @Test
    void postgres_keepsWhatItConfirmed_whenTheServerIsKilled() throws Exception {
        try (PostgresProcess server = PostgresProcess.started()) {
            String url = "";
            long[] confirmed = {};
            for (int loop = 0; loop < (LONG ? 200 : 1); loop++) {
                if (loop % LOOPS_A_DATABASE == 0) {
                    url = PostgresProcess.url(server.newSchema(), server.port());
                    confirmed = newDatabase(url);
                }
                confirmed = strike(url, confirmed, writer -> server.kill());
                server.start();
                checkKept(url, confirmed, "loop " + loop);
            }
        }
    }

    /** Lets a process append until the blow, and says what it was told by then. */
    private long[] strike(String url, long[] confirmed, Blow blow) throws Exception {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        // Who is killed does not remove the driver's library, which would fill the machine's own
                        // folder.
                        "-Dorg.sqlite.tmpdir=" + folder,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        CrashWriter.class.getName(),
                        url)
                .redirectError(folder.resolve("err").toFile())
                .start();
        long[] told = confirmed;
        try (BufferedReader lines = writer.inputReader()) {
            int until = 1 + random.nextInt(150);
            int read = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.endsWith(" .")) {
                    told = offsets(line);
                    read++;
                }
                if (read == until) {
                    blow.fall(writer);
                }
            }
            assertTrue(read >= until, () -> "the writer ended by itself: " + errors());
        } finally {
            writer.destroyForcibly();
        }
        assertTrue(writer.waitFor(30, TimeUnit.SECONDS));
        strikes++;
        for (int i = 0; i < told.length; i++) {
            messages += told[i] - confirmed[i];
        }
        removeLibraries();
        return told;
    }

    private void removeLibraries() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, "sqlite-*")) {
            for (Path each : left) {
                Files.delete(each);
            }
        }
    }

    /** Leaves the stream open, for what was said before the end. */
    private static void kill(Process writer) {
        writer.toHandle().destroyForcibly();
    }

    private static long[] offsets(String line) {
        String[] words = line.split(" ");
        long[] offsets = new long[CrashWriter.USERS.size()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = Long.parseLong(words[i + 1]);
        }
        return offsets;
    }

    private static long[] newDatabase(String url) {
        try (HikariDataSource pool = TestDatabase.pool(url)) {
            JdbcSchema.apply(pool);
        }
        return new long[CrashWriter.USERS.size()];
    }

    /** What is there when it is looked at is confirmed too: the next loop must not lose it. */
    private static void checkKept(String url, long[] confirmed, String where) throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(url);
                JdbcMailbox mailbox =
                        JdbcMailbox.builder(pool).timeout(CrashWriter.PATIENCE).build()) {
            for (int i = 0; i < confirmed.length; i++) {
                Page page = JdbcMailboxScenarios.get(mailbox.read(CrashWriter.USERS.get(i), Position.START, 1_000_000));
                assertTrue(
                        page.entries().size() >= confirmed[i],
                        where + ": " + confirmed[i] + " confirmed, there are "
                                + page.entries().size());
                assertEquals(page.head(), page.next(), where);
                long offset = 0;
                for (Entry entry : page.entries()) {
                    assertEquals(++offset, entry.position().offset(), where);
                    assertEquals(Long.toString(offset), TestMessages.text(entry), where);
                }
                confirmed[i] = offset;
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
