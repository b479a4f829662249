package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.spi.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs {@link TokenWalkProbe} in a JVM of its own, in which every logger is at its finest, those of Tyrus and Undertow included, and
 * looks for pieces of tokens in all that it says. Tomcat and Jetty log whole requests when they are told to debug, which nobody but
 * the host can help; their loggers are at INFO here.
 */
@Tag("R2")
@Tag("R4")
class TokenWalkTest {

    enum Container {
        TYRUS(TyrusTransport::new),
        UNDERTOW(UndertowTransport::new),
        TOMCAT(TomcatTransport::new),
        JETTY(JettyTransport::new);

        final Function<TransportOptions, Transport> transport;

        Container(Function<TransportOptions, Transport> transport) {
            this.transport = transport;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyToken_inEveryWay_isJudgedAsDocumented_andReachesNoLog(Container container, @TempDir Path folder)
            throws Exception {
        Path tokens = folder.resolve("tokens");
        Path output = folder.resolve("output");
        Process probe = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-Dorg.slf4j.simpleLogger.log.io.tidings.Hub=trace",
                        "-Dorg.slf4j.simpleLogger.log.org.eclipse.jetty=info",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        TokenWalkProbe.class.getName(),
                        container.name(),
                        tokens.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(probe.waitFor(200, TimeUnit.SECONDS), "the probe hangs");
        } finally {
            probe.destroyForcibly();
        }
        String said = Files.readString(output);
        assertEquals(0, probe.exitValue(), () -> tail(said));
        assertEquals(
                List.of(),
                said.lines().filter(line -> line.startsWith("WRONG ")).toList());
        for (String proof : List.of("canary of slf4j at trace", "canary of java.util.logging at finest", "walked ")) {
            assertTrue(said.contains(proof), () -> "no \"" + proof + "\" in " + tail(said));
        }
        List<String> all = Files.readAllLines(tokens);
        assertTrue(all.size() > 60, () -> all.size() + " tokens");
        for (String token : all) {
            for (String piece : token.split("[.~]", -1)) {
                // Shorter pieces may stand in any log by chance.
                if (piece.length() >= 8) {
                    String sought = piece.substring(0, Math.min(64, piece.length()));
                    assertFalse(said.contains(sought), () -> around(said, sought));
                }
            }
        }
        assertFalse(said.contains(WalkTokens.MARK), () -> around(said, WalkTokens.MARK));
    }

    private static String around(String said, String piece) {
        int at = said.indexOf(piece);
        return '"' + piece + "\" in " + said.substring(Math.max(0, at - 1500), Math.min(said.length(), at + 500));
    }

    private static String tail(String said) {
        return said.substring(Math.max(0, said.length() - 5_000));
    }
}
