package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryBroker;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.policy.Heartbeat;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.spi.Broker;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** Some hubs over one mailbox and one network of brokers, in one manual time. */
final class Cluster implements AutoCloseable {

    final ManualTime time;
    final Mailbox mailbox;
    final InMemoryBroker.Network network = new InMemoryBroker.Network();
    final List<HubFixture> nodes = new ArrayList<>();

    Cluster(int nodes, UnaryOperator<Broker> brokers) {
        this(new ManualTime(), nodes, brokers);
    }

    Cluster(ManualTime time, int nodes, UnaryOperator<Broker> brokers) {
        this.time = time;
        this.mailbox =
                InMemoryMailbox.builder().ticker(time).sharedBetweenHubs().build();
        for (int i = 1; i <= nodes; i++) {
            add("n" + i, brokers.apply(network.broker()));
        }
    }

    private void add(String name, Broker broker) {
        add(builder -> builder.node(name)
                .random(new Random(name.hashCode()))
                .mailbox(new Lent(mailbox))
                .broker(broker)
                .authorizer(new AllTopics()));
    }

    /** Adds a node. */
    HubFixture add(UnaryOperator<HubBuilder> options) {
        HubFixture node = new HubFixture(
                time,
                quiet(HubFixture.EVENT, EventDialect.standard()),
                quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                options);
        nodes.add(node);
        return node;
    }

    /** An endpoint that neither pings nor closes for a day, so that tests need not answer. */
    static Endpoint quiet(String path, Dialect dialect) {
        Heartbeat daily = new Heartbeat(
                HeartbeatPolicy.Probe.PROTOCOL, Duration.ofDays(1), Duration.ofSeconds(10), Heartbeat.Since.PROBE);
        return Endpoint.of(path, dialect)
                .withPolicy(dialect.policy().withHeartbeat(daily).withIdle(Duration.ZERO));
    }

    /** The mailbox as one more hub has it. */
    Mailbox lent() {
        return new Lent(mailbox);
    }

    HubFixture node(int which) {
        return nodes.get(which - 1);
    }

    /** Sends a chat message from a node and lets what follows at once happen. */
    SendResult.Accepted send(int node, UserKey user, int id) {
        return assertInstanceOf(
                SendResult.Accepted.class, node(node).send(user, HubFixture.chat(id), SendOptions.NONE));
    }

    @Override
    public void close() {
        nodes.forEach(node -> node.hub.close());
        time.advance(Duration.ofSeconds(40));
        for (HubFixture node : nodes) {
            assertEquals(
                    true, node.hub.stats().isEmpty(), () -> node.hub.stats().toString());
        }
        time.assertPendingTimers(0);
    }

    /** The mailbox in the hands of one hub, whose end is not the mailbox's. */
    private record Lent(Mailbox mailbox) implements Mailbox {

        @Override
        public CompletionStage<List<Appended>> append(List<Append> appends) {
            return mailbox.append(appends);
        }

        @Override
        public CompletionStage<Page> read(UserKey user, Position after, int limit) {
            return mailbox.read(user, after, limit);
        }

        @Override
        public CompletionStage<List<Position>> heads(List<UserKey> users) {
            return mailbox.heads(users);
        }

        @Override
        public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
            return mailbox.attach(user, device, instance);
        }

        @Override
        public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
            return mailbox.moveCursors(moves);
        }

        @Override
        public boolean shared() {
            return mailbox.shared();
        }

        @Override
        public void close() {
            // The cluster's.
        }
    }
}
