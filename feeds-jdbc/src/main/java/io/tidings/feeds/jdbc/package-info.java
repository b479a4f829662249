/** Messages, notifications, counts and the outbox of feeds, kept in a relational database: PostgreSQL, or SQLite in one file. */
@NullMarked
package io.tidings.feeds.jdbc;

import org.jspecify.annotations.NullMarked;
