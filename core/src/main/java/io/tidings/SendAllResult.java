package io.tidings;

/**
 * What came of sending a durable message to many users.
 *
 * @param accepted users in whose mailbox it is, those of {@code repeated} included
 * @param repeated users who had it already, under the same idempotency key
 * @param rejected users whose mailbox had no room
 * @param failed   users for whom the mailbox failed: they may or may not have it. Repeat the call with the same idempotency key
 */
public record SendAllResult(long accepted, long repeated, long rejected, long failed) {}
