package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.Address;
import io.tidings.message.UserKey;
import io.tidings.testkit.FaultyBroker;
import io.tidings.testkit.FaultyBroker.Faults;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RecordedFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hubs over a broker that loses, doubles, delays and goes away: durable messages arrive all the same, once and in order, and
 * transient ones at most once.
 */
class HubFaultyBrokerTest {

    private static final int USERS = 10;
    private static final Duration ROUND = Duration.ofMillis(HeadCheck.ROUND_MILLIS + Watch.STEP_MILLIS);
    private static final Faults BAD = new Faults(0.2, 0.2, Duration.ofMillis(200));

    private final List<FaultyBroker> brokers = new ArrayList<>();
    private final List<TestConnection> clients = new ArrayList<>();

    /** How many durable messages each user was sent, and transient ones in all. */
    private final int[] sent = new int[USERS];

    private int published;

    private Cluster cluster(long seed, Faults faults) {
        ManualTime time = ManualTime.shuffled(seed);
        Random random = new Random(seed);
        Cluster cluster = new Cluster(time, 3, over -> {
            FaultyBroker broker = new FaultyBroker(over, faults, time, random);
            brokers.add(broker);
            return broker;
        });
        for (int user = 0; user < USERS; user++) {
            for (HubFixture node : cluster.nodes) {
                clients.add(node.event("u" + user));
            }
        }
        return cluster;
    }

    private static UserKey user(int which) {
        return UserKey.of("u" + which);
    }

    private void traffic(Cluster cluster, Random random, int steps, BiConsumer<Cluster, Random> trouble) {
        for (int i = 0; i < steps; i++) {
            Hub hub = cluster.node(1 + random.nextInt(3)).hub;
            int user = random.nextInt(USERS);
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> hub.send(user(user), HubFixture.chat(++sent[user]));
                case 3 -> hub.publish(Address.user(user(user)), HubFixture.seen(++published));
                case 4 -> hub.publish(Address.everyone(), HubFixture.seen(++published));
                default -> cluster.time.advance(Duration.ofMillis(random.nextInt(100)));
            }
            cluster.time.runUntilQuiet();
            trouble.accept(cluster, random);
        }
    }

    private void assertDelivered() {
        for (int i = 0; i < clients.size(); i++) {
            List<RecordedFrame> frames = clients.get(i).wire.takeFrames();
            List<Integer> durable = frames.stream()
                    .filter(frame -> frame.type().equals("message:new"))
                    .map(frame -> frame.at("/data/id").asInt())
                    .toList();
            assertEquals(IntStream.rangeClosed(1, sent[i / 3]).boxed().toList(), durable, "client " + i);
            List<Integer> transients = frames.stream()
                    .filter(frame -> frame.type().equals("message:seen"))
                    .map(frame -> frame.at("/data/messageIds/0").asInt())
                    .toList();
            assertEquals(transients.stream().distinct().toList(), transients, "client " + i);
            clients.get(i).wire.assertExhausted();
        }
    }

    @ParameterizedTest
    @Tag("R41")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void durableMessages_arriveOnceAndInOrder_transientOnesAtMostOnce(long seed) {
        try (Cluster cluster = cluster(seed, BAD)) {
            traffic(cluster, new Random(seed), 1_500, (at, random) -> {});
            assertTrue(published > 100 && sent[0] > 20);
            cluster.time.advance(ROUND);
            assertDelivered();
        }
    }

    @ParameterizedTest
    @Tag("R72")
    @ValueSource(longs = {1, 2, 3})
    void aBrokerThatGoesAwayAndComesBack_losesNothing(long seed) {
        try (Cluster cluster = cluster(seed, BAD)) {
            traffic(cluster, new Random(seed), 1_000, (at, random) -> {
                FaultyBroker broker = brokers.get(random.nextInt(3));
                switch (random.nextInt(40)) {
                    case 0 -> broker.cut();
                    case 1, 2 -> broker.mend();
                    default -> {}
                }
            });
            brokers.forEach(FaultyBroker::mend);
            cluster.time.advance(ROUND);
            assertDelivered();
        }
    }

    @Test
    @Tag("R72")
    void silence_isFoundOutWithinThirtySeconds() {
        try (Cluster cluster = cluster(1, Faults.SILENCE)) {
            traffic(cluster, new Random(1), 300, (at, random) -> {});
            cluster.time.advance(ROUND);
            assertDelivered();
        }
    }

    @Test
    @Tag("R72")
    void theReturnOfTheBroker_isFollowedByAComparisonOfHeadsWithinThreeSeconds() {
        try (Cluster cluster = cluster(1, Faults.NONE)) {
            brokers.forEach(FaultyBroker::cut);
            traffic(cluster, new Random(1), 300, (at, random) -> {});
            brokers.forEach(FaultyBroker::mend);
            cluster.time.advance(Duration.ofMillis(HeadCheck.RECOVERY_MILLIS + Watch.STEP_MILLIS));
            assertDelivered();
        }
    }

    @Test
    @Tag("R72")
    void aNodeThatIsCutOff_deliversWhatItIsGivenItself() {
        try (Cluster cluster = cluster(1, Faults.NONE)) {
            brokers.get(0).cut();
            cluster.node(1).hub.publish(Address.user(user(0)), HubFixture.seen(1));
            cluster.node(1).send(user(0), HubFixture.chat(++sent[0]), SendOptions.NONE);
            TestConnection first = clients.get(0);
            first.take("message:seen");
            assertEquals(1, first.take("message:new").at("/data/id").asInt());
            clients.get(1).wire.assertExhausted();
            brokers.get(0).mend();
            cluster.time.advance(ROUND);
            assertEquals(1, clients.get(1).take("message:new").at("/data/id").asInt());
            first.wire.assertExhausted();
        }
    }
}
