package io.tidings.testkit;

import io.tidings.feeds.FeedStore;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of a feed store passes one that several nodes share, and finds each of its possible flaws. */
@Tag("R101")
class FeedStoreContractProofTest {

    /** What can be wrong, and the test that says so. */
    enum Flaw {
        COMMITS_EVERY_WRITE("workThatThrows_changesNothing_andFailsItsStageWithWhatItThrew"),
        SHOWS_WRITES_OF_A_TRANSACTION_UNDER_WAY("writesOfATransactionUnderWay_areNotSeen"),
        COMMITS_WORK_THAT_THROWS("workThatThrows_takesBackMarksAndForgettingToo"),
        FAILS_WITH_ANOTHER_EXCEPTION("workThatThrows_changesNothing_andFailsItsStageWithWhatItThrew"),
        LEAVES_USERS_LOCKED("workThatThrows_leavesNobodyLocked"),
        LOCKS_NOBODY("transactionsOfOneUser_loseNoUpdate"),
        LOCKS_IN_THE_ORDER_GIVEN("usersInWhateverOrder_areLockedWithoutDeadlock"),
        LOCKS_THE_FIRST_USER_ALONE("usersInWhateverOrder_areLockedWithoutDeadlock"),
        BLOCKS_THE_CALLER("transactionThatWaits_doesNotBlockItsCaller"),
        ANSWERS_BEFORE_IT_COMMITS("transaction_lasts_whenItsStageCompletes"),
        TAKES_WRITES_FOR_ANYBODY("writesForUsersWhoAreNotLocked_areRefused_andNothingChanges"),
        TAKES_NOBODY("transactionOfNobody_isRefused"),
        FAILS_MANY_USERS("transactionOfManyUsers_isDoneWhole"),
        REFUSES_CROWDS("manyTransactionsAtOnce_areAllDone"),
        COUNTS_IDS_DOWN("ids_growForEachUser_inTheOrderOfTransactions"),
        TAKES_IDS_BEFORE_IT_LOCKS("ids_growForEachUser_inTheOrderOfTransactions"),
        GIVES_LARGE_IDS("ids_growForEachUser_inTheOrderOfTransactions"),
        READS_COMMITTED_HEADS_ALONE("ownWrites_areSeen_withinTheTransaction"),
        READS_COMMITTED_ROWS_ALONE("ownWrites_areSeen_withinTheTransaction"),
        CUTS_LONG_TEXTS("message_comesBackAsItWasGiven"),
        LOSES_ASTRAL_CHARACTERS("message_comesBackAsItWasGiven"),
        STRIPS_TEXTS("message_comesBackAsItWasGiven"),
        KEEPS_SECONDS("message_comesBackAsItWasGiven"),
        FOLDS_NAMES("usersWithUnusualNames_haveTheirOwnMessages"),
        READS_NEWEST_MESSAGES_FIRST("messages_areThoseSentAndReceived_oldestFirst"),
        READS_RECEIVED_MESSAGES_ALONE("messages_areThoseSentAndReceived_oldestFirst"),
        READS_MESSAGES_FROM_THE_ID_ITSELF("messages_beginAfterAnId_andEndAtTheLimit"),
        READS_ONE_MESSAGE_MORE("messages_beginAfterAnId_andEndAtTheLimit"),
        FILTERS_MESSAGES_AFTER_THE_LIMIT("messagesWithOneUser_areThoseOfTheTwo"),
        IGNORES_WITH("messagesWithOneUser_areThoseOfTheTwo"),
        READS_ONE_SIDE_OF_TWO("messagesWithOneUser_areThoseOfTheTwo"),
        MIXES_TENANTS_OF_MESSAGES("tenants_neverSeeEachOthersMessages"),
        TAKES_SENT_FOR_RECEIVED("received_areThoseOfTheReceiver_inOrder_eachOnce"),
        ANSWERS_IDS_AS_ASKED("received_areThoseOfTheReceiver_inOrder_eachOnce"),
        CUTS_IDS("manyIds_areTakenWhole"),
        FINDS_WHAT_OTHERS_SENT("sent_isAMessageOfTheSender_orThrows"),
        MARKS_MESSAGES_AGAIN("messagesSeen_marksWhatTheReceiverReceived_andKeepsTheFirstTime"),
        MARKS_MESSAGES_OF_OTHERS("messagesSeen_marksWhatTheReceiverReceived_andKeepsTheFirstTime"),
        REPEATS_SENDERS("senders_areThoseOfWhatTheReceiverReceived_eachOnce"),
        TAKES_ANY_READER_FOR_A_RECEIVER("senders_areThoseOfWhatTheReceiverReceived_eachOnce"),
        LOSES_THE_CATEGORY_OF_MESSAGES("notification_comesBackAsItWasGiven"),
        LOSES_THE_KEY_OF_MESSAGES("notification_comesBackAsItWasGiven"),
        READS_OLDEST_NOTIFICATIONS_FIRST("notifications_comeNewestFirst_beforeAnId_upToTheLimit"),
        READS_NOTIFICATIONS_FROM_THE_ID_ITSELF("notifications_comeNewestFirst_beforeAnId_upToTheLimit"),
        READS_ONE_NOTIFICATION_MORE("notifications_comeNewestFirst_beforeAnId_upToTheLimit"),
        FILTERS_NOTIFICATIONS_AFTER_THE_LIMIT("notifications_areFiltered_byCategoryAndWhetherTheyWereSeen"),
        IGNORES_UNSEEN("notifications_areFiltered_byCategoryAndWhetherTheyWereSeen"),
        IGNORES_CATEGORIES("notifications_areFiltered_byCategoryAndWhetherTheyWereSeen"),
        FOLDS_CATEGORIES("categoriesThatLookAlike_areNotTheSame"),
        MARKS_NOTIFICATIONS_AGAIN("notificationsSeen_marksTheUsersOwn_andKeepsTheFirstTime"),
        MARKS_NOTIFICATIONS_OF_OTHERS("notificationsSeen_marksTheUsersOwn_andKeepsTheFirstTime"),
        FINDS_NOTIFICATIONS_OF_OTHERS("notificationsById_areTheUsersOwn_inOrder_eachOnce"),
        MIXES_TENANTS_OF_NOTIFICATIONS("tenants_neverSeeEachOthersNotifications"),
        LOSES_THE_INSTANCE("row_comesBackAsItWasGiven"),
        TAKES_ALL_ROWS_FOR_DURABLE("row_comesBackAsItWasGiven"),
        ORDERS_ROWS_AS_TEXTS("rows_comeInOrder_afterASequence_upToTheLimit"),
        READS_ROWS_FROM_THE_SEQUENCE_ITSELF("rows_comeInOrder_afterASequence_upToTheLimit"),
        READS_ONE_ROW_MORE("rows_comeInOrder_afterASequence_upToTheLimit"),
        FORGETS_ONE_ROW_LESS("forget_takesOutTheUsersRows_upToTheSequence"),
        FORGETS_ALL_ROWS("forget_takesOutTheUsersRows_upToTheSequence"),
        CLAIMS_A_MOMENT_LONGER("waiting_areThoseWithRows_whomNobodyRelaysAnyLonger"),
        IGNORES_CLAIMS("waiting_areThoseWithRows_whomNobodyRelaysAnyLonger"),
        WAITS_FOR_USERS_WITHOUT_ROWS("waiting_areThoseWithRows_whomNobodyRelaysAnyLonger"),
        WAITS_FOR_ONE_USER_MORE("waiting_endsAtTheLimit_eachUserOnce"),
        SHARES_KEYS_BETWEEN_USERS("keys_areRemembered_forTheirUserAlone"),
        CUTS_THE_IDS_OF_KEYS("keys_areRemembered_forTheirUserAlone"),
        STRIPS_KEYS("keysThatLookAlike_areNotTheSame"),
        FOLDS_KEYS("keysThatLookAlike_areNotTheSame"),
        TAKES_ANY_KEY("keys_have1To1024Characters"),
        REFUSES_THE_LONGEST_KEY("keys_have1To1024Characters"),
        FORGETS_KEYS_OF_THE_MOMENT("forgetKeys_forgetsThoseFromBeforeTheMoment"),
        FORGETS_NO_KEYS("forgetKeys_forgetsThoseFromBeforeTheMoment"),
        CHANGES_ITS_SOURCE("source_has1To64Characters_andStays"),
        HAS_A_LONG_SOURCE("source_has1To64Characters_andStays"),
        SORTS_HEADS("heads_comeInTheOrderOfTheUsers_thoseOfUnknownOnesToo"),
        LEAVES_UNKNOWN_HEADS_OUT("heads_comeInTheOrderOfTheUsers_thoseOfUnknownOnesToo"),
        LOSES_LAST_SEEN("heads_comeInTheOrderOfTheUsers_thoseOfUnknownOnesToo"),
        TAKES_ANY_LIMIT("impossibleLimits_fail"),
        GOES_ON_ONCE_CLOSED("closing_happensOnce_andEndsEverything"),
        NEVER_ANSWERS_ONCE_CLOSED("closing_happensOnce_andEndsEverything"),
        CLOSES_ONCE("closing_happensOnce_andEndsEverything"),
        FINISHES_WHAT_IS_UNDER_WAY("closing_failsWhatIsUnderWay"),
        LOCKS_BY_NODE("transactionsOfOneUser_loseNoUpdate_onSeveralNodes"),
        COUNTS_IDS_BY_NODE("ids_growOverAllNodes"),
        HAS_A_SOURCE_BY_NODE("otherNodes_seeTheSame"),
        CLOSES_ALL_NODES("otherNodes_seeTheSame");

        private final String test;

        Flaw(String test) {
            this.test = test;
        }

        /** Whether the suite finds it by waiting for what never comes. */
        private boolean hangs() {
            return switch (this) {
                case LEAVES_USERS_LOCKED, LOCKS_IN_THE_ORDER_GIVEN, BLOCKS_THE_CALLER, NEVER_ANSWERS_ONCE_CLOSED ->
                    true;
                default -> false;
            };
        }
    }

    /** What {@link Suite} is run with; set by the proof's thread before it runs the suite. */
    private static Flaw flaw;

    static class Suite extends FeedStoreContract {

        @Override
        protected FeedStore open() {
            return new FlawedFeedStore(flaw);
        }

        @Override
        protected FeedStore openBeside(FeedStore store) {
            return ((FlawedFeedStore) store).beside();
        }

        @Override
        protected Duration patience() {
            return flaw != null && flaw.hangs() ? Duration.ofMillis(500) : Duration.ofSeconds(10);
        }
    }

    @Test
    void soundStore_holds() {
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
