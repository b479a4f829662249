package io.tidings;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.Heartbeat;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.LoggerFactory;

/** The scenes whose log {@link HubLogTest} reads; each begins with a line of its own. */
final class HubLogProbe {

    static final String TOKEN = "s3cr3t";
    static final String CONTENT = "c0nt3nt";

    private static final UserKey RECEIVER = UserKey.of(789);

    private final HeldMailbox mailbox =
            new HeldMailbox(InMemoryMailbox.builder().build());
    private final ScriptedListener host = new ScriptedListener();
    private final HubFixture fixture = new HubFixture(
            new ManualTime(),
            quiet(HubFixture.EVENT, EventDialect.standard()),
            quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
            builder -> builder.mailbox(mailbox).listener(host));

    private HubLogProbe() {}

    /** Plays all scenes. */
    public static void main(String[] args) {
        LoggerFactory.getLogger(HubLogProbe.class).trace("canary at trace");
        HubLogProbe probe = new HubLogProbe();
        probe.comingAndGoing();
        probe.sending();
        probe.losing();
        probe.forging();
        probe.tokens();
        probe.contents();
        probe.limits();
        probe.failures();
        scene("end");
        probe.fixture.close();
    }

    private static Endpoint quiet(String path, Dialect dialect) {
        Heartbeat daily = new Heartbeat(
                HeartbeatPolicy.Probe.PROTOCOL, Duration.ofDays(1), Duration.ofSeconds(10), Heartbeat.Since.PROBE);
        return Endpoint.of(path, dialect)
                .withPolicy(dialect.policy().withHeartbeat(daily).withIdle(Duration.ZERO));
    }

    private static void scene(String name) {
        System.err.println("scene " + name);
    }

    private static Message chat(String sender) {
        return Message.of(Kinds.MESSAGE_NEW)
                .set("id", 1)
                .set("senderId", sender)
                .set("receiverId", 789)
                .set("content", CONTENT)
                .set("createdAt", Instant.parse("2024-01-15T10:30:00Z"))
                .set("seen", false)
                .build();
    }

    private void comingAndGoing() {
        scene("coming and going");
        TestConnection client = fixture.event("123@phone");
        fixture.time.advance(Duration.ofSeconds(1200).plusMillis(999));
        client.listener().closed(1001, "bye\nERROR forged");
        fixture.time.runUntilQuiet();
        scene("closed by the host");
        fixture.envelope("a/123");
        fixture.hub.connections(new UserKey("a", "123")).get(0).close(CloseReason.CLOSED_BY_HOST);
        fixture.time.runUntilQuiet();
    }

    private void sending() {
        scene("sending");
        CompletableFuture<Void> stored = new CompletableFuture<>();
        mailbox.holdAppend = stored;
        fixture.hub.send(RECEIVER, chat("123"));
        fixture.time.advance(Duration.ofMillis(50));
        stored.complete(null);
        mailbox.holdAppend = HeldMailbox.NOW;
        fixture.time.runUntilQuiet();
        scene("sending what has no sender");
        fixture.hub.send(RECEIVER, HubSubscriptionsTest.notification(1, "TASK"));
        fixture.hub.publish(Address.user(RECEIVER), chat("123"));
        fixture.time.runUntilQuiet();
    }

    private void losing() {
        scene("losing");
        TestConnection client = fixture.open(HubFixture.EVENT, "token=789");
        client.wire.holdWrites();
        fixture.hub.publish(Address.user(RECEIVER), HubFixture.seen(1));
        fixture.time.runUntilQuiet();
        fixture.hub.publish(Address.user(RECEIVER), HubFixture.seen(2));
        fixture.time.runUntilQuiet();
        client.wire.failWrites(new IOException(CONTENT));
        fixture.time.runUntilQuiet();
        scene("losing nothing");
        TestConnection idle = fixture.open(HubFixture.EVENT, "token=790");
        idle.cut();
    }

