package io.tidings.transport.jakarta;

import io.tidings.spi.Transport;
import io.tidings.testkit.TransportContract;

class JettyTransportContractTest extends TransportContract {

    @Override
    protected Transport create(String host) {
        return new JettyTransport(TransportOptions.builder().host(host).build());
    }
}
