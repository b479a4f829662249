package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidings.message.Address;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.Broker;
import io.tidings.spi.Broker.Publication;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** What {@link BrokerContract} stands on: the hooks, nodes, and what must hold of all that arrives in every test. */
abstract class BrokerFixture {

    private static final Kind TEXT = Kind.of("contract.text", Field.of("text", FieldType.TEXT));
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration TRY = Duration.ofMillis(100);

    private final List<Node> nodes = new ArrayList<>();
    private final Set<List<Object>> published = ConcurrentHashMap.newKeySet();
    private final AtomicLong ids = new AtomicLong();

    /** A broker with what it brought. */
    record Node(Broker broker, BrokerRecorder recorder) {}

    /** Makes a broker that has not started. The brokers of one test reach each other and no others; the suite closes them. */
    protected abstract Broker open() throws Exception;

    /** Lets what is under way arrive, where nothing does so by itself; by default nothing. */
    protected void settle() throws Exception {}

    /** Whether only what a node subscribed to arrives at it, as it SHOULD; default yes. */
    protected boolean bringsOnlyWhatIsSubscribed() {
        return true;
    }

    /**
     * Cuts the brokers off from each other, or ends that.
     *
     * @return false, the default, where that cannot be brought about, so that what needs it is skipped
     */
    protected boolean cut(boolean off) throws Exception {
        return false;
    }

    /** How long anything may take; default 30 s. */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    @AfterEach
    void everythingThatArrived_wasPublished_andCameOneByOne() {
        for (Node node : nodes) {
            node.broker().close();
        }
        for (Node node : nodes) {
            assertFalse(node.recorder().hasOverlapped(), "a receiver was called by two threads at once");
            for (List<Object> content : node.recorder().contents()) {
                assertTrue(published.contains(content), () -> "never published: " + content);
            }
        }
    }

    final Node node(Address... subscriptions) throws Exception {
        return node(new BrokerRecorder(), subscriptions);
    }

    final Node node(BrokerRecorder recorder, Address... subscriptions) throws Exception {
        Node node = new Node(open(), recorder);
        nodes.add(node);
        node.broker().start("node-" + nodes.size(), recorder);
        for (Address address : subscriptions) {
            await(node.broker().subscribe(address, true));
        }
        return node;
    }

    static Message message(String text) {
        return Message.of(TEXT)
                .set("text", text)
                .category("SOCIAL")
                .key("k")
                .at(Instant.ofEpochMilli(1_700_000_000_001L))
                .build();
    }

    /** A transient message as no other has been. */
    final Publication.Transient to(Address address) {
        long id = ids.incrementAndGet();
        return new Publication.Transient(address, MessageId.ofTransient(7, id), message("text " + id));
    }

    /** A hint as no other has been. */
    final Publication.Hint hint(UserKey user) {
        long offset = ids.incrementAndGet();
        return new Publication.Hint(user, new Position(7, offset), message("text " + offset), null);
    }

    /** An attachment as no other has been. */
    final Publication.Attached attached(UserKey user) {
        long generation = ids.incrementAndGet();
        return new Publication.Attached(user, "tab " + generation, generation);
    }

    final void publish(Node from, Publication publication) throws Exception {
        published.add(content(publication));
        await(from.broker().publish(publication));
    }

    /** Publishes new ones until one arrives at all of some nodes, since any of them may be lost. */
    final void publishUntilReceived(Node from, Supplier<Publication> next, Node... at) throws Exception {
        long deadline = System.nanoTime() + patience().toNanos();
        while (System.nanoTime() < deadline) {
            Publication publication = next.get();
            publish(from, publication);
            settle();
            if (isReceived(publication, at)) {
                return;
            }
        }
        fail("of what was published again and again, such as " + next.get() + ", nothing arrived");
    }

    private boolean isReceived(Publication publication, Node... at) throws Exception {
        List<Object> content = content(publication);
        for (Node node : at) {
            if (!node.recorder().awaitReceived(content, TRY)) {
                return false;
            }
        }
        return true;
    }

    final void await(CompletionStage<Void> stage) throws Exception {
        try {
            stage.toCompletableFuture().get(patience().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("a stage did not complete within " + patience(), e);
        }
    }

    /** What must not change on the way; messages compare as JSON does. */
    static List<Object> content(Publication publication) {
        if (publication instanceof Publication.Hint hint) {
            return List.of("hint", hint.user(), hint.position(), json(hint.message()), orNothing(hint.except()));
        }
        if (publication instanceof Publication.Attached attached) {
            return List.of("attached", attached.user(), attached.instance(), attached.generation());
        }
        Publication.Transient sent = (Publication.Transient) publication;
        return List.of("transient", sent.address(), sent.id(), json(sent.message()));
    }

    private static Object json(@Nullable Message message) {
        try {
            return message == null
                    ? "nothing"
                    : MAPPER.readTree(message.toJson().toString());
        } catch (JsonProcessingException e) {
            throw new AssertionError("a message that is no JSON", e);
        }
    }

    private static Object orNothing(@Nullable String text) {
        return text == null ? List.of() : text;
    }
}
