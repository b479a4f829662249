package io.tidings;

import io.tidings.auth.Authenticator;
import io.tidings.auth.Authorizer;
import io.tidings.http.HttpRoute;
import io.tidings.mailbox.Mailbox;
import io.tidings.policy.ConnectionLimits;
import io.tidings.policy.QueueLimits;
import io.tidings.spi.Broker;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** Skeleton of the options. */
public final class HubBuilder {
    HubBuilder() {}
    /** Adds an endpoint; at least one. */
    public HubBuilder endpoint(Endpoint e) {
        return this;
    }
    /** Required. */
    public HubBuilder authenticator(Authenticator a) {
        return this;
    }
    /** Default {@link Authorizer#STANDARD}. */
    public HubBuilder authorizer(Authorizer a) {
        return this;
    }
    /** Default none. */
    public HubBuilder listener(HubListener l) {
        return this;
    }
    /** Default in memory. */
    public HubBuilder mailbox(Mailbox m) {
        return this;
    }
    /** Default none: one node. */
    public HubBuilder broker(Broker b) {
        return this;
    }
    /** Adds a route. */
    public HubBuilder route(HttpRoute r) {
        return this;
    }
    /** Default STANDARD. */
    public HubBuilder queueLimits(QueueLimits q) {
        return this;
    }
    /** Default STANDARD. */
    public HubBuilder connectionLimits(ConnectionLimits c) {
        return this;
    }
    /** Default NONE. */
    public HubBuilder observer(HubObserver o) {
        return this;
    }
    /** Default random. */
    public HubBuilder node(String name) {
        return this;
    }
    /** Default SYSTEM. */
    public HubBuilder ticker(Ticker t) {
        return this;
    }
    /** Default one daemon thread. */
    public HubBuilder scheduler(Scheduler s) {
        return this;
    }
    /** Default secure. */
    public HubBuilder random(RandomGenerator r) {
        return this;
    }
    /** Where host handlers run; default virtual threads where the JDK has them. */
    public HubBuilder executor(Executor e) {
        return this;
    }
    /** Lanes of connections whose transport brings none; each runs one task at a time in order; default one thread a processor. */
    public HubBuilder lanes(List<Executor> l) {
        return this;
    }
    /** Builds and starts. */
    public Hub build() {
        throw new UnsupportedOperationException();
    }
}
