package io.tidings.message;

/**
 * Who a message is for: a user of a tenant. Two keys are equal exactly when tenant and user are, so nothing addressed to
 * one tenant can reach another.
 *
 * <p>Ids are text inside the library; {@link Ids} says how they look on the wire. The JSON values {@code 123} and
 * {@code "123"} name the same user.
 *
 * @param tenant the tenant's id, or {@link #DEFAULT_TENANT}
 * @param user   the user's id; 1 to {@value Ids#MAX_LENGTH} characters
 */
public record UserKey(String tenant, String user) implements Comparable<UserKey> {

    /** The tenant of hosts that have none: the empty text. */
    public static final String DEFAULT_TENANT = "";

    /**
     * Checks both ids.
     *
     * @throws IllegalArgumentException when an id is too long or has control characters, or the user is empty
     */
    public UserKey {
        if (!tenant.equals(DEFAULT_TENANT)) {
            Ids.check("tenant", tenant);
        }
        Ids.check("user", user);
    }

    /** The key of a user of the default tenant. */
    public static UserKey of(String user) {
        return new UserKey(DEFAULT_TENANT, user);
    }

    /** The key of a user of the default tenant whose id is a number. */
    public static UserKey of(long user) {
        return of(Long.toString(user));
    }

    /** Orders by tenant, then by user: the order in which several users' mailboxes are locked. */
    @Override
    public int compareTo(UserKey other) {
        int byTenant = tenant.compareTo(other.tenant);
        return byTenant != 0 ? byTenant : user.compareTo(other.user);
    }

    /** The user, after the tenant where there is one: for logs. */
    @Override
    public String toString() {
        return tenant.isEmpty() ? user : tenant + '/' + user;
    }
}
