package io.tidings.message;

/**
 * A named group of connections that asked for it, within one tenant.
 *
 * @param tenant the tenant's id, or {@link UserKey#DEFAULT_TENANT}
 * @param name   1 to {@value Ids#MAX_LENGTH} characters without control characters, such as {@code video/456}
 */
public record Topic(String tenant, String name) {

    /**
     * Checks tenant and name.
     *
     * @throws IllegalArgumentException when the name is empty, too long or has control characters
     */
    public Topic {
        if (!tenant.equals(UserKey.DEFAULT_TENANT)) {
            Ids.check("tenant", tenant);
        }
        Ids.check("topic", name);
    }

    /** A topic of the default tenant. */
    public static Topic of(String name) {
        return new Topic(UserKey.DEFAULT_TENANT, name);
    }
}
