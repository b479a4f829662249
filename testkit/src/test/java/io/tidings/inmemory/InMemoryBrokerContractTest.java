package io.tidings.inmemory;

import io.tidings.spi.Broker;
import io.tidings.testkit.BrokerContract;

class InMemoryBrokerContractTest extends BrokerContract {

    private final InMemoryBroker.Network network = new InMemoryBroker.Network();

    @Override
    protected Broker open() {
        return network.broker();
    }
}
