package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.Address;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.spi.Broker.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Proves a {@link io.tidings.spi.Broker}. What that permits is no failure here: publications may be lost, doubled and overtaken,
 * so the suite publishes again until something arrives. It fails on what is changed, invented, brought back to the publisher
 * or to somebody who did not subscribe, and on calls that overlap.
 *
 * <pre>{@code
 * class InMemoryBrokerContractTest extends BrokerContract {
 *
 *     private final InMemoryBroker.Network network = new InMemoryBroker.Network();
 *
 *     @Override
 *     protected Broker open() {
 *         return network.broker();
 *     }
 * }
 * }</pre>
 *
 * <p>What not every broker can do is asked for by further hooks ({@code settle}, {@code cut},
 * {@code bringsOnlyWhatIsSubscribed}); what needs a hook that is left alone is skipped.
 */
@Tag("R70")
public abstract class BrokerContract extends BrokerFixture {

    private static final int MANY = 20;

    private static final UserKey ANN = UserKey.of("ann");
    private static final UserKey BOB = UserKey.of("bob");

    @Test
    void whatANodeSubscribedTo_arrives() throws Exception {
        List<Address> addresses = List.of(
                Address.user(ANN),
                Address.user(new UserKey("acme", "ann")),
                Address.topic(Topic.of("video/456")),
                Address.topic(new Topic("acme", "video/456")),
                Address.tenant(""),
                Address.tenant("acme"));
        Node from = node();
        Node to = node(addresses.toArray(Address[]::new));
        for (Address address : addresses) {
            publishUntilReceived(from, () -> to(address), to);
            publishUntilReceived(from, () -> to(address.minus("tab 1")), to);
        }
    }

    @Test
    void everyone_needsNoSubscription() throws Exception {
        Node from = node();
        Node to = node();
        publishUntilReceived(from, () -> to(Address.everyone()), to);
        publishUntilReceived(from, () -> to(Address.everyone().minus("tab 1")), to);
    }

    @Test
    void hint_reachesTheNodesOfItsUser_withOrWithoutTheMessage() throws Exception {
        Node from = node();
        Node to = node(Address.user(ANN));
        publishUntilReceived(from, () -> hint(ANN), to);
        publishUntilReceived(from, () -> new Publication.Hint(ANN, hint(ANN).position(), null, null), to);
        publishUntilReceived(from, () -> new Publication.Hint(ANN, hint(ANN).position(), message("m"), "tab 1"), to);
        Position largest = new Position(Position.MAX, Position.MAX);
        publishUntilReceived(from, () -> new Publication.Hint(ANN, largest, message("m"), null), to);
    }

    @Test
    @Tag("R48")
    void attachment_reachesTheNodesOfItsUser_asItIs() throws Exception {
        Node from = node();
        UserKey user = new UserKey("acme", "'\"\\ \u00e9 {*} ?[a]");
        Node to = node(Address.user(ANN), Address.user(user));
        publishUntilReceived(from, () -> attached(ANN), to);
        publishUntilReceived(from, () -> attached(user), to);
        publishUntilReceived(from, () -> new Publication.Attached(ANN, "x".repeat(128), Long.MAX_VALUE), to);
        publishUntilReceived(from, () -> new Publication.Attached(ANN, "'\"\\ \u00e9 \ud83d\ude00 {*} %s", 0), to);
    }

    @Test
    void publication_comesAsItIs_whateverItsCharacters() throws Exception {
        Node from = node();
        for (String text : List.of(
                "\u0000\r\n\t\"'\\ \u00e9 \ud83d\ude00 \u2028 %s {0} $1 < & >", "\ud83d\ude00".repeat(5_000), "")) {
            String id = text.isEmpty() ? "x".repeat(128) : "'\"\\ \u00e9 \ud83d\ude00 {*} %s ?[a] " + text.length();
            UserKey user = new UserKey(id, id);
            Topic topic = new Topic(id, id);
            Node to = node(Address.user(user), Address.topic(topic));
            MessageId largest = MessageId.ofTransient(Position.MAX, Position.MAX);
            publishUntilReceived(
                    from, () -> new Publication.Transient(Address.topic(topic).minus(id), largest, message(text)), to);
            publishUntilReceived(
                    from, () -> new Publication.Hint(user, hint(user).position(), message(text), id), to);
        }
    }

