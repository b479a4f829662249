/**
 * Side-by-side load benches: a bare loop on a container against the hub on the same container.
 *
 * <p>{@link io.tidings.benchmarks.FanOutBench} starts a {@link io.tidings.benchmarks.ServerProcess} and a
 * {@link io.tidings.benchmarks.LoadClient} for each measurement and prints a table of medians. {@code BenchServer} is
 * what a further server implements, {@code ServerKind} where it is named.
 *
 * <p>{@link io.tidings.benchmarks.ChatBench} measures chat from a POST to the receiver's socket, {@link io.tidings.benchmarks.BulkBench} one
 * notification for many users.
 *
 * <p>{@link io.tidings.benchmarks.ResumeBench} measures what it costs when a node dies and its clients resume at another.
 */
@NullMarked
package io.tidings.benchmarks;

import org.jspecify.annotations.NullMarked;
