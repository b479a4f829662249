package io.tidings.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.inmemory.InMemoryMailbox;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The engine under the simulation. {@code -Dtidings.simulation.seed=4711} runs that one seed and prints all of what happened.
 */
@ExtendWith(QuietLog.class)
class SimulationTest {

    private static final int SCHEDULES = 2_000;
    private static final int LONG_SCHEDULES = 200_000;

    @Test
    @Tag("R41")
    @Tag("R43")
    @Tag("R45")
    @Tag("R48")
    void nothingDurable_isLost() {
        Simulation.standard().check(1, SCHEDULES);
    }

    @Test
    @Tag("R41")
    @Tag("R43")
    @Tag("R45")
    @Tag("R48")
    @Timeout(7_200)
    @EnabledIfSystemProperty(named = "tidings.long", matches = "true")
    void nothingDurable_isLost_inTwoHundredThousandSchedules() {
        Simulation.standard().check(SCHEDULES + 1, LONG_SCHEDULES - SCHEDULES);
    }

    @Test
    @Tag("R47")
    void nothingDurable_isLost_withTheMailboxInMemory() {
        Simulation.standard()
                .withMailbox(surroundings -> InMemoryMailbox.builder()
                        .ticker(surroundings.ticker())
                        .maxPerUser(50)
                        .sharedBetweenHubs()
                        .build())
                .check(1, SCHEDULES / 8);
    }

    @Test
    @EnabledIfSystemProperty(named = "tidings.simulation.seed", matches = "[0-9-]+")
    void oneSeed_tellsAllOfWhatHappens() {
        SimulationRun run = Simulation.standard().runTraced(Long.getLong("tidings.simulation.seed"));
        run.trace().forEach(System.out::println);
        assertNull(run.violation());
    }

    @Test
    void sameSeed_isTheSameRun_lineByLine() {
        for (long seed = 1; seed <= 40; seed++) {
            SimulationRun once = Simulation.standard().runTraced(seed);
            SimulationRun again = Simulation.standard().runTraced(seed);
            SimulationRun silent = Simulation.standard().run(seed);
            assertEquals(String.join("\n", once.trace()), String.join("\n", again.trace()));
            assertEquals(once.digest(), silent.digest(), "a run that is traced is the run that is not");
            assertEquals(once.steps(), silent.steps());
            assertTrue(silent.trace().isEmpty());
        }
    }

    @Test
    void otherSeed_isAnotherRun() {
        assertFalse(Simulation.standard().run(1).digest()
                == Simulation.standard().run(2).digest());
    }

    @Test
    void failure_namesTheSeed_andTellsWhatHappened() {
        Simulation faulty =
                Simulation.standard().withMailbox(FaultyMailboxes.ALL.get("mailbox-page-is-off-by-one")::apply);
        AssertionError error = assertThrows(AssertionError.class, () -> faulty.check(1, 200));
        String[] lines = error.getMessage().split("\n");
        assertTrue(lines[0].matches("seed [0-9]+: .+"), lines[0]);
        assertTrue(lines.length > 50, () -> "only " + lines.length + " lines");
        assertTrue(lines[lines.length / 2].matches(" *[0-9]+\\.[0-9]{6}  \\S+ +\\S.*"), lines[lines.length / 2]);
        assertTrue(error.getMessage().contains("VIOLATION"));
        assertTrue(lines[lines.length - 1].contains("-Dtidings.simulation.seed="), lines[lines.length - 1]);
    }

    /** A simulation in which nothing goes wrong proves nothing: each of these must have happened in some runs. */
    @Test
    void everyKindOfTrouble_comes() {
        Map<String, Integer> seen = new TreeMap<>();
        for (String what : new String[] {
            "crashes",
            "stands still",
            "drains",
            "is cut off from the broker",
            "loses the hint",
            "does not bring the hint",
            "its clock jumps",
            "the client does not read",
            "vanishes",
            "is cut",
            "asks to resume from nonsense",
            "4000 heartbeat",
            "4002|4003",
            "4004 token expired",
            "4502 replaced",
            "1012 drain",
            "1013 unavailable",
            "will not be answered",
            "is refused$",
            "does not know what became of",
            "repeated=true",
            "gap to .*, trimmed",
            "gap to .*, epoch",
            "gap to .*, unknown",
            "begins a new epoch",
            "which it has",
            "is cut off\\b",
            "auth:refresh|TOKEN_REFRESH"
        }) {
            seen.put(what, 0);
        }
        for (long seed = 1; seed <= 250 && seen.containsValue(0); seed++) {
            String trace =
                    String.join("\n", Simulation.standard().runTraced(seed).trace());
            seen.replaceAll((what, count) -> java.util.regex.Pattern.compile(what, java.util.regex.Pattern.MULTILINE)
                            .matcher(trace)
                            .find()
                    ? count + 1
                    : count);
        }
        seen.forEach((what, count) -> assertTrue(count > 0, what + " in none of 250 runs: " + seen));
    }
}
