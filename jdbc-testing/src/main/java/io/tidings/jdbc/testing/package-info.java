/** Databases for the tests of this project; not published. */
@NullMarked
package io.tidings.jdbc.testing;

import org.jspecify.annotations.NullMarked;
