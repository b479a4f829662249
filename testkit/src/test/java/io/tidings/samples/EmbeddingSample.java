package io.tidings.samples;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.Connection;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.HubListener;
import io.tidings.PublishResult;
import io.tidings.Reply;
import io.tidings.Request;
import io.tidings.SendOptions;
import io.tidings.SendResult;
import io.tidings.auth.AllowedOrigins;
import io.tidings.auth.Authenticator;
import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.auth.JwtAuthenticator;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Address;
import io.tidings.message.CloseReason;
import io.tidings.message.ErrorCode;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.policy.ConnectionLimits;
import io.tidings.policy.QueueLimits;
import io.tidings.spi.HubObserver;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The code that {@code docs/embedding.md} quotes; each block there is a piece of this file. */
final class EmbeddingSample {

    static final Kind ORDER_SHIPPED =
            Kind.of("order.shipped", Field.of("orderId", FieldType.ID), Field.of("at", FieldType.TIME));

    /** The newest count of each video is enough. */
    static final Kind VIEWERS = Kind.of(
                    "video.viewers", Field.of("videoId", FieldType.ID), Field.of("count", FieldType.COUNT))
            .conflated("videoId");

    static final Kind CANCEL_ORDER = Kind.of("order.cancel", Field.of("orderId", FieldType.ID));

    private EmbeddingSample() {}

    static Hub hub(Authenticator authenticator) {
        Shop shop = new Shop();
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of("/api/v1/ws", shopDialect()))
                .endpoint(Endpoint.of("/notification/ws", EnvelopeDialect.standard()))
                .authenticator(authenticator)
                .authorizer(new Topics())
                .listener(shop)
                .build();
        shop.use(hub);
        return hub;
    }

    static Authenticator sharedSecret(String secret) {
        return JwtAuthenticator.withSecret(secret)
                .issuer("https://id.example")
                .audience("shop")
                .build();
    }

    static Authenticator publishedKeys() {
        return JwtAuthenticator.withJwks(URI.create("https://id.example/keys"))
                .tenantClaim("org")
                .keepClaim("plan")
                .build();
    }

    static EventDialect shopDialect() {
        return EventDialect.builder()
                .outbound(ORDER_SHIPPED, "order:shipped", Map.of("at", "shippedAt"))
                .outbound(VIEWERS, "video:viewers")
                .inbound(CANCEL_ORDER, "order:cancel")
                .build();
    }

    /** Does what clients ask for. */
    static final class Shop implements HubListener {

        private final AtomicLong lastId = new AtomicLong();
        private volatile @Nullable Hub hub;

        /** The hub is built with its listener, so it comes after it. */
        void use(Hub built) {
            hub = built;
        }

        @Override
        public CompletionStage<Reply> request(Connection connection, Request request) {
            if (request.kind().equals(Kinds.SEND_MESSAGE.name())) {
                return sendChat(connection, request);
            }
            if (request.kind().equals(CANCEL_ORDER.name())) {
                String order = request.body().path("orderId").asText();
                return CompletableFuture.completedFuture(
                        new Reply.Refused(ErrorCode.FORBIDDEN, "Order " + order + " is on its way", "data.orderId"));
            }
            return HubListener.NONE.request(connection, request);
        }

        private CompletionStage<Reply> sendChat(Connection connection, Request request) {
            Hub sending = hub;
            if (sending == null) {
                return CompletableFuture.failedFuture(new IllegalStateException("no hub yet"));
            }
            UserKey sender = connection.user();
            UserKey receiver = new UserKey(
                    sender.tenant(), request.body().path("receiverId").asText());
            Message message = Message.of(Kinds.MESSAGE_NEW)
                    .set("id", lastId.incrementAndGet())
                    .set("senderId", sender.user())
                    .set("receiverId", receiver.user())
                    .set("content", request.body().path("content"))
                    .set("createdAt", Instant.now())
                    .set("seen", false)
                    .build();
            return sending.send(receiver, message, oncePerRequest(connection, request))
                    .thenApply(EmbeddingSample::reply);
        }
    }

    /** A client repeats a request that it got no answer to, with the same id. */
    static SendOptions oncePerRequest(Connection connection, Request request) {
        return request.id() == null
                ? SendOptions.NONE
                : SendOptions.NONE.idempotent(connection.user() + "\n" + connection.instance() + "\n" + request.id());
    }

    static Reply reply(SendResult result) {
        if (result instanceof SendResult.Accepted accepted) {
            return new Reply.Done(JsonNodeFactory.instance
                    .objectNode()
                    .put("messageId", accepted.id().toString()));
        }
        return new Reply.Refused(ErrorCode.INTERNAL_ERROR, "Try again later", null);
    }

    /** Every video is public; a user's own topic is theirs alone. */
    static final class Topics implements Authorizer {
        @Override
        public CompletionStage<Boolean> maySubscribe(Identity identity, Topic topic) {
            boolean video = topic.name().startsWith("video/");
            boolean own = topic.name().equals("user/" + identity.user().user());
            return CompletableFuture.completedFuture(video || own);
        }
    }

    static CompletionStage<Boolean> shipped(Hub hub, UserKey customer, long orderId) {
        Message message = Message.of(ORDER_SHIPPED)
                .set("orderId", orderId)
                .set("at", Instant.now())
                .build();
        return hub.send(customer, message, SendOptions.NONE.idempotent("shipped " + orderId))
                .thenApply(result -> result instanceof SendResult.Accepted);
    }

    static boolean watched(Hub hub, long videoId, int viewers) {
        Message message = Message.of(VIEWERS)
                .set("videoId", videoId)
                .set("count", viewers)
                .build();
        PublishResult result = hub.publish(Address.topic(Topic.of("video/" + videoId)), message);
        return result instanceof PublishResult.Accepted;
    }

    static void loggedOut(Hub hub, UserKey user) {
        for (Connection connection : hub.connections(user)) {
            connection.close(CloseReason.CLOSED_BY_HOST.withReason("logged out"));
        }
    }

    static Hub tuned(Authenticator authenticator) {
        EventDialect dialect = shopDialect();
        return Hub.builder()
                .endpoint(Endpoint.of("/api/v1/ws", dialect)
                        .withOrigins(AllowedOrigins.of(List.of("https://shop.example", "https://*.shop.example")))
                        .withPolicy(dialect.policy()
                                .withIdle(Duration.ofMinutes(15))
                                .withMaxInboundBytes(64 * 1024))
                        .refusingBeforeUpgrade())
                .authenticator(authenticator)
                .mailbox(InMemoryMailbox.builder()
                        .retention(Duration.ofDays(30))
                        .maxPerUser(5_000)
                        .build())
                .queueLimits(QueueLimits.STANDARD.withSize(256 * 1024, 500).withWriteTimeout(Duration.ofSeconds(5)))
                .connectionLimits(new ConnectionLimits(20, ConnectionLimits.TooMany.REFUSE_NEW))
                .route(HttpRoute.get(
                        "/live", request -> CompletableFuture.completedFuture(HttpResponse.text(200, "yes"))))
                .observer(new Counts())
                .node("shop-1")
                .build();
    }

    /** Counts what is said to clients, and what is not. */
    static final class Counts implements HubObserver {

        final LongAdder queued = new LongAdder();
        final LongAdder dropped = new LongAdder();

        @Override
        public void queued(String kind, int recipients) {
            queued.add(recipients);
        }

        @Override
        public void dropped(Drop reason, int count) {
            dropped.add(count);
        }
    }
}
