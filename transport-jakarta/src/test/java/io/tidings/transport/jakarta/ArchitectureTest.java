package io.tidings.transport.jakarta;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** A transport sees the core's interfaces, and neither its engine nor its back ends. */
@AnalyzeClasses(packages = "io.tidings.transport.jakarta", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

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
    static final ArchRule oneContainer_doesNotNeedTheOther = noClasses()
            .that()
            .haveSimpleNameStartingWith("Tyrus")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.undertow..", "org.xnio..");

    @ArchTest
    static final ArchRule theOther_doesNotNeedTheOne = noClasses()
            .that()
            .haveSimpleNameStartingWith("Undertow")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.glassfish..");
}
