package io.tidings.feeds;

import io.tidings.http.HttpRequest;
import io.tidings.message.Ids;
import io.tidings.message.UserKey;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query. Each method throws {@link BadParameter} when the parameter does not hold; what it does not ask for is
 * ignored.
 */
final class QueryReader {

    static final int DEFAULT_LIMIT = 50;
    static final int MAX_LIMIT = 200;

    private static final int MAX_DIGITS = 16;

    private final HttpRequest request;

    QueryReader(HttpRequest request) {
        this.request = request;
    }

    /** How many are wanted. */
    int limit() {
        Optional<String> limit = request.parameter("limit");
        if (limit.isEmpty()) {
            return DEFAULT_LIMIT;
        }
        int read = limit.get().matches("[0-9]{1,3}") ? Integer.parseInt(limit.get()) : 0;
        if (read < 1 || read > MAX_LIMIT) {
            throw new BadParameter("limit", "must be an integer from 1 to " + MAX_LIMIT);
        }
        return read;
    }

    /** The id of a row. */
    long row(String name, long otherwise) {
        Optional<String> id = request.parameter(name);
        if (id.isEmpty()) {
            return otherwise;
        }
        if (!id.get().matches("[0-9]{1," + MAX_DIGITS + "}")) {
            throw new BadParameter(name, "must be an id: a decimal of at most " + MAX_DIGITS + " digits");
        }
        return Long.parseLong(id.get());
    }

    /** A user of the caller's tenant, or null. */
    @Nullable
    UserKey user(String name, UserKey caller) {
        Optional<String> id = request.parameter(name);
        return id.isEmpty() ? null : new UserKey(caller.tenant(), id(name, id.get()));
    }

    /**
     * Some users' ids, each once, by comma and by repetition of the parameter.
     *
     * @param max how many at most
     */
    Set<String> ids(String name, int max) {
        Set<String> ids = new LinkedHashSet<>();
        for (String list : request.query().getOrDefault(name, List.of())) {
            for (String id : list.split(",", -1)) {
                ids.add(id(name, id));
                if (ids.size() > max) {
                    throw new BadParameter(name, "must be at most " + max + " ids");
                }
            }
        }
        if (ids.isEmpty()) {
            throw new BadParameter(name, "is required");
        }
        return ids;
    }

    /** A category, or null. */
    @Nullable
    String word(String name) {
        return request.parameter(name).map(word -> id(name, word)).orElse(null);
    }

    /** Whether it is said; false where it is not there. */
    boolean flag(String name) {
        Optional<String> flag = request.parameter(name);
        if (flag.isPresent() && !flag.get().equals("true") && !flag.get().equals("false")) {
            throw new BadParameter(name, "must be true or false");
        }
        return flag.isPresent() && flag.get().equals("true");
    }

    private static String id(String name, String text) {
        String problem = Ids.problem(text);
        if (problem != null) {
            throw new BadParameter(name, problem);
        }
        return text;
    }
}
