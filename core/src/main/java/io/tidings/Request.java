package io.tidings;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for.
 *
 * @param kind   the canonical name, such as {@code message.send}; {@link io.tidings.message.Kinds} has the protocol's
 * @param body   the canonical body, checked; for this call alone
 * @param id     the client's id of the request, or null; a repeat has the same
 * @param repeat whether a {@code typing.set} changes nothing: the user was known to type there, or not to. It makes the typing last
 *               longer, and there is nothing to relay. False for every other kind
 */
public record Request(
        String kind, ObjectNode body, @Nullable String id, boolean repeat) {

    /** A request that is no repeat. */
    public Request(String kind, ObjectNode body, @Nullable String id) {
        this(kind, body, id, false);
    }
}
