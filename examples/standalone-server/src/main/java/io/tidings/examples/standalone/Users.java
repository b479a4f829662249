package io.tidings.examples.standalone;

import io.tidings.feeds.Profile;
import io.tidings.feeds.UserDirectory;
import io.tidings.message.Ids;
import io.tidings.message.UserKey;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What this server knows of its users: a host would ask its own directory. */
final class Users implements UserDirectory {

    @Override
    public CompletionStage<Optional<Profile>> profile(UserKey user) {
        return CompletableFuture.completedFuture(Optional.of(new Profile(name(user.user()), null)));
    }

    /** What a user is called: {@code user-123}, at most {@value Ids#MAX_LENGTH} characters. */
    static String name(String id) {
        String name = "user-" + id;
        return name.codePointCount(0, name.length()) <= Ids.MAX_LENGTH
                ? name
                : name.substring(0, name.offsetByCodePoints(0, Ids.MAX_LENGTH));
    }
}
