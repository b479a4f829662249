package io.tidings.examples.standalone;

import io.tidings.jdbc.testing.PostgresProcess;

/** The same with a real PostgreSQL. */
class PostgresRestartTest extends AcceptanceRestartTest {

    @Override
    String database() throws Exception {
        PostgresProcess postgres = PostgresProcess.shared();
        return PostgresProcess.url(postgres.newSchema(), postgres.port());
    }
}
