package io.tidings.feeds.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.HubBuilder;
import io.tidings.adapter.jdbc.JdbcMailbox;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.feeds.Feeds;
import io.tidings.inmemory.InMemoryBroker;
import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A node as a host makes it: feeds and mailbox in one database, on a hub that nobody is connected to. */
final class FeedNode implements AutoCloseable {

    final JdbcMailbox mailbox;
    final JdbcFeedStore store;
    final Feeds feeds;
    private final Hub hub;
    private final AtomicLong ahead = new AtomicLong();

    /**
     * Opens a node.
     *
     * @param network of it and others on the same database, whose claims count; null where it is alone
     */
    FeedNode(HikariDataSource pool, InMemoryBroker.@Nullable Network network) {
        boolean shared = network != null;
        mailbox = JdbcMailbox.builder(pool)
                .maxPerUser(1_000_000)
                .timeout(FeedScenarios.PATIENCE)
                .shared(shared)
                .build();
        store = JdbcFeedStore.builder(pool)
                .timeout(FeedScenarios.PATIENCE)
                .shared(shared)
                .build();
        feeds = Feeds.builder().store(store).ticker(new Ahead()).build();
        HubBuilder builder = Hub.builder()
                .endpoint(Endpoint.of("/ws", EventDialect.standard()))
                .authenticator(token -> CompletableFuture.completedFuture(
                        new Authentication.Accepted(Identity.of(UserKey.of("nobody")))))
                .mailbox(mailbox)
                .listener(feeds.listener());
        hub = (network == null ? builder : builder.broker(network.broker())).build();
        feeds.start(hub);
    }

    /** Lets the feeds' clock run ahead of everybody's, so that claims end. */
    void advance(long millis) {
        ahead.addAndGet(millis);
    }

    /** Stops as a node that dies: claims stay, and the hub takes nothing any more. */
    @Override
    public void close() {
        feeds.close();
        hub.close();
        hub.closed().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private final class Ahead implements Ticker {
        @Override
        public long nanos() {
            return Ticker.SYSTEM.nanos();
        }

        @Override
        public long epochMillis() {
            return Ticker.SYSTEM.epochMillis() + ahead.get();
        }
    }
}
