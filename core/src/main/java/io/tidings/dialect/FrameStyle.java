package io.tidings.dialect;

import io.tidings.message.TimeFormat;
import org.jspecify.annotations.Nullable;

/**
 * What all frames of a dialect have in common; the member {@code type} is common to all dialects.
 *
 * @param body  the member that holds a kind's fields, unless its shape says otherwise
 * @param id    the member that holds the message's id, in a client's frame the id of the request
 * @param stamp the member that holds when the message was made, or null for none
 * @param times how moments stand in JSON
 */
record FrameStyle(String body, String id, @Nullable String stamp, TimeFormat times) {

    /** The member that holds a frame's word. */
    static final String TYPE = "type";
}
