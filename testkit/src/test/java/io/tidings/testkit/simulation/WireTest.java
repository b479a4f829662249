package io.tidings.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.message.UserKey;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the judge of promptness asks of a connection. */
class WireTest {

    private static final long SECOND = 1_000_000_000;

    private final World world = new World(Simulation.standard(), 1, false);
    private final Turns turns = world.turns();
    private final Wire wire = new Wire(
            world,
            new SimulatedClient(
                    world, new SimulatedClient.Device(UserKey.of(7), "d1"), "p1", SimulatedClient.Acks.ALWAYS, false),
            new SimulatedNode(world, "n1"),
            1);

    private void pass(long nanos) {
        long until = turns.now() + nanos;
        while (turns.step(until)) {
            continue;
        }
    }

    @Test
    @Tag("R43")
    void aClientThatDidNotRead_isOwedNothingPromptly_untilItHasReadForAsLong() {
        long before = turns.now();
        assertTrue(wire.hasReadSince(before));
        wire.stall(5 * SECOND);
        pass(4 * SECOND);
        assertFalse(wire.hasReadSince(before), "it does not read");
        pass(SECOND);
        long again = turns.now();
        assertFalse(wire.hasReadSince(again - 1), "it did not read until now");
        assertTrue(wire.hasReadSince(again));
        pass(3 * SECOND);
        assertTrue(wire.hasReadSince(turns.now() - 3 * SECOND));
    }
}
