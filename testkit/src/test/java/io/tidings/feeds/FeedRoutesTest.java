package io.tidings.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.TestConnection;
import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.feeds.RestClient.Answer;
import io.tidings.http.HttpRoute;
import io.tidings.message.UserKey;
import io.tidings.policy.RateLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** REST on the data of feeds. */
@Tag("R67")
class FeedRoutesTest {

    private static final String HI = "{\"receiverId\":2,\"content\":\"hi\"}";
    private static final String LIKE =
            "{\"type\":\"like\",\"ownerId\":2,\"target\":{\"type\":\"post\",\"id\":\"p1\",\"title\":\"T\"}}";
    private static final String NOTICE = "{\"userId\":2,\"title\":\"t\",\"message\":\"m\"}";

    private final List<String> asked = new ArrayList<>();
    private CompletionStage<Boolean> mayReach = CompletableFuture.completedFuture(true);
    private final InMemoryFeedStore rows =
            InMemoryFeedStore.builder().maxRows(2_000).build();
    private FeedsFixture fixture = fixture(RateLimits.NONE);
    private RestClient rest = new RestClient(fixture);

    private FeedsFixture fixture(RateLimits limits) {
        return new FeedsFixture(
                rows,
                feeds -> feeds,
                hub -> hub.authenticator(RestClient.TOKENS)
                        .rateLimits(limits)
                        .sanitizer((field, text) -> text.replace("<b>", ""))
                        .authorizer(new Authorizer() {
                            @Override
                            public CompletionStage<Boolean> mayReach(Identity from, UserKey to, String kind) {
                                asked.add(from.user().user() + ' ' + kind + ' ' + to.user());
                                return mayReach;
                            }
                        }));
    }

    private void limit(RateLimits limits) {
        FeedsFixture before = fixture;
        fixture = new FeedsFixture(
                InMemoryFeedStore.builder().build(),
                feeds -> feeds,
                hub -> hub.authenticator(RestClient.TOKENS).rateLimits(limits));
        rest = new RestClient(fixture);
        before.close();
    }

    @AfterEach
    void closes() {
        fixture.close();
    }

    // --- Messages

    @Test
    void message_isAnsweredAsItIsTold() {
        TestConnection receiver = fixture.event("2");
        Answer sent = rest.post("1", "messages/", HI).is(201);
        assertEquals(FeedsFixture.data(receiver, "message:new"), sent.json());
        assertTrue(sent.at("/id").isIntegralNumber());
        assertTrue(sent.at("/createdAt").asText().matches("2025-.*Z"), sent.text());
        assertFalse(sent.at("/seen").asBoolean());
        assertEquals(
                1,
                FeedsFixture.data(receiver, "message:unread_count").at("/count").asInt());
        assertEquals(List.of("1 message.send 2"), asked);
    }

    @Test
    void inbox_showsWhatWasSentAndReceived_oldestFirst_asTheFramesSayIt() {
        TestConnection receiver = fixture.event("2");
        long first = rest.post("1", "messages/", HI).is(201).at("/id").asLong();
        JsonNode frame = FeedsFixture.data(receiver, "message:new");
        long second = fixture.send(2, 1, "back").id();
        long third = fixture.send(3, 2, "other").id();
        Answer inbox = rest.get("2", "messages/inbox").is(200);
        assertEquals(List.of(first, second, third), inbox.ids());
        assertEquals(frame, inbox.at("/items/0"));
        assertEquals(third, inbox.at("/next").asLong());
        assertEquals(
                List.of(first, second), rest.get("2", "messages/inbox?with=1").ids());
        assertEquals(
                List.of(second, third),
                rest.get("2", "messages/inbox?after=" + first).ids());
        assertEquals(
                List.of(first), rest.get("2", "messages/inbox?limit=1&more=x").ids());
        Answer end = rest.get("2", "messages/inbox?after=" + third).is(200);
        assertEquals(List.of(), end.ids());
        assertTrue(end.at("/next").isNull());
        rest.post("2", "messages/seen", "{\"conversationWith\":1,\"messageIds\":[" + first + "]}")
                .is(204);
        assertTrue(rest.get("1", "messages/inbox").at("/items/0/seen").asBoolean(), "as it is now");
    }

