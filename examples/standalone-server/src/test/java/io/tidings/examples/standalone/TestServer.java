package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidings.auth.Authorizer;
import io.tidings.policy.RateLimits;
import io.tidings.testkit.RawWebSocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A server in this process, on a free port, with what asks it over real sockets. */
final class TestServer implements AutoCloseable {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** One for all tests: each client has threads of its own. */
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    final Server server;

    private TestServer(Server server) {
        this.server = server;
    }

    static TestServer start(Container container, String... more) {
        return start(new Colleagues(), RateLimits.STANDARD, container, more);
    }

    static TestServer start(Authorizer authorizer, Container container, String... more) {
        return start(authorizer, RateLimits.STANDARD, container, more);
    }

    static TestServer start(RateLimits limits, Container container, String... more) {
        return start(new Colleagues(), limits, container, more);
    }

    private static TestServer start(Authorizer authorizer, RateLimits limits, Container container, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--port", "0", "--transport", container.written()));
        if (!List.of(more).contains("--database")) {
            arguments.addAll(List.of("--database", "memory"));
        }
        arguments.addAll(List.of(more));
        try {
            return new TestServer(Server.start(FlagParser.parse(arguments, Map.of()), authorizer, limits));
        } catch (FlagProblem e) {
            throw new IllegalArgumentException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    /** A token of dev mode; the query is that of {@code /dev/token}. */
    String token(String query) {
        HttpResponse<String> response = get("/dev/token?" + query);
        assertEquals(200, response.statusCode(), response.body());
        return response.body();
    }

    HttpResponse<String> get(String path, String... headers) {
        return send(HttpRequest.newBuilder(URI.create(server.url() + path)).GET(), headers);
    }

    HttpResponse<String> getAs(String token, String path) {
        return get(path, "Authorization", "Bearer " + token);
    }

    /** Posts JSON, with single quotes for double ones. */
    HttpResponse<String> post(String token, String path, String body, String... headers) {
        return postBytes(token, path, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8), headers);
    }

    HttpResponse<String> postBytes(String token, String path, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body));
        return send(request, headers);
    }

    HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HTTP.send(request.timeout(LiveClient.PATIENCE).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A WebSocket that has not said anything; the target is path and query. */
    RawWebSocketClient open(String target) {
        return socket(target).connect();
    }

    RawWebSocketClient.Builder socket(String target) {
        URI uri = URI.create(server.url());
        return RawWebSocketClient.to(uri.getHost(), uri.getPort(), target);
    }

    /** A client of the event dialect that has caught up. */
    LiveClient event(String token) {
        return LiveClient.event(open("/api/v1/ws?token=" + token));
    }

    /** A client of the envelope dialect that has caught up. */
    LiveClient envelope(String token) {
        return LiveClient.envelope(open("/notification/ws?token=" + token));
    }

    @Override
    public void close() {
        server.close();
    }
}
