package io.tidings;

import io.tidings.dialect.Dialect;
import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The hub's dialects, each with a small number by which encoded frames are found without a map. Immutable. */
final class Dialects {

    private final List<Dialect> dialects = new ArrayList<>();

    Dialects(List<Endpoint> endpoints) {
        for (Endpoint endpoint : endpoints) {
            if (!dialects.contains(endpoint.dialect())) {
                dialects.add(endpoint.dialect());
            }
        }
    }

    int count() {
        return dialects.size();
    }

    int indexOf(Dialect dialect) {
        return dialects.indexOf(dialect);
    }

    Dialect get(int index) {
        return dialects.get(index);
    }

    /** Encodes what only one connection is told; empty where its dialect has no word for it. */
    Optional<Frame> frame(int dialect, Message message, MessageId id) {
        return dialects.get(dialect).encode(message).map(template -> frame(template, id));
    }

    static Frame frame(FrameTemplate template, MessageId id) {
        return template.hasId() ? template.frame(id) : template.frame();
    }
}
