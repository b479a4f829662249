package io.tidings;

import io.tidings.message.Address;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.spi.Acceptor;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Skeleton; see below. */
public final class Hub implements AutoCloseable {
    private Hub() {}
    /** Starts to describe a hub. */
    public static HubBuilder builder() {
        throw new UnsupportedOperationException();
    }
    /** What transports call. */
    public Acceptor acceptor() {
        throw new UnsupportedOperationException();
    }
    /** Durable, to one user. */
    public CompletionStage<SendResult> send(UserKey user, Message message) {
        throw new UnsupportedOperationException();
    }
    /** Durable, to one user. */
    public CompletionStage<SendResult> send(UserKey user, Message message, SendOptions options) {
        throw new UnsupportedOperationException();
    }
    /** Transient, to any address. */
    public PublishResult publish(Address address, Message message) {
        throw new UnsupportedOperationException();
    }
    /** The connections of a user on this node, oldest first. */
    public List<Connection> connections(UserKey user) {
        throw new UnsupportedOperationException();
    }
    /** What the hub holds. */
    public HubStats stats() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
