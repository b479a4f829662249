package io.tidings.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses are read from digits alone. */
@Tag("R8")
class IpAddressTest {

    private static IpAddress of(String text) {
        return IpAddress.parse(text).orElseThrow(() -> new AssertionError(text));
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "::, 0:0:0:0:0:0:0:0",
        "::1, 0:0:0:0:0:0:0:1",
        "1::, 1:0:0:0:0:0:0:0",
        "2001:DB8::a, 2001:db8:0:0:0:0:0:a",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "64:ff9b::192.0.2.1, 64:ff9b:0:0:0:0:c000:201",
        "1:2:3:4:5:6:192.0.2.1, 1:2:3:4:5:6:c000:201",
        "::ffff:192.0.2.1, 192.0.2.1",
        "::ffff:c000:201, 192.0.2.1",
        "0:0:0:0:0:0:0:1%lo, 0:0:0:0:0:0:0:1",
        "fe80::1%25eth0, fe80:0:0:0:0:0:0:1",
    })
    void address_isRead(String text, String canonical) {
        assertEquals(canonical, of(text).toString());
        assertEquals(of(canonical), of(text));
        assertEquals(of(canonical).hashCode(), of(text).hashCode());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "unknown",
                "localhost",
                "192.0.2",
                "192.0.2.",
                ".192.0.2.1",
                "192.0.2.1.1",
                "192.0.2.256",
                "192.0.2.-1",
                "192.0.2.01",
                "192.0.2.1000",
                "192.0..1",
                "1",
                "0x7f.1.1.1",
                " 192.0.2.1",
                "192.0.2.1 ",
                "192.0.2.1%eth0",
                "192.0.2.\u0661",
                ":",
                ":::",
                "::1::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7::8",
                "1:2:3:4:5:6:7:8::",
                "12345::",
                "g::1",
                "::192.0.2",
                "192.0.2.1::",
                "::192.0.2.1:1",
                "1:2:3:4:5:6:7:192.0.2.1",
                "[::1]",
                "::1]",
                "abcd",
                "dead.beef",
                "::ffff:192.0.2.1000000000000000000000000000000000000000000000000"
            })
    void whatIsNoAddress_isNone(String text) {
        assertEquals(Optional.empty(), IpAddress.parse(text));
    }

    @Test
    @Tag("R54")
    void network_isTheAddressItself_orTheFirst64Bits() {
        assertEquals(of("192.0.2.1"), of("192.0.2.1").network());
        assertEquals(
                of("2001:db8:0:1::"), of("2001:db8:0:1:ffff:ffff:ffff:ffff").network());
        assertEquals(of("2001:db8:0:1::1").network(), of("2001:db8:0:1:8000::").network());
        assertNotEquals(of("2001:db8:0:1::1").network(), of("2001:db8:0:2::1").network());
    }

    @Test
    void prefix_isComparedBitByBit() {
        assertTrue(of("10.0.0.255").sharesPrefix(of("10.0.0.128"), 25));
        assertFalse(of("10.0.0.127").sharesPrefix(of("10.0.0.128"), 25));
        assertTrue(of("10.0.0.127").sharesPrefix(of("10.0.0.128"), 24));
        assertTrue(of("1.2.3.4").sharesPrefix(of("255.2.3.4"), 0));
        assertFalse(of("1.2.3.4").sharesPrefix(of("1.2.3.5"), 32));
        assertFalse(of("::1").sharesPrefix(of("0.0.0.1"), 0));
        assertTrue(of("2001:db8::").sharesPrefix(of("2001:db9::"), 31));
        assertFalse(of("2001:db8::").sharesPrefix(of("2001:db9::"), 32));
    }

    @Test
    void onlyOneBlockOfIpv6_isIpv4() {
        for (String text : List.of(
                "::fffe:10.0.0.1", "::feff:10.0.0.1", "::ff:10.0.0.1", "::1:ffff:10.0.0.1", "1::ffff:10.0.0.1")) {
            assertEquals(128, IpAddress.parse(text).orElseThrow().bits(), text);
        }
        assertEquals(32, IpAddress.parse("0:0:0:0:0:ffff:a00:1").orElseThrow().bits());
    }

    @Test
    void theLongestText_isAnAddress() {
        String longest = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
        assertEquals(45, longest.length());
        assertTrue(IpAddress.parse(longest).isPresent());
        assertTrue(IpAddress.parse(longest + "%" + "z".repeat(100)).isPresent());
        assertTrue(IpAddress.parse('0' + longest).isEmpty());
    }
}
