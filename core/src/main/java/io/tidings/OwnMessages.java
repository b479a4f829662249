package io.tidings;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidings.message.ErrorCode;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.spi.Ticker;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the library itself says to clients. */
final class OwnMessages {

    private final Ticker ticker;

    OwnMessages(Ticker ticker) {
        this.ticker = ticker;
    }

    /** The first message of a connection, with where its delivery starts. */
    Message connected(HubConnection connection, Position from) {
        HeartbeatPolicy heartbeat = connection.endpoint().policy().heartbeat();
        String tenant = connection.user().tenant();
        return now(Message.of(Kinds.CONNECTED)
                .set("userId", connection.user().user())
                .set("message", "Connected successfully")
                .set("connectionId", connection.id())
                .set("lastMessageId", MessageId.of(from).toString())
                .set("pingIntervalMs", heartbeat.interval().toMillis())
                .set("pongTimeoutMs", heartbeat.timeout().toMillis())
                .set("reconnectWindowMs", connection.engine().reconnectWindowMillis())
                .set("tenantId", tenant.isEmpty() ? null : tenant));
    }

    Message ping() {
        return now(Message.of(Kinds.PING).set("timestamp", time()));
    }

    Message pong() {
        return now(Message.of(Kinds.PONG));
    }

    Message result(String requestId, @Nullable JsonNode data) {
        return now(Message.of(Kinds.RESULT).set("id", requestId).set("data", data));
    }

    Message error(
            ErrorCode code,
            String message,
            @Nullable String field,
            @Nullable String requestId,
            @Nullable Integer retryAfterSeconds) {
        return now(Message.of(Kinds.ERROR)
                .set("code", code.name())
                .set("message", message)
                .set("timestamp", time())
                .set("field", field)
                .set("retryAfter", retryAfterSeconds)
                .set("id", requestId));
    }

    Message authExpiring(Instant expiresAt) {
        return now(Message.of(Kinds.AUTH_EXPIRING).set("expiresAt", expiresAt));
    }

    Message authRefreshed(Instant expiresAt) {
        return now(Message.of(Kinds.AUTH_REFRESHED).set("expiresAt", expiresAt));
    }

    /** Messages between two positions are gone; the first as the client gave it. */
    Message gap(String from, Position to, String reason) {
        return now(Message.of(Kinds.DELIVERY_GAP)
                .set("from", from)
                .set("to", MessageId.of(to).toString())
                .set("reason", reason));
    }

    Message live(Position at) {
        return now(Message.of(Kinds.DELIVERY_LIVE)
                .set("lastMessageId", MessageId.of(at).toString()));
    }

    private Message now(Message.Builder message) {
        return message.at(time()).build();
    }

    private Instant time() {
        return Instant.ofEpochMilli(ticker.epochMillis());
    }
}
