package io.tidings.inmemory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.Address;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.Broker;
import io.tidings.spi.Broker.Publication;
import io.tidings.testkit.ManualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link InMemoryBroker} promises beyond the contract: order, nothing lost, and bounds. */
@Tag("R70")
class InMemoryBrokerTest {

    private static final UserKey ANN = UserKey.of("ann");

    private final List<Long> arrived = new ArrayList<>();
    private int recoveries;

    private static Publication hint(long offset) {
        return new Publication.Hint(ANN, new Position(1, offset), null, null);
    }

    private static long offset(Publication publication) {
        return ((Publication.Hint) publication).position().offset();
    }

    private Broker.Receiver noting() {
        return new Broker.Receiver() {
            @Override
            public void received(Publication publication) {
                arrived.add(offset(publication));
            }

            @Override
            public void recovered() {
                recoveries++;
            }
        };
    }

    private static InMemoryBroker start(InMemoryBroker.Network network, String node, Broker.Receiver receiver) {
        InMemoryBroker broker = network.broker();
        broker.start(node, receiver);
        assertTrue(
                broker.subscribe(Address.user(ANN), true).toCompletableFuture().isDone());
        return broker;
    }

    @Test
    void publications_arriveOnce_inOrder_beforePublishReturns() {
        InMemoryBroker.Network network = new InMemoryBroker.Network();
        InMemoryBroker from = start(network, "from", noting());
        start(network, "to", noting());
        for (long i = 1; i <= 100; i++) {
            from.publish(hint(i));
            assertEquals(i, arrived.size());
        }
        assertEquals(LongStream.rangeClosed(1, 100).boxed().toList(), arrived);
        assertEquals(0, recoveries);
    }

    @Test
    void receiversThatAnswerEachOther_doNotNest() {
        InMemoryBroker.Network network = new InMemoryBroker.Network();
        List<InMemoryBroker> brokers = new ArrayList<>();
        int[] depth = new int[2];
        for (int node = 0; node < 2; node++) {
            int self = node;
            brokers.add(start(network, "node " + node, new Broker.Receiver() {
                @Override
                public void received(Publication publication) {
                    depth[0]++;
                    depth[1] = Math.max(depth[0], depth[1]);
                    if (offset(publication) < 100_000) {
                        brokers.get(self).publish(hint(offset(publication) + 1));
                    }
                    arrived.add(offset(publication));
                    depth[0]--;
                }

                @Override
                public void recovered() {}
            }));
        }
        brokers.get(0).publish(hint(1));
        assertEquals(100_000, arrived.size());
        assertEquals(1, depth[1]);
    }

    @Test
    void failingReceiver_costsItOnePublication() {
        InMemoryBroker.Network network = new InMemoryBroker.Network();
        InMemoryBroker from = start(network, "from", noting());
        start(network, "to", new Broker.Receiver() {
            @Override
            public void received(Publication publication) {
                if (offset(publication) == 2) {
                    throw new IllegalStateException("expected by the test");
                }
                arrived.add(offset(publication));
            }

            @Override
            public void recovered() {}
        });
        for (long i = 1; i <= 3; i++) {
            assertFalse(from.publish(hint(i)).toCompletableFuture().isCompletedExceptionally());
        }
        assertEquals(List.of(1L, 3L), arrived);
    }

    @Test
    void nodeThatFallsBehind_losesTheNewest_andIsToldOnce() {
        ManualTime time = new ManualTime();
        InMemoryBroker.Network network = new InMemoryBroker.Network(time.executor());
        InMemoryBroker from = start(network, "from", noting());
        start(network, "to", noting());
        for (long i = 1; i <= PublicationQueue.MAX_WAITING + 10; i++) {
            from.publish(hint(i));
        }
        assertEquals(1, time.pendingTasks());
        time.runUntilQuiet();
        assertEquals(PublicationQueue.MAX_WAITING, arrived.size());
        assertEquals(PublicationQueue.MAX_WAITING, arrived.get(arrived.size() - 1));
        assertEquals(1, recoveries);
        from.publish(hint(1));
        time.runUntilQuiet();
        assertEquals(PublicationQueue.MAX_WAITING + 1, arrived.size());
        assertEquals(1, recoveries);
    }

    @Test
    void closedNode_getsNothingOfWhatWaits() {
        ManualTime time = new ManualTime();
        InMemoryBroker.Network network = new InMemoryBroker.Network(time.executor());
        InMemoryBroker from = start(network, "from", noting());
        InMemoryBroker to = start(network, "to", noting());
        from.publish(hint(1));
        to.close();
        time.runUntilQuiet();
        assertEquals(List.of(), arrived);
    }

    @Test
    void executorThatTakesNothing_doesNotFailThePublisher() {
        boolean[] shut = {true};
        InMemoryBroker.Network network = new InMemoryBroker.Network(task -> {
            if (shut[0]) {
                throw new RejectedExecutionException("expected by the test");
            }
            task.run();
        });
        InMemoryBroker from = start(network, "from", noting());
        start(network, "to", noting());
        assertFalse(from.publish(hint(1)).toCompletableFuture().isCompletedExceptionally());
        shut[0] = false;
        from.publish(hint(2));
        assertEquals(List.of(2L), arrived);
    }

    @Test
    void broker_startsOnce_underANameOfItsOwn() {
        InMemoryBroker.Network network = new InMemoryBroker.Network();
        InMemoryBroker broker = start(network, "node", noting());
        assertThrows(IllegalStateException.class, () -> broker.start("other", noting()));
        InMemoryBroker second = network.broker();
        assertThrows(IllegalStateException.class, () -> second.start("node", noting()));
        assertFalse(second.healthy());
        broker.close();
        second.start("node", noting());
        assertTrue(second.healthy());
        assertThrows(IllegalStateException.class, () -> broker.start("node", noting()));
    }

    @Test
    void brokerThatHasNotStarted_publishesNothing() {
        InMemoryBroker broker = new InMemoryBroker.Network().broker();
        assertTrue(broker.publish(hint(1)).toCompletableFuture().isCompletedExceptionally());
        assertTrue(
                broker.subscribe(Address.user(ANN), true).toCompletableFuture().isCompletedExceptionally());
        broker.close();
    }
}
