package io.tidings.feeds;

import io.tidings.message.UserKey;
import org.jspecify.annotations.Nullable;

/**
 * Words notifications of interactions, for clients that show a title and a text.
 *
 * <p><b>Threads.</b> MAY be called concurrently, and MUST NOT block.
 * <p><b>Failure.</b> An exception fails the interaction, and nothing has changed.
 */
@FunctionalInterface
public interface NotificationTemplates {

    /** In English: the actor's name as the title, such as {@code Ann}, and what was done, such as {@code likes “My post”}. */
    NotificationTemplates ENGLISH = (interaction, profile) -> {
        UserKey actor = interaction.actor();
        String title = interaction.target().title();
        String what = title == null || title.isBlank() ? interaction.target().type() : '“' + title + '”';
        return new Text(
                profile == null ? "User " + actor.user() : profile.username(),
                switch (interaction.type()) {
                    case LIKE -> "likes " + what;
                    case COMMENT -> "commented on " + what;
                    case FOLLOW -> "follows you";
                    case MENTION -> "mentioned you in " + what;
                    case REPLY -> "replied to you in " + what;
                });
    };

    /**
     * The words for an interaction.
     *
     * @param profile how the actor is shown, or null where that is not known
     */
    Text text(Interaction interaction, @Nullable Profile profile);

    /**
     * Words.
     *
     * @param title   at most 5,000 code points
     * @param message at most 5,000 code points
     */
    record Text(String title, String message) {}
}
