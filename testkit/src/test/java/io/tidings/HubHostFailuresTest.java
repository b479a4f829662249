package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.ErrorCode;
import io.tidings.message.Kinds;
import io.tidings.message.UserKey;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.policy.QueueLimits;
import io.tidings.policy.RateLimits;
import io.tidings.spi.HubObserver;
import io.tidings.testkit.ManualTime;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever a host hangs into a hub may break its promises: it harms itself and nobody else. */
class HubHostFailuresTest {

    /** Judges well until it does not. */
    private record Breaking(AtomicBoolean broken) implements HeartbeatPolicy {

        private static final HeartbeatPolicy SOUND =
                EventDialect.standard().policy().heartbeat();

        @Override
        public Probe probe() {
            return SOUND.probe();
        }

        @Override
        public Duration firstProbe(RandomGenerator random) {
            return SOUND.firstProbe(random);
        }

        @Override
        public Duration interval() {
            return SOUND.interval();
        }

        @Override
        public Duration timeout() {
            return SOUND.timeout();
        }

        @Override
        public long deadAtNanos(long lastAnswerNanos, boolean probeWritten, long probeNanos) {
            if (broken.get()) {
                throw new IllegalStateException("broken");
            }
            return SOUND.deadAtNanos(lastAnswerNanos, probeWritten, probeNanos);
        }
    }

    @Test
    @Tag("R35")
    void aHeartbeatPolicyThatThrows_stopsNobodyElses() {
        Breaking policy = new Breaking(new AtomicBoolean());
        Endpoint event = Endpoint.of(HubFixture.EVENT, EventDialect.standard());
        HubFixture fixture = new HubFixture(
                event.withPolicy(event.policy().withHeartbeat(policy)),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder);
        TestConnection broken = fixture.event("123");
        TestConnection sound = fixture.envelope("123");
        policy.broken.set(true);
        fixture.time.advance(Duration.ofSeconds(54));
        sound.wire.takePing();
        broken.wire.assertExhausted();
        policy.broken.set(false);
        fixture.time.advance(Duration.ofSeconds(2));
        broken.take("ping");
        fixture.close();
    }

    @Test
    @Tag("R35")
    void anObserverThatThrows_stopsNeitherHeartbeatsNorMessages() {
        HubFixture fixture = new HubFixture(builder -> builder.queueLimits(QueueLimits.STANDARD.withSize(64 * 1024, 16))
                .observer(new HubObserver() {
                    @Override
                    public void opened(String dialect) {
                        throw new IllegalStateException("opened");
                    }

                    @Override
                    public void closed(String dialect, int code) {
                        throw new IllegalStateException("closed");
                    }

                    @Override
                    public void received(String kind) {
                        throw new IllegalStateException("received");
                    }

                    @Override
                    public void queued(String kind, int recipients) {
                        throw new IllegalStateException("queued");
                    }

                    @Override
                    public void dropped(Drop reason, int count) {
                        throw new IllegalStateException("dropped");
                    }
                }));
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        for (int i = 1; i <= 20; i++) {
            fixture.hub.publish(Address.everyone(), HubFixture.seen(i));
        }
        fixture.time.advance(Duration.ofSeconds(1));
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        assertEquals(16, client.wire.takeFrames().size());
        SendResult sent = fixture.send("123", 1);
        assertEquals(true, sent instanceof SendResult.Accepted);
        assertEquals(true, fixture.send("123", 2) instanceof SendResult.Accepted);
        fixture.time.advance(Duration.ofSeconds(30));
        assertEquals(
                1,
                client.wire.takeFrames().stream()
                        .filter(frame -> frame.type().equals("ping"))
                        .count());
        client.say("{\"type\":\"pong\"}");
        client.cut();
        fixture.assertEmpty();
        fixture.close();
    }

    @Test
    @Tag("R35")
    void aListenerThatThrowsInItsOtherCalls_harmsNothing() {
        HubFixture fixture = new HubFixture(builder -> builder.listener(new HubListener() {
            @Override
            public void connected(Connection connection) {
                throw new IllegalStateException("connected");
            }

            @Override
            public void disconnected(Connection connection, CloseReason reason, Duration lasted) {
                throw new IllegalStateException("disconnected");
            }
        }));
        TestConnection client = fixture.event("123");
        fixture.hub.publish(Address.user(UserKey.of(123)), HubFixture.seen(1));
        fixture.time.runUntilQuiet();
        client.take("message:seen");
        client.cut();
        fixture.assertEmpty();
        fixture.close();
    }

