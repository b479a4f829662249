package io.tidings.transport.jakarta;

import io.tidings.spi.Transport;
import io.tidings.testkit.TransportContract;

class TyrusTransportContractTest extends TransportContract {

    @Override
    protected Transport create(String host) {
        return new TyrusTransport(TransportOptions.builder().host(host).build());
    }
}
