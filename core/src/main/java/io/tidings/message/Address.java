package io.tidings.message;

import org.jspecify.annotations.Nullable;

/**
 * Where a transient message goes. Every address but {@link Everyone} lies within one tenant. Durable messages go to a
 * {@link UserKey} and to nothing else.
 */
public sealed interface Address {

    /** The address of a user's connections. */
    static Address user(UserKey user) {
        return new User(user, null);
    }

    /** The address of the connections that subscribed to a topic. */
    static Address topic(Topic topic) {
        return new Subscribers(topic, null);
    }

    /** The address of a tenant's connections. */
    static Address tenant(String tenant) {
        return new Tenant(tenant, null);
    }

    /** The address of one connection of this node. */
    static Address connection(String connectionId) {
        return new One(connectionId);
    }

    /** The address of all connections of all tenants; for the host alone. */
    static Address everyone() {
        return new Everyone(null);
    }

    /** The instance that gets nothing, such as the sender's own tab, or null. */
    @Nullable
    String except();

    /** The same address without an instance; {@link One} stays as it is. */
    Address minus(String instance);

    /**
     * All connections of a user.
     *
     * @param user   who
     * @param except the instance that gets nothing, or null
     */
    record User(UserKey user, @Nullable String except) implements Address {
        @Override
        public Address minus(String instance) {
            return new User(user, instance);
        }
    }

    /**
     * All connections that subscribed to a topic.
     *
     * @param topic  which
     * @param except the instance that gets nothing, or null
     */
    record Subscribers(Topic topic, @Nullable String except) implements Address {
        @Override
        public Address minus(String instance) {
            return new Subscribers(topic, instance);
        }
    }

    /**
     * All connections of a tenant.
     *
     * @param tenant which
     * @param except the instance that gets nothing, or null
     */
    record Tenant(String tenant, @Nullable String except) implements Address {
        @Override
        public Address minus(String instance) {
            return new Tenant(tenant, instance);
        }
    }

    /**
     * One connection.
     *
     * @param connectionId its id
     */
    record One(String connectionId) implements Address {
        @Override
        public @Nullable String except() {
            return null;
        }

        @Override
        public Address minus(String instance) {
            return this;
        }
    }

    /**
     * All connections.
     *
     * @param except the instance that gets nothing, or null
     */
    record Everyone(@Nullable String except) implements Address {
        @Override
        public Address minus(String instance) {
            return new Everyone(instance);
        }
    }
}
