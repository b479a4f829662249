package io.tidings;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for.
 *
 * @param kind the canonical name, such as {@code message.send}; {@link io.tidings.message.Kinds} has the protocol's
 * @param body the canonical body, checked; for this call alone
 * @param id   the client's id of the request, or null; a repeat has the same
 */
public record Request(
        String kind, ObjectNode body, @Nullable String id) {}
