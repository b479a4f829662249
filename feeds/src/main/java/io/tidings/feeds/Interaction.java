package io.tidings.feeds;

import io.tidings.message.UserKey;
import java.util.Locale;

/**
 * Something that a user did to what another owns.
 *
 * @param type   what was done
 * @param actor  who did it
 * @param owner  who is notified, unless that is the actor; of the same tenant
 * @param target what it was done to
 */
public record Interaction(Type type, UserKey actor, UserKey owner, Target target) {

    /**
     * Checks that it stays within a tenant.
     *
     * @throws IllegalArgumentException when actor and owner are of different tenants
     */
    public Interaction {
        if (!actor.tenant().equals(owner.tenant())) {
            throw new IllegalArgumentException("owner must be of the actor's tenant");
        }
    }

    /** What can be done. */
    public enum Type {
        /** Likes it. */
        LIKE,
        /** Commented on it. */
        COMMENT,
        /** Follows the owner. */
        FOLLOW,
        /** Mentioned the owner in it. */
        MENTION,
        /** Replied to the owner in it. */
        REPLY;

        /** The word on the wire, such as {@code like}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * The type of a word.
         *
         * @throws IllegalArgumentException when there is none
         */
        public static Type of(String word) {
            for (Type type : values()) {
                if (type.word().equals(word)) {
                    return type;
                }
            }
            throw new IllegalArgumentException("no interaction: " + word);
        }
    }
}
