package io.tidings.testkit.simulation;

import io.tidings.message.Address;
import io.tidings.message.UserKey;
import io.tidings.spi.Broker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Between the nodes' brokers: everything that the contract of a broker permits happens here. */
final class SimulatedNetwork {

    private final World world;
    private final List<Link> links = new ArrayList<>();

    SimulatedNetwork(World world) {
        this.world = world;
    }

    /** A broker for one life of a node. */
    Broker broker(SimulatedNode node) {
        Link link = new Link(node, node.life());
        links.add(link);
        return link;
    }

    /** Cuts a node off for some time. */
    void cut(SimulatedNode node, long nanos) {
        for (Link link : List.copyOf(links)) {
            if (link.node == node && !link.away && !link.closed) {
                world.trace(node.name(), () -> "is cut off from the broker");
                link.away = true;
                world.turns().in(nanos, link::mend);
            }
        }
    }

    void mendAll() {
        List.copyOf(links).forEach(Link::mend);
    }

    void forget(SimulatedNode node) {
        links.removeIf(link -> link.node == node);
    }

    private static String text(Broker.Publication publication) {
        return publication instanceof Broker.Publication.Hint hint
                ? "the hint of " + hint.user() + " at " + Ledger.text(hint.position())
                : publication instanceof Broker.Publication.Transient sent
                        ? "transient " + sent.id()
                        : publication.toString();
    }

    private final class Link implements Broker {
        private final SimulatedNode node;
        private final int life;
        private final Set<Address> inForce = new HashSet<>();
        private @Nullable Receiver receiver;
        private boolean away;
        private boolean closed;
        private CompletableFuture<@Nullable Void> back = new CompletableFuture<>();

        Link(SimulatedNode node, int life) {
            this.node = node;
            this.life = life;
        }

        @Override
        public void start(String name, Receiver told) {
            receiver = told;
        }

        @Override
        public CompletionStage<Void> publish(Publication publication) {
            if (away || closed) {
                return CompletableFuture.failedStage(new IllegalStateException("the broker is away"));
            }
            for (Link other : links) {
                if (other != this && !other.closed) {
                    other.send(node, publication);
                }
            }
            return CompletableFuture.completedFuture(null);
        }

        private void send(SimulatedNode from, Publication publication) {
            Weather weather = world.weather();
            Chance chance = world.chance();
            int copies = chance.happens(weather.hintDoubled) ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                if (!world.isCalmNow() && chance.happens(weather.hintLost)) {
                    world.trace(
                            "broker",
                            () -> "loses " + text(publication) + " from " + from.name() + " for " + node.name());
                } else {
                    world.turns().in(chance.upTo(weather.hintDelay), () -> arrive(publication));
                }
            }
        }

        private void arrive(Publication publication) {
            Receiver told = receiver;
            if (told == null || away || closed || !isWanted(publication)) {
                world.trace(
                        "broker",
                        () -> "does not bring " + text(publication) + " to " + node.name()
                                + (away
                                        ? ", which is cut off"
                                        : closed ? ", which is gone" : ", which does not want it"));
                return;
            }
            node.broker(life, () -> {
                if (!closed) {
                    world.trace(node.name(), () -> "gets " + text(publication));
                    told.received(publication);
                }
            });
        }

        private boolean isWanted(Publication publication) {
            if (publication instanceof Publication.Hint hint) {
                return wants(hint.user());
            }
            if (publication instanceof Publication.Attached attached) {
                return wants(attached.user());
            }
            Address address = ((Publication.Transient) publication).address();
            return address instanceof Address.Everyone || inForce.contains(plain(address));
        }

        private boolean wants(UserKey user) {
            return inForce.contains(Address.user(user));
        }

        /** Subscriptions are to addresses without an instance. */
        private Address plain(Address address) {
            if (address instanceof Address.User user) {
                return Address.user(user.user());
            }
            if (address instanceof Address.Tenant tenant) {
                return Address.tenant(tenant.tenant());
            }
            return address instanceof Address.Subscribers topic ? Address.topic(topic.topic()) : address;
        }

        @Override
        public CompletionStage<Void> subscribe(Address address, boolean subscribed) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            world.turns().in(world.chance().upTo(world.weather().subscribing), () -> {
                if (away) {
                    back.whenComplete((mended, failure) -> take(address, subscribed, done));
                } else {
                    take(address, subscribed, done);
                }
            });
            return done;
        }

        private void take(Address address, boolean subscribed, CompletableFuture<Void> done) {
            if (subscribed) {
                inForce.add(address);
            } else {
                inForce.remove(address);
            }
            world.trace("broker", () -> node.name() + (subscribed ? " subscribes to " : " leaves ") + address);
            node.run(life, () -> done.complete(null));
        }

        void mend() {
            if (!away) {
                return;
            }
            away = false;
            CompletableFuture<@Nullable Void> ended = back;
            back = new CompletableFuture<>();
            ended.complete(null);
            Receiver told = receiver;
            if (!closed && told != null) {
                world.trace("broker", () -> "is back for " + node.name());
                node.broker(life, told::recovered);
            }
        }

        @Override
        public boolean healthy() {
            return !away && !closed;
        }

        @Override
        public void close() {
            closed = true;
            links.remove(this);
        }
    }
}
