package io.tidings.feeds;

import org.jspecify.annotations.Nullable;

/**
 * A notification of the host's own, before it is stored. Immutable.
 *
 * @param kind      what it is to the event dialect, the host's word; default {@code system}
 * @param refId     the id of what it is about, or null
 * @param title     for people, at most 5,000 code points
 * @param message   for people, at most 5,000 code points
 * @param level     how good or bad it is; default INFO
 * @param category  what it counts under; default {@code OTHER}
 * @param priority  how much it matters; default NORMAL
 * @param actionUrl where it leads: relative, http or https, or null
 */
public record NotificationDraft(
        String kind,
        @Nullable String refId,
        String title,
        String message,
        Level level,
        String category,
        Priority priority,
        @Nullable String actionUrl) {

    /** How good or bad something is. */
    public enum Level {
        /** Neither. */
        INFO,
        /** It worked. */
        SUCCESS,
        /** It may go wrong. */
        WARNING,
        /** It went wrong. */
        ERROR
    }

    /** How much something matters. */
    public enum Priority {
        /** Little. */
        LOW,
        /** As most things. */
        NORMAL,
        /** More than most. */
        HIGH,
        /** Now. */
        URGENT
    }

    /** A draft with a title and a text, and defaults for the rest. */
    public static NotificationDraft of(String title, String message) {
        return new NotificationDraft("system", null, title, message, Level.INFO, "OTHER", Priority.NORMAL, null);
    }

    /** The same of another kind, about something. */
    public NotificationDraft withKind(String word, @Nullable String about) {
        return new NotificationDraft(word, about, title, message, level, category, priority, actionUrl);
    }

    /** The same with another level. */
    public NotificationDraft withLevel(Level other) {
        return new NotificationDraft(kind, refId, title, message, other, category, priority, actionUrl);
    }

    /** The same in a category. */
    public NotificationDraft withCategory(String name) {
        return new NotificationDraft(kind, refId, title, message, level, name, priority, actionUrl);
    }

    /** The same with another priority. */
    public NotificationDraft withPriority(Priority other) {
        return new NotificationDraft(kind, refId, title, message, level, category, other, actionUrl);
    }

    /** The same with a link. */
    public NotificationDraft withActionUrl(@Nullable String link) {
        return new NotificationDraft(kind, refId, title, message, level, category, priority, link);
    }
}
