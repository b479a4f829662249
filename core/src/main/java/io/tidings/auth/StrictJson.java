package io.tidings.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** JSON of strangers: one object, no name twice (RFC 7515 section 4), nothing after it, nesting and numbers bounded by Jackson. */
final class StrictJson {

    private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
                    // Strangers choose the names, so they must not fill the JVM's table of strings.
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private StrictJson() {}

    /** The object, or null where the text is none. What Jackson complains of quotes the text, so it goes no further. */
    static @Nullable JsonNode object(byte[] json) {
        try {
            JsonNode node = READER.readTree(json);
            return node.isObject() ? node : null;
        } catch (IOException quotesTheText) {
            return null;
        }
    }
}
