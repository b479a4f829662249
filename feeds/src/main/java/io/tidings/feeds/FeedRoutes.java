package io.tidings.feeds;

import io.tidings.Hub;
import io.tidings.http.HttpRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** All routes of feeds, below a path. */
final class FeedRoutes {

    private FeedRoutes() {}

    /**
     * Makes them.
     *
     * @param base such as {@code /api/v1}
     * @param hub  null until feeds have started: until then everything is answered with 503
     */
    static List<HttpRoute> of(String base, Feeds feeds, Supplier<@Nullable Hub> hub) {
        Rest rest = new Rest(hub);
        EventBodies bodies = new EventBodies();
        List<HttpRoute> routes = new ArrayList<>();
        routes.addAll(MessageRoutes.of(base, rest, feeds.conversations(), bodies));
        routes.addAll(NotificationRoutes.of(base, rest, feeds.notifications(), bodies));
        routes.add(PresenceRoute.of(base, rest, feeds.presence()));
        return List.copyOf(routes);
    }
}
