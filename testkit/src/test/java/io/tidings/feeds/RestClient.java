package io.tidings.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.tidings.auth.Authentication;
import io.tidings.auth.Authenticator;
import io.tidings.auth.Identity;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.message.UserKey;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client of the routes of a {@link FeedsFixture} whose hub has {@link #TOKENS}. */
final class RestClient {

    /**
     * Tokens are words: {@code 1}, {@code acme/1}, {@code 1!notify} with a scope; those that begin with {@code bad} and {@code expired}
     * do not hold.
     */
    static final Authenticator TOKENS = token -> CompletableFuture.completedFuture(check(token));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final FeedsFixture fixture;

    RestClient(FeedsFixture fixture) {
        this.fixture = fixture;
    }

    private static Authentication check(String token) {
        if (token.startsWith("bad")) {
            return new Authentication.Refused(Authentication.Reason.SIGNATURE);
        }
        if (token.startsWith("expired")) {
            return new Authentication.Refused(Authentication.Reason.EXPIRED);
        }
        String[] scoped = token.split("!", 2);
        String[] parts = scoped[0].split("/", 2);
        UserKey user =
                parts.length == 2 ? new UserKey(parts[0], parts[1]) : new UserKey(UserKey.DEFAULT_TENANT, parts[0]);
        Set<String> scopes = scoped.length == 2 ? Set.of(scoped[1]) : Set.of();
        return new Authentication.Accepted(new Identity(user, null, scopes, Map.of(), null));
    }

    /** An answer, with its JSON. */
    record Answer(HttpResponse response) {

        int status() {
            return response.status();
        }

        String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        JsonNode json() {
            try {
                return response.body().length == 0 ? MissingNode.getInstance() : MAPPER.readTree(response.body());
            } catch (IOException e) {
                throw new AssertionError(text(), e);
            }
        }

        JsonNode at(String pointer) {
            return json().at(pointer);
        }

        /** The ids of the page's items. */
        List<Long> ids() {
            List<Long> ids = new ArrayList<>();
            json().path("items").forEach(item -> ids.add(item.path("id").asLong()));
            return ids;
        }

        Answer is(int expected) {
            assertEquals(expected, status(), this::text);
            return this;
        }

        /** An error with a code, and the field at fault. */
        Answer refuses(int expected, String code, @Nullable String field) {
            is(expected);
            assertEquals(code, at("/error/code").asText(), this::text);
            assertEquals(field, at("/error/field").textValue(), this::text);
            return this;
        }
    }

    Answer get(@Nullable String token, String target) {
        return send("GET", token, target, null, new byte[0]);
    }

    Answer post(@Nullable String token, String target, String body) {
        return post(token, target, null, body);
    }

    Answer post(@Nullable String token, String target, @Nullable String key, String body) {
        return send("POST", token, target, key, body.getBytes(StandardCharsets.UTF_8));
    }

    /** A request below {@code /api/v1}, unless its target is a whole path. */
    Answer send(String method, @Nullable String token, String target, @Nullable String key, byte[] body) {
        Map<String, List<String>> headers = new HashMap<>();
        if (token != null) {
            headers.put("authorization", List.of("Bearer " + token));
        }
        if (key != null) {
            headers.put("idempotency-key", List.of(key));
        }
        String[] parts = target.split("\\?", 2);
        String path = parts[0].startsWith("/") ? parts[0] : "/api/v1/" + parts[0];
        HttpRequest request =
                new HttpRequest(method, path, query(parts.length == 2 ? parts[1] : ""), headers, body, "192.168.1.1");
        return new Answer(fixture.done(fixture.hubs.hub.acceptor().routes().handle(request)));
    }

    private static Map<String, List<String>> query(String query) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (String each : query.split("&")) {
            int equals = each.indexOf('=');
            if (equals > 0) {
                parameters
                        .computeIfAbsent(each.substring(0, equals), name -> new ArrayList<>())
                        .add(URLDecoder.decode(each.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return parameters;
    }
}
