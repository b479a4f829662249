package io.tidings;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/** The arrows between the packages of the core, and of the testkit to it. */
@AnalyzeClasses(packages = "io.tidings", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule messages_dependOnNothingElse = noClasses()
            .that()
            .resideInAPackage("io.tidings.message")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.tidings",
                    "io.tidings.dialect..",
                    "io.tidings.auth..",
                    "io.tidings.policy..",
                    "io.tidings.mailbox..",
                    "io.tidings.http..",
                    "io.tidings.spi..",
                    "io.tidings.inmemory..");

    @ArchTest
    static final ArchRule dialects_seeMessagesAndPoliciesAlone = noClasses()
            .that()
            .resideInAnyPackage("io.tidings.dialect", "io.tidings.policy", "io.tidings.mailbox", "io.tidings.http")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.tidings", "io.tidings.auth..", "io.tidings.spi..", "io.tidings.inmemory..");

    @ArchTest
    static final ArchRule nothingThatIsReplaceable_seesTheEngine = noClasses()
            .that()
            .resideInAnyPackage("io.tidings.auth", "io.tidings.spi", "io.tidings.inmemory", "io.tidings.limit")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.tidings");

    @ArchTest
    static final ArchRule interfaces_doNotSeeTheirBackEnds = noClasses()
            .that()
            .resideOutsideOfPackages("io.tidings", "io.tidings.inmemory", "io.tidings.testkit..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.tidings.inmemory");

    @ArchTest
    static final ArchRule core_seesNoContainerAndNoTestkit = noClasses()
            .that()
            .resideOutsideOfPackages("io.tidings.testkit..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.tidings.testkit..",
                    "io.tidings.transport..",
                    "jakarta..",
                    "org.glassfish..",
                    "io.undertow..",
                    "io.netty..",
                    "org.junit..");

    @ArchTest
    static final ArchRule theEngine_isPackagePrivate = classes()
            .that()
            .resideInAPackage("io.tidings")
            .and()
            .haveSimpleNameNotStartingWith("Hub")
            .and()
            .areTopLevelClasses()
            .and()
            .areNotRecords()
            .and()
            .areNotInterfaces()
            .should()
            .notBePublic();

    @ArchTest
    static final ArchRule publicClasses_areNotMadeToBeExtended = classes()
            .that()
            .resideOutsideOfPackages("io.tidings.testkit..")
            .and()
            .arePublic()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .should()
            .haveModifier(JavaModifier.FINAL)
            .orShould(new IsEnumConstant());

    @ArchTest
    static final ArchRule noField_isPublicAndChanges =
            noFields().that().arePublic().should().notBeFinal();

    /** The body of an enum constant is a class of its own. */
    private static final class IsEnumConstant extends ArchCondition<JavaClass> {
        IsEnumConstant() {
            super("belong to an enum");
        }

        @Override
        public void check(JavaClass item, ConditionEvents events) {
            boolean holds = item.getRawSuperclass().map(JavaClass::isEnum).orElse(false);
            events.add(new SimpleConditionEvent(item, holds, item.getName()));
        }
    }
}
