package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Knows how users are shown: the actors of notifications.
 *
 * <p><b>Threads.</b> MAY be called concurrently, and MUST NOT block. The stage MAY complete on any thread.
 * <p><b>Failure.</b> A stage that fails, or is not complete after 5 s, leaves the actor without a name; the notification is sent.
 */
@FunctionalInterface
public interface UserDirectory {

    /** Knows nobody. */
    UserDirectory NONE = user -> CompletableFuture.completedFuture(Optional.empty());

    /** How a user is shown; empty where nothing is known. */
    CompletionStage<Optional<Profile>> profile(UserKey user);
}
