package io.tidings.feeds;

import org.jspecify.annotations.Nullable;

/**
 * What something was done to.
 *
 * @param type     the host's word for what it is, such as {@code post}; 1 to 128 characters
 * @param id       its id, of the host's
 * @param title    how it is called, for people, or null
 * @param thumbUrl a picture of it, or null
 */
public record Target(
        String type,
        String id,
        @Nullable String title,
        @Nullable String thumbUrl) {}
