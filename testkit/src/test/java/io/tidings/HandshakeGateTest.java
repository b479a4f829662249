package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.http.IpAddress;
import io.tidings.policy.HandshakeLimits;
import io.tidings.testkit.ManualTime;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Both sides of every rate of handshakes. */
@Tag("R54")
class HandshakeGateTest {

    private static final HandshakeLimits WIDE_IN_ALL = HandshakeLimits.STANDARD.withInAll(1_000_000);

    private final ManualTime time = new ManualTime();

    private HandshakeGate gate(HandshakeLimits limits) {
        return new HandshakeGate(limits, time);
    }

    /** How many of so many are let in. */
    private static int admitted(HandshakeGate gate, String address, int tries) {
        int admitted = 0;
        for (int i = 0; i < tries; i++) {
            if (gate.admits(IpAddress.parse(address))) {
                admitted++;
            }
        }
        return admitted;
    }

    @Test
    void burst_isForty_andThenTwentyASecond() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD);
        assertEquals(40, admitted(gate, "192.0.2.1", 41));
        time.advance(Duration.ofMillis(49));
        assertEquals(0, admitted(gate, "192.0.2.1", 1));
        time.advance(Duration.ofMillis(1));
        assertEquals(1, admitted(gate, "192.0.2.1", 2));
        int inAMinute = 0;
        for (int i = 0; i < 600; i++) {
            time.advance(Duration.ofMillis(100));
            inAMinute += admitted(gate, "192.0.2.1", 10);
        }
        assertEquals(1_200, inAMinute);
    }

    @Test
    void burst_comesBack_butNotMore() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD);
        admitted(gate, "192.0.2.1", 100);
        time.advance(Duration.ofMillis(1_999));
        assertEquals(39, admitted(gate, "192.0.2.1", 41));
        time.advance(Duration.ofHours(1));
        assertEquals(40, admitted(gate, "192.0.2.1", 41));
    }

    @Test
    void addresses_areCountedApart() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD);
        assertEquals(40, admitted(gate, "192.0.2.1", 100));
        assertEquals(40, admitted(gate, "192.0.2.2", 100));
    }

    @Test
    void ofIpv6_aNetworkOf64BitsIsOneAddress() {
        HandshakeGate gate = gate(WIDE_IN_ALL);
        int admitted = 0;
        for (int i = 0; i < 1_000; i++) {
            admitted += admitted(gate, "2001:db8:0:1::" + Integer.toHexString(i), 1);
        }
        assertEquals(40, admitted);
        assertEquals(1, gate.addresses());
        assertEquals(40, admitted(gate, "2001:db8:0:2::1", 100));
    }

    @Test
    void inAll_twoThousandASecond_whateverTheAddress() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD);
        assertEquals(2_000, fromMany(gate, 0, 2_001));
        time.advance(Duration.ofMillis(500));
        assertEquals(1_000, fromMany(gate, 10_000, 1_001));
        time.advance(Duration.ofSeconds(10));
        assertEquals(2_000, fromMany(gate, 20_000, 2_001));
    }

    private static int fromMany(HandshakeGate gate, int first, int count) {
        int admitted = 0;
        for (int i = first; i < first + count; i++) {
            admitted += admitted(gate, "10." + (i >> 16) + '.' + (i >> 8 & 0xFF) + '.' + (i & 0xFF), 1);
        }
        return admitted;
    }

    @Test
    void refused_takesNothing_fromAddressOrAll() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD.withInAll(50));
        assertEquals(40, admitted(gate, "192.0.2.1", 1_000));
        assertEquals(10, admitted(gate, "192.0.2.2", 30), "what the first was refused is left");
        time.advance(Duration.ofMillis(20));
        assertEquals(1, admitted(gate, "192.0.2.2", 1), "one came back");
    }

    @Test
    void whoIsRefusedByAll_leavesNoTrace() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD.withInAll(10));
        fromMany(gate, 0, 10_000);
        assertEquals(10, gate.addresses());
    }

    @Test
    void hiddenAddresses_areCountedInAllAlone() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD.withInAll(500));
        int admitted = 0;
        for (int i = 0; i < 1_000; i++) {
            admitted += gate.admits(Optional.empty()) ? 1 : 0;
        }
        assertEquals(500, admitted);
        assertEquals(0, gate.addresses());
    }

    @Test
    void addressesThatRested_areForgotten() {
        HandshakeGate gate = gate(WIDE_IN_ALL);
        fromMany(gate, 0, 1_000);
        assertEquals(1_000, gate.addresses());
        time.advance(Duration.ofSeconds(1));
        fromMany(gate, 5_000, 500);
        assertEquals(500, gate.addresses());
    }

    @Test
    void table_isBounded_andTheAddressThatCameLeastLatelyBeginsAnew() {
        HandshakeGate gate = gate(new HandshakeLimits(1, 2, 1_000_000, 1, Duration.ofSeconds(10)));
        assertEquals(2, admitted(gate, "192.0.2.1", 3));
        assertEquals(2, admitted(gate, "192.0.2.2", 3));
        fromMany(gate, 0, HandshakeGate.MAX_ADDRESSES - 2);
        assertEquals(0, admitted(gate, "192.0.2.2", 1), "still known");
        fromMany(gate, 100_000, HandshakeGate.MAX_ADDRESSES);
        assertTrue(gate.addresses() <= HandshakeGate.MAX_ADDRESSES, () -> "knows " + gate.addresses());
        assertEquals(2, admitted(gate, "192.0.2.1", 3));
    }

    @Test
    void unlimited_limitsNothing() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD.unlimited());
        assertEquals(100_000, admitted(gate, "192.0.2.1", 100_000));
        assertFalse(gate.addresses() > 0);
    }

    @Test
    void everyAddress_comesBackByItself_whoeverCameBefore() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD);
        for (int i = 1; i <= 5; i++) {
            assertEquals(40, admitted(gate, "192.0.2." + i, 41));
        }
        time.advance(Duration.ofMillis(50));
        for (int i = 5; i >= 1; i--) {
            assertEquals(1, admitted(gate, "192.0.2." + i, 2), "192.0.2." + i);
        }
    }

    @Test
    void tokensThatComeBackInParts_areWholeInTime() {
        HandshakeGate gate = gate(HandshakeLimits.STANDARD);
        admitted(gate, "192.0.2.1", 41);
        for (int i = 1; i <= 9; i++) {
            time.advance(Duration.ofMillis(5));
            assertEquals(0, admitted(gate, "192.0.2.1", 1));
        }
        time.advance(Duration.ofMillis(5));
        assertEquals(1, admitted(gate, "192.0.2.1", 1));
    }

    @Test
    void anAddressThatGoesOnTrying_isNotForgotten_howeverManyOthersCome() {
        HandshakeGate gate = gate(new HandshakeLimits(1, 2, 1_000_000, 1, Duration.ofSeconds(10)));
        assertEquals(2, admitted(gate, "192.0.2.1", 3));
        for (int i = 0; i < 4; i++) {
            fromMany(gate, i * HandshakeGate.MAX_ADDRESSES / 2, HandshakeGate.MAX_ADDRESSES / 2);
            assertEquals(0, admitted(gate, "192.0.2.1", 1));
        }
    }

    @Test
    void anAddressWithoutARate_isCountedInAllAlone_whateverTheBurst() {
        HandshakeGate gate = gate(new HandshakeLimits(HandshakeLimits.UNLIMITED, 1, 100, 1, Duration.ofSeconds(10)));
        assertEquals(100, admitted(gate, "192.0.2.1", 200));
        assertEquals(0, gate.addresses());
    }
}
