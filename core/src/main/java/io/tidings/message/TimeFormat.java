package io.tidings.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** How a moment stands in JSON. */
public enum TimeFormat {
    /** A number: milliseconds since 1970-01-01T00:00:00Z. Canonical bodies use it. */
    EPOCH_MILLIS {
        @Override
        public JsonNode toJson(long epochMillis) {
            return JsonNodeFactory.instance.numberNode(epochMillis);
        }

        @Override
        @Nullable
        Long fromJson(JsonNode node) {
            return node.isIntegralNumber() && node.canConvertToLong() ? inRange(node.longValue()) : null;
        }
    },
    /** ISO-8601 in UTC, with milliseconds only when they are not zero: {@code 2024-01-15T10:30:00Z}. */
    ISO_8601 {
        @Override
        public JsonNode toJson(long epochMillis) {
            return JsonNodeFactory.instance.textNode(
                    DateTimeFormatter.ISO_INSTANT.format(Instant.ofEpochMilli(epochMillis)));
        }

        @Override
        @Nullable
        Long fromJson(JsonNode node) {
            if (!node.isTextual() || node.textValue().length() > MAX_TEXT) {
                return null;
            }
            try {
                return inRange(DateTimeFormatter.ISO_OFFSET_DATE_TIME
                        .parse(node.textValue(), Instant::from)
                        .truncatedTo(ChronoUnit.MILLIS)
                        .toEpochMilli());
            } catch (DateTimeException | ArithmeticException notATime) {
                return null;
            }
        }
    };

    private static final int MAX_TEXT = 40;

    /** The moment as JSON. */
    public abstract JsonNode toJson(long epochMillis);

    /** The moment in epoch milliseconds, at most 2<sup>53</sup>−1 from 1970 either way, or null where the value is none. */
    abstract @Nullable Long fromJson(JsonNode node);

    private static @Nullable Long inRange(long millis) {
        return millis >= -Ids.MAX_NUMBER && millis <= Ids.MAX_NUMBER ? (Long) millis : null;
    }
}
