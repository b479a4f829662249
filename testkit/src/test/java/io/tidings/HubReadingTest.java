package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.FrameTemplate;
import io.tidings.dialect.Inbound;
import io.tidings.dialect.Outbound;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Attachment;
import io.tidings.message.Address;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.policy.AcknowledgementPolicy;
import io.tidings.policy.ConnectionPolicy;
import io.tidings.testkit.RecordedFrame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Reading the mailbox while messages come: in no interleaving is one lost, doubled or reordered. */
class HubReadingTest {

    private static final UserKey USER = UserKey.of(123);

    private HeldMailbox mailbox;
    private HubFixture fixture;

    @BeforeEach
    void open() {
        mailbox = new HeldMailbox(InMemoryMailbox.builder().build());
        fixture = new HubFixture(builder -> builder.mailbox(mailbox));
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private void release(CompletableFuture<Void> held) {
        held.complete(null);
        fixture.time.runUntilQuiet();
    }

    private static void takeMessages(TestConnection client, int... ids) {
        for (int id : ids) {
            assertEquals(id, client.take("message:new").at("/data/id").asInt());
        }
    }

    @Test
    @Tag("R45")
    void aMessageThatComesAfterALastPageWasRead_butBeforeItArrives_isNotLost() {
        CompletableFuture<Void> read = new CompletableFuture<>();
        mailbox.holdRead = read;
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        client.take("connected");
        fixture.send("123", 1);
        release(read);
        takeMessages(client, 1);
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R45")
    void soItIs_forEveryTabThatSharesTheRead() {
        List<TestConnection> clients = List.of(fixture.event("123"), fixture.event("123"), fixture.event("123"));
        fixture.send("123", 1);
        clients.forEach(client -> takeMessages(client, 1));
        CompletableFuture<Void> ofTheFirst = new CompletableFuture<>();
        mailbox.holdRead = ofTheFirst;
        clients.forEach(client -> client.say("resume", "{\"lastMessageId\":\"p00000000000000000000\"}"));
        CompletableFuture<Void> shared = new CompletableFuture<>();
        mailbox.holdRead = shared;
        release(ofTheFirst);
        fixture.send("123", 2);
        mailbox.holdRead = HeldMailbox.NOW;
        release(shared);
        for (TestConnection client : clients.subList(1, 3)) {
            takeMessages(client, 1, 2);
            client.take("delivery:live");
            client.wire.assertExhausted();
        }
        takeMessages(clients.get(0), 1);
        clients.get(0).take("delivery:live");
        takeMessages(clients.get(0), 2);
        clients.get(0).wire.assertExhausted();
    }

    /** The page shows nothing, and the hint came before the second tab was there to hear it. */
    @Test
    @Tag("R45")
    void aTabThatConnects_takesNoPageThatWasReadBeforeIt() {
        CompletableFuture<Void> read = new CompletableFuture<>();
        mailbox.holdRead = read;
        TestConnection first = fixture.open(HubFixture.EVENT, "token=123");
        fixture.send("123", 1);
        TestConnection second = fixture.open(HubFixture.EVENT, "token=123");
        mailbox.holdRead = HeldMailbox.NOW;
        release(read);
        for (TestConnection client : List.of(first, second)) {
            client.take("connected");
            takeMessages(client, 1);
            client.take("delivery:live");
            client.wire.assertExhausted();
        }
    }

    @Test
    @Tag("R43")
    void aTabThatResumes_takesNoPageThatWasReadBeforeItAsked() {
        TestConnection first = fixture.event("123");
        TestConnection second = fixture.event("123");
        CompletableFuture<Void> read = new CompletableFuture<>();
        mailbox.holdRead = read;
        String resume = "{\"lastMessageId\":\"p00000000000000000000\"}";
        first.say("resume", resume);
        fixture.send("123", 1);
        takeMessages(second, 1);
        second.say("resume", resume);
        mailbox.holdRead = HeldMailbox.NOW;
        release(read);
        for (TestConnection client : List.of(first, second)) {
            takeMessages(client, 1);
            client.take("delivery:live");
            client.wire.assertExhausted();
        }
    }

    @Test
    @Tag("R45")
    void tabsThatWaitForAPage_shareTheNext() {
        List<TestConnection> clients = List.of(fixture.event("123"), fixture.event("123"), fixture.event("123"));
        fixture.send("123", 1);
        clients.forEach(client -> takeMessages(client, 1));
        CompletableFuture<Void> read = new CompletableFuture<>();
        mailbox.holdRead = read;
        int before = mailbox.reads.get();
        clients.forEach(client -> client.say("resume", "{\"lastMessageId\":\"p00000000000000000000\"}"));
        release(read);
        assertEquals(before + 2, mailbox.reads.get(), "one for the first, and one for the two that came meanwhile");
        for (TestConnection client : clients) {
            takeMessages(client, 1);
            client.take("delivery:live");
            client.wire.assertExhausted();
        }
    }

    @Test
    @Tag("R45")
    void messagesThatComeDuringManyReads_areInOrder_once() {
        for (int i = 1; i <= 250; i++) {
            fixture.send("123", i);
        }
        TestConnection client = null;
        for (int page = 0; page < 5; page++) {
            CompletableFuture<Void> read = new CompletableFuture<>();
            CompletableFuture<Void> current = mailbox.holdRead;
            mailbox.holdRead = read;
            if (client == null) {
                client = fixture.open(HubFixture.EVENT, "token=123");
            } else {
                release(current);
            }
            fixture.send("123", 251 + page);
        }
        release(mailbox.holdRead);
        client.take("connected");
        int next = 1;
        for (var frame : client.wire.takeFrames()) {
            if (frame.type().equals("message:new")) {
                assertEquals(next++, frame.at("/data/id").asInt());
            }
        }
        assertEquals(256, next);
        assertEquals(0, fixture.hub.stats().reads());
    }

    @Test
    @Tag("R43")
    void resume_whileMessagesWait_doesNotDoubleThem() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 4; i++) {
            fixture.send("123", i);
        }
        fixture.hub.publish(Address.user(USER), HubFixture.seen(9));
        client.say("resume", "{\"lastMessageId\":\"p00000000000000000000\"}");
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        takeMessages(client, 1);
        client.take("message:seen");
        takeMessages(client, 1, 2, 3, 4);
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R44")
    void aPong_movesTheCursorOfAClientThatNeverAcknowledges_withinTwoSeconds() {
        TestConnection client = fixture.event("123@phone");
        SendResult.Accepted sent = (SendResult.Accepted) fixture.send("123", 1);
        takeMessages(client, 1);
        List<RecordedFrame> ping = List.of();
        while (ping.isEmpty()) {
            fixture.time.advance(Duration.ofMillis(Watch.STEP_MILLIS));
            ping = client.wire.takeFrames();
        }
        assertEquals("ping", ping.get(0).type());
        assertEquals(Position.START, cursor("new"));
        client.say("{\"type\":\"pong\"}");
        fixture.time.advance(AcknowledgementPolicy.STANDARD.storeAfter());
        assertEquals(sent.id().position(), cursor("newer"));
    }

    /** The message is written in one go with the ping, behind it: the answer comes before the client has the message. */
    @Test
    @Tag("R44")
    void aPong_confirmsNothingThatWasWrittenBehindItsPing() {
        TestConnection client = fixture.event("123@phone");
        Position before = Position.START;
        boolean pinged = false;
        for (int i = 1; !pinged; i += 2) {
            client.wire.holdWrites();
            before = ((SendResult.Accepted) fixture.send("123", i)).id().position();
            fixture.time.advance(Duration.ofMillis(Watch.STEP_MILLIS));
            fixture.send("123", i + 1);
            client.wire.releaseWrite();
            fixture.time.runUntilQuiet();
            pinged = client.wire.heldFrames().get(0).type().equals("ping");
            client.wire.releaseWrites();
            fixture.time.runUntilQuiet();
            client.wire.takeFrames();
        }
        client.say("{\"type\":\"pong\"}");
        fixture.time.advance(AcknowledgementPolicy.STANDARD.storeAfter());
        assertEquals(before, cursor("new"));
    }

    @Test
    @Tag("R44")
    void aPongOfTheProtocol_confirmsNothingThatWasWrittenBehindItsPing() {
        TestConnection client = fixture.envelope("123@phone");
        Position before = Position.START;
        boolean pinged = false;
        for (int i = 1; !pinged; i += 2) {
            client.wire.holdWrites();
            before = ((SendResult.Accepted) fixture.send("123", i)).id().position();
            fixture.time.advance(Duration.ofMillis(Watch.STEP_MILLIS));
            fixture.send("123", i + 1);
            client.wire.releaseWrites();
            fixture.time.runUntilQuiet();
            client.wire.takeFrame();
            pinged = client.wire.takePings() > 0;
            client.wire.takeFrame();
        }
        client.listener().pong();
        fixture.time.advance(AcknowledgementPolicy.STANDARD.storeAfter());
        assertEquals(before, cursor("new"));
    }

    /** Where a device that was never seen starts: at the furthest cursor. */
    private Position cursor(String device) {
        Attachment attached =
                mailbox.attach(USER, device, "other").toCompletableFuture().join();
        return attached.cursor();
    }

    @Test
    @Tag("R46")
    void anAppendThatFailedButHappened_isDeliveredWhenItIsRepeated() {
        TestConnection client = fixture.event("123");
        mailbox.holdAppend = CompletableFuture.failedFuture(new IllegalStateException("connection lost"));
        SendOptions once = SendOptions.NONE.idempotent("a");
        assertThrows(CompletionException.class, () -> fixture.send(USER, HubFixture.chat(1), once));
        client.wire.assertExhausted();
        mailbox.holdAppend = HeldMailbox.NOW;
        SendResult.Accepted repeat = (SendResult.Accepted) fixture.send(USER, HubFixture.chat(1), once);
        assertEquals(true, repeat.repeated());
        takeMessages(client, 1);
        fixture.send(USER, HubFixture.chat(1), once);
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R41")
    void aRead_thatFails_isTriedAgain() {
        CompletableFuture<Void> read = new CompletableFuture<>();
        mailbox.holdRead = read;
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123");
        client.take("connected");
        read.completeExceptionally(new IllegalStateException("connection lost"));
        for (int i = 0; i < 3; i++) {
            fixture.time.advance(Duration.ofSeconds(1));
        }
        fixture.send("123", 1);
        client.wire.assertExhausted();
        mailbox.holdRead = HeldMailbox.NOW;
        fixture.time.advance(Duration.ofSeconds(5));
        takeMessages(client, 1);
        client.take("delivery:live");
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R48")
    void acknowledgements_thatWereNotStored_countForNothingOnceTheInstanceIsElsewhere() {
        TestConnection old =
                fixture.open(HubFixture.EVENT, "token=123@phone&instance=tab").live();
        SendResult.Accepted first = (SendResult.Accepted) fixture.send("123", 1);
        SendResult.Accepted second = (SendResult.Accepted) fixture.send("123", 2);
        takeMessages(old, 1, 2);
        old.say("ack", "{\"messageId\":\"" + first.id() + "\"}");
        mailbox.attach(USER, "phone", "tab");
        old.say("ack", "{\"messageId\":\"" + second.id() + "\"}");
        fixture.time.advance(AcknowledgementPolicy.STANDARD.storeAfter());
        assertEquals(Position.START, cursor("new"));
    }

    @Test
    @Tag("R23")
    void aMessageThatADialectCannotEncode_holdsUpNobody() {
        fixture.close();
        Endpoint event = Endpoint.of(HubFixture.EVENT, new Choking());
        fixture =
                new HubFixture(event, Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()), builder -> builder);
        TestConnection choking = fixture.event("123");
        TestConnection other = fixture.envelope("123");
        fixture.send("123", 13);
        fixture.send("123", 14);
        takeMessages(choking, 14);
        assertEquals(13, other.take("NEW_MESSAGE").at("/payload/id").asInt());
        assertEquals(14, other.take("NEW_MESSAGE").at("/payload/id").asInt());
        choking.say("resume", "{\"lastMessageId\":\"p00000000000000000000\"}");
        takeMessages(choking, 14);
        choking.take("delivery:live");
        choking.wire.assertExhausted();
    }

    /** Cannot say thirteen. */
    private static final class Choking implements Dialect {

        @Override
        public String name() {
            return "choking";
        }

        @Override
        public ConnectionPolicy policy() {
            return EventDialect.standard().policy();
        }

        @Override
        public Optional<FrameTemplate> encode(Message message) {
            if (message.body().path("id").asInt() == 13) {
                throw new IllegalStateException("thirteen");
            }
            return EventDialect.standard().encode(message);
        }

        @Override
        public Inbound decode(String text) {
            return EventDialect.standard().decode(text);
        }

        @Override
        public Outbound read(String text) {
            return EventDialect.standard().read(text);
        }
    }
}
