package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.testkit.RawWebSocketClient;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The page, health and metrics over real sockets, on every container. */
@ParameterizedClass
@EnumSource(Container.class)
class SurroundingsTest {

    private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"/([a-z]+\\.[a-z]+)\"");
    private static final Pattern IMPORT = Pattern.compile("from '\\./([a-z]+\\.js)'");
    private static final Pattern METRIC = Pattern.compile(
            "# (HELP|TYPE) tidings_.+|tidings_[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*})? [0-9]+");

    @Parameter
    Container container;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(container);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void page_isOfTwoUsers_orOfTheOneThatItIsAskedFor() {
        assertEquals(server.get("/pair.html").body(), server.get("/").body());
        assertEquals(
                server.get("/index.html").body(), server.get("/?user=1&to=2").body());
        assertServedWithAllThatItRefersTo("/pair.html", List.of("pair.js", "style.css"));
        assertServedWithAllThatItRefersTo("/index.html", List.of("app.js", "style.css"));
    }

    private void assertServedWithAllThatItRefersTo(String path, List<String> expected) {
        HttpResponse<String> page = server.get(path);
        assertServed("text/html; charset=utf-8", page);
        List<String> files = REFERENCE
                .matcher(page.body())
                .results()
                .map(found -> found.group(1))
                .toList();
        assertTrue(files.containsAll(expected), files.toString());
        files.forEach(this::assertServedWithImports);
    }

    private void assertServedWithImports(String file) {
        HttpResponse<String> response = server.get('/' + file);
        if (file.endsWith(".css")) {
            assertServed("text/css; charset=utf-8", response);
            return;
        }
        assertServed("text/javascript; charset=utf-8", response);
        Matcher imports = IMPORT.matcher(response.body());
        while (imports.find()) {
            // Modules import each other in rings, so this does not follow them.
            assertServed("text/javascript; charset=utf-8", server.get('/' + imports.group(1)));
        }
    }

    private static void assertServed(String type, HttpResponse<String> response) {
        assertEquals(200, response.statusCode(), response.uri().toString());
        assertEquals(type, response.headers().firstValue("Content-Type").orElse(""));
        assertEquals(
                "nosniff",
                response.headers().firstValue("X-Content-Type-Options").orElse(""));
        String policy = response.headers().firstValue("Content-Security-Policy").orElse("");
        assertTrue(policy.startsWith("default-src 'self';"), policy);
        assertTrue(policy.contains("frame-ancestors 'self';"), policy);
    }

    @Test
    void nothingButThePage_isServedFromTheJar() {
        for (String path : List.of(
                "/../../../../../simplelogger.properties",
                "/..%2f..%2f..%2f..%2f..%2fsimplelogger.properties",
                "/%2e%2e/package-info.class",
                "/page/index.html",
                "/index.htm",
                "//index.html")) {
            assertNotEquals(200, server.get(path).statusCode(), path);
        }
        assertEquals(204, server.get("/favicon.ico").statusCode());
    }

    @Test
    @Tag("R82")
    void health_hasOneStateAPart() {
        HttpResponse<String> health = server.get("/health");
        assertEquals(200, health.statusCode());
        assertEquals(
                "{\"status\":\"up\",\"parts\":{\"hub\":\"up\",\"mailbox\":\"up\",\"feeds\":\"up\",\"broker\":\"none\"}}",
                health.body());
    }

    @Test
    @Tag("R80")
    void metrics_countWhatHappened() {
        try (LiveClient client = server.event(server.token("user=2"))) {
            client.say("{'type':'message:typing','data':{'conversationWith':1,'isTyping':true}}");
            client.say("{'type':'message:send','id':'s','data':{'receiverId':2,'content':'x'}}");
            // Result and message overtake each other.
            client.next();
            client.next();
            HttpResponse<String> metrics = server.get("/metrics");
            assertEquals(
                    "text/plain; version=0.0.4; charset=utf-8",
                    metrics.headers().firstValue("Content-Type").orElse(""));
            List<String> lines = metrics.body().lines().toList();
            lines.forEach(line -> assertTrue(METRIC.matcher(line).matches(), line));
            for (String line : List.of(
                    "tidings_connections 1",
                    "tidings_users 1",
                    "tidings_connections_opened_total{dialect=\"event\"} 1",
                    "tidings_messages_received_total{kind=\"typing.set\"} 1",
                    "tidings_messages_received_total{kind=\"message.send\"} 1",
                    "tidings_messages_queued_total{kind=\"message.new\"} 1")) {
                assertTrue(lines.contains(line), () -> line + " in\n" + metrics.body());
            }
        }
    }

    @Test
    @Tag("R80")
    void metrics_countRefusedTokens() {
        try (RawWebSocketClient refused = server.open("/api/v1/ws?token=x")) {
            refused.expectClose(LiveClient.PATIENCE);
        }
        String metrics = server.get("/metrics").body();
        assertTrue(metrics.contains("\ntidings_authentication_failures_total{reason=\"malformed\"} 1\n"), metrics);
    }
}
