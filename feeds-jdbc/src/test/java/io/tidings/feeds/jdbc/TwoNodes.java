package io.tidings.feeds.jdbc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.adapter.jdbc.JdbcSchema;
import io.tidings.inmemory.InMemoryBroker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes that relay the outboxes of one database. */
@Tag("R66")
abstract class TwoNodes {

    private static final int DEEDS = 300;
    private static final long CLAIM_MILLIS = 60_000;

    abstract HikariDataSource newDatabase() throws Exception;

    @Test
    void bothAtOnce_tellEverythingOnce_andInOrder() throws Exception {
        try (HikariDataSource pool = opened()) {
            InMemoryBroker.Network network = new InMemoryBroker.Network();
            try (FeedNode one = new FeedNode(pool, network);
                    FeedNode other = new FeedNode(pool, network)) {
                FeedScenarios.together(List.of(doing(one, "one"), doing(other, "other")));
                // A row that a node wrote for a user whom the other has claimed waits until that looks.
                Told told = Told.checked(other, Deeds.EVERYBODY, "both");
                assertTrue(told.messages.size() > DEEDS / 4, "messages " + told.messages.size());
            }
        }
    }

    @Test
    void whatANodeLeftBehind_isTakenOverWhenItsClaimsEnd_andNothingIsTwice() throws Exception {
        try (HikariDataSource pool = opened()) {
            InMemoryBroker.Network network = new InMemoryBroker.Network();
            try (FeedNode survivor = new FeedNode(pool, network)) {
                FeedNode doomed = new FeedNode(pool, network);
                List<CompletionStage<String>> stages = new ArrayList<>();
                Deeds deeds = new Deeds(doomed.feeds, "doomed", new Random(3));
                for (int i = 0; i < DEEDS; i++) {
                    stages.add(deeds.next(new ArrayDeque<>()));
                }
                FeedScenarios.get(stages.get(DEEDS / 2));
                doomed.close();
                doing(survivor, "survivor").call();
                survivor.advance(CLAIM_MILLIS);
                Told.checked(survivor, Deeds.EVERYBODY, "survivor");
            }
        }
    }

    private HikariDataSource opened() throws Exception {
        HikariDataSource pool = newDatabase();
        pool.setMaximumPoolSize(30);
        pool.setConnectionTimeout(FeedScenarios.PATIENCE.toMillis());
        JdbcSchema.apply(pool);
        FeedSchema.apply(pool);
        return pool;
    }

    private static Callable<Void> doing(FeedNode node, String name) {
        return () -> {
            Deeds deeds = new Deeds(node.feeds, name, new Random(name.hashCode()));
            Queue<String> begun = new ArrayDeque<>();
            List<CompletionStage<String>> stages = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < DEEDS; i++) {
                stages.add(deeds.next(begun));
                if (i >= 8) {
                    FeedScenarios.get(stages.get(i - 8));
                }
            }
            for (CompletionStage<String> stage : stages) {
                FeedScenarios.get(stage);
            }
            return null;
        };
    }
}
