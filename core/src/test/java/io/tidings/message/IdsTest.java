package io.tidings.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R3")
class IdsTest {

    private static JsonNode json(String text) throws Exception {
        return new ObjectMapper().readTree(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "9", "10", "123", "9007199254740990", "9007199254740991"})
    void canonicalDecimal_isANumber(String id) throws Exception {
        assertTrue(Ids.isNumber(id));
        assertEquals(id, Ids.toJson(id).toString());
        assertEquals(id, Ids.fromJson(json(id)));
        assertEquals(id, Ids.fromJson(json('"' + id + '"')));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9007199254740992",
                "9007199254740993",
                "9999999999999999",
                "10000000000000000",
                "18446744073709551616",
                "00",
                "01",
                "-1",
                "+1",
                "-0",
                "1.0",
                "1e3",
                " 1",
                "1 ",
                "0x1",
                "\u0661",
                "1\u0660",
                "a"
            })
    void anythingElse_isAString(String id) throws Exception {
        assertFalse(Ids.isNumber(id));
        assertTrue(Ids.toJson(id).isTextual());
        assertEquals(id, Ids.fromJson(Ids.toJson(id)));
    }

    @Test
    void emptyText_isNoNumber() {
        assertFalse(Ids.isNumber(""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9007199254740992",
                "9223372036854775808",
                "99999999999999999999999999",
                "-1",
                "-9223372036854775808",
                "1.0",
                "1.5",
                "1e3",
                "true",
                "null",
                "[]",
                "[1]",
                "{}",
                "\"\"",
                "\"a\\u0000\"",
                "\"a\\nb\"",
                "\"\\ud83d\"",
                "\"\\ude00\\ud83d\""
            })
    void whatIsNoId_isNull(String text) throws Exception {
        assertNull(Ids.fromJson(json(text)));
    }

    @Test
    void length_isFrom1To128() {
        Ids.check("user", "x");
        Ids.check("user", "x".repeat(128));
        assertMessage("user must not be empty", "");
        assertMessage("user must have at most 128 characters, has 129", "x".repeat(129));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0000", "a\tb", "a\u007f", "\u0080", "\u009f"})
    void controlCharacters_areRefused(String id) {
        assertMessage("user must not have control characters", id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d", "\ude00", "a\ud83db", "\ude00\ud83d", "\ud83d\ud83d\ude00"})
    void loneSurrogates_areRefused(String id) {
        assertMessage("user must be valid Unicode", id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d\ude00", "\u00a0", "a b", "\u00e9", "/", "\u2028"})
    void otherCharacters_areNot(String id) {
        assertNull(Ids.problem(id));
    }

    private static void assertMessage(String expected, String id) {
        Exception refused = assertThrows(IllegalArgumentException.class, () -> Ids.check("user", id));
        assertEquals(expected, refused.getMessage());
    }

    @Test
    void numberAndText_nameOneUser() throws Exception {
        assertEquals(UserKey.of(123), UserKey.of("123"));
        assertEquals(UserKey.of(Ids.fromJson(json("123"))), UserKey.of(Ids.fromJson(json("\"123\""))));
        assertNotEquals(UserKey.of("123"), UserKey.of("0123"));
    }

    @Test
    @Tag("R40")
    void tenantsDistinguishUsers_andTopics() {
        assertNotEquals(new UserKey("a", "u"), new UserKey("b", "u"));
        assertNotEquals(new UserKey("a", "u"), UserKey.of("u"));
        assertNotEquals(new Topic("a", "t"), Topic.of("t"));
        assertThrows(IllegalArgumentException.class, () -> new UserKey("\n", "u"));
        assertThrows(IllegalArgumentException.class, () -> new Topic("x".repeat(129), "t"));
        assertThrows(IllegalArgumentException.class, () -> Topic.of(""));
        assertThrows(IllegalArgumentException.class, () -> UserKey.of(""));
    }

    @ParameterizedTest
    @CsvSource({"a,a,a,b", "a,b,b,a", "'',b,a,a"})
    void userKeys_areOrderedByTenantThenUser(String tenant, String user, String laterTenant, String laterUser) {
        UserKey earlier = new UserKey(tenant, user);
        UserKey later = new UserKey(laterTenant, laterUser);
        assertTrue(earlier.compareTo(later) < 0);
        assertTrue(later.compareTo(earlier) > 0);
        assertEquals(0, earlier.compareTo(new UserKey(tenant, user)));
    }

    @Test
    @Tag("R40")
    void address_carriesTheInstanceItSpares() {
        UserKey ann = UserKey.of("ann");
        for (Address address :
                new Address[] {Address.user(ann), Address.topic(Topic.of("t")), Address.tenant(""), Address.everyone()
                }) {
            assertNull(address.except());
            assertEquals("tab", address.minus("tab").except());
            assertNotEquals(address, address.minus("tab"));
        }
        assertEquals(Address.connection("c"), Address.connection("c").minus("tab"));
        assertEquals(
                new Address.User(ann, "tab"), Address.user(ann).minus("other").minus("tab"));
    }
}
