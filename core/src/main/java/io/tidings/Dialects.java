package io.tidings;

import io.tidings.dialect.Dialect;
import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The hub's dialects, each with a small number by which encoded frames are found without a map. Immutable. */
final class Dialects {

    private final List<Dialect> dialects = new ArrayList<>();
    private final List<Map<String, Kind>> inbound = new ArrayList<>();

    Dialects(List<Endpoint> endpoints) {
        for (Endpoint endpoint : endpoints) {
            if (!dialects.contains(endpoint.dialect())) {
                dialects.add(endpoint.dialect());
                Map<String, Kind> kinds = new HashMap<>();
                endpoint.dialect().inbound().forEach(kind -> kinds.put(kind.name(), kind));
                inbound.add(kinds);
            }
        }
    }

    int count() {
        return dialects.size();
    }

    int indexOf(Dialect dialect) {
        return dialects.indexOf(dialect);
    }

    /** A kind that clients of a dialect can send, or null where the dialect does not name it. */
    @Nullable
    Kind inbound(int dialect, String name) {
        return inbound.get(dialect).get(name);
    }

    /** Encodes what only one connection is told; empty where its dialect has no word for it. */
    Optional<Frame> frame(int dialect, Message message, MessageId id) {
        return encode(dialect, message).map(template -> frame(template, id));
    }

    /** The frame but for its id; empty where the dialect has no word for it, or fails: its clients then never see the message. */
    Optional<FrameTemplate> encode(int dialect, Message message) {
        try {
            return dialects.get(dialect).encode(message);
        } catch (RuntimeException failure) {
            // Left to go on, it would come back with every read and hold up the user's mailbox for ever.
            HubLog.encodingFailed(message.kind(), dialects.get(dialect).name(), failure);
            return Optional.empty();
        }
    }

    static Frame frame(FrameTemplate template, MessageId id) {
        return template.hasId() ? template.frame(id) : template.frame();
    }
}
