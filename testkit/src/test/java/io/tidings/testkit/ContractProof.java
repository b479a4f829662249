package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/**
 * Runs a contract suite in a JUnit of its own and says what it found, to prove that the suite catches what is broken. Suites
 * for it are static nested classes, which Surefire leaves alone unless a pattern such as {@code -Dtest=Foo*} names them.
 */
public final class ContractProof {

    private ContractProof() {}

    /** Fails unless every test of the suite passes, and there are some. */
    public static void assertHolds(Class<?> suite) {
        EngineExecutionResults results = run(suite, test -> FilterResult.included(null));
        assertEquals(new TreeMap<>(), failures(results), suite.getSimpleName() + " fails");
        assertTrue(results.testEvents().succeeded().count() > 0, suite.getSimpleName() + " has no tests");
    }

    /** Fails unless the suite's tests of these method names fail; the others are not run. */
    public static void assertCaught(Class<?> suite, String... tests) {
        Set<String> names = Set.of(tests);
        TreeMap<String, String> failures = failures(run(
                suite,
                test -> FilterResult.includedIf(test.getSource()
                        .map(source ->
                                !(source instanceof MethodSource method) || names.contains(method.getMethodName()))
                        .orElse(true))));
        assertTrue(
                failures.keySet().containsAll(names),
                () -> suite.getSimpleName() + ": expected " + new TreeSet<>(names) + " to fail, but only these did: "
                        + failures);
    }

    private static EngineExecutionResults run(Class<?> suite, PostDiscoveryFilter filter) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(suite))
                .filters(filter)
                .configurationParameter("junit.jupiter.execution.timeout.testable.method.default", "30 s")
                .execute();
    }

    /** Failures by method name; those of containers, which say that the suite did not even start, by the container's. */
    private static TreeMap<String, String> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream()
                .collect(Collectors.toMap(
                        ContractProof::method, ContractProof::cause, (one, other) -> one, TreeMap::new));
    }

    private static String method(Event event) {
        String name = event.getTestDescriptor().getLegacyReportingName();
        int parameters = name.indexOf('(');
        return parameters < 0 ? name : name.substring(0, parameters);
    }

    private static String cause(Event event) {
        return event.getPayload(TestExecutionResult.class)
                .flatMap(TestExecutionResult::getThrowable)
                .map(Throwable::toString)
                .orElse("");
    }
}
