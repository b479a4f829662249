package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.Unacknowledged.Overdue;
import io.tidings.message.Position;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is outstanding, and for how long: in steps of a deadline of 80. */
@Tag("R44")
class UnacknowledgedTest {

    private static final long DEADLINE = 80;

    private final Unacknowledged window = new Unacknowledged(DEADLINE);

    private static Position at(long offset) {
        return new Position(1, offset);
    }

    private void write(long offset, long now) {
        window.queued(at(offset));
        window.written(at(offset), now);
    }

    /** A client that acknowledges, told from 5. */
    private void acknowledging() {
        window.start(at(5));
        window.acknowledge(at(5), null, 0);
    }

    @Test
    void aMessage_isOverdueAtItsDeadline_notBefore_andNotOnceAcknowledged() {
        acknowledging();
        assertEquals(Long.MAX_VALUE, window.dueIn(0));
        write(6, 10);
        assertEquals(80, window.dueIn(10));
        assertEquals(Overdue.NOTHING, window.overdue(89));
        assertEquals(Overdue.AGAIN, window.overdue(90));
        window.acknowledge(at(6), null, 90);
        assertEquals(Overdue.NOTHING, window.overdue(1_000));
    }

    @Test
    void aLaterMessage_hasItsOwnTime_whenTheFirstIsAcknowledged() {
        acknowledging();
        write(6, 10);
        write(7, 20);
        write(8, 29);
        window.acknowledge(at(6), null, 50);
        // 7 and 8 are one stretch of less than an eighth, which counts from its end.
        assertEquals(Overdue.NOTHING, window.overdue(108));
        assertEquals(Overdue.AGAIN, window.overdue(109));
    }

    @Test
    void aSteadyStream_doesNotPutItsFirstMessageOff_byMoreThanAnEighth() {
        acknowledging();
        for (int i = 0; i < 100; i++) {
            write(6 + i, i);
        }
        assertEquals(Overdue.AGAIN, window.overdue(80 + 9));
        assertEquals(Overdue.NOTHING, window.overdue(80 + 8));
    }

    @Test
    void again_isFromWhatWasConfirmed_andTheSecondTimeInVain() {
        acknowledging();
        write(6, 0);
        write(7, 0);
        window.acknowledge(at(6), null, 1);
        assertEquals(Overdue.AGAIN, window.overdue(80));
        assertEquals(at(6), window.again());
        assertEquals(Overdue.NOTHING, window.overdue(10_000), "until it is written, no time passes");
        write(7, 100);
        assertEquals(Overdue.NOTHING, window.overdue(179));
        assertEquals(Overdue.IN_VAIN, window.overdue(180));
    }

    @Test
    void again_isOnceMorePossible_whenAllThatWasWrittenAgainIsAcknowledged_notAPartOfIt() {
        acknowledging();
        write(6, 0);
        write(7, 0);
        window.again();
        write(6, 100);
        write(7, 100);
        window.acknowledge(at(6), null, 110);
        assertEquals(Overdue.IN_VAIN, window.overdue(180));
        window.acknowledge(at(7), null, 180);
        write(8, 200);
        assertEquals(Overdue.AGAIN, window.overdue(280));
    }

    @Test
    void anAcknowledgementOfTheFirstWriting_countsWhileItIsWrittenAgain() {
        acknowledging();
        write(6, 0);
        write(7, 0);
        window.again();
        window.acknowledge(at(7), null, 90);
        assertEquals(at(7), window.takeCursor());
        write(6, 100);
        write(7, 100);
        assertEquals(Overdue.NOTHING, window.overdue(1_000));
    }

    @Test
    void aWriteThatWasUnderWay_whenItBeganAgain_isTimedByItsSecondWriting() {
        acknowledging();
        write(6, 0);
        window.queued(at(7));
        window.again();
        window.written(at(7), 81);
        write(6, 100);
        write(7, 100);
        assertEquals(Overdue.NOTHING, window.overdue(179));
        assertEquals(Overdue.IN_VAIN, window.overdue(180));
    }

