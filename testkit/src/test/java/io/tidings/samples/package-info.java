/** The samples of the guides, which are compiled, run, and compared with what the guides quote. */
@NullMarked
package io.tidings.samples;

import org.jspecify.annotations.NullMarked;
