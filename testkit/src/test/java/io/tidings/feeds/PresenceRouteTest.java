package io.tidings.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.TestConnection;
import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Presence as clients see it. */
@Tag("R68")
class PresenceRouteTest {

    /** Users see those of their tenant whose ids are below 100. */
    private static final Authorizer FRIENDS = new Authorizer() {
        @Override
        public CompletionStage<Boolean> maySee(Identity from, UserKey user) {
            return CompletableFuture.completedFuture(user.user().length() < 3);
        }

        @Override
        public CompletionStage<Boolean> maySubscribe(Identity identity, Topic topic) {
            return CompletableFuture.completedFuture(true);
        }
    };

    private FeedsFixture fixture = fixture(FRIENDS, feeds -> feeds);

    private static FeedsFixture fixture(Authorizer authorizer, UnaryOperator<FeedsBuilder> options) {
        return new FeedsFixture(
                InMemoryFeedStore.builder().build(),
                options,
                hub -> hub.authenticator(RestClient.TOKENS).authorizer(authorizer));
    }

    @AfterEach
    void closes() {
        fixture.close();
    }

    private TestConnection open(String token, String device) {
        return fixture.hubs
                .open(io.tidings.HubFixture.EVENT, "token=" + token + "&device=" + device)
                .live();
    }

    private RestClient.Answer get(String token, String users) {
        return new RestClient(fixture).get(token, "presence?users=" + users);
    }

    @Test
    void presence_saysWhoIsThere_onWhichDevices_andWhenTheOthersWereLastSeen() {
        open("1", "phone");
        open("1", "laptop");
        TestConnection gone = open("2", "phone");
        gone.cut();
        time(Duration.ofSeconds(15));
        assertEquals(
                "{\"items\":[{\"userId\":2,\"online\":false,\"devices\":[],\"lastSeenAt\":\"2025-01-01T00:00:00Z\"},"
                        + "{\"userId\":1,\"online\":true,\"devices\":[\"laptop\",\"phone\"]},"
                        + "{\"userId\":\"ab\",\"online\":false,\"devices\":[]}]}",
                get("3", "2,1,ab,1").is(200).text());
    }

    private void time(Duration duration) {
        fixture.time.advance(duration);
    }

    @Test
    void changes_areToldToWhoJoinedTheTopic_inTheTenant_andToNobodyElse() {
        TestConnection watcher = open("3", "w");
        TestConnection foreign = open("t/3", "w");
        TestConnection other = open("4", "w");
        String join = "{\"topics\":[\"presence:1\"]}";
        watcher.say("topic:subscribe", join);
        foreign.say("topic:subscribe", join);
        TestConnection user = open("1", "phone");
        assertEquals(
                "{\"userId\":1,\"online\":true}",
                FeedsFixture.data(watcher, "presence:changed").toString());
        time(Duration.ofSeconds(1));
        user.cut();
        time(Duration.ofSeconds(14));
        watcher.wire.assertExhausted();
        time(Duration.ofSeconds(1));
        assertEquals(
                "{\"userId\":1,\"online\":false,\"lastSeenAt\":\"2025-01-01T00:00:01Z\"}",
                FeedsFixture.data(watcher, "presence:changed").toString());
        foreign.wire.assertExhausted();
        other.wire.assertExhausted();
    }

    @Test
    void reload_isNotToldOf() {
        TestConnection watcher = open("3", "w");
        watcher.say("topic:subscribe", "{\"topics\":[\"presence:1\"]}");
        TestConnection user = open("1", "phone");
        watcher.take("presence:changed");
        user.cut();
        time(Duration.ofSeconds(14));
        open("1", "phone");
        time(Duration.ofSeconds(9));
        watcher.take("ping");
        watcher.wire.assertExhausted();
    }

    @Test
    @Tag("R53")
    void whoeverMayNotBeSeen_isNotToldOf_norAreTheOthers() {
        open("100", "phone");
        for (String users : List.of("100", "1,100", "100,1", "999")) {
            RestClient.Answer answer = get("1", users).refuses(403, "FORBIDDEN", null);
            assertEquals(
                    get("1", "100").text().replaceAll("\\d{4}-[^\"]*", ""),
                    answer.text().replaceAll("\\d{4}-[^\"]*", ""));
        }
    }

    @Test
    @Tag("R53")
    void byDefault_usersSeeThemselvesAlone_andJoinNobodysTopic() {
        fixture.close();
        fixture = fixture(Authorizer.STANDARD, feeds -> feeds);
        TestConnection one = open("1", "phone");
        assertTrue(get("1", "1").is(200).at("/items/0/online").asBoolean());
        get("1", "2").refuses(403, "FORBIDDEN", null);
        get("2", "1").refuses(403, "FORBIDDEN", null);
        one.say("topic:subscribe", "{\"topics\":[\"presence:2\"]}");
        assertEquals("FORBIDDEN", one.take("error").at("/error/code").asText());
        open("2", "phone");
        one.wire.assertExhausted();
    }

    @Test
    void aHundredUsers_areAskedOfAtOnce_andNotMore() {
        StringBuilder users = new StringBuilder("3");
        for (int i = 1; i < PresenceRoute.MAX_USERS; i++) {
            users.append(",3").append(i);
        }
        get("3", users.toString()).refuses(403, "FORBIDDEN", null); // which the authoriser says, who is asked of them
        get("3", users + ",9").refuses(400, "INVALID_MESSAGE", "users");
    }

    @Test
    void aTenantsUsers_areItsOwn() {
        open("t/1", "phone");
        assertEquals("[false]", online("3"));
        assertEquals("[true]", online("t/3"));
    }

    private String online(String token) {
        return get(token, "1").json().findValues("online").toString();
    }

    @Test
    void offlineAfter_isTheHosts_alsoAtOnce() {
        fixture.close();
        fixture = fixture(FRIENDS, feeds -> feeds.offlineAfter(Duration.ZERO));
        TestConnection user = open("1", "phone");
        assertEquals("[true]", online("3"));
        user.cut();
        time(Duration.ofMillis(1));
        assertEquals("[false]", online("3"));
        IllegalArgumentException wrong = assertThrows(
                IllegalArgumentException.class,
                () -> Feeds.builder()
                        .offlineAfter(Duration.ofMillis(-1))
                        .basePath("api/")
                        .build());
        for (String problem : List.of("store", "offlineAfter", "basePath")) {
            assertTrue(String.valueOf(wrong.getMessage()).contains(problem), wrong.getMessage());
        }
    }

    @Test
    void aUserWhoseTopicWouldBeTooLong_isNotToldOf_andSeenAllTheSame() {
        String id = "x".repeat(120);
        fixture.close();
        fixture = fixture(
                new Authorizer() {
                    @Override
                    public CompletionStage<Boolean> maySee(Identity from, UserKey user) {
                        return CompletableFuture.completedFuture(true);
                    }
                },
                feeds -> feeds);
        open(id, "phone");
        assertTrue(get("1", id).at("/items/0/online").asBoolean());
    }
}
