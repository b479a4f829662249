package io.tidings.feeds;

import io.tidings.message.UserKey;
import io.tidings.spi.Ticker;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Makes changes: each is a transaction of the store, and what users are told of it is relayed once it lasts. */
final class Changes {

    private final FeedStore store;
    private final Relay relay;
    private final Ticker ticker;

    Changes(FeedStore store, Relay relay, Ticker ticker) {
        this.store = store;
        this.relay = relay;
        this.ticker = ticker;
    }

    FeedStore store() {
        return store;
    }

    /**
     * Makes a change.
     *
     * @param users who is written to
     * @param body  MAY be run several times
     */
    <T> CompletionStage<T> make(Set<UserKey> users, Function<Change, T> body) {
        return store.transact(users, rows -> {
                    Change change = new Change(rows, Instant.ofEpochMilli(ticker.epochMillis()));
                    T value = body.apply(change);
                    return new Made<>(value, change.finish(relay.claimant(), relay.claimedUntil()));
                })
                .thenApply(made -> {
                    made.told.forEach(relay::take);
                    return made.value;
                });
    }

    private record Made<T>(T value, List<Change.Told> told) {}
}
