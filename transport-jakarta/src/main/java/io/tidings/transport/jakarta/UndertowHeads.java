package io.tidings.transport.jakarta;

import io.tidings.http.HttpResponse;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.ConduitReadableByteChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Reads along before Undertow's parser, for which a carriage return alone ends a line: a header behind one is hidden from the
 * proxy that took it for the value of another. Touched by the connection's thread only.
 */
final class UndertowHeads extends AbstractStreamSourceConduit<StreamSourceConduit> {

    /** Null when HTTP is over. */
    private @Nullable RequestScan scan = new RequestScan();

    private UndertowHeads(StreamSourceConduit next) {
        super(next);
    }

    /** Reads along from a connection's beginning. */
    static void watch(StreamConnection connection) {
        connection
                .getSourceChannel()
                .setConduit(new UndertowHeads(connection.getSourceChannel().getConduit()));
    }

    /** What is wrong with a request, or with what came in one read with it. */
    static Optional<HttpResponse> problem(HttpServerExchange exchange) {
        UndertowHeads heads = of(exchange);
        return heads == null || heads.scan == null ? Optional.empty() : Optional.ofNullable(heads.scan.problem());
    }

    /** What follows is another protocol. */
    static void end(HttpServerExchange exchange) {
        UndertowHeads heads = of(exchange);
        if (heads != null) {
            heads.scan = null;
        }
    }

    private static @Nullable UndertowHeads of(HttpServerExchange exchange) {
        return ((AbstractServerConnection) exchange.getConnection()).getOriginalSourceConduit()
                        instanceof UndertowHeads heads
                ? heads
                : null;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int from = into.position();
        int read = next.read(into);
        if (read > 0 && scan != null) {
            ByteBuffer seen = into.duplicate();
            seen.position(from).limit(from + read);
            scan.see(seen);
        }
        return read;
    }

    @Override
    public long read(ByteBuffer[] into, int from, int count) throws IOException {
        if (scan == null) {
            return next.read(into, from, count);
        }
        for (int i = from; i < from + count; i++) {
            if (into[i].hasRemaining()) {
                return read(into[i]);
            }
        }
        return 0;
    }

    @Override
    public long transferTo(long position, long count, FileChannel target) throws IOException {
        return target.transferFrom(new ConduitReadableByteChannel(this), position, count);
    }

    @Override
    public long transferTo(long count, ByteBuffer through, StreamSinkChannel target) throws IOException {
        return IoUtils.transfer(new ConduitReadableByteChannel(this), count, through, target);
    }
}
