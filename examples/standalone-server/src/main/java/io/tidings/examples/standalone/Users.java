package io.tidings.examples.standalone;

import io.tidings.message.Ids;

/** What this server knows of its users: a host would ask its own directory. */
final class Users {

    private Users() {}

    /** What a user is called: {@code user-123}, at most {@value Ids#MAX_LENGTH} characters. */
    static String name(String id) {
        String name = "user-" + id;
        return name.codePointCount(0, name.length()) <= Ids.MAX_LENGTH
                ? name
                : name.substring(0, name.offsetByCodePoints(0, Ids.MAX_LENGTH));
    }
}
