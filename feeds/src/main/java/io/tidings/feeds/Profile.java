package io.tidings.feeds;

import org.jspecify.annotations.Nullable;

/**
 * How a user is shown to others.
 *
 * @param username  at most 128 characters
 * @param avatarUrl an address of at most 2,048 characters, or null
 */
public record Profile(String username, @Nullable String avatarUrl) {}
