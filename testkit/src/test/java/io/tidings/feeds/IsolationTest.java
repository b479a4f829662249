package io.tidings.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tidings.HubFixture;
import io.tidings.TestConnection;
import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.Inbound;
import io.tidings.message.Address;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.spi.Handshake;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Walks every way in, with everybody who must not get at what users of a tenant have: nothing of it may be shown, counted, told or changed.
 *
 * <p>What an attacker gets to see is compared with what the same attacker sees where there is nothing to be seen. A route, a kind or an
 * address that is added and not walked fails the walk.
 */
@Tag("R53")
@Tag("R67")
class IsolationTest {

    /** Lets everybody do everything within their tenant. */
    private static final Authorizer OPEN = new Authorizer() {
        @Override
        public CompletionStage<Boolean> maySubscribe(Identity identity, Topic topic) {
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletionStage<Boolean> maySee(Identity from, UserKey user) {
            return CompletableFuture.completedFuture(true);
        }
    };

    /** Lets nobody reach anybody. */
    private static final Authorizer CLOSED = new Authorizer() {
        @Override
        public CompletionStage<Boolean> mayReach(Identity from, UserKey to, String kind) {
            return CompletableFuture.completedFuture(false);
        }
    };

    /** What is asked of a route: a query, or a body. */
    private record Ask(String query, @Nullable String body) {}

    private static Ask query(String query) {
        return new Ask(query, null);
    }

    private static Ask body(String body) {
        return new Ask("", body);
    }

    private static final Map<String, List<Ask>> ROUTES = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    "GET /api/v1/events",
                    List.of(query(""), query("?after={position}"), query("?after={position}&instance=tab&limit=1"))),
            Map.entry("POST /api/v1/messages/", List.of(body("{\"receiverId\":2,\"content\":\"mine\"}"))),
            Map.entry(
                    "GET /api/v1/messages/inbox",
                    List.of(query(""), query("?with=1"), query("?with=2"), query("?after=0&limit=200"))),
            Map.entry(
                    "POST /api/v1/messages/seen",
                    List.of(
                            body("{\"conversationWith\":1,\"messageIds\":[{toTwo},{toOne}]}"),
                            body("{\"conversationWith\":2,\"messageIds\":[{toTwo},{toOne}]}"))),
            Map.entry("GET /api/v1/messages/unread_count", List.of(query(""))),
            Map.entry(
                    "POST /api/v1/interactions",
                    List.of(
                            body(
                                    "{\"type\":\"like\",\"ownerId\":2,\"target\":{\"type\":\"t\",\"id\":{toTwo},\"title\":\"t\"}}"))),
            Map.entry(
                    "POST /api/v1/notifications/",
                    List.of(body("{\"userId\":2,\"title\":\"mine\",\"message\":\"mine\"}"))),
            Map.entry(
                    "GET /api/v1/notifications/",
                    List.of(
                            query(""),
                            query("?unseen=true"),
                            query("?category=SECRET"),
                            query("?before=9999999999999999"))),
            Map.entry("POST /api/v1/notifications/seen", List.of(body("{\"notificationIds\":[{notification}]}"))),
            Map.entry("GET /api/v1/notifications/unseen_count", List.of(query(""))),
            Map.entry("GET /api/v1/presence", List.of(query("?users=1"), query("?users=1,2")))));

    /**
     * What is said of a kind.
     *
     * @param event    the event dialect's word, or null where its clients have none
     * @param envelope the envelope dialect's
     * @param body     the fields
     */
    private record Say(@Nullable String event, @Nullable String envelope, String body) {}

    private static final Map<Kind, Say> KINDS = Map.ofEntries(
            Map.entry(
                    Kinds.SEND_MESSAGE,
                    new Say("message:send", "SEND_MESSAGE", "{\"receiverId\":2,\"content\":\"mine\"}")),
            Map.entry(
                    Kinds.MARK_MESSAGES_SEEN,
                    new Say(
                            "message:mark_seen",
                            "MARK_MESSAGES_SEEN",
                            "{\"conversationWith\":1,\"messageIds\":[{toTwo},{toOne}]}")),
            Map.entry(
                    Kinds.SET_TYPING,
                    new Say("message:typing", "TYPING", "{\"conversationWith\":2,\"isTyping\":true}")),
            Map.entry(
                    Kinds.MARK_NOTIFICATIONS_SEEN,
                    new Say(
                            "notification:mark_seen",
                            "MARK_NOTIFICATIONS_READ",
                            "{\"notificationIds\":[{notification}]}")),
            Map.entry(Kinds.PING, new Say(null, "PING", "{}")),
            Map.entry(Kinds.PONG, new Say("pong", null, "{}")),
            Map.entry(Kinds.ACK, new Say("ack", "ACK", "{\"messageId\":\"{position}\"}")),
            Map.entry(Kinds.AUTH, new Say("auth", "AUTH", "{\"token\":\"a/1\"}")),
            Map.entry(Kinds.AUTH_REFRESH, new Say("auth:refresh", "TOKEN_REFRESH", "{\"token\":\"a/1\"}")),
            Map.entry(Kinds.RESUME, new Say("resume", "RESUME", "{\"lastMessageId\":\"{position}\"}")),
            Map.entry(
                    Kinds.SUBSCRIBE_CATEGORIES,
                    new Say("category:subscribe", "SUBSCRIBE", "{\"categories\":[\"SECRET\"]}")),
            Map.entry(
                    Kinds.UNSUBSCRIBE_CATEGORIES,
                    new Say("category:unsubscribe", "UNSUBSCRIBE", "{\"categories\":[\"OTHER\"]}")),
            Map.entry(
                    Kinds.SUBSCRIBE_TOPICS,
                    new Say("topic:subscribe", "SUBSCRIBE_TOPICS", "{\"topics\":[\"presence:1\",\"presence:2\"]}")),
            Map.entry(
                    Kinds.UNSUBSCRIBE_TOPICS,
                    new Say("topic:unsubscribe", "UNSUBSCRIBE_TOPICS", "{\"topics\":[\"presence:1\"]}")));

    private static String filled(String text, Map<String, String> known) {
        String filled = text;
        for (Map.Entry<String, String> each : known.entrySet()) {
            filled = filled.replace(each.getKey(), each.getValue());
        }
        return filled;
    }

    private static RestClient.Answer ask(
            IsolationWorld world, @Nullable String token, String route, Ask ask, Map<String, String> known) {
        String[] parts = route.split(" ", 2);
        String body = ask.body == null ? "" : filled(ask.body, known);
        return world.rest.send(
                parts[0], token, parts[1] + filled(ask.query, known), null, body.getBytes(StandardCharsets.UTF_8));
    }

    // --- Nothing is left out

    @Test
    void everyRoute_isWalked() {
        try (IsolationWorld world = new IsolationWorld(false, OPEN)) {
            Set<String> routes = world.fixture.hubs.hub.acceptor().routes().routes().stream()
                    .map(route -> route.method() + ' ' + route.path())
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(routes, ROUTES.keySet());
        }
    }

    @Test
    void everyKind_isWalked_inEveryDialectThatHasAWordForIt() {
        assertEquals(new HashSet<>(Kinds.inbound()), KINDS.keySet());
        Map<String, String> known =
                Map.of("{toTwo}", "1", "{toOne}", "2", "{notification}", "3", "{position}", "p" + "0".repeat(20));
        for (Dialect dialect : List.of(EventDialect.standard(), EnvelopeDialect.standard())) {
            Set<Kind> said = new HashSet<>();
            KINDS.forEach((kind, say) -> {
                String frame = frame(dialect.name().equals("event"), say);
                if (frame != null) {
                    Inbound read = dialect.decode(filled(frame, known));
                    assertEquals(
                            kind.name(),
                            assertInstanceOf(Inbound.Request.class, read, frame).kind());
                    said.add(kind);
                }
            });
            assertEquals(new HashSet<>(dialect.inbound()), said, dialect.name());
        }
    }

    private static @Nullable String frame(boolean event, Say say) {
        String word = event ? say.event : say.envelope;
        return word == null
                ? null
                : "{\"type\":\"" + word + "\",\"" + (event ? "data" : "payload") + "\":" + say.body + "}";
    }

    // --- Requests

    @ParameterizedTest
    @ValueSource(strings = {"-", "bad", "expired", ""})
    void withoutATokenThatHolds_nothingIsShown_andNothingChanges(String token) {
        try (IsolationWorld world = new IsolationWorld(true, OPEN)) {
            List<String> before = world.dump();
            ROUTES.forEach((route, asks) -> asks.forEach(ask -> {
                RestClient.Answer answer = ask(world, token.equals("-") ? null : token, route, ask, world.known);
                answer.refuses(401, "UNAUTHORIZED", null);
                assertFalse(answer.text().contains(IsolationWorld.SECRET), answer.text());
            }));
            assertEquals(before, world.dump());
            world.assertVictimsHeardNothing("a request");
        }
    }

    @Test
    void withoutTheScope_nobodyIsNotified_notEvenByThemselves() {
        try (IsolationWorld world = new IsolationWorld(true, OPEN)) {
            List<String> before = world.dump();
            for (String token : List.of("a/1", "a/2", "a/3", "a/3!operate", "b/1")) {
                ROUTES.get("POST /api/v1/notifications/")
                        .forEach(ask -> ask(world, token, "POST /api/v1/notifications/", ask, world.known)
                                .refuses(403, "FORBIDDEN", null));
            }
            assertEquals(before, world.dump());
            world.assertVictimsHeardNothing("a notification without scope");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"b/1!notify", "b/2!notify", "b/3!notify", "1!notify"})
    void aForeignTenant_seesNothing_tellsNothing_andChangesNothing_byAnyRoute(String token) {
        try (IsolationWorld full = new IsolationWorld(true, OPEN);
                IsolationWorld empty = new IsolationWorld(false, OPEN)) {
            List<String> before = full.dump("a");
            walkRoutes(token, full, empty);
            assertEquals(before, full.dump("a"));
        }
    }

    @Test
    void anotherUserWhomTheAuthoriserLetsReachNobody_seesNothing_andChangesNothing_byAnyRoute() {
        try (IsolationWorld full = new IsolationWorld(true, CLOSED);
                IsolationWorld empty = new IsolationWorld(false, CLOSED)) {
            List<String> before = full.dump();
            walkRoutes("a/3!notify", full, empty);
            assertEquals(before, full.dump());
        }
    }

    @Test
    void anotherUserOfTheTenant_readsAndMarksNothingOfOthers() {
        try (IsolationWorld full = new IsolationWorld(true, OPEN)) {
            List<String> before = full.dump();
            ROUTES.forEach((route, asks) -> asks.forEach(ask -> {
                boolean reaches = Set.of(
                                "POST /api/v1/messages/", "POST /api/v1/interactions", "POST /api/v1/notifications/")
                        .contains(route);
                if (!reaches) {
                    RestClient.Answer answer = ask(full, "a/3", route, ask, full.known);
                    assertFalse(answer.text().contains(IsolationWorld.SECRET), route + answer.text());
                }
            }));
            assertEquals(before, full.dump());
            full.assertVictimsHeardNothing("what another user read");
        }
    }

    private static void walkRoutes(String token, IsolationWorld full, IsolationWorld empty) {
        ROUTES.forEach((route, asks) -> asks.forEach(ask -> {
            RestClient.Answer answer = ask(full, token, route, ask, full.known);
            RestClient.Answer nothing = ask(empty, token, route, ask, full.known);
            String what = token + ' ' + route + ask;
            assertFalse(answer.text().contains(IsolationWorld.SECRET), what);
            assertEquals(nothing.status(), answer.status(), what);
            assertEquals(IsolationWorld.plain(nothing.text()), IsolationWorld.plain(answer.text()), what);
            full.assertVictimsHeardNothing(what);
        }));
    }

    // --- Frames

    @ParameterizedTest
    @ValueSource(strings = {"b/1", "b/2", "b/3", "1"})
    void aForeignTenant_seesNothing_tellsNothing_andChangesNothing_byAnyFrame(String token) {
        try (IsolationWorld full = new IsolationWorld(true, OPEN);
                IsolationWorld empty = new IsolationWorld(false, OPEN)) {
            List<String> before = full.dump("a");
            walkFrames(token, full, empty);
            assertEquals(before, full.dump("a"));
        }
    }

    @Test
    void anotherUserWhomTheAuthoriserLetsReachNobody_seesNothing_andChangesNothing_byAnyFrame() {
        try (IsolationWorld full = new IsolationWorld(true, CLOSED);
                IsolationWorld empty = new IsolationWorld(false, CLOSED)) {
            List<String> before = stored(full);
            walkFrames("a/3", full, empty);
            assertEquals(before, stored(full));
        }
    }

    /** Without the presence of the attacker, who has connected. */
    private static List<String> stored(IsolationWorld world) {
        return world.dump().stream()
                .filter(line -> !line.contains("Status[user=a/3"))
                .toList();
    }

    private static void walkFrames(String token, IsolationWorld full, IsolationWorld empty) {
        KINDS.entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().name()))
                .forEach(entry -> {
                    Say say = entry.getValue();
                    for (boolean event : List.of(true, false)) {
                        String frame = frame(event, say);
                        if (frame != null) {
                            String what = token + ' ' + filled(frame, full.known);
                            List<String> heard = say(token, event, filled(frame, full.known), full.known, full);
                            List<String> nothing = say(token, event, filled(frame, full.known), full.known, empty);
                            assertEquals(nothing, heard, what);
                            assertFalse(
                                    heard.stream()
                                            .anyMatch(text -> text.contains(IsolationWorld.SECRET)
                                                    // What it said itself may be said back.
                                                    && !frame.contains(IsolationWorld.SECRET)),
                                    what + heard);
                            full.assertVictimsHeardNothing(what);
                        }
                    }
                });
    }

    /** What a client hears that connects as if it were the victim's tab, and says something. */
    private static List<String> say(
            String token, boolean event, String frame, Map<String, String> known, IsolationWorld world) {
        TestConnection client = world.fixture.hubs.open(
                event ? HubFixture.EVENT : HubFixture.ENVELOPE,
                "token=" + token + "&device=phone&instance=tab&lastMessageId=" + known.get("{position}"));
        List<String> heard = new ArrayList<>(world.heard(client));
        client.say(frame);
        heard.addAll(world.heard(client));
        return heard;
    }

    @Test
    void withoutATokenThatHolds_noConnectionHearsAnything() {
        try (IsolationWorld world = new IsolationWorld(true, OPEN)) {
            List<String> before = world.dump();
            for (String path : List.of(HubFixture.EVENT, HubFixture.ENVELOPE)) {
                for (String token : List.of("bad", "expired", "")) {
                    Handshake handshake =
                            world.fixture.hubs.handshake(path, "token=" + token + "&instance=tab", Map.of(), List.of());
                    if (world.fixture.done(handshake.decision()) == Handshake.UPGRADE) {
                        TestConnection client = world.fixture.hubs.open(path, "token=" + token + "&instance=tab");
                        KINDS.values().stream()
                                .map(say -> frame(path.equals(HubFixture.EVENT), say))
                                .filter(frame -> frame != null && !frame.contains("a/1"))
                                .forEach(frame -> {
                                    if (!client.wire.isEnded()) {
                                        client.say(filled(String.valueOf(frame), world.known));
                                    }
                                });
                        String heard = world.heard(client).toString();
                        assertFalse(heard.contains(IsolationWorld.SECRET), heard);
                        assertFalse(heard.toLowerCase(java.util.Locale.ROOT).contains("connected"), heard);
                    }
                }
            }
            assertEquals(before, world.dump());
            world.assertVictimsHeardNothing("a connection without token");
        }
    }

    // --- Addresses

    @Test
    void everyAddress_isOfItsTenant_butEveryone() {
        Topic topic = new Topic("a", "presence:1");
        try (IsolationWorld world = new IsolationWorld(true, OPEN)) {
            TestConnection member = world.victims.get(0);
            member.say("topic:subscribe", "{\"topics\":[\"presence:1\"]}");
            List<TestConnection> others = new ArrayList<>();
            for (String token : List.of("b/1", "1")) {
                TestConnection other = world.fixture
                        .hubs
                        .open(HubFixture.EVENT, "token=" + token + "&device=phone&instance=tab")
                        .live();
                other.say("topic:subscribe", "{\"topics\":[\"presence:1\"]}");
                others.add(other);
            }
            member.wire.takeFrames();
            List<Address> addresses = List.of(
                    Address.user(IsolationWorld.ONE),
                    Address.topic(topic),
                    Address.tenant("a"),
                    Address.connection(member.id()),
                    Address.everyone());
            assertEquals(
                    Set.of(Address.class.getPermittedSubclasses()),
                    addresses.stream().map(Object::getClass).collect(Collectors.toSet()));
            for (Address address : addresses) {
                world.fixture.hubs.hub.publish(
                        address,
                        Message.of(Kinds.MESSAGE_SEEN)
                                .set("messageIds", List.of(1))
                                .set("seenBy", 2)
                                .set("seenAt", 0)
                                .build());
                world.fixture.time.runUntilQuiet();
                member.take("message:seen");
                for (TestConnection other : others) {
                    assertEquals(
                            address instanceof Address.Everyone ? 1 : 0,
                            other.wire.takeFrames().size(),
                            address.toString());
                }
                world.victims.get(1).wire.takeFrames();
            }
        }
    }
}
