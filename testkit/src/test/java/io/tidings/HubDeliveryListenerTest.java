package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Gap;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the host is told of the way of durable messages. */
@Tag("R44")
class HubDeliveryListenerTest {

    private static final UserKey USER = UserKey.of(123);
    private static final String START = MessageId.of(Position.START).toString();

    private final ManualTime time = new ManualTime();
    private final HeldMailbox mailbox =
            new HeldMailbox(InMemoryMailbox.builder().ticker(time).maxPerUser(5).build());

    /** What was told, such as {@code delivered 1..3}, by offsets. */
    private final List<String> told = new ArrayList<>();

    /** Tasks of the hub's executor while they are held, or null. */
    private List<Runnable> heldTasks;

    private boolean executorIsFull;
    private boolean failing;

    private final HubFixture fixture = new HubFixture(
            time,
            Cluster.quiet(HubFixture.EVENT, EventDialect.standard()),
            Cluster.quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
            builder -> builder.mailbox(mailbox)
                    .executor(executor())
                    .listener(new Connections())
                    .deliveryListener(new Recorder()));

    private Executor executor() {
        return task -> {
            if (executorIsFull) {
                throw new RejectedExecutionException("full");
            }
            if (heldTasks != null) {
                heldTasks.add(task);
            } else {
                time.executor().execute(task);
            }
        };
    }

    private final class Connections implements HubListener {
        @Override
        public void connected(Connection connection) {
            told.add("connected");
        }

