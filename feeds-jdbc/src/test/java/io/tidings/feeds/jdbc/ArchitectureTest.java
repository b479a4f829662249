package io.tidings.feeds.jdbc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** A store sees the interfaces of feeds and the words of the core, neither engine nor other back ends, and no driver or pool. */
@AnalyzeClasses(packages = "io.tidings.feeds.jdbc", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule store_seesInterfacesAlone = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.tidings",
                    "io.tidings.adapter..",
                    "io.tidings.auth..",
                    "io.tidings.dialect..",
                    "io.tidings.inmemory..",
                    "io.tidings.transport..",
                    "io.tidings.testkit..",
                    "org.postgresql..",
                    "org.sqlite..",
                    "com.zaxxer..");

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
