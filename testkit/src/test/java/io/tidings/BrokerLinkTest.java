package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.Address;
import io.tidings.message.MessageId;
import io.tidings.message.UserKey;
import io.tidings.spi.Broker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What this node subscribes to, and which transient messages it has had. */
class BrokerLinkTest {

    private static final Address ADDRESS = Address.user(UserKey.of(1));

    /** A broker that only subscribes, when the test says so. */
    private static final class Slow implements Broker {
        private final List<Boolean> asked = new ArrayList<>();
        private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

        @Override
        public void start(String node, Receiver receiver) {}

        @Override
        public CompletionStage<Void> publish(Publication publication) {
            throw new IllegalStateException("away");
        }

        @Override
        public CompletionStage<Void> subscribe(Address address, boolean subscribed) {
            asked.add(subscribed);
            CompletableFuture<Void> change = new CompletableFuture<>();
            waiting.add(change);
            return change;
        }

        void settle() {
            waiting.remove(0).complete(null);
        }

        @Override
        public boolean healthy() {
            return true;
        }

        @Override
        public void close() {}
    }

    private final Slow broker = new Slow();
    private final BrokerLink link = new BrokerLink(broker);

    private static boolean isDone(CompletionStage<Void> stage) {
        return stage.toCompletableFuture().isDone();
    }

    // --- Subscriptions

    @Test
    @Tag("R70")
    void oneSubscription_forAnyNumber_inForceForAll() {
        CompletionStage<Void> first = link.want(ADDRESS);
        CompletionStage<Void> second = link.want(ADDRESS);
        assertEquals(false, isDone(first));
        assertEquals(false, isDone(second));
        broker.settle();
        assertEquals(true, isDone(first));
        assertEquals(true, isDone(second));
        assertEquals(true, isDone(link.want(ADDRESS)));
        link.unwant(ADDRESS);
        link.unwant(ADDRESS);
        assertEquals(List.of(true), broker.asked);
        link.unwant(ADDRESS);
        assertEquals(List.of(true, false), broker.asked);
    }

    @Test
    @Tag("R70")
    void oneChange_isUnderWayAtATime_andTheLastWordCounts() {
        CompletionStage<Void> first = link.want(ADDRESS);
        link.unwant(ADDRESS);
        CompletionStage<Void> second = link.want(ADDRESS);
        link.unwant(ADDRESS);
        CompletionStage<Void> third = link.want(ADDRESS);
        assertEquals(List.of(true), broker.asked);
        broker.settle();
        assertEquals(true, isDone(first) && isDone(second) && isDone(third));
        link.unwant(ADDRESS);
        CompletionStage<Void> fourth = link.want(ADDRESS);
        assertEquals(List.of(true, false), broker.asked);
        broker.settle();
        assertEquals(List.of(true, false, true), broker.asked);
        assertEquals(false, isDone(fourth));
        broker.settle();
        assertEquals(true, isDone(fourth));
    }

    @Test
    @Tag("R72")
    void aFailedSubscription_keepsNobodyWaiting_andIsGivenUpLikeAnother() {
        CompletionStage<Void> wanted = link.want(ADDRESS);
        broker.waiting.remove(0).completeExceptionally(new IllegalStateException("away"));
        assertEquals(true, isDone(wanted));
        assertEquals(false, wanted.toCompletableFuture().isCompletedExceptionally());
        link.unwant(ADDRESS);
        assertEquals(List.of(true, false), broker.asked);
    }

    @Test
    @Tag("R35")
    void givenUpBeforeItIsWanted_comesToNothing() {
        link.unwant(ADDRESS);
        assertEquals(true, isDone(link.want(ADDRESS)));
        assertEquals(List.of(), broker.asked);
        link.want(ADDRESS);
        assertEquals(List.of(true), broker.asked);
    }

    @Test
    @Tag("R72")
    void aBrokerThatThrows_isNoFailureOfTheSender() {
        link.publish(new Broker.Publication.Transient(ADDRESS, MessageId.ofTransient(1, 1), HubFixture.seen(1)));
    }

    @ParameterizedTest
    @Tag("R70")
    @ValueSource(longs = {1, 2, 3})
    void afterAnyMix_whatIsSubscribedIsWhatIsWanted(long seed) {
        Random random = new Random(seed);
        int wanted = 0;
        for (int i = 0; i < 2_000; i++) {
            switch (random.nextInt(3)) {
                case 0 -> {
                    link.want(ADDRESS);
                    wanted++;
                }
                case 1 -> {
                    if (wanted > 0) {
                        link.unwant(ADDRESS);
                        wanted--;
                    }
                }
                default -> {
                    if (!broker.waiting.isEmpty()) {
                        broker.settle();
                    }
                }
            }
            assertTrue(broker.waiting.size() <= 1);
        }
        while (!broker.waiting.isEmpty()) {
            broker.settle();
        }
        assertEquals(wanted > 0, broker.asked.get(broker.asked.size() - 1));
        for (int i = 1; i < broker.asked.size(); i++) {
            assertEquals(!broker.asked.get(i - 1), broker.asked.get(i));
        }
    }

    // --- Doubles

    private boolean isNew(long life, long count) {
        return link.isNew(MessageId.ofTransient(life, count));
    }

    @ParameterizedTest
    @Tag("R41")
    @ValueSource(longs = {1, 2, 3})
    void everyMessage_isNewOnce_inWhateverOrder(long seed) {
        Random random = new Random(seed);
        List<Long> counts = new ArrayList<>();
        for (long count = 1; count <= 5_000; count++) {
            if (random.nextInt(3) > 0) {
                counts.add(count);
                counts.add(count);
            }
        }
        // Each is at most some hundred away from where it belongs.
        for (int from = 0; from < counts.size(); from += 400) {
            Collections.shuffle(counts.subList(from, Math.min(counts.size(), from + 400)), random);
        }
        Set<Long> seen = new HashSet<>();
        for (long count : counts) {
            assertEquals(seen.add(count), isNew(7, count), "count " + count);
            assertEquals(false, isNew(7, count));
        }
    }

    @Test
    @Tag("R41")
    void whatIsTooOldToTell_isTakenForADouble() {
        assertEquals(true, isNew(1, 5_000));
        assertEquals(true, isNew(1, 5_000 - 1_023));
        assertEquals(false, isNew(1, 5_000 - 1_024));
        assertEquals(true, isNew(1, 1_000_000));
        assertEquals(true, isNew(1, 1_000_000 - 1));
        assertEquals(false, isNew(1, 5_000));
    }

    @Test
    @Tag("R41")
    void nodesAndTheirLives_countApart() {
        assertEquals(true, isNew(1, 5));
        assertEquals(true, isNew(2, 5));
        assertEquals(false, isNew(1, 5));
        assertEquals(true, isNew(2, 0));
        assertEquals(false, isNew(2, 0));
    }
}
