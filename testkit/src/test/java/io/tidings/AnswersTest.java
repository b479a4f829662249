package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.tidings.Answers.Begun;
import io.tidings.Answers.Scope;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers are kept for five minutes, within bounds, each for its own user and instance. */
@Tag("R21")
class AnswersTest {

    private static final long KEPT = Answers.KEPT.toNanos();
    private static final Scope TAB = new Scope(UserKey.of("ann"), "tab", false);
    private static final Message ANSWER =
            Message.of(Kinds.RESULT).set("id", "r").build();
    private static final Consumer<Message> NOBODY = message -> {};

    private final Answers answers = new Answers();

    private Begun begin(Scope scope, String id, long now) {
        return answers.begin(scope, id, NOBODY, now);
    }

    private void done(Scope scope, String id, long now) {
        begin(scope, id, now);
        answers.answered(scope, id, NOBODY, ANSWER, 10, true);
    }

    private void stepAll(long now) {
        for (int i = 0; i < 16; i++) {
            answers.step(now);
        }
    }

    @Test
    void aRepeat_isKnownForFiveMinutes_andNoLonger() {
        done(TAB, "r", 100);
        assertSame(ANSWER, ((Begun.Known) begin(TAB, "r", 100 + KEPT - 1)).answer());
        assertEquals(Begun.NEW, begin(TAB, "r", 100 + KEPT));
        assertEquals(1, answers.size());
    }

    @Test
    void whatIsOver_isLetGoOf_andWhatIsUnderWayIsNot() {
        begin(TAB, "slow", 0);
        done(TAB, "r", 1);
        done(TAB, "later", 2);
        stepAll(KEPT);
        assertEquals(3, answers.size());
        stepAll(KEPT + 1);
        assertEquals(2, answers.size());
        stepAll(10 * KEPT);
        assertEquals(1, answers.size());
        assertEquals(Begun.UNDER_WAY, begin(TAB, "slow", 10 * KEPT));
        answers.forget(TAB, "slow");
        assertEquals(0, answers.size());
    }

    @Test
    void theSameId_ofAnotherUserTenantInstanceOrConnection_isAnotherRequest() {
        done(TAB, "r", 0);
        for (Scope other : new Scope[] {
            new Scope(UserKey.of("bob"), "tab", false),
            new Scope(new UserKey("acme", "ann"), "tab", false),
            new Scope(UserKey.of("ann"), "tab2", false),
            new Scope(UserKey.of("ann"), "tab", true)
        }) {
            assertEquals(Begun.NEW, begin(other, "r", 0), other::toString);
        }
    }

    @Test
    void whoAskedLast_getsTheAnswer() {
        Consumer<Message> first = message -> {};
        Consumer<Message> second = message -> {};
        answers.begin(TAB, "r", first, 0);
        assertEquals(Begun.UNDER_WAY, answers.begin(TAB, "r", second, 1));
        assertSame(second, answers.answered(TAB, "r", first, ANSWER, 10, true));
    }

    @Test
    void whatIsNotKept_isNewAgain() {
        begin(TAB, "r", 0);
        answers.answered(TAB, "r", NOBODY, ANSWER, 10, false);
        assertEquals(0, answers.size());
        assertEquals(Begun.NEW, begin(TAB, "r", 1));
    }

    @Test
    void anInstance_has256Ids_oneMoreForgetsTheOldest() {
        for (int i = 0; i < Answers.MAX_OF_SCOPE; i++) {
            done(TAB, "r" + i, i);
        }
        assertEquals(Begun.Known.class, begin(TAB, "r0", 300).getClass());
        done(TAB, "one more", 300);
        assertEquals(Answers.MAX_OF_SCOPE, answers.size());
        assertEquals(Begun.Known.class, begin(TAB, "r1", 300).getClass());
        assertEquals(Begun.NEW, begin(TAB, "r0", 300));
    }

    @Test
    void ids_areBoundedInAll_andSoIsTheirWeight() {
        for (int i = 0; i < Answers.MAX + 1_000; i++) {
            done(new Scope(UserKey.of("user" + i), "tab", false), "r", i);
        }
        assertEquals(true, answers.size() <= Answers.MAX, () -> "holds " + answers.size());
        for (int i = 0; i < 100; i++) {
            begin(TAB, "large" + i, 0);
            answers.answered(TAB, "large" + i, NOBODY, ANSWER, Answers.MAX_BYTES / 64, true);
        }
        stepAll(0);
        int known = 0;
        for (int i = 0; i < 100; i++) {
            known += begin(TAB, "large" + i, 0) instanceof Begun.Known ? 1 : 0;
        }
        assertEquals(4, known);
    }

    @Test
    void anAnswerTooLargeToKeep_isGivenAllTheSame() {
        begin(TAB, "r", 0);
        assertSame(NOBODY, answers.answered(TAB, "r", NOBODY, ANSWER, Answers.MAX_BYTES, true));
        assertEquals(0, answers.size());
    }

    @Test
    void aScopeThatIsForgotten_leavesNothing() {
        done(TAB, "r", 0);
        begin(TAB, "s", 0);
        answers.forget(TAB);
        assertEquals(0, answers.size());
        assertSame(NOBODY, answers.answered(TAB, "s", NOBODY, ANSWER, 10, true));
    }
}
