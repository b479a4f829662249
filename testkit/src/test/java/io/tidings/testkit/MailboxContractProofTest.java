package io.tidings.testkit;

import io.tidings.mailbox.Mailbox;
import io.tidings.message.UserKey;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of a mailbox passes the plainest mailbox there is, and finds each of its possible flaws. */
@Tag("R101")
class MailboxContractProofTest {

    /** What can be wrong, and the test that says so. */
    enum Flaw {
        LEAVES_HOLES("offsets_startAtOne_andHaveNoHoles"),
        STARTS_AT_ZERO("offsets_startAtOne_andHaveNoHoles"),
        NUMBERS_OUTSIDE_THE_LOCK("readerDuringAppends_neverSeesAHole_andMissesNothing"),
        ANSWERS_BEFORE_IT_STORES("storedMessage_isReadable_whenItsStageCompletes"),
        REORDERS_CALLS("calls_takeEffectInTheOrderInWhichTheyAreMade"),
        ANSWERS_BY_USER("batch_isAnsweredInItsOrder_andTakesEffectInIt"),
        TAKES_BATCHES_BACKWARD("batch_isAnsweredInItsOrder_andTakesEffectInIt"),
        REFUSES_WHOLE_BATCHES("withoutRoom_appendsAreRefusedOneByOne_andRepeatsAreNot"),
        LOSES_THE_CATEGORY("message_comesBackAsItWasGiven"),
        LOSES_THE_INSTANCE("message_comesBackAsItWasGiven"),
        MIXES_TENANTS("tenants_neverSeeEachOther"),
        FORGETS_KEYS("repeat_isAnsweredWithTheFirstPosition"),
        ANSWERS_REPEATS_WITH_THE_HEAD("repeat_isAnsweredWithTheFirstPosition"),
        DOES_NOT_MARK_REPEATS("repeat_isAnsweredWithTheFirstPosition"),
        FORGETS_KEYS_EARLY("repeat_isRecognised_untilTheWindowEnds"),
        NEVER_FORGETS_KEYS("repeat_isRecognised_untilTheWindowEnds"),
        FORGETS_KEYS_WITH_THEIR_MESSAGES("repeatOfATrimmedMessage_isRecognised"),
        SHARES_KEYS_BETWEEN_USERS("idempotencyKeys_belongToOneUserOfOneTenant"),
        CHECKS_KEYS_OUTSIDE_THE_LOCK("concurrentRepeats_areAppendedOnce"),
        READS_FROM_THE_POSITION_ITSELF("page_beginsAfterThePosition_andEndsAtTheLimit"),
        READS_ONE_MORE("page_beginsAfterThePosition_andEndsAtTheLimit"),
        SKIPS_TO_THE_HEAD("pages_coverEverythingOnce"),
        TAKES_ANY_LIMIT("impossibleLimit_fails"),
        IS_SILENT("whatever_happens_noGapIsSilent"),
        IS_SILENT_FROM_START("trimmedMessages_areAGapOfReasonTrimmed"),
        IS_SILENT_BEYOND_THE_HEAD("beyondTheHead_isAGapOfReasonUnknown"),
        IGNORES_THE_EPOCH("anotherEpoch_isAGapOfReasonEpoch"),
        MIXES_UP_REASONS("expiredMessages_areAGapOfReasonExpired"),
        ENDS_GAPS_LATE("trimmedMessages_areAGapOfReasonTrimmed"),
        TRIMS_EARLY("upToTheCap_nothingIsTrimmed"),
        NEVER_TRIMS("trimmedMessages_areAGapOfReasonTrimmed"),
        EXPIRES_EARLY("expiredMessages_areAGapOfReasonExpired"),
        NEVER_EXPIRES("expiredMessages_areAGapOfReasonExpired"),
        LOSES_THE_HEAD_WITH_THE_MESSAGES("whenAllHaveExpired_theHeadStays_andTheEpochGoesOn"),
        REPEATS_EPOCHS("whatWasLost_isAGapOfReasonEpoch_andEpochsGrow"),
        SORTS_HEADS("heads_comeInTheOrderOfTheUsers"),
        BEGINS_NEW_DEVICES_AT_START("newDevice_beginsAtTheFurthestCursor"),
        MOVES_DEVICES_THAT_COME_BACK("cursor_stays_whenTheDeviceComesBack"),
        MOVES_BACKWARD("cursor_neverMovesBackward"),
        NEVER_FENCES("attachingAgain_fencesTheEarlierConnection"),
        FENCES_ALL_OF_A_DEVICE("otherInstancesOfTheDevice_areNotFenced"),
        TRUSTS_ANY_HIGHER_GENERATION("movesOfNobody_changeNothing_andSpareTheOthers"),
        FAILS_MOVES_OF_NOBODY("movesOfNobody_changeNothing_andSpareTheOthers"),
        KEEPS_ALL_DEVICES("deviceBeyondTheCap_pushesOutTheOneAttachedLongestAgo"),
        PUSHES_OUT_THE_OLDEST_DEVICE("deviceBeyondTheCap_pushesOutTheOneAttachedLongestAgo"),
        TAKES_ANY_NAME("names_have1To128Characters"),
        GOES_ON_ONCE_CLOSED("closing_happensOnce_andEndsEverything"),
        NEVER_ANSWERS_ONCE_CLOSED("closing_happensOnce_andEndsEverything"),
        CLOSES_ONCE("closing_happensOnce_andEndsEverything");

        private final String test;

        Flaw(String test) {
            this.test = test;
        }
    }

    /** What {@link Suite} is run with; set by the proof's thread before it runs the suite. */
    private static Flaw flaw;

    static class Suite extends MailboxContract {

        private final ManualTime time = new ManualTime();

        @Override
        protected Mailbox open(Limits limits) {
            return new StubMailbox(limits, Integer.MAX_VALUE, time, flaw);
        }

        @Override
        protected Mailbox openWithRoomFor(int messages) {
            return new StubMailbox(Limits.STANDARD, messages, time, flaw);
        }

        @Override
        protected Mailbox openBeside(Mailbox mailbox) {
            return mailbox;
        }

        @Override
        protected boolean lose(Mailbox mailbox, UserKey user) {
            ((StubMailbox) mailbox).lose(user);
            return true;
        }

        @Override
        protected void advance(Duration by) {
            time.advance(by);
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(flaw == Flaw.NEVER_ANSWERS_ONCE_CLOSED ? 1 : 10);
        }
    }

    @Test
    void plainMailbox_holds() {
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