    @Test
    @Tag("R35")
    void anObserverThatFailsBadly_keepsNoConnection() {
        InvocationHandler broken = (proxy, method, arguments) -> {
            throw new NoSuchMethodError(method.getName());
        };
        HubObserver observer = (HubObserver)
                Proxy.newProxyInstance(HubObserver.class.getClassLoader(), new Class<?>[] {HubObserver.class}, broken);
        HubFixture fixture = new HubFixture(builder -> builder.observer(observer)
                .rateLimits(RateLimits.builder().messages(1).build())
                .queueLimits(QueueLimits.STANDARD.withSize(64 * 1024, 16))
                .listener(new HubListener() {
                    @Override
                    public CompletionStage<Reply> request(Connection connection, Request request) {
                        throw new IllegalStateException("request");
                    }
                }));
        TestConnection client = fixture.event("123");
        String send = "{\"type\":\"message:send\",\"data\":{\"receiverId\":1,\"content\":\"x\"}}";
        assertEquals(
                "INTERNAL_ERROR",
                client.say(send).take("error").at("/error/code").asText());
        assertEquals(
                "RATE_LIMIT", client.say(send).take("error").at("/error/code").asText());
        client.wire.holdWrites();
        for (int i = 1; i <= 20; i++) {
            fixture.hub.publish(Address.everyone(), HubFixture.seen(i));
        }
        fixture.time.advance(Duration.ofSeconds(1));
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        client.cut();
        TestConnection refused = fixture.open(HubFixture.EVENT, "token=bad");
        refused.take("error");
        refused.wire.takeClose(4500);
        refused.cut();
        fixture.assertEmpty();
        assertEquals(0, fixture.hub.drain().toCompletableFuture().join().aborted());
        fixture.close();
    }

    @Test
    @Tag("R35")
    void everythingThatAnObserverIsTold_isGuarded() throws NoSuchMethodException {
        List<String> told = new ArrayList<>();
        HubObserver guarded = new GuardedObserver((HubObserver) Proxy.newProxyInstance(
                HubObserver.class.getClassLoader(), new Class<?>[] {HubObserver.class}, (proxy, method, arguments) -> {
                    told.add(method.getName() + Arrays.toString(arguments));
                    throw new IllegalStateException(method.getName());
                }));
        guarded.opened("d");
        guarded.closed("d", 1);
        guarded.refused(Authentication.Reason.MISSING);
        guarded.limited("w");
        guarded.received("k");
        guarded.queued("k", 2);
        guarded.dropped(HubObserver.Drop.OLDEST, 3);
        guarded.handlerFailed();
        assertEquals(
                List.of(
                        "opened[d]",
                        "closed[d, 1]",
                        "refused[MISSING]",
                        "limited[w]",
                        "received[k]",
                        "queued[k, 2]",
                        "dropped[OLDEST, 3]",
                        "handlerFailednull"),
                told);
        for (Method method : HubObserver.class.getDeclaredMethods()) {
            Method guard = GuardedObserver.class.getDeclaredMethod(method.getName(), method.getParameterTypes());
            assertEquals(GuardedObserver.class, guard.getDeclaringClass());
        }
    }

    @Test
    @Tag("R35")
    void anExecutorThatFailsOnce_isAskedAgain_withTheNextCall() {
        for (Throwable failure : List.of(
                new IllegalStateException("the container stops"),
                new NoClassDefFoundError("the container has stopped"))) {
            ManualTime time = new ManualTime();
            Executor handlers = time.executor();
            boolean[] broken = new boolean[1];
            HubFixture fixture = new HubFixture(
                    time,
                    Endpoint.of(HubFixture.EVENT, EventDialect.standard()),
                    Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                    builder -> builder.listener(new ScriptedListener()).executor(task -> {
                        if (!broken[0]) {
                            handlers.execute(task);
                        } else if (failure instanceof Error error) {
                            throw error;
                        } else {
                            throw (RuntimeException) failure;
                        }
                    }));
            TestConnection client = fixture.event("123");
            String send = "{\"type\":\"message:send\",\"id\":\"ID\",\"data\":{\"receiverId\":1,\"content\":\"x\"}}";
            broken[0] = true;
            client.say(send.replace("ID", "a"));
            Admission admission = fixture.hub
                    .admit(Identity.of(UserKey.of(123)), Kinds.PING, JsonNodeFactory.instance.objectNode())
                    .toCompletableFuture()
                    .join();
            assertEquals(
                    true, admission instanceof Admission.Refused refused && refused.code() == ErrorCode.INTERNAL_ERROR);
            broken[0] = false;
            client.say(send.replace("ID", "b"));
            assertEquals("a", client.take("result").at("/id").asText());
            assertEquals("b", client.take("result").at("/id").asText());
            client.cut();
            fixture.assertEmpty();
            fixture.close();
        }
    }
}
