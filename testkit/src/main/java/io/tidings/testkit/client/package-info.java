/** A client that keeps up a connection, whatever happens to it. */
@NullMarked
package io.tidings.testkit.client;

import org.jspecify.annotations.NullMarked;
