package io.tidings.testkit.simulation;

import io.tidings.Hub;
import io.tidings.SendOptions;
import io.tidings.SendResult;
import io.tidings.mailbox.Idempotency;
import io.tidings.message.Address;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The application: sends by whatever node is up, and repeats what it was not told the outcome of where it gave a key. Each user's
 * messages come from an outbox in order, with keys, or without anything.
 */
final class SimulatedHost {

    private static final long MILLI = 1_000_000;
    private static final Instant CREATED = Instant.parse("2025-01-01T00:00:00Z");

    private enum Way {
        OUTBOX,
        KEYS,
        PLAIN
    }

    private final World world;
    private final Map<UserKey, Way> ways = new HashMap<>();
    private final Map<UserKey, ArrayDeque<Sending>> outboxes = new HashMap<>();
    private final List<Sending> underWay = new ArrayList<>();
    private final Map<Integer, Address> transients = new HashMap<>();
    private int numbers;

    /** One message, until it is known what became of it. */
    private static final class Sending {
        final int number;
        final UserKey user;
        final SendOptions options;
        final Message message;
        boolean everUnknown;
        int attempts;

        @Nullable
        SimulatedNode by;

        int life;

        Sending(int number, UserKey user, SendOptions options, Message message) {
            this.number = number;
            this.user = user;
            this.options = options;
            this.message = message;
        }
    }

    SimulatedHost(World world) {
        this.world = world;
    }

    int pending() {
        return underWay.size();
    }

    /** Sends a message to a user, that an instance may be excepted from. */
    void send(UserKey user, @Nullable String except) {
        Way way =
                ways.computeIfAbsent(user, absent -> Way.values()[world.chance().below(3)]);
        int number = ++numbers;
        SendOptions options = SendOptions.NONE;
        if (way == Way.OUTBOX) {
            options = options.sequenced("outbox", number);
        } else if (way == Way.KEYS) {
            options = options.idempotent("key " + number);
        }
        if (except != null) {
            options = options.minus(except);
        }
        Message message = Message.of(Kinds.MESSAGE_NEW)
                .set("id", number)
                .set("senderId", 1)
                .set("receiverId", user.user())
                .set("content", user.toString())
                .set("createdAt", CREATED)
                .set("seen", false)
                .build();
        Sending sending = new Sending(number, user, options, message);
        underWay.add(sending);
        if (way == Way.OUTBOX) {
            ArrayDeque<Sending> outbox = outboxes.computeIfAbsent(user, absent -> new ArrayDeque<>());
            outbox.add(sending);
            if (outbox.size() > 1) {
                return;
            }
        }
        attempt(sending);
    }

    /** Publishes a transient message to a user or a tenant. */
    void publish(Address address, String toWhom) {
        SimulatedNode node = world.anyNodeThatIsUp();
        if (node == null) {
            return;
        }
        int number = ++numbers;
        transients.put(number, address);
        Message message = Message.of(Kinds.MESSAGE_SEEN)
                .set("messageIds", List.of(number))
                .set("seenBy", toWhom)
                .set("seenAt", CREATED)
                .build();
        node.run(node.life(), () -> node.hub().publish(address, message));
    }

    /** Whether a user may get a transient message. */
    boolean owns(UserKey user, int number) {
        Address address = transients.get(number);
        return address instanceof Address.User one
                ? one.user().equals(user)
                : address instanceof Address.Tenant tenant && tenant.tenant().equals(user.tenant());
    }

    private void attempt(Sending sending) {
        SimulatedNode node = world.anyNodeThatIsUp();
        if (node == null) {
            world.turns().in(100 * MILLI, () -> attempt(sending));
            return;
        }
        sending.by = node;
        sending.life = node.life();
        int attempt = ++sending.attempts;
        node.run(sending.life, () -> {
            Hub hub = node.hub();
            world.trace(
                    "host",
                    () -> "sends #" + sending.number + " to " + sending.user + " by " + node.name()
                            + (attempt > 1 ? ", for the " + attempt + ". time" : ""));
            hub.send(sending.user, sending.message, sending.options).whenComplete((result, failure) -> {
                if (sending.attempts == attempt && sending.by != null) {
                    told(sending, result, failure);
                }
            });
        });
    }

    private void told(Sending sending, @Nullable SendResult result, @Nullable Throwable failure) {
        sending.by = null;
        if (result == null) {
            unknown(sending, failure == null ? "nothing" : failure.toString());
            return;
        }
        Ledger.Entry entry = world.ledger().book(sending.user).entry(sending.number);
        if (result instanceof SendResult.Accepted accepted) {
            world.trace("host", () -> "#" + sending.number + " is accepted");
            boolean anyPosition = accepted.repeated() && sending.options.idempotency() instanceof Idempotency.Sequence;
            if (entry == null) {
                world.violated("#" + sending.number + " was accepted, and is in no mailbox");
            } else if (!anyPosition && accepted.id().low() != entry.position.offset()) {
                world.violated("#" + sending.number + " was accepted as "
                        + Ledger.text(accepted.id().position()) + ", and stands at " + Ledger.text(entry.position));
            }
            done(sending);
        } else {
            world.trace("host", () -> "#" + sending.number + " is rejected: " + result);
            if (entry != null && !sending.everUnknown) {
                world.violated("#" + sending.number + " was rejected, and is in the mailbox at "
                        + Ledger.text(entry.position));
            }
            if (sending.options.idempotency() instanceof Idempotency.None) {
                done(sending);
            } else {
                world.turns().in(100 * MILLI, () -> attempt(sending));
            }
        }
    }

    private void unknown(Sending sending, String why) {
        world.trace("host", () -> "does not know what became of #" + sending.number + ": " + why);
        sending.everUnknown = true;
        if (sending.options.idempotency() instanceof Idempotency.None) {
            done(sending);
        } else {
            world.turns().in(world.chance().upTo(500 * MILLI), () -> attempt(sending));
        }
    }

    private void done(Sending sending) {
        underWay.remove(sending);
        ArrayDeque<Sending> outbox = outboxes.get(sending.user);
        if (outbox != null && outbox.peek() == sending) {
            outbox.remove();
            Sending next = outbox.peek();
            if (next != null) {
                attempt(next);
            }
        }
    }

    /** A life of a node is over: what it was asked for is unknown. */
    void ended(SimulatedNode node) {
        for (Sending sending : List.copyOf(underWay)) {
            if (sending.by == node) {
                sending.by = null;
                sending.attempts++;
                unknown(sending, node.name() + " is gone");
            }
        }
    }
}
