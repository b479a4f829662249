package io.tidings.feeds;

import static io.tidings.feeds.FeedsFixture.data;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.TestConnection;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R62")
class TypingRelayTest {

    private final FeedsFixture fixture = new FeedsFixture();
    private final TestConnection typist = fixture.event("1");
    private final TestConnection peer = fixture.event("2");

    @AfterEach
    void close() {
        fixture.close();
        assertEquals(0, fixture.feeds.typing().held());
    }

    @Test
    void changesAreTold_repeatsAreNot() {
        types(true);
        expect(true);
        types(true);
        types(true);
        peer.wire.assertExhausted();
        types(false);
        expect(false);
        types(false);
        peer.wire.assertExhausted();
        typist.wire.assertExhausted();
    }

    @Test
    void typingEndsByItself_threeSecondsAfterItWasSaidLast() {
        types(true);
        expect(true);
        fixture.time.advance(Duration.ofMillis(2_000));
        types(true);
        fixture.time.advance(Duration.ofMillis(2_999));
        peer.wire.assertExhausted();
        fixture.time.advance(Duration.ofMillis(1));
        expect(false);
        fixture.time.advance(Duration.ofSeconds(10));
        peer.wire.assertExhausted();
    }

    @Test
    void typingEnds_whenTheConnectionDies_thatSaidSo() {
        TestConnection otherTab = fixture.event("1@other");
        types(true);
        expect(true);
        otherTab.cut();
        peer.wire.assertExhausted();
        typist.cut();
        expect(false);
        fixture.time.advance(Duration.ofSeconds(10));
        peer.wire.assertExhausted();
    }

    @Test
    void changesAreTold_inTheOrderInWhichTheyHappened_alsoWhenTheyMeet() {
        List<String> told = new ArrayList<>();
        TypingRelay[] relay = new TypingRelay[1];
        UserKey who = FeedsFixture.user(1);
        UserKey last = FeedsFixture.user(1_000);
        relay[0] = new TypingRelay(
                (from, to, types) -> {
                    if (told.size() == TypingRelay.MAX_PEERS) {
                        // As another thread would, between the change and the word of it.
                        relay[0].arrived(who, last);
                        told.add("");
                        throw new IllegalStateException("the host fails");
                    }
                    told.add(to.user() + types);
                },
                fixture.time,
                fixture.time);
        for (int i = 0; i < TypingRelay.MAX_PEERS; i++) {
            relay[0].set(who, FeedsFixture.user(100 + i), true, "c");
        }
        relay[0].set(who, last, true, "c");
        assertEquals(List.of("1000true", "1000false"), told.subList(TypingRelay.MAX_PEERS + 1, told.size()));
        relay[0].disconnected(who, "c");
        assertEquals(0, relay[0].size());
    }

    @Test
    void eachTypingEndsInItsTime_alsoBehindOneThatWasSaidAgain() {
        TestConnection other = fixture.event("3");
        types(true);
        expect(true);
        typist.say("message:typing", "{\"conversationWith\":3,\"isTyping\":true}");
        data(other, "message:typing");
        fixture.time.advance(Duration.ofSeconds(2));
        types(true);
        fixture.time.advance(Duration.ofSeconds(1));
        assertEquals(false, data(other, "message:typing").path("isTyping").booleanValue());
        peer.wire.assertExhausted();
        fixture.time.advance(Duration.ofSeconds(2));
        expect(false);
    }

    @Test
    void typingEnds_behindTheMessage_inATenantToo() {
        TestConnection one = fixture.event("t/1");
        TestConnection two = fixture.event("t/2");
        one.say("message:typing", "{\"conversationWith\":2,\"isTyping\":true}");
        data(two, "message:typing");
        one.say("message:send", "{\"receiverId\":2,\"content\":\"a\"}");
        data(two, "message:new");
        assertEquals(false, data(two, "message:typing").path("isTyping").booleanValue());
        peer.wire.assertExhausted();
    }

    @Test
    void typingEnds_behindTheMessage_andBeginsAnew() {
        types(true);
        expect(true);
        fixture.send(1, 2, "there");
        data(peer, "message:new");
        JsonNode first = peer.wire.takeFrame().json();
        JsonNode second = peer.wire.takeFrame().json();
        assertEquals("message:typing", first.path("type").textValue());
        assertEquals(false, first.at("/data/isTyping").booleanValue());
        assertEquals("message:unread_count", second.path("type").textValue());
        peer.wire.assertExhausted();

        types(true);
        expect(true);
    }

    @Test
    void aMessageToSomebodyElse_doesNotEndIt() {
        types(true);
        expect(true);
        fixture.send(1, 3, "elsewhere");
        fixture.send(2, 1, "the other way");
        peer.wire.assertExhausted();
    }

    @Test
    void ofMoreThanTheMostPeers_theFirstIsToldThatItEnded() {
        TypingRelay relay = fixture.feeds.typing();
        types(true);
        expect(true);
        for (int i = 0; i < TypingRelay.MAX_PEERS - 1; i++) {
            relay.set(FeedsFixture.user(1), FeedsFixture.user(100 + i), true, "c");
        }
        fixture.time.runUntilQuiet();
        peer.wire.assertExhausted();
        relay.set(FeedsFixture.user(1), FeedsFixture.user(999), true, "c");
        fixture.time.runUntilQuiet();
        expect(false);
        assertEquals(TypingRelay.MAX_PEERS, relay.size());
        fixture.time.advance(Duration.ofSeconds(4));
        assertEquals(0, relay.size());
    }

    private void types(boolean types) {
        typist.say("{\"type\":\"message:typing\",\"data\":{\"conversationWith\":2,\"isTyping\":" + types + "}}");
    }

    private void expect(boolean types) {
        JsonNode told = data(peer, "message:typing");
        assertEquals(1, told.path("userId").longValue());
        assertEquals(2, told.path("conversationWith").longValue());
        assertEquals(types, told.path("isTyping").booleanValue());
        peer.wire.assertExhausted();
    }
}