    @Test
    void allOtherNodes_areReached() throws Exception {
        Node from = node(Address.user(ANN));
        Node second = node(Address.user(ANN));
        Node third = node(Address.user(ANN));
        publishUntilReceived(from, () -> hint(ANN), second, third);
        publishUntilReceived(third, () -> hint(ANN), from, second);
    }

    @Test
    void publisher_getsNothingOfItsOwn() throws Exception {
        Node from = node(Address.user(ANN), Address.tenant(""));
        Node other = node(Address.user(ANN), Address.tenant(""));
        for (Supplier<Publication> next : List.<Supplier<Publication>>of(
                () -> hint(ANN),
                () -> attached(ANN),
                () -> to(Address.user(ANN)),
                () -> to(Address.tenant("")),
                () -> to(Address.everyone()))) {
            for (int i = 0; i < 3; i++) {
                publishUntilReceived(from, next, other);
            }
        }
        Address end = Address.topic(Topic.of("the end"));
        await(from.broker().subscribe(end, true));
        publishUntilReceived(other, () -> to(end), from);
        for (Publication arrived : from.recorder().received()) {
            assertTrue(
                    arrived instanceof Publication.Transient sent
                            && sent.address().equals(end),
                    () -> "came back to the publisher: " + arrived);
        }
    }

    @Test
    @Tag("R40")
    void whatANodeDidNotSubscribeTo_doesNotArrive() throws Exception {
        Assumptions.assumeTrue(bringsOnlyWhatIsSubscribed(), "more may arrive than is subscribed to");
        UserKey subscribed = new UserKey("a", "b/c:d.e f");
        Node from = node();
        Node to = node(Address.user(subscribed));
        List<Supplier<Publication>> others = new ArrayList<>();
        for (UserKey user : List.of(
                new UserKey("b", "b/c:d.e f"),
                new UserKey("A", "b/c:d.e f"),
                new UserKey("", "b/c:d.e f"),
                new UserKey("a", "b/c:d.e f "),
                new UserKey("a", "B/c:d.e f"),
                new UserKey("", "a/b/c:d.e f"),
                new UserKey("", "a:b/c:d.e f"),
                new UserKey("a/b", "c:d.e f"),
                new UserKey("a:b/c", "d.e f"),
                new UserKey("a.b/c:d", "e f"),
                new UserKey("a b/c:d.e", "f"))) {
            others.add(() -> hint(user));
            others.add(() -> to(Address.user(user)));
            others.add(() -> attached(user));
        }
        for (Address address : List.of(
                Address.topic(new Topic("a", "b/c:d.e f")),
                Address.topic(Topic.of("b/c:d.e f")),
                Address.tenant("a"),
                Address.tenant("b"),
                Address.tenant(""))) {
            others.add(() -> to(address));
        }
        for (Supplier<Publication> other : others) {
            for (int i = 0; i < 3; i++) {
                publish(from, other.get());
            }
        }
        publishUntilReceived(from, () -> hint(subscribed), to);
        for (Publication arrived : to.recorder().received()) {
            assertTrue(
                    arrived instanceof Publication.Hint hint && hint.user().equals(subscribed),
                    () -> "was not subscribed to: " + arrived);
        }
    }

    @Test
    void whatANodeNoLongerSubscribesTo_doesNotArrive_andTheRestDoes() throws Exception {
        Assumptions.assumeTrue(bringsOnlyWhatIsSubscribed(), "more may arrive than is subscribed to");
        Node from = node();
        Node to = node(Address.user(ANN), Address.user(BOB), Address.user(ANN));
        publishUntilReceived(from, () -> hint(ANN), to);
        await(to.broker().subscribe(Address.user(ANN), false));
        settle();
        long before = received(to, ANN);
        for (int i = 0; i < MANY; i++) {
            publish(from, hint(ANN));
        }
        publishUntilReceived(from, () -> hint(BOB), to);
        assertEquals(before, received(to, ANN), "arrived after the end of the subscription");
        await(to.broker().subscribe(Address.user(ANN), true));
        publishUntilReceived(from, () -> hint(ANN), to);
    }

