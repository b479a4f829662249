package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The lines that a hub logs: their words are a promise, and tokens and what messages say are in none, at any level. Runs
 * {@link HubLogProbe} in a JVM of its own with every logger at its finest.
 */
@Tag("R81")
class HubLogTest {

    private static final Map<String, List<String>> SCENES = new LinkedHashMap<>();

    @BeforeAll
    static void play(@TempDir Path folder) throws Exception {
        Path output = folder.resolve("output");
        Process probe = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-Dorg.slf4j.simpleLogger.showThreadName=false",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        HubLogProbe.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(probe.waitFor(100, TimeUnit.SECONDS), "the probe hangs");
        } finally {
            probe.destroyForcibly();
        }
        List<String> said = Files.readAllLines(output);
        assertEquals(0, probe.exitValue(), () -> String.join("\n", said));
        List<String> lines = new ArrayList<>();
        SCENES.put("before", lines);
        for (String line : said) {
            if (line.startsWith("scene ")) {
                lines = new ArrayList<>();
                SCENES.put(line.substring("scene ".length()), lines);
            } else {
                lines.add(line.replaceAll("connection=n1-\\w+-\\d+", "connection=N")
                        .replaceAll("id=p\\w{20}", "id=P"));
            }
        }
    }

    private static List<String> lines(String scene) {
        return SCENES.getOrDefault(scene, List.of("no scene " + scene));
    }

    private static final String INFO = "INFO io.tidings.Hub - ";
    private static final String ERROR = "ERROR io.tidings.Hub - ";

    @Test
    void theProbe_logsAtTheFinest() {
        assertEquals(List.of("TRACE io.tidings.HubLogProbe - canary at trace"), lines("before"));
    }

    @Test
    void connecting_andDisconnecting() {
        assertEquals(
                List.of(
                        INFO + "User 123 connected from 192.168.1.1 connection=N dialect=event device=phone",
                        INFO + "User 123 disconnected after 1200s connection=N code=1001"),
                lines("coming and going"));
        assertEquals(
                List.of(
                        INFO + "User 123 connected from 192.168.1.1 connection=N dialect=envelope device=default",
                        INFO + "User 123 disconnected after 0s connection=N code=4505"),
                lines("closed by the host"));
    }

    @Test
    void sending_saysFromWhomToWhomAndHowLongItTook() {
        assertEquals(List.of(INFO + "Message sent: 123 -> 789 (50ms) id=P"), lines("sending"));
        assertEquals(List.of(), lines("sending what has no sender"));
    }

    @Test
    void losingAConnection_withMessagesInItsQueue_isAnError() {
        assertEquals(
                List.of(
                        INFO + "User 789 connected from 192.168.1.1 connection=N dialect=event device=default",
                        INFO + "User 789 disconnected after 0s connection=N code=1006",
                        ERROR + "Failed to deliver message to user 789: connection lost connection=N frames=2"),
                lines("losing"));
        assertEquals(
                2, lines("losing nothing").size(), () -> lines("losing nothing").toString());
    }

    @Test
    @Tag("R50")
    void exceedingALimit_isAWarning_onceAWindow() {
        String warning =
                "WARN io.tidings.Hub - User 456 exceeded rate limit budget=messages permits=100 windowSeconds=60"
                        + " retryAfterMs=60000";
        assertEquals(
                List.of(
                        INFO + "User 456 connected from 192.168.1.1 connection=N dialect=event device=default",
                        warning),
                lines("limits"));
        assertEquals(
                List.of(warning, INFO + "User 456 disconnected after 60s connection=N code=1006"),
                lines("limits, a minute later"));
    }

    @Test
    void whatClientsSay_forgesNoLine() {
        SCENES.values().forEach(lines -> lines.forEach(line -> assertFalse(line.contains("forged"), line)));
    }

    @Test
    void tokens_areInNoLine() {
        assertTrue(lines("tokens").size() > 2, () -> lines("tokens").toString());
        SCENES.values()
                .forEach(lines -> lines.stream()
                        // The token is the user's name, in these tests.
                        .map(line -> line.replaceAll("User s3cr3t1 (dis)?connected", ""))
                        .forEach(line -> assertFalse(line.contains(HubLogProbe.TOKEN), line)));
    }

    @Test
    void contents_areInNoLine() {
        assertTrue(lines("failures").size() > 3, () -> lines("failures").toString());
        SCENES.values().forEach(lines -> lines.forEach(line -> assertFalse(line.contains(HubLogProbe.CONTENT), line)));
    }
}
