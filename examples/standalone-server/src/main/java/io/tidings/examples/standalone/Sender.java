package io.tidings.examples.standalone;

import io.tidings.SendOptions;
import io.tidings.SendResult;
import io.tidings.auth.Identity;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Address;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Sends through the hub, and finds what was sent the first time when a client repeats itself. */
final class Sender {

    private final LateHub hub;
    private final Mailbox mailbox;

    /** What came of it. */
    sealed interface Sent {

        /**
         * The message is in the user's mailbox.
         *
         * @param message it, or the one that was sent the first time
         */
        record Stored(Message message) implements Sent {}

        /** It was sent the first time and is no longer held. */
        record Gone() implements Sent {}

        /**
         * It was not sent.
         *
         * @param reason a sentence
         */
        record Rejected(String reason) implements Sent {}
    }

    Sender(LateHub hub, Mailbox mailbox) {
        this.hub = hub;
        this.mailbox = mailbox;
    }

    /**
     * Sends a durable message.
     *
     * @param key what a repeat has again, or null; see {@link #key}
     */
    CompletionStage<Sent> send(UserKey to, Message message, @Nullable String key) {
        SendOptions options = key == null ? SendOptions.NONE : SendOptions.NONE.idempotent(key);
        return hub.get().send(to, message, options).thenCompose(result -> {
            if (result instanceof SendResult.Accepted accepted) {
                return accepted.repeated()
                        ? first(to, accepted.id().position())
                        : CompletableFuture.completedFuture(new Sent.Stored(message));
            }
            return CompletableFuture.completedFuture(new Sent.Rejected(((SendResult.Rejected) result).reason()));
        });
    }

    /** Publishes a transient message to a user's connections. */
    void publish(UserKey to, Message message) {
        hub.get().publish(Address.user(to), message);
    }

    /**
     * The idempotency key of something that a user asks for, apart from everybody else's. Ids have no control characters, so a
     * line end keeps the parts apart.
     *
     * @param scope what is asked for, and where: a key counts within it
     * @param key   the client's own, or null
     */
    static @Nullable String key(Identity user, String scope, @Nullable String key) {
        return key == null
                ? null
                : String.join("\n", user.user().tenant(), user.user().user(), scope, key);
    }

    private CompletionStage<Sent> first(UserKey user, Position position) {
        Position before = new Position(position.epoch(), position.offset() - 1);
        return mailbox.read(user, before, 1)
                .thenApply(page -> page.entries().stream()
                        .filter(entry -> entry.position().equals(position))
                        .map(Entry::message)
                        .<Sent>map(Sent.Stored::new)
                        .findFirst()
                        .orElseGet(Sent.Gone::new));
    }
}
