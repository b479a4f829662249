package io.tidings.transport.jakarta;

import io.tidings.spi.Transport;
import io.tidings.testkit.TransportContract;

class TomcatTransportContractTest extends TransportContract {

    @Override
    protected Transport create(String host) {
        return new TomcatTransport(TransportOptions.builder().host(host).build());
    }
}
