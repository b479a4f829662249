package io.tidings.transport.jakarta;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** A transport sees the core's interfaces, and neither its engine nor its back ends. */
@AnalyzeClasses(packages = "io.tidings.transport.jakarta", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String GRIZZLY = "org.glassfish..";
    private static final String UNDERTOW = "io.undertow..";
    private static final String TOMCAT = "org.apache..";
    private static final String JETTY = "org.eclipse.jetty..";

    @ArchTest
    static final ArchRule transport_seesInterfacesAlone = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.tidings",
                    "io.tidings.auth..",
                    "io.tidings.mailbox..",
                    "io.tidings.inmemory..",
                    "io.tidings.testkit..");

    @ArchTest
    static final ArchRule tyrus_needsNoOtherContainer = onlyIts("Tyrus", UNDERTOW, TOMCAT, JETTY);

    @ArchTest
    static final ArchRule undertow_needsNoOtherContainer = onlyIts("Undertow", GRIZZLY, TOMCAT, JETTY);

    @ArchTest
    static final ArchRule tomcat_needsNoOtherContainer = onlyIts("Tomcat", GRIZZLY, UNDERTOW, JETTY);

    @ArchTest
    static final ArchRule jetty_needsNoOtherContainer = onlyIts("Jetty", GRIZZLY, UNDERTOW, TOMCAT);

    private static ArchRule onlyIts(String container, String... others) {
        return noClasses()
                .that()
                .haveSimpleNameStartingWith(container)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others);
    }
}