    @Test
    void polling_missesNothing_andShowsNothingTwice() {
        List<Long> sent = new ArrayList<>();
        List<Long> seen = new ArrayList<>();
        long after = 0;
        for (int i = 0; i < 30; i++) {
            sent.add(fixture.send(i % 3 + 1, 2, "m" + i).id());
            if (i % 4 == 0) {
                Answer page = rest.get("2", "messages/inbox?limit=3&after=" + after);
                seen.addAll(page.ids());
                after = page.at("/next").isNull() ? after : page.at("/next").asLong();
            }
        }
        for (Answer page = rest.get("2", "messages/inbox?limit=3&after=" + after);
                !page.ids().isEmpty();
                page = rest.get(
                        "2", "messages/inbox?limit=3&after=" + page.at("/next").asLong())) {
            seen.addAll(page.ids());
        }
        assertEquals(sent, seen);
    }

    @Test
    void position_isThatBeforeTheRows_soWhoGoesOnFromItMissesNothing() {
        fixture.send(1, 2, "one");
        String position = rest.get("2", "messages/inbox").at("/position").asText();
        assertEquals(position, rest.get("2", "notifications/").at("/position").asText());
        assertEquals(fixture.done(fixture.hubs.hub.position(UserKey.of(2))).toString(), position);
        long next = fixture.send(1, 2, "two").id();
        TestConnection client = fixture.hubs.open(io.tidings.HubFixture.EVENT, "token=2&lastMessageId=" + position);
        assertEquals(
                "connected",
                client.wire.takeFrame("connected").json().path("type").asText());
        assertEquals(next, FeedsFixture.data(client, "message:new").path("id").asLong());
        client.take("delivery:live");
    }

    @Test
    void seen_isToldToTheSender_andCounted() {
        TestConnection sender = fixture.event("1");
        long id = fixture.send(1, 2, "hi").id();
        assertEquals(
                "{\"count\":1,\"version\":1}",
                rest.get("2", "messages/unread_count").text());
        rest.post("2", "messages/seen", "{\"conversationWith\":1,\"messageIds\":[" + id + ",999,\"x\"]}")
                .is(204);
        assertEquals(
                id,
                FeedsFixture.data(sender, "message:seen").at("/messageIds/0").asLong());
        assertEquals(
                "{\"count\":0,\"version\":2}",
                rest.get("2", "messages/unread_count").text());
    }

    // --- Notifications

    @Test
    void interaction_isAnsweredAsItIsTold_andOnesOwnIsNone() {
        TestConnection owner = fixture.event("2");
        Answer liked = rest.post("1", "interactions", LIKE).is(201);
        assertEquals(FeedsFixture.data(owner, "notification:new"), liked.json());
        assertEquals("like", liked.at("/type").asText());
        assertEquals("user-1", liked.at("/actor/username").asText());
        assertEquals("SOCIAL", liked.at("/category").asText());
        assertEquals("", rest.post("2", "interactions", LIKE).is(204).text());
        assertEquals(1, rest.get("2", "notifications/unseen_count").at("/count").asInt());
    }

    @Test
    void notification_isOfItsService_withWhatItSays() {
        TestConnection user = fixture.event("2");
        Answer posted = rest.post(
                        "9!notify",
                        "notifications/",
                        "{\"userId\":2,\"title\":\"T<b>\",\"message\":\"M\",\"type\":\"WARNING\",\"category\":\"BILLING\","
                                + "\"priority\":\"HIGH\",\"actionUrl\":\"/pay\"}")
                .is(201);
        assertEquals(FeedsFixture.data(user, "notification:new"), posted.json());
        assertEquals("system", posted.at("/type").asText());
        assertEquals("WARNING", posted.at("/level").asText());
        assertEquals("T", posted.at("/title").asText(), "sanitised");
        assertEquals(
                "{\"count\":1,\"version\":1,\"byCategory\":{\"BILLING\":1}}",
                rest.get("2", "notifications/unseen_count").text());
        Answer plain = rest.post("9!notify", "notifications/", NOTICE).is(201);
        assertEquals("INFO", plain.at("/level").asText());
        assertEquals("OTHER", plain.at("/category").asText());
        assertEquals("NORMAL", plain.at("/priority").asText());
    }

