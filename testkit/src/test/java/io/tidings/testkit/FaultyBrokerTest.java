package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.inmemory.InMemoryBroker;
import io.tidings.message.Address;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.Broker.Publication;
import io.tidings.testkit.FaultyBroker.Faults;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FaultyBrokerTest {

    private static final UserKey ANN = UserKey.of("ann");

    private final ManualTime time = new ManualTime();
    private BrokerRecorder recorder;
    private InMemoryBroker from;
    private FaultyBroker to;

    private void connect(Faults faults, long seed) {
        InMemoryBroker.Network network = new InMemoryBroker.Network();
        recorder = new BrokerRecorder();
        from = network.broker();
        from.start("from", new BrokerRecorder());
        to = new FaultyBroker(network.broker(), faults, time, new Random(seed));
        to.start("to", recorder);
        to.subscribe(Address.user(ANN), true);
    }

    private void publish(int count) {
        for (int i = 1; i <= count; i++) {
            from.publish(new Publication.Hint(ANN, new Position(1, i), null, null));
        }
    }

    private List<Long> offsets() {
        return recorder.received().stream()
                .map(each -> ((Publication.Hint) each).position().offset())
                .toList();
    }

    private static List<Long> numbers(int count) {
        return LongStream.rangeClosed(1, count).boxed().toList();
    }

    @Test
    void withoutFaults_everythingArrivesAtOnce_inOrder() {
        connect(Faults.NONE, 1);
        publish(100);
        assertEquals(numbers(100), offsets());
        time.assertPendingTimers(0);
    }

    @Test
    void loss_losesItsShare() {
        connect(new Faults(0.25, 0, Duration.ZERO), 1);
        publish(2_000);
        assertEquals(1_500.0, offsets().size(), 100);
        assertEquals(offsets().stream().sorted().distinct().toList(), offsets());
    }

    @Test
    void doubling_doublesItsShare() {
        connect(new Faults(0, 0.25, Duration.ZERO), 1);
        publish(2_000);
        assertEquals(2_500.0, offsets().size(), 100);
        assertEquals(numbers(2_000), offsets().stream().distinct().toList());
    }

    @Test
    void delay_letsThemOvertake_andEndsInTime() {
        connect(new Faults(0, 0, Duration.ofMillis(10)), 1);
        publish(100);
        assertEquals(List.of(), offsets());
        time.advance(Duration.ofMillis(5));
        assertEquals(50.0, offsets().size(), 20);
        time.advance(Duration.ofMillis(5));
        assertEquals(numbers(100), offsets().stream().sorted().toList());
        assertNotEquals(numbers(100), offsets());
    }

    @Test
    void oneSeed_givesOneCourse() {
        List<Long> first = course(7);
        assertEquals(first, course(7));
        assertNotEquals(first, course(8));
    }

    private List<Long> course(long seed) {
        connect(new Faults(0.2, 0.2, Duration.ofMillis(10)), seed);
        publish(200);
        time.advance(Duration.ofMillis(10));
        return offsets();
    }

    @Test
    void silence_losesAll_andSaysNothing() {
        connect(Faults.NONE, 1);
        to.spoil(Faults.SILENCE);
        publish(10);
        assertEquals(List.of(), offsets());
        assertTrue(to.healthy());
        to.spoil(Faults.NONE);
        publish(1);
        assertEquals(List.of(1L), offsets());
        assertEquals(0, recorder.recoveries());
    }

    @Test
    void cut_losesAll_untilItIsMended_whichIsTold() {
        connect(new Faults(0, 0, Duration.ofMillis(10)), 1);
        publish(5);
        to.cut();
        assertFalse(to.healthy());
        publish(5);
        time.advance(Duration.ofMillis(10));
        assertEquals(List.of(), offsets());
        assertTrue(to.publish(new Publication.Hint(ANN, new Position(1, 1), null, null))
                .toCompletableFuture()
                .isCompletedExceptionally());
        var subscribed = to.subscribe(Address.tenant(""), true).toCompletableFuture();
        assertFalse(subscribed.isDone());
        to.mend();
        to.mend();
        assertTrue(subscribed.isDone());
        assertTrue(to.healthy());
        assertEquals(1, recorder.recoveries());
        publish(1);
        time.advance(Duration.ofMillis(10));
        assertEquals(List.of(1L), offsets());
    }

    @Test
    void impossibleFaults_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Faults(1.1, 0, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new Faults(0, -0.1, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new Faults(Double.NaN, 0, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new Faults(0, 0, Duration.ofNanos(-1)));
    }
}
