package io.tidings.transport.jakarta;

import io.undertow.conduits.ChunkedStreamSourceConduit;
import io.undertow.conduits.ReadDataStreamSourceConduit;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.ConduitReadableByteChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Reads along below Undertow's reader of chunked bodies, which takes for a chunk's size what others do not, and a trailer of any
 * length. Touched by the connection's thread only.
 */
final class UndertowChunks extends AbstractStreamSourceConduit<StreamSourceConduit> {

    private final RequestScan scan = RequestScan.ofChunks();

    private UndertowChunks(StreamSourceConduit next) {
        super(next);
    }

    /**
     * Reads along from now on; a body that goes wrong ends its connection.
     *
     * @return false when what has come of the body is wrong already
     */
    static boolean watch(HttpServerExchange exchange) {
        AbstractServerConnection connection = (AbstractServerConnection) exchange.getConnection();
        UndertowChunks chunks = new UndertowChunks(connection.getOriginalSourceConduit());
        PooledByteBuffer early = connection.getExtraBytes();
        if (early != null && !chunks.see(early.getBuffer().duplicate())) {
            return false;
        }
        connection
                .getChannel()
                .getSourceChannel()
                .setConduit(new ChunkedStreamSourceConduit(
                        new ReadDataStreamSourceConduit(chunks, connection), exchange, read -> {
                            if (!read.isFinished()) {
                                exchange.setPersistent(false);
                            }
                            Connectors.terminateRequest(exchange);
                        }));
        return true;
    }

    private boolean see(ByteBuffer bytes) {
        scan.see(bytes);
        return scan.problem() == null;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int from = into.position();
        int read = next.read(into);
        if (read > 0) {
            ByteBuffer seen = into.duplicate();
            seen.position(from).limit(from + read);
            if (!see(seen)) {
                throw new ProtocolException("not a chunked body");
            }
        }
        return read;
    }

    @Override
    public long read(ByteBuffer[] into, int from, int count) throws IOException {
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
