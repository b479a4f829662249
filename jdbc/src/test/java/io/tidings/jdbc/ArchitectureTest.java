package io.tidings.jdbc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the stores have in common knows the core's messages and users, and of neither store, no driver and no pool. */
@AnalyzeClasses(packages = "io.tidings.jdbc", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String OWN = "io.tidings.jdbc";

    @ArchTest
    static final ArchRule seesMessagesAlone = classes()
            .that()
            .resideInAPackage(OWN)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    OWN,
                    "io.tidings.message",
                    "java..",
                    "javax.sql",
                    "com.fasterxml.jackson..",
                    "com.google.errorprone.annotations..",
                    "org.jspecify.annotations");

    @ArchTest
    static final ArchRule nothing_isForSubclasses = classes()
            .that()
            .resideInAPackage(OWN)
            .and()
            .areTopLevelClasses()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .and()
            .doNotHaveSimpleName("package-info")
            .should()
            .haveModifier(JavaModifier.FINAL);
}
