/** What was missed: every user's durable messages, in order. */
@NullMarked
package io.tidings.mailbox;

import org.jspecify.annotations.NullMarked;
