package io.tidings.testkit.client;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * A message that the server's host sent.
 *
 * @param type the dialect's word, such as {@code message:new}
 * @param id   its id; null where the frame has none
 * @param body what the frame carries
 */
public record ClientMessage(String type, @Nullable String id, JsonNode body) {

    /** Whether it is kept for this user until it is acknowledged. */
    public boolean isDurable() {
        return id != null && id.startsWith("p");
    }
}
