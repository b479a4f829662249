package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A buffer that one connection gave back is not another's: a request would begin with what a stranger sent. With a pool that happens
 * about once in a thousand requests whose head is refused, too seldom to be seen over sockets in a test that must be quick.
 */
@Tag("R100")
class JettyBuffersTest {

    private final ServerConnector connector = JettyTransport.connector(new Server(), TransportOptions.defaults());

    @Test
    void bufferGivenBack_isNobodysAfterwards() {
        ByteBufferPool buffers = connector.getByteBufferPool();
        for (boolean direct : new boolean[] {false, true}) {
            RetainableByteBuffer one = buffers.acquire(8192, direct);
            var bytes = one.getByteBuffer();
            one.release();
            for (int i = 0; i < 100; i++) {
                RetainableByteBuffer other = buffers.acquire(8192, direct);
                assertNotSame(bytes, other.getByteBuffer());
                other.release();
            }
        }
    }

    /** Memory outside the heap would be asked for with every request, and come back when the collector runs. */
    @Test
    void buffers_areOfTheHeap() {
        HttpConfiguration http =
                connector.getConnectionFactory(HttpConnectionFactory.class).getHttpConfiguration();
        assertFalse(http.isUseInputDirectByteBuffers());
        assertFalse(http.isUseOutputDirectByteBuffers());
    }
}
