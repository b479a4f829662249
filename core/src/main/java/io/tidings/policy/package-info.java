/** How much and how fast: heartbeats, idle time, queues, connections. */
@NullMarked
package io.tidings.policy;

import org.jspecify.annotations.NullMarked;
