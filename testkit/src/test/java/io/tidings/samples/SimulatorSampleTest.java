package io.tidings.samples;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Mailbox;
import io.tidings.testkit.simulation.Simulation;
import io.tidings.testkit.simulation.SimulationRun;
import io.tidings.testkit.simulation.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The code of {@code docs/simulator.md}. */
class SimulatorSampleTest {

    // begin
    @Test
    void myMailbox_losesNothing_whateverHappensAroundIt() {
        Simulation.standard().withMailbox(SimulatorSampleTest::mailbox).check(1, 100);
    }

    private static Mailbox mailbox(Surroundings surroundings) {
        return InMemoryMailbox.builder()
                .ticker(surroundings.ticker())
                .sharedBetweenHubs()
                .build();
    }

    @Test
    void oneSeed_canBeLookedAt() {
        SimulationRun run =
                Simulation.standard().withMailbox(SimulatorSampleTest::mailbox).runTraced(17);
        assertNull(run.violation(), () -> run.report(200));
        assertTrue(run.trace().size() > 100);
    }
    // end

    @Test
    void theDocument_hasThisCode() throws IOException {
        Path here = Files.isDirectory(Path.of("src")) ? Path.of(".") : Path.of("testkit");
        String source = Files.readString(here.resolve("src/test/java/io/tidings/samples/SimulatorSampleTest.java"));
        String code = source.substring(source.indexOf("// begin\n") + 9, source.indexOf("    // end"))
                .lines()
                .map(line -> line.startsWith("    ") ? line.substring(4) : line)
                .collect(Collectors.joining("\n"));
        String document =
                Files.readString(here.toAbsolutePath().normalize().getParent().resolve("docs/simulator.md"));
        assertTrue(document.contains(code.strip()), "docs/simulator.md does not have:\n" + code);
    }
}
