package io.tidings.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A text message that was written.
 *
 * @param text as it stands on the wire
 */
public record RecordedFrame(String text) {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /**
     * The text, parsed anew by every call.
     *
     * @throws AssertionError when it is not JSON
     */
    public JsonNode json() {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    /** The member {@code type}; empty where there is none, as in a dialect that is not JSON. */
    public String type() {
        try {
            return MAPPER.readTree(text).path("type").asText();
        } catch (JsonProcessingException notJson) {
            return "";
        }
    }

    /** A value by its JSON pointer, such as {@code /data/content}; a missing node where there is none. */
    public JsonNode at(String pointer) {
        return json().at(pointer);
    }
}
