package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.jdbc.Sessions;
import io.tidings.jdbc.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the sessions that both stores have in common do with connections of PostgreSQL alone. */
@Tag("R47")
class PostgresSessionsTest {

    private static final int NETWORK_MILLIS = 77_000;

    private HikariDataSource pool;
    private Connection connection;

    @BeforeEach
    void open() throws Exception {
        pool = TestDatabase.postgres();
        JdbcSchema.apply(pool);
        connection = pool.getConnection();
    }

    @AfterEach
    void close() throws SQLException {
        if (connection != null) {
            connection.close();
        }
        if (pool != null) {
            pool.close();
        }
    }

    @Test
    void anotherIsolation_isReadCommittedMeanwhile_andGivenBack() throws Exception {
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        Sessions sessions = sessions(Duration.ofMinutes(1));
        for (int times = 0; times < 2; times++) {
            assertEquals(
                    "read committed",
                    sessions.write(session -> session.one("SHOW transaction_isolation", row -> row.getString(1))));
            assertEquals(Connection.TRANSACTION_SERIALIZABLE, connection.getTransactionIsolation());
            assertEquals(
                    "read committed",
                    sessions.read(session -> session.one("SHOW transaction_isolation", row -> row.getString(1))));
            assertThrows(SQLException.class, () -> sessions.write(session -> session.update("no statement")));
            assertEquals(Connection.TRANSACTION_SERIALIZABLE, connection.getTransactionIsolation());
        }
    }

    @Test
    void aSilentServer_isWaitedForALittleLongerThanAStatement_andTheTimeOutIsGivenBack() throws Exception {
        connection.setNetworkTimeout(Runnable::run, NETWORK_MILLIS);
        Sessions sessions = sessions(Duration.ofMinutes(1));
        int meanwhile = sessions.read(session -> connection.getNetworkTimeout());
        assertEquals(61_000, meanwhile);
        assertEquals(NETWORK_MILLIS, connection.getNetworkTimeout());
        assertThrows(SQLException.class, () -> sessions.write(session -> session.update("no statement")));
        assertEquals(NETWORK_MILLIS, connection.getNetworkTimeout());
    }

    @Test
    void aStatementBeyondTheTimeOut_isCancelled() throws Exception {
        Sessions sessions = sessions(Duration.ofSeconds(1));
        SQLException cancelled = assertThrows(
                SQLException.class,
                () -> sessions.read(session -> session.one("SELECT 1 FROM pg_sleep(60)", row -> row.getInt(1))));
        assertEquals("57014", cancelled.getSQLState());
    }

    /** Of one connection, of a pool that does not look after it. */
    private Sessions sessions(Duration timeout) throws SQLException {
        Connection plain = mock(Connection.class, delegatesTo(connection));
        doNothing().when(plain).close();
        DataSource one = mock(DataSource.class);
        when(one.getConnection()).thenReturn(plain);
        return Sessions.open(one, timeout, new ReentrantLock(), JdbcSchema.SCHEMA);
    }
}
