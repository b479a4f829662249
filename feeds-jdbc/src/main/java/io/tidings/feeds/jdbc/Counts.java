package io.tidings.feeds.jdbc;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.jdbc.Storable;
import java.util.HashMap;
import java.util.Map;

/** Counts by category, stored as a JSON object whose members are {@link Storable#name names}. */
final class Counts {

    private static final String NONE = "{}";

    private Counts() {}

    static String stored(Map<String, Long> counts) {
        if (counts.isEmpty()) {
            return NONE;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        counts.forEach((category, count) -> json.put(Storable.name(category), count));
        return Storable.json(json);
    }

    static Map<String, Long> of(String stored) {
        if (stored.equals(NONE)) {
            return Map.of();
        }
        Map<String, Long> counts = new HashMap<>();
        Storable.jsonOf(stored)
                .properties()
                .forEach(each -> counts.put(
                        Storable.nameOf(each.getKey()), each.getValue().longValue()));
        return counts;
    }
}
