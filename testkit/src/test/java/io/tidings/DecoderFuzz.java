package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.Inbound;
import io.tidings.dialect.Outbound;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;

/** Whatever a client or a foreign publisher writes, the decoders say what it is or what is wrong with it. */
@Tag("R51")
class DecoderFuzz {

    private static final int LONGEST_SENTENCE = 256;
    private static final Dialect EVENT = EventDialect.standard();
    private static final Dialect ENVELOPE = EnvelopeDialect.standard();

    @FuzzTest(maxDuration = "60s")
    void event(byte[] bytes) {
        check(EVENT, text(bytes));
    }

    @FuzzTest(maxDuration = "60s")
    void envelope(byte[] bytes) {
        check(ENVELOPE, text(bytes));
    }

    private static void check(Dialect dialect, String text) {
        Inbound inbound = dialect.decode(text);
        assertEquals(inbound, dialect.decode(text));
        if (inbound instanceof Inbound.Invalid invalid) {
            assertSentence(invalid.message(), invalid.field());
        } else if (inbound instanceof Inbound.Request request) {
            assertFalse(request.kind().isEmpty());
            assertNotNull(request.body());
            String id = request.requestId();
            assertTrue(id == null || !id.isEmpty() && id.length() <= 128, () -> "id of " + text);
        }
        Outbound outbound = dialect.read(text);
        if (outbound instanceof Outbound.Unreadable wrong) {
            assertSentence(wrong.message(), wrong.field());
        } else if (outbound instanceof Outbound.Read read) {
            assertTrue(dialect.encode(read.message()).isPresent(), () -> "read and not written: " + text);
        }
    }

    private static void assertSentence(String message, String field) {
        assertTrue(!message.isEmpty() && message.length() <= LONGEST_SENTENCE, message);
        assertTrue(field == null || field.length() <= LONGEST_SENTENCE, field);
        message.codePoints().forEach(c -> assertTrue(c >= ' ' && (c < 0xd800 || c > 0xdfff), message));
    }

    /** UTF-8; behind a byte 255, which UTF-8 does not have, UTF-16 with whatever surrogates there are. */
    static String text(byte[] bytes) {
        return bytes.length > 0 && bytes[0] == (byte) 0xff ? utf16(bytes) : new String(bytes, StandardCharsets.UTF_8);
    }

    private static String utf16(byte[] bytes) {
        char[] chars = new char[(bytes.length - 1) / 2];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = (char) ((bytes[1 + 2 * i] & 0xff) << 8 | bytes[2 + 2 * i] & 0xff);
        }
        return new String(chars);
    }
}
