/** What an application uses: the hub, its connections, and what it is told. */
@NullMarked
package io.tidings;

import org.jspecify.annotations.NullMarked;
