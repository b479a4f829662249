package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.AllowedOrigins;
import io.tidings.auth.Authentication;
import io.tidings.auth.Authenticator;
import io.tidings.dialect.EventDialect;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.spi.HubObserver;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a host's own routes ask of the hub. */
@Tag("R67")
class HubCallersTest {

    private static final String SECRET = "jdbc:secret@db";

    private final List<Authentication.Reason> refused = new ArrayList<>();

    private final HeldMailbox mailbox =
            new HeldMailbox(InMemoryMailbox.builder().build());
    private final HubFixture fixture = new HubFixture(builder -> builder.mailbox(mailbox)
            .cors(AllowedOrigins.of(List.of("https://app.example")))
            .eventsRoute("/events", EventDialect.standard())
            .route(HttpRoute.get("/own", request -> CompletableFuture.completedFuture(HttpResponse.of(204))))
            .observer(new HubObserver() {
                @Override
                public void refused(Authentication.Reason reason) {
                    refused.add(reason);
                }
            }));

    @AfterEach
    void closes() {
        fixture.close();
    }

    private static HttpRequest request(@Nullable String authorization) {
        return new HttpRequest(
                "GET",
                "/own",
                Map.of(),
                authorization == null ? Map.of() : Map.of("authorization", List.of(authorization)),
                new byte[0],
                "192.168.1.1");
    }

    private Caller ask(Hub hub, @Nullable String authorization) {
        CompletionStage<Caller> asked = hub.authenticate(request(authorization));
        fixture.time.runUntilQuiet();
        return asked.toCompletableFuture().join();
    }

    private static HttpResponse response(Caller caller) {
        return assertInstanceOf(Caller.Unknown.class, caller).response();
    }

    @Test
    void caller_withATokenThatHolds_isKnown() {
        Caller.Known known = assertInstanceOf(Caller.Known.class, ask(fixture.hub, "Bearer acme/7@phone"));
        assertEquals(new UserKey("acme", "7"), known.identity().user());
        assertEquals("phone", known.identity().device());
        assertEquals(List.of(), refused);
    }

    @Test
    void caller_withoutATokenThatHolds_isAnsweredWith401_andCounted() {
        for (String authorization : new String[] {null, "Basic 123", "Bearer a b", "Bearer bad"}) {
            HttpResponse answer = response(ask(fixture.hub, authorization));
            assertEquals(401, answer.status());
            assertEquals("Bearer", answer.headers().get("WWW-Authenticate"));
        }
        Authentication.Reason missing = Authentication.Reason.MISSING;
        assertEquals(List.of(missing, missing, missing, Authentication.Reason.SIGNATURE), refused);
    }

    @Test
    @SuppressWarnings("NullAway") // What a host should not do.
    void caller_whoseTokenCannotBeChecked_isAnsweredWith503_thatSaysNothingOfIt() {
        List<Authenticator> broken = List.of(
                token -> {
                    throw new IllegalStateException(SECRET);
                },
                token -> CompletableFuture.failedFuture(new IllegalStateException(SECRET)),
                token -> CompletableFuture.completedFuture(null),
                token -> null);
        for (Authenticator each : broken) {
            try (HubFixture other = new HubFixture(builder -> builder.authenticator(each))) {
                CompletableFuture<Caller> asked =
                        other.hub.authenticate(request("Bearer 1")).toCompletableFuture();
                HttpResponse answer = response(asked.join());
                assertEquals(503, answer.status());
                assertTrue(Integer.parseInt(answer.headers().get("Retry-After")) >= 1);
                assertFalse(new String(answer.body(), StandardCharsets.UTF_8).contains(SECRET));
            }
        }
    }

    @Test
    void position_isOfTheUsersLastMessage() {
        UserKey user = UserKey.of("123");
        assertEquals(MessageId.of(Position.START), position(user));
        fixture.send("123", 1);
        SendResult.Accepted second = assertInstanceOf(SendResult.Accepted.class, fixture.send("123", 2));
        fixture.send("124", 3);
        assertEquals(second.id(), position(user));
        assertEquals(MessageId.of(Position.START), position(new UserKey("other", "123")));
    }

    private MessageId position(UserKey user) {
        CompletionStage<MessageId> position = fixture.hub.position(user);
        fixture.time.runUntilQuiet();
        return position.toCompletableFuture().join();
    }

    @Test
    void position_ofAMailboxThatFails_fails() {
        mailbox.holdHeads = CompletableFuture.failedFuture(new IllegalStateException("away"));
        CompletableFuture<MessageId> position =
                fixture.hub.position(UserKey.of(1)).toCompletableFuture();
        fixture.time.runUntilQuiet();
        assertThrows(CompletionException.class, position::join);
    }

    @Test
    void pages_ofAllowedOrigins_mayReadTheHostsRoutesAndTheHubsOwn() {
        for (String path : List.of("/own", "/events")) {
            HttpResponse answer = fixture.hub
                    .acceptor()
                    .routes()
                    .handle(new HttpRequest(
                            "GET",
                            path,
                            Map.of(),
                            Map.of("Origin", List.of("https://app.example")),
                            new byte[0],
                            "192.168.1.1"))
                    .toCompletableFuture()
                    .join();
            assertEquals("https://app.example", answer.headers().get("Access-Control-Allow-Origin"), path);
        }
    }
}
