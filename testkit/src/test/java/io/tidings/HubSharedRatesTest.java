package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.limit.InMemorySharedBudget;
import io.tidings.limit.LeasedLimiter;
import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import io.tidings.spi.SharedBudget;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RecordedFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two hubs that count what a user asks for together. */
@Tag("R50")
class HubSharedRatesTest {

    private static final String SEND = "{\"type\":\"message:send\",\"data\":{\"receiverId\":1,\"content\":\"x\"}}";

    private final ManualTime time = new ManualTime();
    private final InMemorySharedBudget within = new InMemorySharedBudget(time);
    private final ScriptedListener host = new ScriptedListener();
    private final List<HubFixture> hubs = new ArrayList<>();
    private boolean broken;

    @BeforeEach
    void begin() {
        for (int i = 0; i < 2; i++) {
            hubs.add(new HubFixture(
                    time,
                    Cluster.quiet(HubFixture.EVENT, EventDialect.standard()),
                    Cluster.quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                    builder -> builder.listener(host).rateLimiter(new LeasedLimiter(new Breakable(), time))));
        }
    }

    @AfterEach
    void nothingIsLeft() {
        hubs.forEach(hub -> hub.hub.close());
        time.advance(Duration.ofSeconds(40));
        hubs.forEach(hub -> assertEquals(
                true, hub.hub.stats().isEmpty(), () -> hub.hub.stats().toString()));
        time.assertPendingTimers(0);
    }

    private final class Breakable implements SharedBudget {
        @Override
        public CompletionStage<Lease> lease(UserKey user, Budget budget, int count) {
            return broken
                    ? CompletableFuture.failedFuture(new IllegalStateException("gone"))
                    : within.lease(user, budget, count);
        }
    }

    private int requests() {
        return (int) host.takeCalls().stream().filter("message.send"::equals).count();
    }

    @Test
    void aUserOnTwoHubs_hasOneBudget() {
        TestConnection one = hubs.get(0).event("123");
        TestConnection other = hubs.get(1).event("123");
        for (int i = 0; i < 50; i++) {
            one.say(SEND);
            other.say(SEND);
        }
        // What one of them leased ahead is not the other's.
        for (int i = 0; i < 10; i++) {
            one.say(SEND);
            other.say(SEND);
        }
        assertEquals(100, requests());
        one.wire.takeFrames();
        other.wire.takeFrames();
        for (TestConnection client : List.of(one, other)) {
            RecordedFrame refused = client.say(SEND).take("error");
            assertEquals(60, refused.at("/error/retryAfter").asInt());
        }
        assertEquals(0, requests());
        time.advance(Duration.ofSeconds(60));
        one.say(SEND).wire.assertExhausted();
    }

    @Test
    void whileTheStoreIsGone_everyHubCountsByItself() {
        broken = true;
        TestConnection one = hubs.get(0).event("123");
        TestConnection other = hubs.get(1).event("123");
        for (int i = 0; i < 100; i++) {
            one.say(SEND);
            other.say(SEND);
        }
        assertEquals(200, requests());
        one.say(SEND).take("error");
        other.say(SEND).take("error");
    }
}
