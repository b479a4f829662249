package io.tidings.feeds;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.Admission;
import io.tidings.Hub;
import io.tidings.auth.Identity;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.message.Ids;
import io.tidings.message.Kinds;
import io.tidings.message.TimeFormat;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** {@code GET presence?users=1,2}: {@code items} of {@code userId, online, devices, [lastSeenAt]}, in the order asked for. */
final class PresenceRoute {

    static final int MAX_USERS = 100;

    private final Presence presence;

    private PresenceRoute(Presence presence) {
        this.presence = presence;
    }

    static HttpRoute of(String base, Rest rest, Presence presence) {
        return rest.get(base + "/presence", new PresenceRoute(presence)::answer);
    }

    private CompletionStage<HttpResponse> answer(Hub hub, Identity caller, QueryReader query) {
        Set<String> ids = query.ids("users", MAX_USERS);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode asked = body.putArray("users");
        ids.forEach(id -> asked.add(Ids.toJson(id)));
        List<UserKey> users =
                ids.stream().map(id -> new UserKey(caller.user().tenant(), id)).toList();
        return hub.admit(caller, Kinds.GET_PRESENCE, body)
                .thenCompose(admission -> admission instanceof Admission.Refused refused
                        ? Rest.done(Rest.refusal(refused))
                        : presence.of(users)
                                .thenApply(found ->
                                        HttpResponse.json(200, json(found).toString())));
    }

    private static ObjectNode json(List<Presence.Status> found) {
        ObjectNode page = JsonNodeFactory.instance.objectNode();
        ArrayNode items = page.putArray("items");
        for (Presence.Status status : found) {
            ObjectNode item = items.addObject();
            item.set("userId", Ids.toJson(status.user().user()));
            item.put("online", status.online());
            ArrayNode devices = item.putArray("devices");
            status.devices().forEach(devices::add);
            if (status.lastSeenAt() != null) {
                item.set(
                        "lastSeenAt",
                        TimeFormat.ISO_8601.toJson(status.lastSeenAt().toEpochMilli()));
            }
        }
        return page;
    }
}
