@NullMarked
package io.tidings.examples.standalone;

import org.jspecify.annotations.NullMarked;
