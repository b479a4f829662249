package io.tidings.feeds.jdbc;

import static io.tidings.feeds.jdbc.FeedScenarios.ANN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.feeds.Head;
import io.tidings.jdbc.testing.AwayScenarios;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R66")
class AwayTest extends AwayScenarios {

    private JdbcFeedStore store;

    @Override
    protected AutoCloseable open(DataSource database) {
        FeedSchema.apply(database);
        store = JdbcFeedStore.builder(database).timeout(TIMEOUT).build();
        return store;
    }

    @Override
    protected List<CompletionStage<?>> calls() {
        return List.of(
                count(),
                store.heads(List.of(ANN)),
                store.messages(ANN, null, 0, 10),
                store.senders(ANN, List.of(1L)),
                store.notifications(new NotificationQuery(ANN, false, null, Long.MAX_VALUE, 10)),
                store.waiting(0, 10),
                store.forgetKeys(Instant.EPOCH));
    }

    @Override
    protected Class<? extends Exception> failure() {
        return JdbcFeedException.class;
    }

    @Override
    protected void assertWorks() throws Exception {
        long counted = get(count());
        assertEquals(counted, head().unread());
        get(store.messages(ANN, null, 0, 10));
    }

    @Test
    void answersThatAreLost_areUnknown_andWhatCountsItselfIsRight() throws Exception {
        long before = head().unread();
        loseTheAnswerOf(this::count);
        assertTrue(head().unread() > before, "counts go on");
    }

    private CompletionStage<Long> count() {
        return store.transact(Set.of(ANN), rows -> {
            Head head = rows.head(ANN);
            rows.put(FeedScenarios.withUnread(head, head.unread() + 1));
            return head.unread() + 1;
        });
    }

    private Head head() throws Exception {
        return tried(() -> get(store.heads(List.of(ANN)))).get(0);
    }
}
