package io.tidings.auth;

import io.tidings.message.Ids;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who a connection or a request is.
 *
 * @param user      tenant and user
 * @param device    the device that the token names, or null; wins over the one that the client names
 * @param scopes    what the token allows besides, such as {@code notify}
 * @param claims    the token's claims that the host asked to keep, as text; never the token itself
 * @param expiresAt when the token ends, or null for never
 */
public record Identity(
        UserKey user,
        @Nullable String device,
        Set<String> scopes,
        Map<String, String> claims,
        @Nullable Instant expiresAt) {

    /**
     * Checks the device and copies the collections.
     *
     * @throws IllegalArgumentException when the device is no id: see {@link Ids#check}
     */
    public Identity {
        if (device != null) {
            Ids.check("device", device);
        }
        scopes = Set.copyOf(scopes);
        claims = Map.copyOf(claims);
    }

    /** An identity that is a user and nothing more, and does not end. */
    public static Identity of(UserKey user) {
        return new Identity(user, null, Set.of(), Map.of(), null);
    }

    /** The user and no claims: for logs. */
    @Override
    public String toString() {
        return "Identity[" + user + ']';
    }
}