    @Test
    void notifications_areListedNewestFirst_andFiltered() {
        List<Long> ids = LongStream.rangeClosed(1, 5)
                .mapToObj(i -> rest.post(
                                "9!notify",
                                "notifications/",
                                NOTICE.replace("}", ",\"category\":\"" + (i % 2 == 0 ? "EVEN" : "ODD") + "\"}"))
                        .at("/id")
                        .asLong())
                .toList();
        assertEquals(
                List.of(ids.get(4), ids.get(3), ids.get(2), ids.get(1), ids.get(0)),
                rest.get("2", "notifications/").ids());
        Answer page = rest.get("2", "notifications/?limit=2").is(200);
        assertEquals(List.of(ids.get(4), ids.get(3)), page.ids());
        assertEquals(ids.get(3), page.at("/next").asLong());
        Answer last = rest.get("2", "notifications/?limit=4&before=" + ids.get(3));
        assertEquals(List.of(ids.get(2), ids.get(1), ids.get(0)), last.ids());
        assertTrue(last.at("/next").isNull(), "the page is not full");
        assertEquals(
                List.of(ids.get(3), ids.get(1)),
                rest.get("2", "notifications/?category=EVEN").ids());
        rest.post("2", "notifications/seen", "{\"notificationIds\":[" + ids.get(3) + "]}")
                .is(204);
        assertEquals(
                List.of(ids.get(1)),
                rest.get("2", "notifications/?category=EVEN&unseen=true").ids());
        Answer both = rest.get("2", "notifications/?category=EVEN&unseen=false");
        assertEquals(List.of(ids.get(3), ids.get(1)), both.ids());
        assertTrue(both.at("/items/0/seen").asBoolean());
        assertFalse(both.at("/items/1/seen").asBoolean());
    }

    // --- Idempotency

    @Test
    void aRepeatWithItsKey_isAnsweredWithTheSameRow_andDoesNothing() {
        TestConnection receiver = fixture.event("2");
        for (String[] post : new String[][] {
            {"1", "messages/", HI}, {"1", "interactions", LIKE}, {"9!notify", "notifications/", NOTICE}
        }) {
            Answer first = rest.post(post[0], post[1], "k", post[2]).is(201);
            receiver.wire.takeFrame();
            receiver.wire.takeFrame();
            Answer again = rest.post(post[0], post[1], "k", post[2]).is(201);
            assertEquals(first.json(), again.json());
            receiver.wire.assertExhausted();
            assertNotEquals(
                    first.at("/id"), rest.post(post[0], post[1], "k2", post[2]).at("/id"));
            receiver.wire.takeFrame();
            receiver.wire.takeFrame();
        }
    }

    @Test
    void aKey_countsForItsCallerAlone() {
        long mine = rest.post("1", "messages/", "k", HI).at("/id").asLong();
        long another = rest.post("3", "messages/", "k", HI).at("/id").asLong();
        assertNotEquals(mine, another);
        long elsewhere = rest.post("t/1", "messages/", "k", HI).at("/id").asLong();
        assertNotEquals(mine, elsewhere);
    }

    @Test
    void aRepeatOfANotification_doesNotSayWhetherItWasSeen() {
        long id = rest.post("1", "interactions", "k", LIKE).at("/id").asLong();
        rest.post("2", "notifications/seen", "{\"notificationIds\":[" + id + "]}")
                .is(204);
        Answer again = rest.post("1", "interactions", "k", LIKE).is(201);
        assertEquals(id, again.at("/id").asLong());
        assertFalse(again.at("/seen").asBoolean());
    }

    @Test
    void aKeyOfAnotherUsersNotification_isRefused() {
        rest.post("1", "interactions", "k", LIKE).is(201);
        rest.post("1", "interactions", "k", LIKE.replace("\"ownerId\":2", "\"ownerId\":3"))
                .refuses(400, "INVALID_MESSAGE", "Idempotency-Key");
        assertEquals(0, rest.get("3", "notifications/unseen_count").at("/count").asInt());
    }

