package io.tidings.message;

import static io.tidings.message.TimeFormat.EPOCH_MILLIS;
import static io.tidings.message.TimeFormat.ISO_8601;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R20")
class TimeFormatTest {

    private static JsonNode json(String text) throws Exception {
        return new ObjectMapper().readTree(text);
    }

    @ParameterizedTest
    @CsvSource({
        "2024-01-15T10:30:00Z, 2024-01-15T10:30:00Z",
        "2024-01-15T10:30:00.000Z, 2024-01-15T10:30:00Z",
        "2024-01-15T10:30:00.5Z, 2024-01-15T10:30:00.500Z",
        "2024-01-15T10:30:00.001Z, 2024-01-15T10:30:00.001Z",
        "2024-01-15T10:30:00.120Z, 2024-01-15T10:30:00.120Z",
        "2024-01-15T00:00:00Z, 2024-01-15T00:00:00Z",
        "1969-12-31T23:59:59.999Z, 1969-12-31T23:59:59.999Z"
    })
    void iso_hasMillisecondsOnlyWhenNotZero(Instant time, String text) {
        assertEquals(TextNode.valueOf(text), ISO_8601.toJson(time.toEpochMilli()));
        assertEquals(time.toEpochMilli(), ISO_8601.fromJson(TextNode.valueOf(text)));
    }

    @ParameterizedTest
    @CsvSource({
        "2024-01-15T12:30:00+02:00, 2024-01-15T10:30:00Z",
        "2024-01-15T10:30Z, 2024-01-15T10:30:00Z",
        "2024-01-15T10:30:00.123456789Z, 2024-01-15T10:30:00.123Z",
        "1969-12-31T23:59:59.999999Z, 1969-12-31T23:59:59.999Z"
    })
    void otherOffsetsAndFractions_areRead(String text, Instant time) {
        assertEquals(time.toEpochMilli(), ISO_8601.fromJson(TextNode.valueOf(text)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "2024-01-15",
                "2024-01-15T10:30:00",
                "2024-02-30T10:30:00Z",
                "2024-01-15T25:00:00Z",
                "2024-01-15 10:30:00Z",
                "2024-01-15T10:30:00Z ",
                "2024-01-15T10:30:00+99:00",
                "1705314600000",
                "+999999999-12-31T23:59:59Z",
                "+200000000-01-01T00:00:00Z",
                "-200000000-01-01T00:00:00Z",
                "2024-01-15T10:30:00.000000000000000000000000000000Z"
            })
    void whatIsNoIsoTime_isNull(String text) {
        assertNull(ISO_8601.fromJson(TextNode.valueOf(text)));
    }

    @Test
    void isoTime_isText() throws Exception {
        assertNull(ISO_8601.fromJson(json("1705314600000")));
        assertNull(ISO_8601.fromJson(json("{}")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1705314600000", "9007199254740991", "-9007199254740991"})
    void millis_areIntegers(String text) throws Exception {
        assertEquals(Long.valueOf(text), EPOCH_MILLIS.fromJson(json(text)));
        assertEquals(text, EPOCH_MILLIS.toJson(Long.parseLong(text)).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9007199254740992",
                "-9007199254740992",
                "9223372036854775807",
                "-9223372036854775808",
                "99999999999999999999999",
                "1.5",
                "1e12",
                "\"1705314600000\"",
                "true",
                "[]"
            })
    void whatIsNoMillis_isNull(String text) throws Exception {
        assertNull(EPOCH_MILLIS.fromJson(json(text)));
    }

    @Test
    void everyMoment_comesBack_fromBothFormats() {
        Random random = new Random(20);
        for (int i = 0; i < 10_000; i++) {
            long millis = random.nextLong() >> 11 + random.nextInt(42);
            millis = Math.max(-Ids.MAX_NUMBER, Math.min(Ids.MAX_NUMBER, millis));
            for (TimeFormat format : TimeFormat.values()) {
                assertEquals(millis, format.fromJson(format.toJson(millis)), format.name());
            }
        }
    }
}
