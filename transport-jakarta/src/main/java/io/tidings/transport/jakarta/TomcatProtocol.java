package io.tidings.transport.jakarta;

import java.net.InetAddress;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;

/** Tomcat's connector as this module wants it. */
final class TomcatProtocol extends Http11NioProtocol {

    /**
     * How many idle processors are kept; each has a buffer as large as a request's header may be, with what it read last.
     */
    private static final int KEPT_PROCESSORS = 16;

    /** Tomcat's buffers of a connection: WebSocket does not use them, requests fill them several times. */
    private static final int BUFFER_BYTES = 1024;

    TomcatProtocol(TomcatFront front, TransportOptions options, InetAddress host, ScheduledExecutorService timer) {
        int idleMillis = (int) options.requestIdle().toMillis();
        setAdapter(front);
        setUtilityExecutor(timer);
        setAddress(host);
        setPort(options.port());
        setMaxThreads(options.ioThreads());
        setMinSpareThreads(Math.min(2, options.ioThreads()));
        setMaxConnections(-1);
        setAcceptCount(1024);
        setTcpNoDelay(true);
        setConnectionTimeout(idleMillis);
        setKeepAliveTimeout(idleMillis);
        setMaxKeepAliveRequests(-1);
        setMaxHttpRequestHeaderSize(TransportOptions.MAX_HEADER_BYTES);
        setMaxSwallowSize(0);
        setProcessorCache(KEPT_PROCESSORS);
        // A pooled channel would be another connection's when somebody still holds it.
        setProperty("socket.bufferPool", "0");
        setProperty("socket.appReadBufSize", Integer.toString(BUFFER_BYTES));
        setProperty("socket.appWriteBufSize", Integer.toString(BUFFER_BYTES));
    }

    @Override
    protected String getNamePrefix() {
        return "tidings-tomcat";
    }

    @Override
    protected Processor createProcessor() {
        return new TomcatProcessor(this, getAdapter());
    }
}
