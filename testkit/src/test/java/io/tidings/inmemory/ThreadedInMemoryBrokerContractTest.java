package io.tidings.inmemory;

import io.tidings.spi.Broker;
import io.tidings.testkit.BrokerContract;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;

/** With an executor of several threads. */
class ThreadedInMemoryBrokerContractTest extends BrokerContract {

    private final ExecutorService executor = Executors.newFixedThreadPool(4);
    private final InMemoryBroker.Network network = new InMemoryBroker.Network(executor);

    @Override
    protected Broker open() {
        return network.broker();
    }

    @AfterEach
    void stopThreads() {
        executor.shutdownNow();
    }
}
