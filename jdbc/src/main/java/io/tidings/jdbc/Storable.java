package io.tidings.jdbc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Values in the form in which a text column of any database takes them. */
public final class Storable {

    /** Whatever could be written can be read: a row that cannot would be in the way of all behind it. Depth is bounded in writing. */
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build());

    private static final ObjectReader READER = MAPPER.reader();
    private static final ObjectWriter WRITER = MAPPER.writer();

    @SuppressWarnings("deprecation") // JsonWriteFeature's wants a JsonMapper, and does the same
    private static final ObjectWriter ASCII = MAPPER.writer().with(JsonGenerator.Feature.ESCAPE_NON_ASCII);

    private static final int REPLACEMENT = 0xFFFD;

    private Storable() {}

    /** Unambiguous, since no id has a control character. */
    public static String userKey(UserKey user) {
        return user.tenant() + '\n' + user.user();
    }

    /** What {@link #userKey} made the text of. */
    public static UserKey userOf(String stored) {
        int end = stored.indexOf('\n');
        return new UserKey(stored.substring(0, end), stored.substring(end + 1));
    }

    /** A name of any characters. A NUL and half a pair of surrogates are written as backslash, u and four digits. */
    public static String name(String name) {
        int i = firstUnstorable(name);
        if (i == name.length()) {
            return name;
        }
        StringBuilder text = new StringBuilder(name.length() + 16);
        for (i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (isPair(name, i)) {
                text.append(c).append(name.charAt(++i));
            } else if (isUnstorable(c)) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    public static @Nullable String nameOrNull(@Nullable String name) {
        return name == null ? null : name(name);
    }

    public static @Nullable String nameOfOrNull(@Nullable String stored) {
        return stored == null ? null : nameOf(stored);
    }

    /** What {@link #name(String)} made the text of. */
    public static String nameOf(String stored) {
        if (stored.indexOf('\\') < 0) {
            return stored;
        }
        StringBuilder name = new StringBuilder(stored.length());
        for (int i = 0; i < stored.length(); i++) {
            if (stored.charAt(i) == '\\') {
                name.append((char) Integer.parseInt(stored.substring(i + 2, i + 6), 16));
                i += 5;
            } else {
                name.append(stored.charAt(i));
            }
        }
        return name.toString();
    }

    private static int firstUnstorable(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (isPair(name, i)) {
                i++;
            } else if (isUnstorable(name.charAt(i))) {
                return i;
            }
        }
        return name.length();
    }

    private static boolean isPair(String text, int i) {
        return Character.isHighSurrogate(text.charAt(i))
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
    }

    private static boolean isUnstorable(char c) {
        return c == 0 || c == '\\' || Character.isSurrogate(c);
    }

    /** The canonical form of a message. */
    public static String message(Message message) {
        return json(message.toJson());
    }

    public static Message messageOf(String stored) {
        return Message.fromJson(jsonOf(stored));
    }

    /**
     * A text that {@link #jsonOf} reads. Half a pair of surrogates is escaped where it is in a text, and becomes U+FFFD in the name of a
     * member, as it does on the wire: readers take no such name, and a row that cannot be read would be in the way of all behind it.
     */
    public static String json(JsonNode json) {
        try {
            String text = WRITER.writeValueAsString(json);
            return hasLoneSurrogate(text) ? ASCII.writeValueAsString(readable(json)) : text;
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode jsonOf(String stored) {
        try {
            return READER.readTree(stored);
        } catch (JsonProcessingException e) {
            e.clearLocation(); // it quotes the text
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode readable(JsonNode json) {
        if (json.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode(json.size());
            json.forEach(each -> array.add(readable(each)));
            return array;
        }
        if (json.isObject()) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            json.properties().forEach(each -> object.set(readable(each.getKey()), readable(each.getValue())));
            return object;
        }
        return json;
    }

    private static String readable(String name) {
        return name.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? REPLACEMENT : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isPair(text, i)) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    /** SHA-256 of a user's number and a key, whatever the key's length and characters. */
    public static byte[] keyHash(long user, String key) {
        byte[] units = new byte[2 * key.length()];
        for (int i = 0; i < key.length(); i++) {
            units[2 * i] = (byte) (key.charAt(i) >>> 8);
            units[2 * i + 1] = (byte) key.charAt(i);
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, user));
            return digest.digest(units);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
