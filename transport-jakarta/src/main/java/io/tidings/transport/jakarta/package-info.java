/**
 * The hub on Jakarta WebSocket containers: {@link io.tidings.transport.jakarta.TyrusTransport},
 * {@link io.tidings.transport.jakarta.TomcatTransport}, {@link io.tidings.transport.jakarta.JettyTransport} and
 * {@link io.tidings.transport.jakarta.UndertowTransport} bring a server of their own,
 * {@link io.tidings.transport.jakarta.JakartaEndpoints} adds the hub to a container that the host runs.
 */
@NullMarked
package io.tidings.transport.jakarta;

import org.jspecify.annotations.NullMarked;
