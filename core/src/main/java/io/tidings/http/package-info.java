/** HTTP beside the WebSocket, independent of any server: a route turns a request into a stage of a response. */
@NullMarked
package io.tidings.http;

import org.jspecify.annotations.NullMarked;
