package io.tidings.transport.jakarta;

import io.tidings.spi.Transport;
import io.tidings.testkit.TransportContract;

class UndertowTransportContractTest extends TransportContract {

    @Override
    protected Transport create(String host) {
        return new UndertowTransport(TransportOptions.builder().host(host).build());
    }
}
