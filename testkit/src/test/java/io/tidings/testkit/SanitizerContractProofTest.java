package io.tidings.testkit;

import io.tidings.spi.Sanitizer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of a sanitiser passes the plainest there is, and finds each of its possible flaws. */
@Tag("R101")
class SanitizerContractProofTest {

    /** What can be wrong, and the test that says so. */
    enum Flaw {
        LEAVES_MARKUP("markup_isTakenOut_andTheTextStays"),
        ESCAPES("textWithoutMarkup_staysAsItIs"),
        UNESCAPES("textWithoutMarkup_staysAsItIs"),
        CUTS_AT_LESS_THAN("textWithoutMarkup_staysAsItIs"),
        TRIMS("textWithoutMarkup_staysAsItIs"),
        KEEPS_NOTHING_BUT_ASCII("textWithoutMarkup_staysAsItIs"),
        SHOWS_SCRIPTS("markup_isTakenOut_andTheTextStays"),
        ENDS_TAGS_IN_QUOTES("markup_isTakenOut_andTheTextStays"),
        JOINS_HALVES("whateverGoesIn_noTagComesOut"),
        LEAVES_NULLS("whateverGoesIn_noTagComesOut"),
        CHANGES_AGAIN("whatComesOut_staysWhenItGoesInAgain"),
        GROWS("whatComesOut_isAtMostTwiceAsLong"),
        NEVER_ENDS("textOfTheLongestMessage_takesNoTime"),
        SHARES_STATE("threads_doNotDisturbEachOther");

        private final String test;

        Flaw(String test) {
            this.test = test;
        }
    }

    /** What {@link Suite} is run with; set by the proof's thread before it runs the suite. */
    private static Flaw flaw;

    static class Suite extends SanitizerContract {

        @Override
        protected Sanitizer sanitizer() {
            return new StubSanitizer(flaw);
        }
    }

    @Test
    void plainSanitizer_holds() {
        flaw = null;
        ContractProof.assertHolds(Suite.class);
    }

    @ParameterizedTest
    @EnumSource
    void everyFlaw_isCaught(Flaw each) {
        flaw = each;
        ContractProof.assertCaught(Suite.class, each.test);
    }
}
