/** Takes markup out of what clients write, with the OWASP Java HTML Sanitizer. */
@NullMarked
package io.tidings.sanitizer.owasp;

import org.jspecify.annotations.NullMarked;
