package io.tidings.examples.standalone;

import io.tidings.HubStats;
import io.tidings.examples.standalone.ServerMetrics.Counter;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** {@code GET /metrics}: Prometheus' text format 0.0.4. */
final class MetricsRoute {

    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private MetricsRoute() {}

    static HttpRoute of(Supplier<HubStats> stats, ServerMetrics metrics) {
        return HttpRoute.get(
                "/metrics",
                request -> CompletableFuture.completedFuture(HttpResponse.of(
                        200, CONTENT_TYPE, text(stats.get(), metrics).getBytes(StandardCharsets.UTF_8))));
    }

    private static String text(HubStats stats, ServerMetrics metrics) {
        StringBuilder text = new StringBuilder();
        gauge(text, "tidings_connections", "Connections that are authenticated.", stats.connections());
        gauge(text, "tidings_connections_unauthenticated", "Connections without a token yet.", stats.unauthenticated());
        gauge(text, "tidings_connections_closing", "Connections that are ending.", stats.closing());
        gauge(text, "tidings_users", "Users with a connection.", stats.users());
        gauge(text, "tidings_queued_frames", "Frames that wait or are being written.", stats.queuedFrames());
        gauge(text, "tidings_queued_bytes", "Bytes of those frames.", stats.queuedBytes());
        gauge(text, "tidings_mailbox_reads", "Mailbox reads under way.", stats.reads());
        gauge(text, "tidings_mailbox_appends", "Messages on their way into the mailbox.", stats.appends());
        String last = "";
        for (Map.Entry<Counter, Long> counter : metrics.values().entrySet()) {
            Counter of = counter.getKey();
            if (!of.name().equals(last)) {
                last = of.name();
                text.append("# TYPE ").append(last).append(" counter\n");
            }
            text.append(of.name());
            if (!of.labels().isEmpty()) {
                text.append('{').append(of.labels()).append('}');
            }
            text.append(' ').append(counter.getValue()).append('\n');
        }
        return text.toString();
    }

    private static void gauge(StringBuilder text, String name, String help, long value) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" gauge\n");
        text.append(name).append(' ').append(value).append('\n');
    }
}