    // --- Refusals, in their order

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"-", "bad", "expired"})
    void withoutAGoodToken_everyRouteSays401_beforeItLooks(@Nullable String token) {
        for (HttpRoute route : fixture.feeds.routes()) {
            rest.send(route.method(), token, route.path() + "?limit=x", "bad\nkey", new byte[0])
                    .refuses(401, "UNAUTHORIZED", null);
        }
    }

    @Test
    void overTheBudget_is429_beforeScopeAndBody() {
        limit(RateLimits.builder().messages(1).reads(1).build());
        rest.post("1", "messages/", "{}").is(400);
        Answer refused = rest.post("1", "notifications/", "{}").refuses(429, "RATE_LIMIT", null);
        assertEquals("60", refused.response().headers().get("Retry-After"));
        assertEquals(60, refused.at("/error/retryAfter").asInt());
        rest.get("1", "messages/unread_count").is(200);
        rest.get("1", "presence?users=").refuses(429, "RATE_LIMIT", null);
        rest.get("2", "messages/unread_count").is(200);
    }

    @Test
    void withoutTheScope_is403_beforeTheBody() {
        rest.post("9", "notifications/", "{}").refuses(403, "FORBIDDEN", null);
        rest.post("9!other", "notifications/", NOTICE).refuses(403, "FORBIDDEN", null);
        rest.post("9!notify", "notifications/", "{}").refuses(400, "INVALID_MESSAGE", "userId");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        messages/inbox?limit=0           | limit
        messages/inbox?limit=201         | limit
        messages/inbox?limit=-1          | limit
        messages/inbox?limit=x           | limit
        messages/inbox?limit=            | limit
        messages/inbox?after=x           | after
        messages/inbox?after=-1          | after
        messages/inbox?after=12345678901234567 | after
        messages/inbox?with=             | with
        messages/inbox?with=%00          | with
        notifications/?limit=201         | limit
        notifications/?before=1.5        | before
        notifications/?unseen=yes        | unseen
        notifications/?category=         | category
        presence                         | users
        presence?users=                  | users
        presence?users=1,,2              | users
        presence?users=%0A               | users
        """)
    void aBadParameter_isNamed(String target, String parameter) {
        rest.get("1", target).refuses(400, "INVALID_MESSAGE", parameter);
    }

    @Test
    void limits_holdOnBothSides() {
        rest.get("1", "messages/inbox?limit=1").is(200);
        rest.get("1", "messages/inbox?limit=200&after=9999999999999999").is(200);
        assertEquals(50, countOf(60, "messages/inbox"));
        String many = String.join(",", java.util.Collections.nCopies(100, "1"));
        rest.get("1", "presence?users=" + many).is(200);
        String tooMany = String.join(
                ",", LongStream.rangeClosed(1, 101).mapToObj(Long::toString).toList());
        rest.get("1", "presence?users=" + tooMany).refuses(400, "INVALID_MESSAGE", "users");
    }

    private int countOf(int messages, String target) {
        for (int i = 0; i < messages; i++) {
            fixture.send(1, 2, "m");
        }
        return rest.get("2", target).ids().size();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        messages/      | {"receiverId":2}                                | content
        messages/      | {"receiverId":2,"content":" "}                  | content
        messages/      | {"receiverId":2,"content":7}                    | content
        messages/      | {"receiverId":-2,"content":"x"}                 | receiverId
        messages/      | {"receiverId":2,"content":"x"                   | -
        messages/seen  | {"conversationWith":1,"messageIds":7}           | messageIds
        interactions   | {"type":"poke","ownerId":2,"target":{}}         | type
        interactions   | {"type":"like","ownerId":2,"target":{"type":"p","id":1,"title":"t","thumbUrl":"javascript:x"}} | target.thumbUrl
        notifications/ | {"userId":2,"title":"t","message":"m","type":"BAD"}      | type
        notifications/ | {"userId":2,"title":"t","message":"m","category":""}     | category
        notifications/ | {"userId":2,"title":"t","message":"m","actionUrl":"javascript:x"} | actionUrl
        notifications/seen | {}                                          | notificationIds
        """)
    void aBadField_isNamed_andChangesNothing(String target, String body, String field) {
        rest.post("1!notify", target, body).refuses(400, "INVALID_MESSAGE", field.equals("-") ? null : field);
        assertEquals(
                "{\"count\":0,\"version\":0}",
                rest.get("2", "messages/unread_count").text());
        assertEquals(
                0, rest.get("2", "notifications/unseen_count").at("/version").asInt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\nb"})
    void aBadKey_isNamed(String key) {
        for (HttpRoute route : fixture.feeds.routes()) {
            if (route.method().equals("POST")) {
                rest.post("1!notify", route.path(), key, "{}").refuses(400, "INVALID_MESSAGE", "Idempotency-Key");
            }
        }
        rest.post("1", "messages/", "k".repeat(128), HI).is(201);
        rest.post("1", "messages/", "k".repeat(129), HI).refuses(400, "INVALID_MESSAGE", "Idempotency-Key");
    }

    @Test
    @Tag("R53")
    void whatTheAuthoriserRefuses_is403_andChangesNothing() {
        mayReach = CompletableFuture.completedFuture(false);
        TestConnection other = fixture.event("2");
        rest.post("1", "messages/", HI).refuses(403, "FORBIDDEN", null);
        rest.post("1", "interactions", LIKE).refuses(403, "FORBIDDEN", null);
        rest.post("1!notify", "notifications/", NOTICE).refuses(403, "FORBIDDEN", null);
        rest.post("1", "messages/seen", "{\"conversationWith\":2,\"messageIds\":[1]}")
                .refuses(403, "FORBIDDEN", null);
        other.wire.assertExhausted();
        assertEquals(
                "{\"count\":0,\"version\":0}",
                rest.get("2", "messages/unread_count").text());
    }

    @Test
    void aStoreThatIsFullOrAway_is503_withWhenToComeBack() {
        for (int i = 0; i < 2_000; i++) {
            if (rest.post("1", "messages/", HI).status() != 201) {
                break;
            }
        }
        Answer full = rest.post("1", "messages/", HI).refuses(503, "INTERNAL_ERROR", null);
        assertTrue(Integer.parseInt(full.response().headers().get("Retry-After")) >= 1);
        rest.get("2", "messages/inbox").is(200);
        rows.close();
        for (String target : List.of("messages/inbox", "messages/unread_count", "notifications/", "presence?users=1")) {
            Answer away = rest.get("1", target).refuses(503, "INTERNAL_ERROR", null);
            assertTrue(Integer.parseInt(away.response().headers().get("Retry-After")) >= 1);
        }
    }

    @Test
    void whatTheHostThrows_isNotSaid() {
        FeedsFixture before = fixture;
        fixture = new FeedsFixture(
                InMemoryFeedStore.builder().build(),
                feeds -> feeds.templates((interaction, profile) -> {
                    throw new IllegalArgumentException("secret of the host's");
                }),
                hub -> hub.authenticator(RestClient.TOKENS));
        rest = new RestClient(fixture);
        before.close();
        Answer answer = rest.post("1", "interactions", LIKE).refuses(503, "INTERNAL_ERROR", null);
        assertFalse(answer.text().contains("secret"), answer.text());
    }

    @Test
    void feedsThatHaveNotStarted_say503() {
        try (Feeds feeds = Feeds.builder()
                .store(InMemoryFeedStore.builder().build())
                .basePath("/chat")
                .build()) {
            for (HttpRoute route : feeds.routes()) {
                assertTrue(route.path().startsWith("/chat/"), route.path());
                assertEquals(
                        503,
                        fixture.done(route.handler()
                                        .handle(new io.tidings.http.HttpRequest(
                                                route.method(),
                                                route.path(),
                                                java.util.Map.of(),
                                                java.util.Map.of(),
                                                new byte[0],
                                                "1.1.1.1")))
                                .status());
            }
        }
    }
}
