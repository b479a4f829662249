package io.tidings.adapter.jdbc;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Values in the form in which a text column of any database takes them. */
final class Storable {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectReader READER = MAPPER.reader();
    private static final ObjectWriter WRITER = MAPPER.writer();

    @SuppressWarnings("deprecation") // JsonWriteFeature's wants a JsonMapper, and does the same
    private static final ObjectWriter ASCII = MAPPER.writer().with(JsonGenerator.Feature.ESCAPE_NON_ASCII);

    private Storable() {}

    /** Unambiguous, since no id has a control character. */
    static String userKey(UserKey user) {
        return user.tenant() + '\n' + user.user();
    }

    /** A name of any characters. A NUL and half a pair of surrogates are written as backslash, u and four digits. */
    static String name(String name) {
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

    /** What {@link #name(String)} made the text of. */
    static @Nullable String nameOf(@Nullable String stored) {
        if (stored == null || stored.indexOf('\\') < 0) {
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
    static String message(Message message) {
        try {
            String json = WRITER.writeValueAsString(message.toJson());
            return hasLoneSurrogate(json) ? ASCII.writeValueAsString(message.toJson()) : json;
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Message messageOf(String stored) {
        try {
            return Message.fromJson(READER.readTree(stored));
        } catch (JsonProcessingException e) {
            e.clearLocation(); // it quotes the text
            throw new UncheckedIOException(e);
        }
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

    /** SHA-256 of a mailbox's id and a key, whatever the key's length and characters. */
    static ByteBuffer keyHash(long mailbox, String key) {
        byte[] units = new byte[2 * key.length()];
        for (int i = 0; i < key.length(); i++) {
            units[2 * i] = (byte) (key.charAt(i) >>> 8);
            units[2 * i + 1] = (byte) key.charAt(i);
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, mailbox));
            return ByteBuffer.wrap(digest.digest(units));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