    private void forging() {
        scene("forging");
        var body = JsonNodeFactory.instance.objectNode().put("senderId", "1\n[main] ERROR forged");
        fixture.hub.send(RECEIVER, new Message(Kinds.MESSAGE_NEW.name(), body, 0, null, null));
        fixture.time.runUntilQuiet();
        fixture.open(HubFixture.EVENT, "token=5&device=a%0AERROR%20forged&instance=b%0AERROR%20forged")
                .cut();
    }

    private void tokens() {
        scene("tokens");
        fixture.event(TOKEN + "1")
                .say("auth:refresh", "{\"token\":\"" + TOKEN + "2\"}")
                .cut();
        fixture.open(HubFixture.EVENT, "", Map.of("Authorization", "Bearer bad" + TOKEN), List.of());
        fixture.open(HubFixture.EVENT, "", Map.of(), List.of("tidings.v1", "bearer.bad" + TOKEN));
        fixture.open(HubFixture.EVENT, "").say("auth", "{\"token\":\"bad" + TOKEN + "\"}");
        fixture.open(HubFixture.EVENT, "").say("{\"type\":\"auth\",\"data\":{\"token\":[\"" + TOKEN + "\"]}}");
        fixture.open(HubFixture.EVENT, "token=1%2B" + TOKEN).cut();
    }

    private void contents() {
        scene("contents");
        String text = "{\"receiverId\":1,\"content\":\"" + CONTENT + "\"}";
        TestConnection client = fixture.event("6").say("message:send", text).say("message:send", text + "}");
        client.say("{\"type\":\"" + CONTENT + "\"}").say(CONTENT);
        client.listener().text(CONTENT.repeat(5_000), true);
        fixture.time.runUntilQuiet();
        TestConnection many = fixture.event("6");
        for (int i = 0; i < 20; i++) {
            many.say(CONTENT);
        }
        fixture.hub.send(UserKey.of(6), chat("7"));
        fixture.hub.publish(Address.everyone(), chat("7"));
        fixture.time.runUntilQuiet();
    }

    private void limits() {
        scene("limits");
        TestConnection client = fixture.event("456");
        for (int i = 0; i < 110; i++) {
            client.say("message:send", "{\"receiverId\":1,\"content\":\"" + CONTENT + "\"}");
        }
        for (int i = 0; i < 20; i++) {
            client.say("message:typing", "{\"conversationWith\":" + i + ",\"isTyping\":true}");
        }
        fixture.time.advance(Duration.ofSeconds(60).minusMillis(1));
        client.say("message:send", "{\"receiverId\":1,\"content\":\"" + CONTENT + "\"}");
        scene("limits, a minute later");
        fixture.time.advance(Duration.ofMillis(1));
        for (int i = 0; i < 110; i++) {
            client.say("message:send", "{\"receiverId\":1,\"content\":\"" + CONTENT + "\"}");
        }
        client.cut();
    }

    private void failures() {
        scene("failures");
        host.answer = request -> {
            throw new IllegalStateException("of the host");
        };
        TestConnection client = fixture.event("8");
        client.say("message:send", "{\"receiverId\":1,\"content\":\"" + CONTENT + "\"}");
        CompletableFuture<Void> failed =
                CompletableFuture.failedFuture(new IllegalStateException("Failing row contains (" + CONTENT + ")"));
        mailbox.holdAppend = failed;
        fixture.hub.send(UserKey.of(8), chat("7"));
        mailbox.holdRead = failed;
        client.say("resume", "{\"lastMessageId\":\"" + CONTENT + "\"}");
        mailbox.holdAttach = failed;
        fixture.open(HubFixture.EVENT, "token=8");
        mailbox.holdAppend = HeldMailbox.NOW;
        mailbox.holdRead = HeldMailbox.NOW;
        mailbox.holdAttach = HeldMailbox.NOW;
        fixture.time.advance(Duration.ofSeconds(10));
    }
}
