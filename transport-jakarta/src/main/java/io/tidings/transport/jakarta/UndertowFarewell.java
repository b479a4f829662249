package io.tidings.transport.jakarta;

import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRouter;
import io.undertow.io.IoCallback;
import io.undertow.io.Sender;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * The last answer of a connection whose client may still be sending. Undertow closes behind it, which takes the answer back when
 * bytes lie unread; so what comes is read for a while, and thrown away.
 *
 * <p>Nothing that comes behind the request is looked at any more: where it ended may be in doubt.
 */
final class UndertowFarewell {

    private static final int BUFFER_BYTES = 4 * 1024;

    private final HttpRouter router;
    private final Duration wait;

    /**
     * A farewell.
     *
     * @param wait how long a client may go on sending
     */
    UndertowFarewell(HttpRouter router, Duration wait) {
        this.router = router;
        this.wait = wait;
    }

    /** Answers and ends the connection. On an I/O thread. */
    void respond(HttpServerExchange exchange, HttpResponse given) {
        HttpResponse response = router.readable(
                given,
                exchange.getRequestHeaders().getFirst(Headers.ORIGIN),
                exchange.getRequestHeaders().getFirst(Headers.HOST));
        exchange.setPersistent(false);
        boolean bare = exchange.getRequestMethod().equals(Methods.HEAD) || response.body().length == 0;
        if (exchange.isRequestComplete() || bare) {
            UndertowRoutes.respond(exchange, response);
            return;
        }
        // Out of the call, at whose end Undertow would read the rest of the body.
        exchange.dispatch(SameThreadExecutor.INSTANCE, () -> {
            UndertowRoutes.describe(exchange, response);
            exchange.setResponseContentLength(response.body().length);
            exchange.getResponseSender().send(ByteBuffer.wrap(response.body()), new IoCallback() {
                @Override
                public void onComplete(HttpServerExchange answered, Sender sender) {
                    endOutput((AbstractServerConnection) answered.getConnection());
                }

                @Override
                public void onException(HttpServerExchange answered, Sender sender, IOException failure) {
                    IoUtils.safeClose(answered.getConnection());
                }
            });
        });
    }

    private void endOutput(AbstractServerConnection connection) {
        StreamConnection tcp = connection.getChannel();
        tcp.getSinkChannel().setConduit(connection.getOriginalSinkConduit());
        tcp.getSourceChannel().setConduit(connection.getOriginalSourceConduit());
        try {
            tcp.getSinkChannel().shutdownWrites();
            if (tcp.getSinkChannel().flush()) {
                drain(connection, tcp);
            } else {
                tcp.getSinkChannel()
                        .setWriteListener(ChannelListeners.flushingChannelListener(
                                flushed -> drain(connection, tcp), (failed, failure) -> IoUtils.safeClose(connection)));
                tcp.getSinkChannel().resumeWrites();
            }
        } catch (IOException gone) {
            IoUtils.safeClose(connection);
        }
    }

    private void drain(AbstractServerConnection connection, StreamConnection tcp) {
        try {
            XnioExecutor.Key end = tcp.getIoThread()
                    .executeAfter(() -> IoUtils.safeClose(connection), wait.toMillis(), TimeUnit.MILLISECONDS);
            connection.addCloseListener(closed -> end.remove());
        } catch (RejectedExecutionException stopped) {
            IoUtils.safeClose(connection);
            return;
        }
        Drain drain = new Drain(connection);
        tcp.getSourceChannel().setReadListener(drain::read);
        tcp.getSourceChannel().wakeupReads();
    }

    /** Reads for nothing; touched by the connection's thread only. */
    private static final class Drain {
        private final AbstractServerConnection connection;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        private int total;

        Drain(AbstractServerConnection connection) {
            this.connection = connection;
        }

        void read(ConduitStreamSourceChannel source) {
            try {
                int read;
                while ((read = source.read(buffer.clear())) > 0) {
                    total += read;
                    if (total > TransportOptions.MAX_FAREWELL_BYTES) {
                        break;
                    }
                }
                if (read != 0) {
                    IoUtils.safeClose(connection);
                }
            } catch (IOException gone) {
                IoUtils.safeClose(connection);
            }
        }
    }
}
