package io.tidings.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@link TokenLogProbe} in a JVM of its own with every logger at its finest, and looks for pieces of tokens in all that
 * it says.
 */
@Tag("R4")
class TokenLogTest {

    @Test
    void nothingOfAToken_reachesALogOrAnException(@TempDir Path folder) throws Exception {
        Path tokens = folder.resolve("tokens");
        Path output = folder.resolve("output");
        Process probe = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-Djdk.httpclient.HttpClient.log=all",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        TokenLogProbe.class.getName(),
                        tokens.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(probe.waitFor(100, TimeUnit.SECONDS), "the probe hangs");
        } finally {
            probe.destroyForcibly();
        }
        String said = Files.readString(output);
        assertEquals(0, probe.exitValue(), said);
        for (String proof : List.of(
                "canary of slf4j at trace",
                "canary of java.util.logging at finest",
                "cannot fetch signing keys",
                "signing keys are not available",
                "Refused[reason=MALFORMED]",
                "Refused[reason=SIGNATURE]",
                "Refused[reason=EXPIRED]")) {
            assertTrue(said.contains(proof), () -> "no \"" + proof + "\" in " + said);
        }
        List<String> all = Files.readAllLines(tokens);
        assertTrue(all.size() > 30, () -> all.size() + " tokens");
        for (String token : all) {
            for (String piece : token.split("\\.", -1)) {
                // Shorter pieces may stand in any log by chance.
                if (piece.length() >= 8) {
                    assertFalse(said.contains(piece), () -> "\"" + piece + "\" in " + said);
                }
            }
        }
        assertFalse(said.contains("l3ak"), said);
        said.lines()
                .filter(line -> line.contains("RemoteKeys"))
                .forEach(line -> assertFalse(line.contains("key-in-the-query"), line));
    }
}
