package io.tidings.testkit;

import io.tidings.inmemory.InMemoryBroker;
import io.tidings.spi.Broker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The contract permits loss, doubling and overtaking: the broker that does all of them passes. */
class FaultyBrokerContractTest extends BrokerContract {

    private final ManualTime time = new ManualTime();
    private final InMemoryBroker.Network network = new InMemoryBroker.Network();
    private final FaultyBroker.Faults faults = new FaultyBroker.Faults(0.3, 0.3, Duration.ofMillis(50));
    private final List<FaultyBroker> opened = new ArrayList<>();

    @Override
    protected Broker open() {
        FaultyBroker broker = new FaultyBroker(network.broker(), faults, time, new Random(opened.size()));
        opened.add(broker);
        return broker;
    }

    @Override
    protected void settle() {
        time.advance(Duration.ofMillis(50));
    }

    @Override
    protected boolean cut(boolean off) {
        opened.forEach(broker -> {
            if (off) {
                broker.cut();
            } else {
                broker.mend();
            }
        });
        return true;
    }
}
