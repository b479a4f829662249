package io.tidings.policy;

import io.tidings.message.Ids;
import io.tidings.message.Kinds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How much a user may ask for, over all of their connections, within any window. Immutable; {@link #STANDARD} has the defaults.
 *
 * <p>What comes in is charged to one budget: a kind that has one of its own to that, {@code ack}, {@code pong}, {@code ping},
 * {@code auth}, {@code auth.refresh}, {@code resume} and {@code typing.set} to <em>control</em>, everything else, and what is no
 * valid frame, to <em>messages</em>. A change of who types where is charged to <em>typing</em> as well. Reads over HTTP are charged
 * to <em>reads</em>.
 */
public final class RateLimits {

    /** The defaults: within 60 s 100 messages, 10 changes of typing, 600 of control, 600 reads, 100 refusals. */
    public static final RateLimits STANDARD = builder().build();

    /** Limits nothing. */
    public static final RateLimits NONE = builder()
            .messages(Budget.UNLIMITED)
            .typing(Budget.UNLIMITED)
            .control(Budget.UNLIMITED)
            .reads(Budget.UNLIMITED)
            .refusals(Budget.UNLIMITED)
            .build();

    private final Budget messages;
    private final Budget typing;
    private final Budget control;
    private final Budget reads;
    private final Map<String, Budget> kinds;
    private final int refusals;

    private RateLimits(Builder builder) {
        messages = new Budget("messages", builder.messages, builder.window);
        typing = new Budget("typing", builder.typing, builder.window);
        control = new Budget("control", builder.control, builder.window);
        reads = new Budget("reads", builder.reads, builder.window);
        refusals = builder.refusals;
        Map<String, Budget> all = new LinkedHashMap<>();
        for (String kind : Builder.CONTROL) {
            all.put(kind, control);
        }
        builder.kinds.forEach((kind, permits) -> all.put(kind, new Budget(kind, permits, builder.window)));
        kinds = Map.copyOf(all);
    }

    /** Starts to describe limits, with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** What a frame or a request of a canonical kind is charged to. */
    public Budget of(String kind) {
        return kinds.getOrDefault(kind, messages);
    }

    /** What most of what clients say, and what is no valid frame, is charged to. */
    public Budget messages() {
        return messages;
    }

    /** What changes of typing are charged to, beside the budget of their kind. */
    public Budget typing() {
        return typing;
    }

    /** What the protocol's own frames are charged to. */
    public Budget control() {
        return control;
    }

    /** What reads over HTTP are charged to. */
    public Budget reads() {
        return reads;
    }

    /** With how many refusals of a user within the window a connection closes with 4029. */
    public int refusals() {
        return refusals;
    }

    /** The length of the window. */
    public Duration window() {
        return messages.window();
    }

    /** Describes limits. Not safe for use by several threads. */
    public static final class Builder {

        private static final List<String> CONTROL = List.of(
                Kinds.ACK.name(),
                Kinds.PONG.name(),
                Kinds.PING.name(),
                Kinds.AUTH.name(),
                Kinds.AUTH_REFRESH.name(),
                Kinds.RESUME.name(),
                Kinds.SET_TYPING.name());

        /** Names of budgets, and of what a hub counts beside them. */
        private static final Set<String> TAKEN = Set.of(
                "messages", "typing", "control", "reads", "handshakes", "refusals", "warnings", "typing warnings");

        private Duration window = Duration.ofSeconds(60);
        private int messages = 100;
        private int typing = 10;
        private int control = 600;
        private int reads = 600;
        private int refusals = 100;
        private final Map<String, Integer> kinds = new LinkedHashMap<>();

        private Builder() {}

        /** Sets the length of the window of all budgets; default 60 s; 1 second to 1 hour. */
        public Builder window(Duration length) {
            window = length;
            return this;
        }

        /** Sets how many messages; default 100; 1 to {@value Budget#MAX}, or {@link Budget#UNLIMITED}. */
        public Builder messages(int permits) {
            messages = permits;
            return this;
        }

        /** Sets how many changes of typing; default 10; 1 to {@value Budget#MAX}, or {@link Budget#UNLIMITED}. */
        public Builder typing(int permits) {
            typing = permits;
            return this;
        }

        /** Sets how many of the protocol's own frames; default 600; 1 to {@value Budget#MAX}, or {@link Budget#UNLIMITED}. */
        public Builder control(int permits) {
            control = permits;
            return this;
        }

        /** Sets how many reads over HTTP; default 600; 1 to {@value Budget#MAX}, or {@link Budget#UNLIMITED}. */
        public Builder reads(int permits) {
            reads = permits;
            return this;
        }

        /**
         * Gives a kind a budget of its own, in place of the one that it would be charged to.
         *
         * @param kind    its canonical name, such as {@code message.send}
         * @param permits 1 to {@value Budget#MAX}, or {@link Budget#UNLIMITED}
         */
        public Builder kind(String kind, int permits) {
            kinds.put(kind, permits);
            return this;
        }

        /**
         * Sets with how many refusals of a user within the window a connection closes with 4029; default 100; 1 to
         * {@value Budget#MAX}, or {@link Budget#UNLIMITED}.
         */
        public Builder refusals(int times) {
            refusals = times;
            return this;
        }

        /**
         * The limits.
         *
         * @throws IllegalArgumentException that lists every problem
         */
        public RateLimits build() {
            List<String> problems = new ArrayList<>(Budget.windowProblems(window));
            problems.addAll(Budget.permitProblems("messages", messages));
            problems.addAll(Budget.permitProblems("typing", typing));
            problems.addAll(Budget.permitProblems("control", control));
            problems.addAll(Budget.permitProblems("reads", reads));
            problems.addAll(Budget.permitProblems("refusals", refusals));
            kinds.forEach((kind, permits) -> {
                if (Ids.problem(kind) != null) {
                    problems.add("a kind " + Ids.problem(kind));
                } else if (TAKEN.contains(kind)) {
                    problems.add("a kind must not be called " + kind + ", as a budget is");
                }
                problems.addAll(Budget.permitProblems(kind, permits));
            });
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new RateLimits(this);
        }
    }
}
