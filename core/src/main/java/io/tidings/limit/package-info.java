/** What was used up: counting by one node alone, and by several over a shared store. */
@NullMarked
package io.tidings.limit;

import org.jspecify.annotations.NullMarked;
