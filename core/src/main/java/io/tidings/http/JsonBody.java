package io.tidings.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.message.Kind;
import io.tidings.message.Reading;
import io.tidings.message.TimeFormat;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads request bodies: one JSON object in UTF-8, at most 32 deep, no name twice, valid Unicode, with the fields of a kind. */
public final class JsonBody {

    private static final int MAX_DEPTH = 32;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private JsonBody() {}

    /**
     * Reads a body, whose times are ISO-8601.
     *
     * @return the canonical body of the kind; or the problem, whose field is empty where the body as a whole does not hold.
     *     {@link HttpErrors#invalid(Reading.Problem)} answers for it
     */
    public static Reading read(byte[] body, Kind kind) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            JsonNode json = MAPPER.readTree(text);
            if (!(json instanceof ObjectNode)) {
                return new Reading.Problem("", "must be a JSON object");
            }
            Reading reading = kind.read("", json, TimeFormat.ISO_8601);
            return reading instanceof Reading.Value value && !isUnicode(value.value())
                    ? new Reading.Problem("", "must be valid Unicode")
                    : reading;
        } catch (JsonProcessingException e) {
            return new Reading.Problem("", "must be valid JSON, at most " + MAX_DEPTH + " deep, without a name twice");
        } catch (CharacterCodingException e) {
            return new Reading.Problem("", "must be UTF-8");
        }
    }

    /** Whether no text in it has half of a surrogate pair, which JSON can escape and UTF-8 cannot say. */
    private static boolean isUnicode(JsonNode node) {
        if (node.isTextual()) {
            return StandardCharsets.UTF_8.newEncoder().canEncode(node.textValue());
        }
        for (JsonNode child : node) {
            if (!isUnicode(child)) {
                return false;
            }
        }
        return true;
    }
}
