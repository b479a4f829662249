package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.tidings.Delivery.Hint;
import io.tidings.Delivery.State;
import io.tidings.message.Position;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where a connection stands in the mailbox, step by step. */
class DeliveryTest {

    private final Unacknowledged unacknowledged = new Unacknowledged(0);
    private final Delivery delivery = new Delivery(unacknowledged);

    private static Position at(long offset) {
        return new Position(1, offset);
    }

    /** LIVE after a mailbox that holds so many messages. */
    private void live(long offset) {
        delivery.start(at(offset), null, true);
        assertEquals(at(offset), delivery.beginRead());
        assertEquals(true, delivery.endPage(true, false));
        assertEquals(State.LIVE, delivery.state());
    }

    @Test
    @Tag("R45")
    void live_followsTheNext_dropsTheOld_notesTheMissing() {
        live(5);
        assertEquals(Hint.NEXT, delivery.hint(at(6)));
        delivery.advance(at(6));
        assertEquals(Hint.NOTHING, delivery.hint(at(6)));
        assertEquals(Hint.NOTHING, delivery.hint(at(3)));
        assertEquals(Hint.MISSING, delivery.hint(at(8)));
        assertEquals(Hint.NOTHING, delivery.hint(at(9)));
        assertEquals(true, delivery.isMissing());
        assertEquals(true, delivery.missingStill());
        assertEquals(State.READING, delivery.state());
    }

    @Test
    @Tag("R45")
    void missing_thatCameMeanwhile_needsNoRead() {
        live(5);
        assertEquals(Hint.MISSING, delivery.hint(at(7)));
        assertEquals(Hint.NEXT, delivery.hint(at(6)));
        delivery.advance(at(6));
        assertEquals(true, delivery.isMissing());
        assertEquals(Hint.NEXT, delivery.hint(at(7)));
        delivery.advance(at(7));
        assertEquals(false, delivery.isMissing());
        assertEquals(false, delivery.missingStill());
        assertEquals(State.LIVE, delivery.state());
        assertEquals(Hint.MISSING, delivery.hint(at(9)));
    }

    @Test
    @Tag("R45")
    void theFirstMessageOfAnyEpoch_followsStart() {
        delivery.start(Position.START, null, true);
        delivery.beginRead();
        delivery.endPage(true, false);
        assertEquals(Hint.MISSING, delivery.hint(new Position(7, 2)));
        assertEquals(Hint.NEXT, delivery.hint(new Position(7, 1)));
    }

    @Test
    @Tag("R43")
    void anotherEpoch_isNeverTheNext() {
        live(5);
        assertEquals(Hint.MISSING, delivery.hint(new Position(2, 6)));
        assertEquals(true, delivery.missingStill());
    }

    @Test
    @Tag("R45")
    void aHintFromBeforeARead_thatTheReadDoesNotShow_isVoid() {
        delivery.start(at(5), null, true);
        delivery.hint(at(9));
        delivery.beginRead();
        assertEquals(true, delivery.endPage(true, false));
        assertEquals(Hint.NEXT, delivery.hint(at(6)));
    }

    @Test
    @Tag("R45")
    void aHintDuringARead_isReadForAgain_untilAReadThatBeganAfterIt() {
        delivery.start(at(5), null, true);
        delivery.beginRead();
        delivery.hint(at(6));
        assertEquals(false, delivery.endPage(true, false));
        assertEquals(State.READING, delivery.state());
        delivery.beginRead();
        delivery.advance(at(6));
        assertEquals(true, delivery.endPage(true, true));
        assertEquals(State.LIVE, delivery.state());
    }

    @Test
    @Tag("R43")
    void aPage_isTakenOnlyWhereItBegins() {
        delivery.start(at(5), null, true);
        delivery.beginRead();
        assertEquals(true, delivery.wants(at(5)));
        assertEquals(false, delivery.wants(at(4)));
        delivery.start(at(2), null, false);
        assertEquals(false, delivery.wants(at(2)));
        assertEquals(true, delivery.unpause());
        assertEquals(false, delivery.unpause());
        delivery.beginRead();
        assertEquals(true, delivery.wants(at(2)));
    }

