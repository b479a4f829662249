/** Whole nodes, their mailbox and broker, and their clients in one thread, under a scheduler that a seed decides. */
@NullMarked
package io.tidings.testkit.simulation;

import org.jspecify.annotations.NullMarked;
