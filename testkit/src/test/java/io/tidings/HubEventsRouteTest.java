package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidings.auth.Authentication;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.policy.RateLimits;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R43")
class HubEventsRouteTest {

    private static final String PATH = "/api/v1/events";
    private static final UserKey USER = UserKey.of(123);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Kind LETTER = Kind.of(
            "letter",
            Field.of("id", FieldType.COUNT),
            Field.of("text", FieldType.TEXT).max(2_000_000));

    private final EventDialect event =
            EventDialect.builder().outbound(LETTER, "letter").build();
    private HubFixture fixture = fixture(builder -> builder);

    private HubFixture fixture(UnaryOperator<HubBuilder> options) {
        return new HubFixture(
                Endpoint.of(HubFixture.EVENT, event),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> options.apply(builder.eventsRoute(PATH, event)));
    }

    private void restart(UnaryOperator<HubBuilder> options) {
        fixture.close();
        fixture = fixture(options);
    }

    @AfterEach
    void closes() {
        fixture.close();
    }

    private HttpResponse get(String method, @Nullable String authorization, String query) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (String each : query.split("&")) {
            int equals = each.indexOf('=');
            if (equals > 0) {
                parameters.put(
                        each.substring(0, equals),
                        List.of(URLDecoder.decode(each.substring(equals + 1), StandardCharsets.UTF_8)));
            }
        }
        Map<String, List<String>> headers =
                authorization == null ? Map.of() : Map.of("authorization", List.of(authorization));
        CompletableFuture<HttpResponse> answer = fixture.hub
                .acceptor()
                .routes()
                .handle(new HttpRequest(method, PATH, parameters, headers, new byte[0], "192.168.1.1"))
                .toCompletableFuture();
        fixture.time.runUntilQuiet();
        return answer.join();
    }

    private JsonNode page(String user, String query) {
        HttpResponse response = get("GET", "Bearer " + user, query);
        assertEquals(200, response.status(), () -> body(response));
        return json(response);
    }

    private static JsonNode json(HttpResponse response) {
        try {
            return MAPPER.readTree(response.body());
        } catch (IOException e) {
            throw new AssertionError(body(response), e);
        }
    }

    private static String body(HttpResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static void assertError(int status, String code, @Nullable String field, HttpResponse response) {
        assertEquals(status, response.status(), () -> body(response));
        JsonNode error = json(response).path("error");
        assertEquals(code, error.path("code").asText());
        assertEquals(field == null ? "" : field, error.path("field").asText());
    }

    private static List<Integer> ids(JsonNode page) {
        List<Integer> ids = new ArrayList<>();
        page.path("items").forEach(item -> ids.add(item.at("/data/id").asInt()));
        return ids;
    }

    private void send(int first, int last) {
        for (int id = first; id <= last; id++) {
            fixture.send("123", id);
        }
    }

    private static Message.Builder chat(int id) {
        return Message.of(Kinds.MESSAGE_NEW)
                .set("id", id)
                .set("senderId", 7)
                .set("receiverId", 123)
                .set("content", "c")
                .set("createdAt", Instant.parse("2024-01-15T10:30:00Z"))
                .set("seen", false);
    }

    private static Message of(String category, int id) {
        return chat(id).category(category).build();
    }

    @Test
    void polling_showsEverythingOnce_inOrder() {
        send(1, 5);
        JsonNode first = page("123", "limit=2");
        assertEquals(List.of(1, 2), ids(first));
        assertEquals(first.path("next"), first.at("/items/1/id"));
        assertFalse(first.has("gap"));
        JsonNode second = page("123", "limit=3&after=" + first.path("next").asText());
        assertEquals(List.of(3, 4, 5), ids(second));
        JsonNode third = page("123", "after=" + second.path("next").asText());
        assertEquals(List.of(), ids(third));
        assertEquals(second.path("next"), third.path("next"));
        fixture.send("123", 6);
        assertEquals(List.of(6), ids(page("123", "after=" + third.path("next").asText())));
    }

    @Test
    void pollingClient_changesToAConnectionAndBack_onOnePosition() {
        send(1, 2);
        String next = page("123", "").path("next").asText();
        send(3, 4);
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123&lastMessageId=" + next);
        client.take("connected");
        assertEquals(3, client.take("message:new").json().at("/data/id").asInt());
        JsonNode last = client.take("message:new").json();
        assertEquals(4, last.at("/data/id").asInt());
        client.take("delivery:live");
        client.cut();
        send(5, 5);
        JsonNode after = page("123", "after=" + last.path("id").asText());
        assertEquals(List.of(5), ids(after));
        assertEquals(last.fieldNames().next(), after.at("/items/0").fieldNames().next());
        assertEquals("message:new", after.at("/items/0/type").asText());
    }

    @Test
    void pagesMoveNoCursor() {
        send(1, 2);
        page("123", "device=d");
        TestConnection client = fixture.open(HubFixture.EVENT, "token=123&device=d");
        client.take("connected");
        assertEquals(1, client.take("message:new").json().at("/data/id").asInt());
        client.cut();
    }

    @Test
    void limit_isFrom1To1000_and100ByDefault() {
        restart(builder -> builder.mailbox(
                InMemoryMailbox.builder().maxPerUser(1_100).ticker(fixture.time).build()));
        send(1, 1_001);
        assertEquals(100, ids(page("123", "")).size());
        assertEquals(List.of(1), ids(page("123", "limit=1")));
        assertEquals(1_000, ids(page("123", "limit=1000")).size());
        for (String bad : List.of("0", "1001", "x", "-1", "1.5", "99999999999", "")) {
            assertError(400, "INVALID_MESSAGE", "limit", get("GET", "Bearer 123", "limit=" + bad));
        }
    }

    @Test
    void page_endsBeforeItGrowsBeyond1MiB_butHasOneMessageAtLeast() {
        int chars = EventsRoute.MAX_CHARACTERS / 2 - 1_000;
        List<Integer> lengths = List.of(chars, chars, chars, EventsRoute.MAX_CHARACTERS + 10, 10);
        restart(builder ->
                builder.mailbox(InMemoryMailbox.builder().ticker(fixture.time).build()));
        for (int i = 0; i < lengths.size(); i++) {
            Message large = Message.of(LETTER)
                    .set("id", i + 1)
                    .set("text", "x".repeat(lengths.get(i)))
                    .build();
            fixture.send(USER, large, SendOptions.NONE);
        }
        JsonNode first = page("123", "");
        assertEquals(List.of(1, 2), ids(first));
        JsonNode second = page("123", "after=" + first.path("next").asText());
        assertEquals(List.of(3), ids(second));
        JsonNode third = page("123", "after=" + second.path("next").asText());
        assertEquals(List.of(4), ids(third));
        assertEquals(List.of(5), ids(page("123", "after=" + third.path("next").asText())));
    }

    @Test
    void whatCannotBeContinued_isAGapAndWhatIsHeld_neverSilence() {
        restart(builder -> builder.mailbox(
                InMemoryMailbox.builder().maxPerUser(2).ticker(fixture.time).build()));
        send(1, 4);
        String head = page("123", "").path("next").asText();
        for (String after : List.of("nonsense", "t00000000000000000001", "ä\"<")) {
            JsonNode page = page("123", "after=" + after);
            assertEquals(List.of(3, 4), ids(page));
            assertEquals(after, page.at("/gap/from").asText());
            assertEquals("unknown", page.at("/gap/reason").asText());
            assertTrue(
                    page.at("/gap/to").asText().compareTo(page.at("/items/0/id").asText()) < 0);
        }
        assertEquals(
                "epoch",
                page("123", "after=p00000000010000000001").at("/gap/reason").asText());
        String first = head.substring(0, 11) + "0000000001";
        JsonNode trimmed = page("123", "after=" + first);
        assertEquals("trimmed", trimmed.at("/gap/reason").asText());
        assertEquals(first, trimmed.at("/gap/from").asText());
        assertEquals(List.of(3, 4), ids(trimmed));
        String beyond = head.substring(0, 11) + "000000000v";
        assertEquals("unknown", page("123", "after=" + beyond).at("/gap/reason").asText());
        assertError(400, "INVALID_MESSAGE", "after", get("GET", "Bearer 123", "after=" + "p".repeat(129)));
        assertEquals(200, get("GET", "Bearer 123", "after=" + "p".repeat(128)).status());
    }

    @Test
    @Tag("R12")
    void whatAConnectionIsNotShown_isLeftOut_andPassedOver() {
        fixture.send(USER, of("SOCIAL", 1), SendOptions.NONE);
        fixture.send(USER, of("NEWS", 2), SendOptions.NONE);
        fixture.send(USER, HubFixture.chat(3), SendOptions.NONE.minus("tab"));
        assertEquals(List.of(1, 2, 3), ids(page("123", "")));
        assertEquals(List.of(1, 3), ids(page("123", "categories=SOCIAL,X")));
        assertEquals(List.of(1, 2), ids(page("123", "instance=tab")));
        JsonNode none = page("123", "categories=X&instance=tab");
        assertEquals(List.of(), ids(none));
        assertEquals(List.of(), ids(page("123", "after=" + none.path("next").asText())));
    }

    @Test
    @Tag("R40")
    void mailboxesOfOthers_areNotServed() {
        send(1, 2);
        fixture.send(new UserKey("acme", "123"), HubFixture.chat(9), SendOptions.NONE);
        assertEquals(List.of(), ids(page("124", "")));
        assertEquals(List.of(9), ids(page("acme/123", "")));
        assertEquals(List.of(), ids(page("globex/123", "")));
    }

    @Test
    @Tag("R4")
    void callerWithoutAGoodToken_isRefused() {
        for (String bad : new String[] {null, "", "Bearer", "Bearer ", "Basic 123", "Bearer a b", "Bearer bad"}) {
            assertError(401, "UNAUTHORIZED", null, get("GET", bad, "token=123"));
        }
        assertEquals(200, get("GET", "bearer  123 ", "").status());
    }

    @Test
    @Tag("R4")
    void authenticatorThatIsOutOfOrder_isAnsweredWith503() {
        restart(builder -> builder.authenticator(token -> switch (token) {
            case "null" -> CompletableFuture.completedFuture(null);
            case "fails" -> CompletableFuture.failedFuture(new IllegalStateException("away"));
            case "throws" -> throw new IllegalStateException("away");
            default -> CompletableFuture.completedFuture(new Authentication.Refused(Authentication.Reason.MALFORMED));
        }));
        for (String token : List.of("null", "fails", "throws")) {
            assertError(503, "INTERNAL_ERROR", null, get("GET", "Bearer " + token, ""));
        }
        assertError(401, "UNAUTHORIZED", null, get("GET", "Bearer x", ""));
    }

    @Test
    @Tag("R50")
    void requests_areChargedToTheUsersReads() {
        restart(builder -> builder.rateLimits(RateLimits.builder().reads(3).build()));
        for (int i = 0; i < 3; i++) {
            assertEquals(200, get("GET", "Bearer 123", "").status());
        }
        HttpResponse refused = get("GET", "Bearer 123", "");
        assertError(429, "RATE_LIMIT", null, refused);
        assertEquals("60", refused.headers().get("Retry-After"));
        assertEquals(200, get("GET", "Bearer 124", "").status());
        fixture.time.advance(Duration.ofSeconds(61));
        assertEquals(200, get("GET", "Bearer 123", "").status());
    }

    @Test
    void mailboxThatIsAway_isAnsweredWith503() {
        HeldMailbox away =
                new HeldMailbox(InMemoryMailbox.builder().ticker(fixture.time).build());
        away.holdRead = CompletableFuture.failedFuture(new IllegalStateException("secret of the store"));
        restart(builder -> builder.mailbox(away));
        HttpResponse response = get("GET", "Bearer 123", "");
        assertError(503, "INTERNAL_ERROR", null, response);
        assertFalse(body(response).contains("secret"));
    }

    @Test
    void anotherMethod_isRefused() {
        assertError(405, "INVALID_MESSAGE", null, get("POST", "Bearer 123", ""));
    }

    @Test
    void routeInADialectThatNoEndpointSpeaks_isRefusedWhenTheHubIsBuilt() {
        assertTrue(assertThrows(
                        IllegalArgumentException.class,
                        () -> Hub.builder()
                                .endpoint(Endpoint.of("/ws", EnvelopeDialect.standard()))
                                .authenticator(fixture.tokens())
                                .eventsRoute(PATH, event)
                                .build())
                .getMessage()
                .contains("dialect event"));
    }
}