    @Test
    @Tag("R45")
    void aPageThatWasAskedForBefore_isNotTaken_howeverTheReadingBegan() {
        delivery.start(at(5), null, true);
        assertEquals(false, delivery.wants(at(5)), "not asked for by anybody");
        delivery.beginRead();
        delivery.start(at(5), null, true);
        assertEquals(false, delivery.wants(at(5)), "resumed since");
        delivery.beginRead();
        assertEquals(true, delivery.endPage(true, false));
        assertEquals(true, delivery.behind(at(6)));
        assertEquals(false, delivery.wants(at(5)), "a head since");
        delivery.beginRead();
        assertEquals(true, delivery.endPage(true, false));
        delivery.hint(at(7));
        assertEquals(true, delivery.missingStill());
        assertEquals(false, delivery.wants(at(5)), "a hint since");
        delivery.beginRead();
        delivery.pause(at(8));
        assertEquals(true, delivery.unpause());
        assertEquals(false, delivery.wants(at(5)), "a full queue since");
        delivery.beginRead();
        delivery.again(false, true);
        assertEquals(false, delivery.wants(at(5)), "not acknowledged since");
        delivery.beginRead();
        assertEquals(true, delivery.wants(at(5)));
    }

    @Test
    @Tag("R33")
    void aFullQueue_pauses_andWhatWasHintedAtIsRead() {
        live(5);
        assertEquals(Hint.NEXT, delivery.hint(at(6)));
        delivery.pause(at(6));
        assertEquals(Hint.NOTHING, delivery.hint(at(7)));
        assertEquals(true, delivery.unpause());
        delivery.beginRead();
        delivery.advance(at(6));
        assertEquals(false, delivery.endPage(false, true));
        delivery.beginRead();
        delivery.advance(at(7));
        assertEquals(true, delivery.endPage(true, true));
    }

    @Test
    @Tag("R72")
    void aHead_beyondWhereItStands_isReadFor() {
        live(5);
        assertEquals(false, delivery.behind(at(5)));
        assertEquals(false, delivery.behind(at(4)));
        assertEquals(true, delivery.behind(at(6)));
        assertEquals(false, delivery.behind(at(7)));
    }

    @Test
    @Tag("R44")
    void anAcknowledgement_isClamped_movesForwardOnly_andIsTakenOnce() {
        live(5);
        assertNull(unacknowledged.takeCursor());
        unacknowledged.written(at(8), 0);
        unacknowledged.acknowledge(at(7), null, 0);
        assertEquals(at(7), unacknowledged.takeCursor());
        assertNull(unacknowledged.takeCursor());
        unacknowledged.acknowledge(at(6), null, 0);
        assertNull(unacknowledged.takeCursor());
        unacknowledged.acknowledge(new Position(9, 1), null, 0);
        assertEquals(at(8), unacknowledged.takeCursor());
    }

    @Test
    @Tag("R44")
    void anAnsweredProbe_confirmsWhatWasWrittenBeforeIt_forThoseWhoNeverAcknowledge() {
        live(5);
        unacknowledged.probeAnswered();
        assertEquals(false, unacknowledged.isCursorDirty());
        unacknowledged.written(at(6), 0);
        delivery.probing(false);
        unacknowledged.written(at(7), 0);
        unacknowledged.probeAnswered();
        assertEquals(true, unacknowledged.isCursorDirty());
        assertEquals(at(6), unacknowledged.takeCursor());
        delivery.probing(false);
        unacknowledged.acknowledge(at(6), null, 0);
        unacknowledged.probeAnswered();
        assertEquals(false, unacknowledged.isCursorDirty());
        assertNull(unacknowledged.takeCursor());
    }

    @Test
    @Tag("R43")
    void whatWasUnreadable_andThatItIsLive_isToldOnceAStart() {
        delivery.start(Position.START, "nonsense", true);
        assertEquals("nonsense", delivery.takeUnreadable());
        assertNull(delivery.takeUnreadable());
        assertEquals(true, delivery.takeAnnouncement());
        assertEquals(false, delivery.takeAnnouncement());
        delivery.start(at(1), null, true);
        assertEquals(true, delivery.takeAnnouncement());
    }

    @Test
    @Tag("R44")
    void aPositionThatIsOnlyAskedFor_isConfirmedByNothing() {
        delivery.start(at(9), null, true);
        delivery.probing(true);
        unacknowledged.probeAnswered();
        assertNull(unacknowledged.takeCursor());
        delivery.advance(at(12));
        delivery.passOver();
        assertNull(unacknowledged.takeCursor());
    }

    @Test
    @Tag("R44")
    void again_withoutRoom_waitsForIt_andTellsThatItIsLiveOnlyWhereThatWasUntold() {
        live(5);
        delivery.takeAnnouncement();
        delivery.again(false, false);
        assertEquals(Delivery.State.PAUSED, delivery.state());
        assertEquals(false, delivery.takeAnnouncement());
        delivery.again(true, true);
        assertEquals(Delivery.State.READING, delivery.state());
        assertEquals(true, delivery.takeAnnouncement());
    }
}
