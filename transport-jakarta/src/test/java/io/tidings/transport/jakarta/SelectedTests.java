package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.platform.engine.discovery.MethodSelector;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Runs some tests of a contract suite in a JUnit of its own. */
final class SelectedTests {

    private SelectedTests() {}

    /** Fails unless all of these pass. */
    static void assertHold(Class<?> suite, String... tests) {
        Events events = run(suite, tests);
        assertEquals(
                Set.of(),
                names(events.failed()),
                () -> suite.getSimpleName() + ' ' + events.failed().list());
        assertEquals(Set.of(tests), names(events.succeeded()));
    }

    /** Fails unless all of these fail. */
    static void assertCaught(Class<?> suite, String... tests) {
        assertEquals(Set.of(tests), names(run(suite, tests).failed()), () -> suite.getSimpleName() + " was not caught");
    }

    private static Events run(Class<?> suite, String... tests) {
        assertTrue(tests.length > 0, "no tests named");
        MethodSelector[] selected =
                Arrays.stream(tests).map(test -> selectMethod(suite, test)).toArray(MethodSelector[]::new);
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selected)
                .configurationParameter("junit.jupiter.execution.timeout.testable.method.default", "120 s")
                .execute()
                .testEvents();
    }

    private static Set<String> names(Events events) {
        return events.stream().map(SelectedTests::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String name(Event event) {
        String name = event.getTestDescriptor().getLegacyReportingName();
        return name.substring(0, name.indexOf('('));
    }
}
