/**
 * What the mailbox and the store of feeds have in common when they keep things in a relational database: its dialects, its
 * connections, and calls that end in time.
 *
 * <p>This is no API for hosts: it is made for {@code io.tidings.adapter.jdbc} and {@code io.tidings.feeds.jdbc} of the same version,
 * and may change with any.
 */
@NullMarked
package io.tidings.jdbc;

import org.jspecify.annotations.NullMarked;
