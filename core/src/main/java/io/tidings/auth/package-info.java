/** Who is it, and what may they? */
@NullMarked
package io.tidings.auth;

import org.jspecify.annotations.NullMarked;
