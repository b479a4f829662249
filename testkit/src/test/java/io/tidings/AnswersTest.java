package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.tidings.Answers.Begun;
import io.tidings.Answers.Scope;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.List;
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
            answers.answered(TAB, "large" + i, NOBODY, ANSWER, Answers.MAX_BYTES_OF_USER / 4, true);
        }
        stepAll(0);
        int known = 0;
        for (int i = 0; i < 100; i++) {
            known += begin(TAB, "large" + i, 0) instanceof Begun.Known ? 1 : 0;
        }
        assertEquals(4, known);
    }

    /** Different users whose answers are bounded together. */
    private static List<UserKey> neighbours(int count) {
        List<UserKey> neighbours = new ArrayList<>();
        for (int i = 0; neighbours.size() < count; i++) {
            UserKey user = UserKey.of("neighbour" + i);
            int hash = user.hashCode();
            if ((hash ^ hash >>> 16) % 16 == 0) {
                neighbours.add(user);
            }
        }
        return neighbours;
    }

    private int known(UserKey user, int instances, int idsOfEach) {
        int known = 0;
        for (int i = 0; i < instances; i++) {
            for (int j = 0; j < idsOfEach; j++) {
                Scope scope = new Scope(user, "tab" + i, false);
                known += begin(scope, "r" + j, 1) instanceof Begun.Known ? 1 : 0;
            }
        }
        return known;
    }

    @Test
    void aUserWithManyInstances_makesNobodyElsesIdsForgotten_butItsOwnOldest() {
        List<UserKey> users = neighbours(2);
        Scope other = new Scope(users.get(0), "tab", false);
        done(other, "r", 0);
        int instances = 4 * Answers.MAX / Answers.MAX_OF_SCOPE;
        for (int i = 0; i < instances; i++) {
            for (int j = 0; j < Answers.MAX_OF_SCOPE; j++) {
                done(new Scope(users.get(1), "tab" + i, false), "r" + j, 0);
            }
        }
        assertEquals(1 + Answers.MAX_OF_USER, answers.size());
        assertEquals(Begun.Known.class, begin(other, "r", 1).getClass());
        Scope newest = new Scope(users.get(1), "tab" + (instances - 1), false);
        assertEquals(Begun.Known.class, begin(newest, "r0", 1).getClass());
        assertEquals(Begun.NEW, begin(new Scope(users.get(1), "tab0", false), "r0", 1));
    }

    @Test
    void aUserWithLargeAnswers_makesNobodyElsesForgotten() {
        List<UserKey> users = neighbours(2);
        Scope other = new Scope(users.get(0), "tab", false);
        done(other, "r", 0);
        for (int i = 0; i < 10; i++) {
            for (int j = 0; j < 10; j++) {
                Scope scope = new Scope(users.get(1), "tab" + i, false);
                begin(scope, "r" + j, 0);
                answers.answered(scope, "r" + j, NOBODY, ANSWER, Answers.MAX_BYTES_OF_USER / 4, true);
            }
        }
        assertEquals(5, answers.size());
        assertEquals(Begun.Known.class, begin(other, "r", 1).getClass());
        assertEquals(4, known(users.get(1), 10, 10));
    }

    @Test
    void whatIsUnderWay_isBoundedToo() {
        for (int i = 0; i <= Answers.MAX_OF_USER; i++) {
            begin(new Scope(UserKey.of("ann"), "tab" + i, false), "r", 0);
        }
        assertEquals(Answers.MAX_OF_USER, answers.size());
    }

    @Test
    void manyUsers_togetherAreBounded_whoWasThereLastStays() {
        List<UserKey> users = neighbours(Answers.MAX / 16 + 1);
        for (UserKey user : users) {
            done(new Scope(user, "tab", false), "r", 0);
        }
        assertEquals(Answers.MAX / 16, answers.size());
        assertEquals(Begun.NEW, begin(new Scope(users.get(0), "tab", false), "r", 1));
        // Which made the second go; the third is used, and the fourth goes for the next.
        begin(new Scope(users.get(2), "tab", false), "r", 1);
        done(new Scope(users.get(0), "other", false), "r", 1);
        assertEquals(
                Begun.Known.class,
                begin(new Scope(users.get(2), "tab", false), "r", 1).getClass());
        assertEquals(Begun.NEW, begin(new Scope(users.get(3), "tab", false), "r", 1));
    }

    @Test
    void large_answersOfManyUsers_areBoundedTogether() {
        for (UserKey user : neighbours(10)) {
            Scope scope = new Scope(user, "tab", false);
            begin(scope, "r", 0);
            answers.answered(scope, "r", NOBODY, ANSWER, Answers.MAX_BYTES_OF_USER, true);
        }
        assertEquals(4, answers.size());
    }

    @Test
    void anIdThatIsOver_givesItsRoomBack() {
        for (int i = 0; i < 10; i++) {
            begin(TAB, "r", i * KEPT);
            answers.answered(TAB, "r", NOBODY, ANSWER, Answers.MAX_BYTES_OF_USER / 2, true);
            begin(TAB, "s" + i % 2, i * KEPT);
            answers.answered(TAB, "s" + i % 2, NOBODY, ANSWER, Answers.MAX_BYTES_OF_USER / 4, true);
            assertEquals(Begun.Known.class, begin(TAB, "r", i * KEPT).getClass());
            stepAll((i + 1) * KEPT);
            assertEquals(0, answers.size());
        }
    }

    @Test
    void anAnswerAfterTheAnswer_goesToItsOwnConnection_andTheFirstStays() {
        Consumer<Message> late = message -> {};
        done(TAB, "r", 0);
        Message another = Message.of(Kinds.RESULT).set("id", "r").build();
        assertSame(late, answers.answered(TAB, "r", late, another, 10, true));
        assertSame(ANSWER, ((Begun.Known) begin(TAB, "r", 1)).answer());
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

    @Test
    void everybodysIds_areLetGoOf_andLeaveNothingThatIsInTheWay() {
        for (int i = 0; i < 200; i++) {
            done(new Scope(UserKey.of("user" + i), "tab", false), "r", 0);
            begin(new Scope(UserKey.of("user" + i), "other", false), "r", 0);
            answers.forget(new Scope(UserKey.of("user" + i), "other", false), "r");
        }
        stepAll(KEPT);
        assertEquals(0, answers.size());
        for (int i = 0; i < Answers.MAX; i++) {
            done(new Scope(UserKey.of("another" + i), "tab", false), "r", KEPT);
        }
        assertEquals(true, answers.size() > Answers.MAX / 2);
    }
}
