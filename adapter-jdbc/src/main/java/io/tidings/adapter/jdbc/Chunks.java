package io.tidings.adapter.jdbc;

import io.tidings.jdbc.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Statements whose {@code IN (%s)} comes first and takes any number of values: a statement for each chunk of them. */
final class Chunks {

    /** The most values of one {@code IN}. */
    static final int MAX_IN = 256;

    private Chunks() {}

    static <T> List<T> query(
            Session session, String sql, Collection<?> in, Session.Row<T> row, @Nullable Object... values)
            throws SQLException {
        List<T> rows = new ArrayList<>();
        for (List<Object> chunk : chunks(in)) {
            rows.addAll(session.query(withMarks(sql, chunk), row, joined(chunk, values)));
        }
        return rows;
    }

    static int update(Session session, String sql, Collection<?> in, @Nullable Object... values) throws SQLException {
        int rows = 0;
        for (List<Object> chunk : chunks(in)) {
            rows += session.update(withMarks(sql, chunk), joined(chunk, values));
        }
        return rows;
    }

    /** Sizes are powers of two, the last value repeated, so that few different statements are prepared. */
    private static List<List<Object>> chunks(Collection<?> values) {
        List<List<Object>> chunks = new ArrayList<>();
        Iterator<?> each = values.iterator();
        while (each.hasNext()) {
            List<Object> chunk = new ArrayList<>();
            while (each.hasNext() && chunk.size() < MAX_IN) {
                chunk.add(each.next());
            }
            Object last = chunk.get(chunk.size() - 1);
            while (Integer.bitCount(chunk.size()) != 1) {
                chunk.add(last);
            }
            chunks.add(chunk);
        }
        return chunks;
    }

    private static String withMarks(String sql, List<Object> in) {
        return sql.replace("%s", String.join(",", Collections.nCopies(in.size(), "?")));
    }

    private static @Nullable Object[] joined(List<Object> in, @Nullable Object[] values) {
        @Nullable Object[] all = new Object[in.size() + values.length];
        for (int i = 0; i < in.size(); i++) {
            all[i] = in.get(i);
        }
        System.arraycopy(values, 0, all, in.size(), values.length);
        return all;
    }
}