    @Test
    void publishersSideBySide_callAReceiverOneByOne() throws Exception {
        Node to = node(Address.user(ANN));
        List<Node> publishers = List.of(node(), node(), node());
        List<Thread> threads = new ArrayList<>();
        AtomicInteger failures = new AtomicInteger();
        for (Node from : publishers) {
            threads.add(Threads.daemon("publisher", () -> {
                try {
                    for (int i = 0; i < 10 * MANY; i++) {
                        publish(from, hint(ANN));
                    }
                } catch (Exception | AssertionError e) {
                    failures.incrementAndGet();
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join(patience().toMillis() * 3);
        }
        assertEquals(0, failures.get());
        publishUntilReceived(publishers.get(0), () -> hint(ANN), to);
        assertFalse(to.recorder().hasOverlapped(), "a receiver was called by two threads at once");
    }

    @Test
    void receiver_isNotCalledUnderALock() throws Exception {
        BrokerRecorder recorder = new BrokerRecorder();
        Node to = node(recorder, Address.user(ANN));
        Node from = node();
        AtomicInteger blocked = new AtomicInteger();
        recorder.alsoDo(publication -> {
            CompletableFuture<?> elsewhere = CompletableFuture.runAsync(() -> {
                to.broker().healthy();
                to.broker().subscribe(Address.user(BOB), true);
                from.broker().healthy();
                from.broker().subscribe(Address.user(BOB), false);
                to.broker().publish(to(Address.user(ANN)));
            });
            try {
                elsewhere.get(patience().toNanos() / 2, TimeUnit.NANOSECONDS);
            } catch (Exception e) {
                blocked.incrementAndGet();
            }
        });
        publishUntilReceived(from, () -> hint(ANN), to);
        assertEquals(0, blocked.get(), "another thread cannot use the broker while a receiver is called");
    }

    @Test
    void receiver_mayUseItsBroker() throws Exception {
        BrokerRecorder recorder = new BrokerRecorder();
        Node to = node(recorder, Address.user(ANN));
        Node from = node(Address.user(BOB));
        Publication answer = hint(BOB);
        recorder.alsoDo(publication -> {
            try {
                publish(to, answer);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        long deadline = System.nanoTime() + patience().toNanos();
        do {
            publishUntilReceived(from, () -> hint(ANN), to);
        } while (received(from, BOB) == 0 && System.nanoTime() < deadline);
        assertTrue(received(from, BOB) > 0, "what a receiver published did not arrive");
    }

    @Test
    @Tag("R72")
    void afterAnOutage_receiversAreTold_andMessagesCrossAgain() throws Exception {
        Node from = node();
        Node to = node(Address.user(ANN));
        publishUntilReceived(from, () -> hint(ANN), to);
        Assumptions.assumeTrue(cut(true), "the broker cannot be cut off");
        CompletableFuture<Void> subscribed =
                to.broker().subscribe(Address.user(BOB), true).toCompletableFuture();
        cut(false);
        long deadline = System.nanoTime() + patience().toNanos();
        while ((to.recorder().recoveries() == 0 || !to.broker().healthy()) && System.nanoTime() < deadline) {
            settle();
            to.recorder().awaitReceived(List.of(), Duration.ofMillis(10));
        }
        assertTrue(to.recorder().recoveries() > 0, "the receiver was not told");
        assertTrue(to.broker().healthy(), "the broker is back and does not say so");
        publishUntilReceived(from, () -> hint(ANN), to);
        if (!subscribed.isCompletedExceptionally()) {
            await(subscribed);
            publishUntilReceived(from, () -> hint(BOB), to);
        }
    }

    @Test
    void startedBroker_isHealthy_andAClosedOneIsNot() throws Exception {
        Node node = node();
        settle();
        assertTrue(node.broker().healthy());
        node.broker().close();
        assertFalse(node.broker().healthy());
    }

    @Test
    void closing_happensOnce_andEndsEverythingForThatNodeAlone() throws Exception {
        Node from = node(Address.user(ANN));
        Node closed = node(Address.user(ANN), Address.tenant(""));
        Node open = node(Address.user(ANN));
        publishUntilReceived(from, () -> hint(ANN), closed, open);
        settle();
        closed.broker().close();
        closed.broker().close();
        int before = closed.recorder().received().size();
        for (int i = 0; i < MANY; i++) {
            publish(from, hint(ANN));
            publish(from, to(Address.everyone()));
        }
        publishUntilReceived(from, () -> hint(ANN), open);
        assertEquals(before, closed.recorder().received().size(), "arrived after the broker was closed");
        assertThrows(Exception.class, () -> publish(closed, hint(ANN)), "publishing to a closed broker");
    }

    private static long received(Node node, UserKey user) {
        return node.recorder().received().stream()
                .filter(each ->
                        each instanceof Publication.Hint hint && hint.user().equals(user))
                .count();
    }
}
