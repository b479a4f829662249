package io.tidings.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R47")
@Tag("R66")
class StorableTest {

    private static final String ODD = "a\u0000b\\u0041\ud800c\ud83d\ude00";

    @Test
    void names_ofAnyCharacters_comeBack() {
        String stored = Storable.name(ODD);
        assertEquals("a\\u0000b\\u005cu0041\\ud800c\ud83d\ude00", stored);
        assertEquals(ODD, Storable.nameOf(stored));
        assertEquals("plain", Storable.name("plain"));
        assertNull(Storable.nameOrNull(null));
        assertNull(Storable.nameOfOrNull(null));
    }

    @Test
    void users_comeBack_withTenantsOrWithout() {
        for (UserKey user :
                new UserKey[] {UserKey.of("ann"), new UserKey("t\u00e4nant", "o'brien \"\\ \ud83d\ude00")}) {
            assertEquals(user, Storable.userOf(Storable.userKey(user)));
        }
    }

    @Test
    void texts_ofAnyCharacters_comeBack() {
        Message message = message(body -> body.put("text", ODD));
        assertStorable(Storable.message(message));
        assertEquals(message, Storable.messageOf(Storable.message(message)));
    }

    @Test
    void halfACharacterInTheNameOfAMember_becomesTheReplacement_andTheRestIsKept() {
        Message odd = message(body -> {
            body.put("text", "\udc00");
            body.put("\ud83d\ude00", 1);
            body.putArray("list")
                    .addObject()
                    .put("x\ud800", 2)
                    .putObject("\udc00y")
                    .putNull("z");
        });
        Message readable = message(body -> {
            body.put("text", "\udc00");
            body.put("\ud83d\ude00", 1);
            body.putArray("list")
                    .addObject()
                    .put("x\ufffd", 2)
                    .putObject("\ufffdy")
                    .putNull("z");
        });
        assertStorable(Storable.message(odd));
        assertEquals(readable, Storable.messageOf(Storable.message(odd)));
    }

    @Test
    void namesNumbersAndTexts_longerThanJsonReadersTake_comeBack() {
        Message message = message(body -> {
            body.put("n".repeat(50_001), 1);
            body.put("number", new BigInteger("9".repeat(1_001)));
            body.put("text", "t".repeat(20_000_001));
        });
        assertEquals(message, Storable.messageOf(Storable.message(message)));
    }

    @Test
    void depth_thatCouldNotBeRead_isNotWritten() {
        assertThrows(UncheckedIOException.class, () -> Storable.json(nested(1_001)));
        assertEquals(nested(1_000), Storable.jsonOf(Storable.json(nested(1_000))));
    }

    private static JsonNode nested(int depth) {
        JsonNode inner = JsonNodeFactory.instance.arrayNode();
        for (int i = 1; i < depth; i++) {
            inner = JsonNodeFactory.instance.arrayNode().add(inner);
        }
        return inner;
    }

    @Test
    void hashes_ofKeys_tellUsersAndAllCharactersApart_andStayAsTheyAre() {
        assertEquals("761bf3f452bc5bb7bd4e18a7ca76d12420b375252d57ee520a99ceb762e11382", hash(1, "a"));
        assertFalse(hash(1, "a").equals(hash(2, "a")));
        assertFalse(hash(1, "\ud800").equals(hash(1, "\ud801")));
    }

    private static String hash(long user, String key) {
        return HexFormat.of().formatHex(Storable.keyHash(user, key));
    }

    private interface Filling {
        void fill(ObjectNode body);
    }

    private static Message message(Filling filling) {
        ObjectNode body = new ObjectMapper().createObjectNode();
        filling.fill(body);
        return new Message("notice", body, 7, null, null);
    }

    /** What PostgreSQL takes: no NUL, and whole characters alone. */
    private static void assertStorable(String text) {
        assertTrue(text.codePoints().noneMatch(c -> c == 0 || c >= 0xD800 && c <= 0xDFFF), "not storable");
    }
}
