/** An executable server that shows the whole library at work: both dialects, REST, health, metrics and a page to try them. */
@NullMarked
package io.tidings.examples.standalone;

import org.jspecify.annotations.NullMarked;
