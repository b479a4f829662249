package io.tidings.dialect;

import io.tidings.message.Field;
import io.tidings.message.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Adds a host's own kinds to a dialect's table:
 *
 * <pre>{@code
 * static final Kind ORDER_SHIPPED = Kind.of("order.shipped", Field.of("orderId", FieldType.ID), Field.of("at", FieldType.TIME));
 * static final Kind CANCEL_ORDER = Kind.of("order.cancel", Field.of("orderId", FieldType.ID));
 *
 * EventDialect dialect = EventDialect.builder()
 *         .outbound(ORDER_SHIPPED, "order:shipped", Map.of("at", "shippedAt"))
 *         .inbound(CANCEL_ORDER, "order:cancel")
 *         .build();
 * }</pre>
 *
 * <p>An added kind is said in the dialect's usual frame, with the message's id; its times stand as the dialect writes times. An
 * added request's fields are checked as those of the protocol are. Not safe for use by several threads.
 *
 * @param <D> the dialect that is built
 */
public final class DialectBuilder<D extends Dialect> {

    private final FrameStyle style;
    private final List<Shape> outbound;
    private final List<Shape> inbound;
    private final Function<WordTable, D> make;
    private final List<String> problems = new ArrayList<>();

    /** Starts with the dialect's own rows. */
    DialectBuilder(FrameStyle style, List<Shape> outbound, List<Shape> inbound, Function<WordTable, D> make) {
        this.style = style;
        this.outbound = new ArrayList<>(outbound);
        this.inbound = new ArrayList<>(inbound);
        this.make = make;
    }

    /**
     * Adds a kind that the server sends, its fields under their canonical names.
     *
     * @param word the frame's type; 1 to 128 characters without control characters
     */
    public DialectBuilder<D> outbound(Kind kind, String word) {
        return outbound(kind, word, Map.of());
    }

    /**
     * Adds a kind that the server sends.
     *
     * @param word    the frame's type; 1 to 128 characters without control characters
     * @param renames the names on the wire of fields that have another one there, by canonical name
     */
    public DialectBuilder<D> outbound(Kind kind, String word, Map<String, String> renames) {
        Shape shape = Shape.of(style, kind, word);
        Set<String> known = new HashSet<>();
        Set<String> wires = new HashSet<>();
        for (Field field : kind.fields()) {
            known.add(field.name());
            String wire = renames.getOrDefault(field.name(), field.name());
            if (wires.add(wire)) {
                shape = shape.renamed(field.name(), wire);
            } else {
                problems.add("outbound kind " + kind.name() + " would say two fields as " + wire);
            }
        }
        for (String name : renames.keySet()) {
            if (!known.contains(name)) {
                problems.add("outbound kind " + kind.name() + " has no field " + name);
            }
        }
        outbound.add(shape);
        return this;
    }

    /**
     * Adds a kind that clients send. Its requests reach the host's listener.
     *
     * @param word the frame's type; 1 to 128 characters without control characters
     */
    public DialectBuilder<D> inbound(Kind kind, String word) {
        inbound.add(Shape.of(style, kind, word));
        return this;
    }

    /**
     * The dialect.
     *
     * @throws IllegalArgumentException with every problem: a word or a kind that the table has already, a field that the kind
     *                                  does not have, two fields of one name
     */
    public D build() {
        return make.apply(new WordTable(style, outbound, inbound, problems));
    }
}
