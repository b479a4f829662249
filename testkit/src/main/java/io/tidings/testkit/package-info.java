/** Contract suites for what can be replaced, time that tests move, and connections, clients and networks that misbehave on request. */
@NullMarked
package io.tidings.testkit;

import org.jspecify.annotations.NullMarked;
