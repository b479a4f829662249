package io.tidings.examples.standalone;

import io.tidings.auth.Authentication;
import io.tidings.spi.HubObserver;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the hub does. Label values come from closed sets, so that the counters stay few. */
final class ServerMetrics implements HubObserver {

    private static final Set<Integer> CLOSE_CODES = Set.of(
            1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011, 1012, 1013, 4000, 4001, 4002, 4003, 4004, 4005, 4029,
            4500, 4501, 4502, 4503, 4504, 4505);

    /** A counter's name and its labels as they stand in the text. */
    record Counter(String name, String labels) implements Comparable<Counter> {
        @Override
        public int compareTo(Counter other) {
            int byName = name.compareTo(other.name);
            return byName != 0 ? byName : labels.compareTo(other.labels);
        }
    }

    private final ConcurrentMap<Counter, LongAdder> counters = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, LongAdder> received = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, LongAdder> queued = new ConcurrentHashMap<>();

    @Override
    public void opened(String dialect) {
        count("tidings_connections_opened_total", label("dialect", dialect), 1);
    }

    @Override
    public void closed(String dialect, int code) {
        // Clients may close with any code that they like.
        String known = CLOSE_CODES.contains(code) ? Integer.toString(code) : "other";
        count("tidings_connections_closed_total", label("code", known) + ',' + label("dialect", dialect), 1);
    }

    @Override
    public void refused(Authentication.Reason reason) {
        count("tidings_authentication_failures_total", label("reason", reason), 1);
    }

    @Override
    public void limited(String what) {
        count("tidings_rate_limited_total", label("what", what), 1);
    }

    @Override
    public void received(String kind) {
        add(received, kind, 1);
    }

    @Override
    public void queued(String kind, int recipients) {
        add(queued, kind, recipients);
    }

    @Override
    public void dropped(Drop reason, int count) {
        count("tidings_messages_dropped_total", label("reason", reason), count);
    }

    @Override
    public void handlerFailed() {
        count("tidings_handler_failures_total", "", 1);
    }

    /** All counters, in order, with their values now. */
    Map<Counter, Long> values() {
        Map<Counter, Long> values = new TreeMap<>();
        counters.forEach((counter, adder) -> values.put(counter, adder.sum()));
        received.forEach((kind, adder) ->
                values.put(new Counter("tidings_messages_received_total", label("kind", kind)), adder.sum()));
        queued.forEach((kind, adder) ->
                values.put(new Counter("tidings_messages_queued_total", label("kind", kind)), adder.sum()));
        return values;
    }

    private void count(String name, String labels, long by) {
        add(counters, new Counter(name, labels), by);
    }

    private static <K> void add(ConcurrentMap<K, LongAdder> adders, K key, long by) {
        LongAdder adder = adders.get(key);
        if (adder == null) {
            adder = adders.computeIfAbsent(key, missing -> new LongAdder());
        }
        adder.add(by);
    }

    private static String label(String name, Enum<?> value) {
        return label(name, value.name().toLowerCase(Locale.ROOT));
    }

    private static String label(String name, String value) {
        return name + "=\"" + value + '"';
    }
}