        @Override
        public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
            told.add("disconnected");
        }
    }

    private final class Recorder implements DeliveryListener {
        @Override
        public void accepted(UserKey user, MessageId id, Message message) {
            told.add("accepted " + user.user() + ' ' + id.low() + " of "
                    + message.body().path("id").asInt());
            fail();
        }

        @Override
        public void delivered(Connection connection, MessageId after, MessageId upTo) {
            told.add("delivered " + after.low() + ".." + upTo.low());
            fail();
        }

        @Override
        public void acknowledged(Connection connection, MessageId after, MessageId upTo) {
            told.add("acknowledged " + after.low() + ".." + upTo.low());
            fail();
        }

        @Override
        public void expired(Connection connection, Gap gap) {
            told.add("expired " + gap.from().offset() + ".." + gap.to().offset() + ' ' + gap.reason());
            fail();
        }

        private void fail() {
            if (failing) {
                throw new IllegalStateException("the host's own");
            }
        }
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private void assertTold(String... expected) {
        assertEquals(List.of(expected), told);
        told.clear();
    }

    private MessageId send(int id) {
        return assertInstanceOf(SendResult.Accepted.class, fixture.send("123", id))
                .id();
    }

    private static void acknowledge(TestConnection client, MessageId id) {
        client.say("ack", "{\"messageId\":\"" + id + "\"}");
        client.wire.takeFrames();
    }

    private void releaseTasks() {
        List<Runnable> tasks = heldTasks;
        heldTasks = null;
        tasks.forEach(time.executor()::execute);
        time.runUntilQuiet();
    }

    @Test
    void theWayOfAMessage_isToldInItsOrder() {
        TestConnection client = fixture.event("123@phone");
        assertTold("connected");
        MessageId id = send(1);
        assertEquals(
                List.of("accepted 123 1 of 1", "delivered 0..1"),
                told.stream().sorted().toList());
        told.clear();
        acknowledge(client, id);
        assertTold("acknowledged 0..1");
        client.cut();
        assertTold("disconnected");
    }

    @Test
    void repeats_andTransientMessages_areNotAccepted() {
        SendOptions options = SendOptions.NONE.idempotent("key");
        fixture.send(USER, HubFixture.chat(1), options);
        assertTold("accepted 123 1 of 1");
        fixture.send(USER, HubFixture.chat(1), options);
        fixture.hub.publish(Address.user(USER), HubFixture.unread(1));
        time.runUntilQuiet();
        assertTold();
    }

    @Test
    void accepted_isToldInTheOrderOfTheUsersPositions_alsoForManyAtOnce() {
        for (int i = 1; i <= 600; i++) {
            fixture.hub.send(USER, HubFixture.chat(i));
        }
        time.runUntilQuiet();
        assertEquals(600, told.size());
        for (int i = 1; i <= 600; i++) {
            assertEquals("accepted 123 " + i + " of " + i, told.get(i - 1));
        }
    }

    @Test
    void aSlowListener_makesSendRejectInTheEnd_andNothingIsForgotten() {
        heldTasks = new ArrayList<>();
        send(0);
        List<CompletableFuture<SendResult>> results = new ArrayList<>();
        for (int i = 1; i <= Appender.MAX_WAITING + 1; i++) {
            results.add(fixture.hub.send(USER, HubFixture.chat(i)).toCompletableFuture());
        }
        time.runUntilQuiet();
        assertInstanceOf(
                SendResult.Rejected.class, results.get(Appender.MAX_WAITING).join());
        assertTrue(results.subList(0, Appender.MAX_WAITING).stream().noneMatch(CompletableFuture::isDone));
        releaseTasks();
        assertTrue(results.stream().allMatch(CompletableFuture::isDone));
        assertEquals(Appender.MAX_WAITING + 1, told.size());
        told.clear();
    }

    @Test
    void anExecutorThatIsFull_isAskedAgain() {
        executorIsFull = true;
        send(1);
        assertTold();
        executorIsFull = false;
        time.advance(Duration.ofMillis(100));
        assertTold("accepted 123 1 of 1");
        send(2);
        assertTold("accepted 123 2 of 2");
    }

    @Test
    void callsThatWait_areWidened_oneOfAKind_andComeBeforeDisconnected() {
        TestConnection client = fixture.event("123@phone");
        told.clear();
        heldTasks = new ArrayList<>();
        send(1);
        for (int i = 2; i <= 4; i++) {
            fixture.hub.send(USER, HubFixture.chat(i));
        }
        // The shard waits for its listener: what was sent meanwhile is not in the mailbox yet.
        client.take("message:new");
        List<Runnable> first = heldTasks;
        heldTasks = new ArrayList<>();
        first.forEach(time.executor()::execute);
        time.runUntilQuiet();
        for (int i = 2; i <= 4; i++) {
            String id = client.take("message:new").at("/id").asText();
            client.say("ack", "{\"messageId\":\"" + id + "\"}");
        }
        client.cut();
        List<Runnable> rest = heldTasks;
        told.clear();
        rest.forEach(time.executor()::execute);
        heldTasks = null;
        time.runUntilQuiet();
        List<String> ofTheConnection =
                told.stream().filter(each -> !each.startsWith("accepted")).toList();
        assertEquals(List.of("delivered 1..4", "acknowledged 0..4", "disconnected"), ofTheConnection);
        told.clear();
    }

    @Test
    void aClientThatNeverAcknowledges_isConfirmedByItsPong() {
        try (HubFixture pinging = new HubFixture(builder -> builder.deliveryListener(new Recorder()))) {
            TestConnection client = pinging.event("123@phone");
            pinging.send("123", 1);
            client.take("message:new");
            told.clear();
            for (int i = 0; i < 12; i++) {
                pinging.time.advance(Duration.ofSeconds(5));
                client.answerPings();
            }
            assertTold("acknowledged 0..1");
        }
    }

    @Test
    void whatIsWrittenAgain_isNotToldAgain() {
        TestConnection client = fixture.event("123@phone");
        client.say("ack", "{\"messageId\":\"" + START + "\"}");
        send(1);
        client.take("message:new");
        told.clear();
        time.advance(Duration.ofMillis(30_100));
        client.take("message:new");
        assertTold();
    }

    @Test
    void aRange_includesWhatTheConnectionIsNotShown() {
        TestConnection client = fixture.event("123@phone").say("category:subscribe", "{\"categories\":[\"TASK\"]}");
        fixture.send(USER, HubSubscriptionsTest.notification(1, "HR"), SendOptions.NONE);
        MessageId second = send(2);
        fixture.send(USER, HubSubscriptionsTest.notification(3, "HR"), SendOptions.NONE);
        told.removeIf(each -> each.startsWith("accepted"));
        assertTold("connected", "delivered 0..2");
        acknowledge(client, second);
        assertTold("acknowledged 0..3");
    }

    @Test
    void gaps_areTold_withWhatIsHeldBehindThem() {
        for (int i = 1; i <= 7; i++) {
            send(i);
        }
        told.clear();
        TestConnection trimmed = fixture.open(HubFixture.EVENT, "token=123@phone&lastMessageId=" + START);
        trimmed.take("connected");
        trimmed.take("delivery:gap");
        assertTold("connected", "expired 0..2 TRIMMED", "delivered 2..7");
        TestConnection unreadable = fixture.open(HubFixture.EVENT, "token=123@phone&lastMessageId=nonsense");
        unreadable.take("connected");
        unreadable.take("delivery:gap");
        assertTold("connected", "expired 0..2 UNKNOWN", "delivered 2..7");
    }

    @Test
    void aListenerThatThrows_changesNothing() {
        failing = true;
        TestConnection client = fixture.event("123@phone");
        for (int i = 1; i <= 3; i++) {
            MessageId id = send(i);
            client.take("message:new");
            acknowledge(client, id);
        }
        assertEquals(10, told.size(), told::toString);
        client.cut();
        TestConnection again = fixture.event("123@phone");
        again.wire.assertExhausted();
    }

    @Test
    void whoOverridesNothing_hearsNothing() {
        DeliveryListener silent = new DeliveryListener() {};
        try (HubFixture other = new HubFixture(builder -> builder.deliveryListener(silent))) {
            TestConnection client = other.event("5");
            MessageId id = ((SendResult.Accepted) other.send("5", 1)).id();
            client.take("message:new");
            acknowledge(client, id);
        }
    }
}
