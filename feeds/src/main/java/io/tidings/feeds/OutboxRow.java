package io.tidings.feeds;

import io.tidings.message.Message;
import io.tidings.message.UserKey;
import org.jspecify.annotations.Nullable;

/**
 * Something that a user is to be told, written with the change that it tells of.
 *
 * @param user     who is told
 * @param sequence its place among the user's rows, without holes, from 1
 * @param message  what is told
 * @param durable  whether it goes to the user's mailbox, or only to whoever is connected
 * @param except   the instance that is not told, or null
 */
public record OutboxRow(
        UserKey user,
        long sequence,
        Message message,
        boolean durable,
        @Nullable String except) {}
