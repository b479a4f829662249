package io.tidings.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.testing.TestDatabase;
import io.tidings.jdbc.testing.WatchedDataSource;
import io.tidings.jdbc.testing.WatchedLock;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.InOrder;

/** On SQLite, with a schema of these tests; what needs several nodes is tested where the stores are. */
@Tag("R47")
@Tag("R66")
class SessionsTest {

    private static final Schema SCHEMA =
            new Schema(SessionsTest.class, "tests", "test_", 1, List.of("V1__one.sql", "V2__two.sql"));
    private static final int SQLITE_BUSY = 5;
    private static final int SQLITE_CONSTRAINT = 19;

    @TempDir
    Path folder;

    private HikariDataSource pool;
    private WatchedDataSource watched;

    @BeforeEach
    void open() {
        pool = TestDatabase.sqlite(folder);
        watched = new WatchedDataSource(pool);
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void aSchema_isBroughtUpFromWhatIsThere_oneScriptAfterTheOther() throws Exception {
        String missing =
                assertThrows(IllegalStateException.class, this::sessions).getMessage();
        assertTrue(missing.startsWith("the database has no tables of tests, version 2 is needed"), missing);
        assertTrue(missing.contains(" io/tidings/jdbc/sqlite/ from this jar, or call SessionsTest.apply"), missing);
        new Schema(SessionsTest.class, "tests", "test_", 1, List.of("V1__one.sql")).apply(pool);
        String old = assertThrows(IllegalStateException.class, this::sessions).getMessage();
        assertTrue(old.startsWith("the database has version 1 of the tables of tests, version 2 is needed"), old);
        SCHEMA.apply(pool);
        SCHEMA.apply(pool);
        assertEquals(List.of("1", "2"), texts(sessions()));
    }

    @Test
    void aNewerSchema_isTaken_andLeftAsItIs() throws Exception {
        SCHEMA.apply(pool);
        sessions().write(session -> session.update("UPDATE test_state SET value = '3'"));
        SCHEMA.apply(pool);
        assertEquals(
                List.of("3"),
                sessions().read(session -> session.query("SELECT value FROM test_state", row -> row.getString(1))));
    }

    @Test
    void whatTheDatabaseGaveUpBecauseOfOthers_isDoneAgain_threeTimesInAll() throws Exception {
        Sessions sessions = applied();
        watched.failNextCommit(null, SQLITE_BUSY);
        watched.failNextCommit(null, SQLITE_BUSY);
        add(sessions, "3");
        assertEquals(List.of("1", "2", "3"), texts(sessions));
        for (int i = 0; i < 3; i++) {
            watched.failNextCommit(null, SQLITE_BUSY);
        }
        assertThrows(SQLException.class, () -> add(sessions, "4"));
        add(sessions, "5");
        assertEquals(List.of("1", "2", "3", "5"), texts(sessions));
    }

    @Test
    void whatFailsForAnotherReason_isNotDoneAgain_andLeavesNothing() throws Exception {
        Sessions sessions = applied();
        int before = watched.commits();
        watched.failNextCommit(null, SQLITE_CONSTRAINT);
        assertThrows(SQLException.class, () -> add(sessions, "3"));
        assertThrows(
                IllegalArgumentException.class,
                () -> sessions.write(session -> {
                    session.update("INSERT INTO test_row (text) VALUES ('4')");
                    throw new IllegalArgumentException("no");
                }));
        assertEquals(List.of("1", "2"), texts(sessions));
        assertEquals(before, watched.commits());
    }

    @Test
    void whoGetsNoTurnInTime_fails_andWritesNothing() throws Exception {
        SCHEMA.apply(pool);
        WatchedLock turn = new WatchedLock();
        Sessions sessions = Sessions.open(watched.dataSource(), Duration.ofMillis(10), turn, SCHEMA);
        turn.lock();
        try {
            var failure = CompletableFuture.supplyAsync(
                            () -> assertThrows(SQLException.class, () -> add(sessions, "3")))
                    .get(30, TimeUnit.SECONDS);
            assertEquals("no turn to write", failure.getMessage());
        } finally {
            turn.unlock();
        }
        assertEquals(List.of("1", "2"), texts(sessions));
        add(sessions, "4");
        assertThrows(SQLException.class, () -> sessions.write(session -> session.update("no statement")));
        assertFalse(turn.isLocked(), "a turn was kept");
    }

    @Test
    void whoIsInterrupted_writesNothing_andStaysMarked() throws Exception {
        Sessions sessions = applied();
        Thread.currentThread().interrupt();
        String failure =
                assertThrows(SQLException.class, () -> add(sessions, "3")).getMessage();
        assertTrue(Thread.interrupted());
        assertEquals("interrupted", failure);
        assertEquals(List.of("1", "2"), texts(sessions));
    }

    /** A pool that does not end transactions itself would hand the one that looking began to whoever comes next. */
    @Test
    void opening_leavesNoTransaction_whereConnectionsDoNotCommitByThemselves() throws Exception {
        SCHEMA.apply(pool);
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            Connection plain = mock(Connection.class, delegatesTo(connection));
            DataSource one = mock(DataSource.class);
            when(one.getConnection()).thenReturn(plain);
            doNothing().when(plain).close();
            Sessions.open(one, Duration.ofMinutes(1), new WatchedLock(), SCHEMA);
            InOrder order = inOrder(plain);
            order.verify(plain).rollback();
            order.verify(plain).close();
        }
    }

    @Test
    void connections_areGivenBackAsTheyWere() throws Exception {
        SCHEMA.apply(pool);
        try (Connection connection = pool.getConnection()) {
            // A pool that does not look after its connections.
            Connection plain = mock(Connection.class, delegatesTo(connection));
            doNothing().when(plain).close();
            DataSource one = mock(DataSource.class);
            when(one.getConnection()).thenReturn(plain);
            Sessions sessions = Sessions.open(one, Duration.ofMinutes(1), new WatchedLock(), SCHEMA);
            for (boolean autoCommits : new boolean[] {false, true}) {
                connection.setAutoCommit(autoCommits);
                add(sessions, "3");
                assertEquals(autoCommits, connection.getAutoCommit());
                texts(sessions);
                assertEquals(autoCommits, connection.getAutoCommit());
                assertThrows(SQLException.class, () -> sessions.write(session -> session.update("no statement")));
                assertEquals(autoCommits, connection.getAutoCommit());
            }
        }
    }

    @Test
    void lists_areBoundAsOneValue_howeverLong() throws Exception {
        Sessions sessions = applied();
        String sql = "SELECT text FROM test_row WHERE " + sessions.database().in("text");
        assertEquals(
                List.of("2"),
                sessions.read(session -> session.query(sql, row -> row.getString(1), List.of("2", "no", "\"'"))));
        assertEquals(List.of(), sessions.read(session -> session.query(sql, row -> row.getString(1), List.of())));
    }

    private Sessions applied() throws SQLException {
        SCHEMA.apply(pool);
        return sessions();
    }

    private Sessions sessions() throws SQLException {
        return Sessions.open(watched.dataSource(), Duration.ofMinutes(1), new WatchedLock(), SCHEMA);
    }

    private static void add(Sessions sessions, String text) throws SQLException {
        sessions.write(session -> session.update("INSERT INTO test_row (text) VALUES (?)", text));
    }

    private static List<String> texts(Sessions sessions) throws SQLException {
        return sessions.read(
                session -> session.query("SELECT text FROM test_row ORDER BY text", row -> row.getString(1)));
    }
}
