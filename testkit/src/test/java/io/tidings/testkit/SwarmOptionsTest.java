package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R101")
class SwarmOptionsTest {
    @Test
    void defaults_areAsDocumented() {
        assertEquals(new SwarmOptions(1, 64, 0, 0, false, true), SwarmOptions.DEFAULTS);
    }

    @Test
    void build_takesTheEndsOfEachRange() {
        SwarmOptions least = SwarmOptions.builder().threads(1).maxConnecting(1).build();
        SwarmOptions most = SwarmOptions.builder()
                .threads(8)
                .maxConnecting(4096)
                .sourceAddresses(254)
                .build();
        assertEquals(1, least.maxConnecting());
        assertEquals(254, most.sourceAddresses());
    }

    @Test
    void build_reportsEveryProblemAtOnce() {
        SwarmOptions.Builder low = SwarmOptions.builder()
                .threads(0)
                .maxConnecting(0)
                .sourceAddresses(-1)
                .receiveBufferBytes(-1);
        assertEquals(
                "threads: expected 1 to 8, got 0; maxConnecting: expected 1 to 4096, got 0; "
                        + "sourceAddresses: expected 0 to 254, got -1; "
                        + "receiveBufferBytes: expected 0 to 2147483647, got -1",
                assertThrows(IllegalArgumentException.class, low::build).getMessage());
        SwarmOptions.Builder high =
                SwarmOptions.builder().threads(9).maxConnecting(4097).sourceAddresses(255);
        assertEquals(
                "threads: expected 1 to 8, got 9; maxConnecting: expected 1 to 4096, got 4097; "
                        + "sourceAddresses: expected 0 to 254, got 255",
                assertThrows(IllegalArgumentException.class, high::build).getMessage());
    }
}
