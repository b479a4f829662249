package io.tidings.feeds;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.HubBuilder;
import io.tidings.HubFixture;
import io.tidings.TestConnection;
import io.tidings.message.UserKey;
import io.tidings.testkit.ManualTime;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Feeds on a {@link HubFixture}: in manual time, in memory, with users whose name is {@code user-} and their id. */
final class FeedsFixture implements AutoCloseable {

    static final UserDirectory DIRECTORY = user -> CompletableFuture.completedFuture(
            Optional.of(new Profile("user-" + user.user(), "https://example.org/" + user.user() + ".png")));

    final HubFixture hubs;
    final ManualTime time;
    final FeedStore store;
    final Feeds feeds;

    FeedsFixture() {
        this(InMemoryFeedStore.builder().build(), feeds -> feeds, hub -> hub);
    }

    FeedsFixture(FeedStore store, UnaryOperator<FeedsBuilder> options, UnaryOperator<HubBuilder> hubOptions) {
        this.store = store;
        CompletableFuture<Feeds> made = new CompletableFuture<>();
        time = new ManualTime();
        made.complete(options.apply(Feeds.builder()
                        .store(store)
                        .directory(DIRECTORY)
                        .ticker(time)
                        .scheduler(time)
                        .executor(Runnable::run))
                .build());
        feeds = made.join();
        hubs = new HubFixture(
                time,
                io.tidings.Endpoint.of(HubFixture.EVENT, io.tidings.dialect.EventDialect.standard()),
                io.tidings.Endpoint.of(HubFixture.ENVELOPE, io.tidings.dialect.EnvelopeDialect.standard()),
                hub -> {
                    feeds.routes().forEach(hub::route);
                    return hubOptions.apply(hub.listener(feeds.listener()));
                });
        feeds.start(hubs.hub);
        time.runUntilQuiet();
    }

    static UserKey user(long id) {
        return UserKey.of(id);
    }

    TestConnection event(String token) {
        return hubs.event(token);
    }

    TestConnection envelope(String token) {
        return hubs.envelope(token);
    }

    /** What comes of a call, after all that follows from it. */
    <T> T done(CompletionStage<T> stage) {
        time.runUntilQuiet();
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    ChatMessage send(long from, long to, String content) {
        return done(feeds.conversations().send(user(from), user(to), content));
    }

    /** The body of the next frame that a client has got, which is of a type. */
    static JsonNode data(TestConnection client, String type) {
        return client.take(type).json().path("data");
    }

    static JsonNode payload(TestConnection client, String type) {
        return client.take(type).json().path("payload");
    }

    @Override
    public void close() {
        hubs.hub.close();
        time.advance(java.time.Duration.ofSeconds(40));
        feeds.close();
    }
}
