package io.tidings.transport.jakarta;

import java.io.IOException;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.attributes.Attribute;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChain;
import org.glassfish.grizzly.filterchain.FilterChainBuilder;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.filterchain.TransportFilter;
import org.glassfish.grizzly.http.HttpServerFilter;
import org.glassfish.grizzly.utils.IdleTimeoutFilter;

/**
 * The filters of a connection that was upgraded: its bytes go to its {@link TyrusLink} and no longer through the HTTP codec, which
 * would keep the request, token and all, as long as the connection lives.
 */
final class TyrusFrames extends BaseFilter {

    private static final Attribute<TyrusLink> LINK =
            Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(TyrusLink.class.getName());

    private final IdleTimeoutFilter idle;

    private TyrusFrames(IdleTimeoutFilter idle) {
        this.idle = idle;
    }

    /**
     * A chain for all upgraded connections of a listener.
     *
     * @param http the chain that the connections begin with
     */
    static FilterChain chain(FilterChainBuilder http) {
        IdleTimeoutFilter idle = (IdleTimeoutFilter) http.get(http.indexOfType(IdleTimeoutFilter.class));
        return FilterChainBuilder.stateless()
                .add(new TransportFilter())
                .add(new TyrusFrames(idle))
                .build();
    }

    /** Leads a connection to its link from now on. */
    static void follow(Connection<?> connection, FilterChain chain, TyrusLink link) {
        LINK.set(connection, link);
        connection.setProcessor(chain);
        connection.getAttributes().removeAttribute(HttpServerFilter.HTTP_SERVER_REQUEST_ATTR_NAME);
    }

    @Override
    public NextAction handleRead(FilterChainContext context) {
        Buffer bytes = context.getMessage();
        LINK.get(context.getConnection()).received(bytes.toByteBuffer());
        bytes.tryDispose();
        return context.getStopAction();
    }

    /** The filter that watched the connection while it spoke HTTP holds it until it is told. */
    @Override
    public NextAction handleClose(FilterChainContext context) throws IOException {
        return idle.handleClose(context);
    }
}
