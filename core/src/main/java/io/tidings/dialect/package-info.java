/** What is on the wire: how a dialect says each kind of message, and how it reads what clients say. */
@NullMarked
package io.tidings.dialect;

import org.jspecify.annotations.NullMarked;