    @Test
    void noClockRuns_beforeTheFirstAcknowledgement_whichStartsIt() {
        window.start(at(5));
        write(6, 0);
        write(7, 0);
        assertEquals(Overdue.NOTHING, window.overdue(10_000));
        window.acknowledge(at(6), null, 10_000);
        assertEquals(Overdue.NOTHING, window.overdue(10_079));
        assertEquals(Overdue.AGAIN, window.overdue(10_080));
    }

    @Test
    void noDeadline_noClock() {
        Unacknowledged never = new Unacknowledged(0);
        never.start(at(5));
        never.acknowledge(at(5), null, 0);
        never.queued(at(6));
        never.written(at(6), 0);
        assertEquals(Overdue.NOTHING, never.overdue(Long.MAX_VALUE / 2));
    }

    @Test
    void whatIsPassedOver_isConfirmedWithWhatIsBeforeIt_notSooner() {
        acknowledging();
        write(6, 0);
        window.passOver(at(9));
        assertNull(window.takeCursor());
        window.acknowledge(at(6), null, 1);
        assertEquals(at(6), window.takeCursor());
        window.passOver(at(9));
        assertEquals(at(9), window.takeCursor());
        assertEquals(Overdue.NOTHING, window.overdue(1_000));
    }

    @Test
    void whatIsQueuedButNotWritten_keepsWhatIsBehindItUnconfirmed() {
        acknowledging();
        window.queued(at(6));
        window.passOver(at(7));
        assertNull(window.takeCursor());
    }

    @Test
    void aGap_isConfirmedByTheNextMessage_orByAProbeBehindIt() {
        acknowledging();
        window.gap(at(20));
        window.passOver(at(20));
        assertNull(window.takeCursor(), "nobody said that the gap was told");
        window.probing(at(20));
        window.probeAnswered();
        assertEquals(at(20), window.takeCursor());
        window.gap(at(30));
        write(31, 0);
        window.acknowledge(at(31), null, 1);
        assertEquals(at(31), window.takeCursor());
    }

    @Test
    void aProbe_confirmsNothingOutstanding_ofAClientThatAcknowledges() {
        acknowledging();
        write(6, 0);
        window.probing(at(6));
        window.probeAnswered();
        assertNull(window.takeCursor());
        assertEquals(Overdue.AGAIN, window.overdue(80));
    }

    @Test
    void whatIsGoneWhenItIsToBeWrittenAgain_isNoReasonToClose() {
        acknowledging();
        write(6, 0);
        window.again();
        window.gap(at(20));
        write(21, 100);
        assertEquals(Overdue.AGAIN, window.overdue(180));
    }

    @Test
    void aPositionThatOnlyTheClientKnows_doesNotKeepConfirmationsFromCounting() {
        window.start(new Position(Position.MAX, 1));
        window.acknowledge(new Position(Position.MAX, 1), null, 0);
        assertNull(window.takeCursor());
        window.gap(at(5));
        write(6, 0);
        window.acknowledge(at(6), null, 1);
        assertEquals(at(6), window.takeCursor());
    }

    @Test
    void nothingOfAnEarlierLife_isAnAcknowledgement() {
        window.start(Position.START);
        window.queued(at(1));
        window.written(at(1), 0);
        window.acknowledge(new Position(0, 7), null, 1);
        assertNull(window.takeCursor());
        assertEquals(at(0), window.confirmed());
        window.acknowledge(at(1), null, 1);
        assertEquals(at(1), window.takeCursor());
    }

    @Test
    void startingElsewhere_forgetsWhatWasOutstanding_andTheProbe_butNotTheCursor() {
        acknowledging();
        write(6, 0);
        write(7, 0);
        window.acknowledge(at(6), null, 1);
        window.probing(at(7));
        window.start(at(2));
        assertEquals(Overdue.NOTHING, window.overdue(1_000));
        window.probeAnswered();
        assertEquals(at(6), window.takeCursor());
        window.acknowledge(at(4), null, 1);
        assertNull(window.takeCursor());
    }

