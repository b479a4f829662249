package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tidings.jdbc.testing.AwayScenarios;
import io.tidings.mailbox.Appended;
import io.tidings.message.Position;
import java.util.List;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R47")
class AwayTest extends AwayScenarios {

    private JdbcMailbox mailbox;
    private int stored;

    @Override
    protected AutoCloseable open(DataSource database) {
        JdbcSchema.apply(database);
        mailbox = JdbcMailbox.builder(database).timeout(TIMEOUT).build();
        return mailbox;
    }

    @Override
    protected List<CompletionStage<?>> calls() {
        return List.of(
                mailbox.append(List.of(TestMessages.append(JdbcMailboxScenarios.ANN, "lost"))),
                mailbox.read(JdbcMailboxScenarios.ANN, Position.START, 10),
                mailbox.heads(List.of(JdbcMailboxScenarios.ANN)),
                mailbox.attach(JdbcMailboxScenarios.ANN, "phone", "a"));
    }

    @Override
    protected Class<? extends Exception> failure() {
        return JdbcMailboxException.class;
    }

    @Override
    protected void assertWorks() throws Exception {
        List<Appended> outcomes =
                get(mailbox.append(List.of(TestMessages.append(JdbcMailboxScenarios.ANN, "t" + stored++))));
        assertInstanceOf(Appended.Stored.class, outcomes.get(0));
        get(mailbox.read(JdbcMailboxScenarios.ANN, Position.START, 10));
        get(mailbox.attach(JdbcMailboxScenarios.ANN, "phone", "a"));
    }

    @Test
    void answersThatAreLost_areUnknown_andARepeatWithItsKeyIsSafe() throws Exception {
        loseTheAnswerOf(() -> append("x", "k"));
        tried(() -> get(append("x", "k")));
        assertEquals(
                1,
                tried(() -> get(mailbox.read(JdbcMailboxScenarios.ANN, Position.START, 100))).entries().stream()
                        .filter(entry -> TestMessages.text(entry).equals("x"))
                        .count());
    }

    private CompletionStage<List<Appended>> append(String text, String key) {
        return mailbox.append(List.of(TestMessages.keyed(JdbcMailboxScenarios.ANN, text, key)));
    }
}
