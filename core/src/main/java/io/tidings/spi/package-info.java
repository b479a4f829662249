/** What else can be replaced: transports, brokers, time, and what is told of them. */
@NullMarked
package io.tidings.spi;

import org.jspecify.annotations.NullMarked;
