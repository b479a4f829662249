package io.tidings.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.message.Ids;
import io.tidings.message.UserKey;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R3")
class IdentityTest {

    private static Identity on(String device) {
        return new Identity(UserKey.of(1), device, Set.of(), Map.of(), null);
    }

    @Test
    void device_upToTheLongestId_isTaken() {
        String longest = "d".repeat(Ids.MAX_LENGTH);
        assertEquals(longest, on(longest).device());
        assertThrows(IllegalArgumentException.class, () -> on(longest + 'd'));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "phone\nUser 1 connected", "a\u0000b", "\ud800"})
    void device_thatWouldForgeALogLine_isRefused(String device) {
        assertThrows(IllegalArgumentException.class, () -> on(device));
    }
}
