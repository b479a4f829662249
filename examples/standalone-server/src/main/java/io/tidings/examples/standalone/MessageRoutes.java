package io.tidings.examples.standalone;

import io.tidings.http.HttpRoute;
import io.tidings.message.Kinds;
import java.util.List;

/** {@code POST /api/v1/messages/}. */
final class MessageRoutes {

    private MessageRoutes() {}

    static List<HttpRoute> of(Rest rest, Chat chat, Posted posted) {
        return List.of(rest.post(
                "/api/v1/messages/",
                Kinds.SEND_MESSAGE,
                (caller, body, key) -> chat.send(caller, body, key).thenApply(posted::response)));
    }
}
