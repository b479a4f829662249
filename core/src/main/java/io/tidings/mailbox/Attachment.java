package io.tidings.mailbox;

import io.tidings.message.Position;

/**
 * A device's cursor in an instance's hands.
 *
 * @param cursor     where the device stands
 * @param generation what fences the instance's earlier connections; grows with every attach of the instance
 */
public record Attachment(Position cursor, long generation) {}
