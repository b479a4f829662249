/** What was missed, kept in a relational database: PostgreSQL, or SQLite in one file. */
@NullMarked
package io.tidings.adapter.jdbc;

import org.jspecify.annotations.NullMarked;
