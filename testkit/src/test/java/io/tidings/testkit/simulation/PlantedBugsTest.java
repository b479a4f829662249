package io.tidings.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the simulation is worth: nine bugs, each of which it must find within {@value #MOST} schedules. The seed that finds one is
 * kept in {@code simulation/seeds.properties} and is run first. A change of the engine or of the simulation changes all schedules,
 * so a seed that no longer finds its bug is no failure as long as another does; {@code -Dtidings.plant=search} prints the new ones.
 */
@Tag("R43")
@Tag("R48")
@ExtendWith(QuietLog.class)
class PlantedBugsTest {

    private static final int MOST = 5_000;
    private static final boolean SEARCHES = "search".equals(System.getProperty("tidings.plant"));

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "engine-reads-before-it-subscribes",
                "engine-accepts-before-the-append",
                "engine-drops-durable-messages-on-overflow",
                "engine-moves-the-cursor-on-write",
                "engine-compares-no-heads"
            })
    void bugOfTheEngine_isFound(String bug) throws IOException {
        try (MutatedEngine mutated = MutatedEngine.plant(bug, folder)) {
            find(bug, mutated::violation);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mailbox-ignores-the-epoch",
                "mailbox-does-not-fence",
                "mailbox-page-is-off-by-one",
                "mailbox-assigns-offsets-outside-the-lock"
            })
    void bugOfTheMailbox_isFound(String bug) throws IOException {
        Simulation faulty = Simulation.standard().withMailbox(FaultyMailboxes.ALL.get(bug)::apply);
        find(bug, seed -> faulty.run(seed).violation());
    }

    @Test
    void everyBug_hasItsSeed() throws IOException {
        Set<String> names = new TreeSet<>(FaultyMailboxes.ALL.keySet());
        names.add("engine-reads-before-it-subscribes");
        names.add("engine-accepts-before-the-append");
        names.add("engine-drops-durable-messages-on-overflow");
        names.add("engine-moves-the-cursor-on-write");
        names.add("engine-compares-no-heads");
        assertEquals(names, new TreeSet<>(seeds().stringPropertyNames()));
    }

    private static void find(String bug, LongFunction<@Nullable String> violation) throws IOException {
        long kept = Long.parseLong(seeds().getProperty(bug, "1"));
        if (!SEARCHES && violation.apply(kept) != null) {
            assertNull(Simulation.standard().run(kept).violation(), "without the bug");
            return;
        }
        long found = 0;
        String what = null;
        for (long seed = 1; seed <= MOST && what == null; seed++) {
            what = violation.apply(seed);
            if (what != null && Simulation.standard().run(seed).violation() != null) {
                what = null;
            }
            found = seed;
        }
        assertNotNull(what, bug + " is not found within " + MOST + " schedules");
        System.out.println(bug + "=" + found + "   # " + what);
    }

    private static Properties seeds() throws IOException {
        Properties seeds = new Properties();
        try (InputStream in = PlantedBugsTest.class.getResourceAsStream("/simulation/seeds.properties")) {
            seeds.load(in);
        }
        return seeds;
    }
}
