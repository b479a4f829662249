package io.tidings.mailbox;

import io.tidings.message.Position;
import io.tidings.message.UserKey;

/**
 * A device has everything up to a position.
 *
 * @param user       whose
 * @param device     which
 * @param instance   on whose word
 * @param generation of the instance's attachment
 * @param position   up to where
 */
public record CursorMove(UserKey user, String device, String instance, long generation, Position position) {}
