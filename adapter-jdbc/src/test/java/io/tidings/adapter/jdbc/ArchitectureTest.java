package io.tidings.adapter.jdbc;

import static com.tngtech.archunit.base.DescribedPredicate.anyElementThat;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** An adapter sees the core's interfaces, neither its engine nor other back ends, and no driver or pool. */
@AnalyzeClasses(packages = "io.tidings.adapter.jdbc", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule adapter_seesInterfacesAlone = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.tidings",
                    "io.tidings.auth..",
                    "io.tidings.dialect..",
                    "io.tidings.feeds..",
                    "io.tidings.inmemory..",
                    "io.tidings.transport..",
                    "io.tidings.testkit..",
                    "org.postgresql..",
                    "org.sqlite..",
                    "com.zaxxer..");

    /** What this shares with the other store is no API for hosts, and so no part of one. */
    @ArchTest
    static final ArchRule whatIsShared_isNotTold = noCodeUnits()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            .should()
            .haveRawReturnType(resideInAPackage("io.tidings.jdbc"))
            .orShould()
            .haveRawParameterTypes(anyElementThat(resideInAPackage("io.tidings.jdbc")));

    @ArchTest
    static final ArchRule whatIsNotPublic_isNotForSubclasses = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .and()
            .doNotHaveSimpleName("package-info")
            .should()
            .haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL);
}
