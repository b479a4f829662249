package io.tidings.mailbox;

import io.tidings.message.Message;
import io.tidings.message.Position;
import org.jspecify.annotations.Nullable;

/**
 * A message in a mailbox.
 *
 * @param position where
 * @param message  what
 * @param except   the instance that is not shown the message, or null
 */
public record Entry(
        Position position, Message message, @Nullable String except) {}
