/** What travels: messages, whom they are for, where they stand, and why connections end. */
@NullMarked
package io.tidings.message;

import org.jspecify.annotations.NullMarked;
