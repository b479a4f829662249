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
        LOOKS_FOR_REPEATS_BEFORE_THE_BATCH("repeat_withinABatch_isRecognised"),
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
        CLOSES_ONCE("closing_happensOnce_andEndsEverything"),
        MOVES_ONCE_CLOSED("closing_happensOnce_andEndsEverything"),
        CUTS_LARGE_BATCHES("largeBatches_areTakenWhole"),
        CUTS_LARGE_MESSAGES("largeMessage_comesBackAsItWasGiven"),
        TRIMS_KEYS("keysThatLookAlike_areNotTheSame"),
        FOLDS_NAMES("namesThatLookAlike_areNotTheSame"),
        MOVES_BEYOND_THE_HEAD("moveBeyondTheHead_changesNothing"),
        COUNTS_GENERATIONS_BY_DEVICE("deviceThatWasPushedOut_staysFenced"),
        FORGETS_SEQUENCES("sequence_aboveAll_isAppended_andAnyOtherIsARepeat"),
        COMPARES_SEQUENCES_FOR_EQUALITY("sequence_aboveAll_isAppended_andAnyOtherIsARepeat"),
        ANSWERS_REPEATED_SEQUENCES_WITH_THE_HEAD("sequence_aboveAll_isAppended_andAnyOtherIsARepeat"),
        FORGETS_SEQUENCES_WITH_THE_WINDOW("sequence_isARepeat_withoutAWindow"),
        FORGETS_SEQUENCES_WITH_THEIR_MESSAGES("repeatOfAMessageNotHeld_isAnsweredWithThePositionBeforeTheOldest"),
        ANSWERS_REPEATS_NOT_HELD_WITH_THE_OLDEST("repeatOfAMessageNotHeld_isAnsweredWithThePositionBeforeTheOldest"),
        SHARES_SOURCES_BETWEEN_USERS("sequences_belongToASource_ofOneUserOfOneTenant"),
        MIXES_UP_SOURCES("sequences_belongToASource_ofOneUserOfOneTenant"),
        REMEMBERS_REFUSED_SEQUENCES("refusedMessage_isNoRepeatLater"),
        KEEPS_ANY_NUMBER_OF_SOURCES("sourceBeyondTheCap_isRefused_andSparesTheOthers"),
        FAILS_BATCHES_FOR_A_SOURCE("sourceBeyondTheCap_isRefused_andSparesTheOthers"),
        CHECKS_SEQUENCES_OUTSIDE_THE_LOCK("concurrentRepeatsOfASource_areAppendedOnce"),
        KEEPS_THE_EPOCH("beyondTheHead_beginsANewEpoch_inWhichOffsetsGoOn"),
        DROPS_ALL_WITH_THE_EPOCH("beyondTheHead_beginsANewEpoch_inWhichOffsetsGoOn"),
        FORGETS_THE_EPOCH_BEFORE("epochBefore_goesOnWithoutAGap_upToWhereItEnded"),
        GOES_ON_BEYOND_THE_END("epochBefore_goesOnWithoutAGap_upToWhereItEnded"),
        STAYS_IN_THE_EPOCH_BEFORE("epochBefore_goesOnWithoutAGap_upToWhereItEnded"),
        IS_SILENT_IN_THE_EPOCH_BEFORE("epochBefore_hasGaps_whereMessagesAreGone"),
        ENDS_EPOCHS_TWICE("manyWhoKnowMore_beginOneEpoch"),
        FORGETS_CURSORS_WITH_THE_EPOCH("newEpoch_keepsCursors_andTheyGoOn"),
        FORGETS_REPEATS_WITH_THE_EPOCH("newEpoch_keepsWhatRepeatsAreToldBy"),
        LOCKS_BY_NODE("nodesThatAppendTogether_leaveNoHoles_andAppendRepeatsOnce"),
        COUNTS_GENERATIONS_BY_NODE("generations_growOverAllNodes"),
        REMEMBERS_HEADS_BY_NODE("newEpoch_holdsForAllNodes"),
        CLOSES_ALL_NODES("nodeThatCloses_leavesTheOthersTheirMailbox");

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
            return ((StubMailbox) mailbox).beside();
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
