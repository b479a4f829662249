/** The smallest correct back ends: everything in this process. */
@NullMarked
package io.tidings.inmemory;

import org.jspecify.annotations.NullMarked;