    @Test
    void anAnswer_isForTheOldestProbe_andNoneBegunMeanwhileIsWaitedFor() {
        window.start(at(5));
        window.probing(at(6));
        window.probing(at(7));
        window.probeAnswered();
        assertEquals(at(6), window.takeCursor());
        // The second answer may come only now; it says nothing of what the third probe followed.
        window.probing(at(9));
        window.probeAnswered();
        assertNull(window.takeCursor());
        window.probeAnswered();
        window.probing(at(10));
        window.probeAnswered();
        assertEquals(at(10), window.takeCursor());
    }

    @Test
    void anAnswerThatNeverComes_isNotWaitedForForever() {
        window.start(at(5));
        window.probing(at(6));
        for (int i = 7; i <= 9; i++) {
            window.probing(at(i));
            window.probeAnswered();
        }
        assertEquals(at(9), window.takeCursor());
    }

    @Test
    void startingElsewhere_forgetsTheProbe_ofAClientThatNeverAcknowledges() {
        window.start(at(5));
        write(6, 0);
        window.probing(at(6));
        window.start(at(2));
        window.probeAnswered();
        assertNull(window.takeCursor());
    }

    @Test
    void startingElsewhere_isNotTheSecondTime() {
        acknowledging();
        write(6, 0);
        window.again();
        window.start(at(5));
        write(6, 100);
        assertEquals(Overdue.AGAIN, window.overdue(180));
    }

    @Test
    void aGapUpToWhatWasWrittenAgain_isNoReasonToClose() {
        acknowledging();
        write(6, 0);
        window.again();
        window.gap(at(6));
        write(7, 100);
        assertEquals(Overdue.AGAIN, window.overdue(180));
    }

    @Test
    void whatIsOutstandingOfAnEarlierEpoch_isNotConfirmedByTheNextEpoch() {
        acknowledging();
        write(6, 0);
        window.queued(new Position(2, 7));
        assertEquals(at(5), window.confirmed());
        window.passOver(new Position(2, 8));
        assertNull(window.takeCursor());
        window.acknowledge(at(6), null, 1);
        assertEquals(at(6), window.takeCursor());
    }

    @Test
    void aWriteThatWasUnderWayAtTheStart_isOutstanding() {
        acknowledging();
        window.queued(at(6));
        window.start(at(5));
        window.written(at(6), 10);
        window.passOver(at(9));
        assertNull(window.takeCursor());
    }

    @Test
    void aProbeOfBeforeItIsWrittenAgain_confirmsNothing() {
        acknowledging();
        write(6, 0);
        window.acknowledge(at(6), null, 1);
        window.takeCursor();
        window.gap(at(9));
        window.probing(at(9));
        window.again();
        window.probeAnswered();
        assertNull(window.takeCursor());
    }

    @Test
    void whatIsBeingWritten_canBeAcknowledged_andIsNotAwaitedThen() {
        acknowledging();
        window.queued(at(6));
        window.queued(at(7));
        window.acknowledge(at(6), at(7), 1);
        assertNull(window.takeCursor());
        assertTrue(window.written(at(7), 10));
        assertEquals(at(6), window.takeCursor());
        assertEquals(Overdue.AGAIN, window.overdue(90));
        window.queued(at(8));
        window.acknowledge(at(9), at(8), 91);
        assertEquals(at(7), window.takeCursor());
        assertTrue(window.written(at(8), 92));
        assertEquals(at(8), window.takeCursor());
        assertFalse(window.written(at(9), 93));
        assertNull(window.takeCursor());
        window.acknowledge(at(9), null, 94);
        assertEquals(Overdue.NOTHING, window.overdue(1_000));
    }
}
