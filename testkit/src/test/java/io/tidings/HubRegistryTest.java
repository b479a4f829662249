package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.message.CloseReason;
import io.tidings.message.UserKey;
import io.tidings.policy.AcknowledgementPolicy;
import io.tidings.policy.ConnectionLimits;
import io.tidings.policy.ConnectionLimits.TooMany;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is connected: how many a user may be, and what a reconnect replaces. */
class HubRegistryTest {

    private static final UserKey USER = UserKey.of(123);

    private HubFixture fixture = new HubFixture();

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    private void rebuild(int perUser, TooMany onTooMany) {
        fixture.close();
        fixture = new HubFixture(builder -> builder.connectionLimits(new ConnectionLimits(perUser, onTooMany)));
    }

    private List<TestConnection> open(int count, String token) {
        List<TestConnection> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(fixture.event(token));
        }
        return clients;
    }

    private TestConnection open(String query) {
        return fixture.open(HubFixture.EVENT, query);
    }

    private List<String> connected(UserKey user) {
        return fixture.hub.connections(user).stream().map(Connection::id).toList();
    }

    private static List<String> ids(List<TestConnection> clients) {
        return clients.stream().map(TestConnection::id).toList();
    }

    private static void assertClosed(TestConnection client, int code) {
        assertEquals(code, client.wire.takeClose().code());
        client.cut();
        client.wire.assertExhausted();
    }

    // --- How many

    @Test
    @Tag("R30")
    void tenConnectionsFit_theEleventhClosesTheOldest_ofThatUserAlone() {
        TestConnection stranger = fixture.event("124");
        TestConnection namesake = fixture.event("a/123");
        List<TestConnection> clients = open(10, "123");
        assertEquals(ids(clients), connected(USER));
        clients.forEach(client -> client.wire.assertExhausted());
        clients.add(fixture.envelope("123"));
        assertClosed(clients.remove(0), 4503);
        assertEquals(ids(clients), connected(USER));
        clients.forEach(client -> client.wire.assertExhausted());
        stranger.wire.assertExhausted();
        namesake.wire.assertExhausted();
        assertEquals(12, fixture.hub.stats().connections());
        assertEquals(3, fixture.hub.stats().users());
    }

    @Test
    @Tag("R30")
    void theEleventh_isRefused_whenTheHostChose() {
        rebuild(10, TooMany.REFUSE_NEW);
        List<TestConnection> clients = open(10, "123");
        assertClosed(open("token=123"), 4503);
        assertEquals(ids(clients), connected(USER));
        clients.get(4).cut();
        clients.set(4, clients.remove(9));
        clients.add(fixture.event("123"));
        assertEquals(10, connected(USER).size());
        assertClosed(open("token=123"), 4503);
        fixture.event("124").wire.assertExhausted();
    }

    @Test
    @Tag("R30")
    void aPlaceIsFree_whenAConnectionEnds() {
        List<TestConnection> clients = open(10, "123");
        clients.remove(3).cut();
        clients.add(fixture.event("123"));
        clients.forEach(client -> client.wire.assertExhausted());
        assertEquals(ids(clients), connected(USER));
    }

    @Test
    @Tag("R30")
    void oneConnectionAUser_isALimitToo() {
        rebuild(1, TooMany.CLOSE_OLDEST);
        TestConnection first = fixture.event("123");
        TestConnection second = fixture.event("123");
        assertClosed(first, 4503);
        assertEquals(List.of(second.id()), connected(USER));
        second.wire.assertExhausted();
    }

    @Test
    @Tag("R30")
    void aConnection_saysWhoItIs() {
        TestConnection client =
                open("token=a/123@phone&device=other&instance=tab").live();
        Connection connection = fixture.hub.connections(new UserKey("a", "123")).get(0);
        assertEquals(client.id(), connection.id());
        assertEquals(new UserKey("a", "123"), connection.user());
        assertEquals("phone", connection.device());
        assertEquals("tab", connection.instance());
        assertEquals(HubFixture.EVENT, connection.path());
        assertEquals("event", connection.dialect());
        assertEquals("192.168.1.1", connection.remoteAddress());
        assertEquals(fixture.time.epochMillis(), connection.openedAt().toEpochMilli());
        assertEquals(List.of(), fixture.hub.connections(UserKey.of(123)));
    }

    // --- What a reconnect replaces

    @Test
    @Tag("R48")
    void anAttemptThatWasGivenUp_andOpensLate_doesNotReplaceTheLaterOne() {
        CompletableFuture<Authentication> slow = new CompletableFuture<>();
        fixture.close();
        fixture = new HubFixture(builder -> builder.authenticator(
                token -> token.equals("slow") ? slow : CompletableFuture.completedFuture(accepted())));
        TestConnection givenUp = open("token=slow&instance=tab");
        fixture.time.advance(Duration.ofSeconds(1));
        TestConnection later = open("token=123&instance=tab").live();
        slow.complete(accepted());
        fixture.time.runUntilQuiet();
        assertClosed(givenUp, 4502);
        later.wire.assertExhausted();
        assertEquals(List.of(later.id()), connected(USER));
        fixture.time.advance(Duration.ofSeconds(1));
        TestConnection again = open("token=123&instance=tab").live();
        assertClosed(later, 4502);
        assertEquals(List.of(again.id()), connected(USER));
    }

    private static Authentication accepted() {
        return new Authentication.Accepted(new Identity(USER, null, Set.of(), Map.of(), null));
    }

    @Test
    @Tag("R48")
    void theSameInstance_replacesItsOldConnection() {
        TestConnection old = open("token=123@phone&instance=tab").live();
        TestConnection renewed = open("token=123@phone&instance=tab").live();
        assertClosed(old, 4502);
        assertEquals(List.of(renewed.id()), connected(USER));
        fixture.send("123", 1);
        renewed.take("message:new");
        renewed.wire.assertExhausted();
    }

    @Test
    @Tag("R48")
    void instancesOfOneDevice_andUnnamedOnes_doNotReplaceEachOther_norDoThoseOfOtherUsers() {
        List<TestConnection> clients = new ArrayList<>();
        for (String query : List.of(
                "token=123@phone&instance=tab1",
                "token=123@phone&instance=tab2",
                "token=123@phone",
                "token=123@phone",
                "token=124@phone&instance=tab1",
                "token=a/123@phone&instance=tab1")) {
            clients.add(open(query).live());
        }
        clients.forEach(client -> client.wire.assertExhausted());
        assertEquals(ids(clients.subList(0, 4)), connected(USER));
    }

    @Test
    @Tag("R48")
    void aReplacement_takesNobodyElsesPlace() {
        rebuild(2, TooMany.CLOSE_OLDEST);
        TestConnection first = open("token=123&instance=a").live();
        TestConnection second = open("token=123&instance=b").live();
        TestConnection renewed = open("token=123&instance=b").live();
        assertClosed(second, 4502);
        first.wire.assertExhausted();
        assertEquals(List.of(first.id(), renewed.id()), connected(USER));
    }

    @Test
    @Tag("R48")
    void aReplacement_isLetIn_whereNewOnesAreRefused() {
        rebuild(1, TooMany.REFUSE_NEW);
        TestConnection old = open("token=123&instance=a").live();
        TestConnection renewed = open("token=123&instance=a").live();
        assertClosed(old, 4502);
        assertClosed(open("token=123&instance=b"), 4503);
        assertEquals(List.of(renewed.id()), connected(USER));
    }

    @Test
    @Tag("R48")
    void acknowledgements_ofTheReplacedConnection_countForNothing_whatItSaidBeforeCounts() {
        TestConnection old = open("token=123@phone&instance=tab").live();
        String first = ((SendResult.Accepted) fixture.send("123", 1)).id().toString();
        String second = ((SendResult.Accepted) fixture.send("123", 2)).id().toString();
        old.take("message:new");
        old.take("message:new");
        old.say("ack", "{\"messageId\":\"" + first + "\"}");
        TestConnection renewed = open("token=123@phone&instance=tab");
        assertEquals(first, renewed.take("connected").at("/lastMessageId").asText());
        assertEquals(2, renewed.take("message:new").at("/data/id").asInt());
        old.say("ack", "{\"messageId\":\"" + second + "\"}");
        assertClosed(old, 4502);
        fixture.time.advance(AcknowledgementPolicy.STANDARD.storeAfter());
        renewed.cut();
        TestConnection again = open("token=123@phone&instance=tab");
        assertEquals(first, again.take("connected").at("/lastMessageId").asText());
    }

    // --- How it ends

    @Test
    @Tag("R35")
    void aPeerThatDoesNotAnswerTheCloseFrame_isCutAfterFiveSeconds() {
        TestConnection client = fixture.event("123");
        fixture.hub.connections(USER).get(0).close(CloseReason.CLOSED_BY_HOST);
        fixture.time.runUntilQuiet();
        assertEquals(4505, client.wire.takeClose().code());
        assertEquals(List.of(), connected(USER));
        assertEquals(0, fixture.hub.stats().memberships());
        assertEquals(1, fixture.hub.stats().closing());
        fixture.time.advance(HubConnection.CLOSING_TIME.minusMillis(1));
        client.wire.assertExhausted();
        fixture.time.advance(Duration.ofMillis(1_000));
        client.wire.takeAbort();
        client.wire.assertExhausted();
        assertEquals(
                true, fixture.hub.stats().isEmpty(), () -> fixture.hub.stats().toString());
    }

    @Test
    @Tag("R35")
    void theEnd_toldTwiceAndInAnyWay_isOne() {
        TestConnection client = fixture.event("123");
        client.listener().closed(1001, "going away");
        client.listener().closed(1000, null);
        client.listener().failed(new IllegalStateException("reset"));
        client.cut();
        fixture.hub.connections(USER).forEach(connection -> connection.close(CloseReason.NORMAL));
        client.wire.takeAbort();
        client.wire.assertExhausted();
        fixture.assertEmpty();
    }

    @Test
    @Tag("R35")
    void close_writesWhatWaits_thenTheCloseFrame_andIsIdempotent() {
        TestConnection client = fixture.event("123");
        client.wire.holdWrites();
        fixture.send("123", 1);
        fixture.send("123", 2);
        Connection connection = fixture.hub.connections(USER).get(0);
        connection.close(CloseReason.CLOSED_BY_HOST.withReason("bye"));
        connection.close(CloseReason.NORMAL);
        fixture.send("123", 3);
        client.wire.releaseWrites();
        fixture.time.runUntilQuiet();
        client.take("message:new");
        client.take("message:new");
        assertEquals("bye", client.wire.takeClose().reason());
        client.cut();
        client.wire.assertExhausted();
        fixture.assertEmpty();
    }
}
