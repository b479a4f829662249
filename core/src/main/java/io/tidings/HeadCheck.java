package io.tidings;

import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Compares where the mailboxes end with where connections stand, because a lost last hint has no successor to reveal it: every
 * user once in {@value #ROUND_MILLIS} ms, in batches spread over the round; and once in {@value #RECOVERY_MILLIS} ms when the
 * broker has been away.
 *
 * <p>Touched by the watch's thread alone, but for {@link #restart}.
 */
final class HeadCheck {

    static final long ROUND_MILLIS = 30_000;
    static final long RECOVERY_MILLIS = 3_000;

    private static final int MAX_BATCH = 500;

    private final Engine engine;
    private List<UserKey> round = List.of();
    private int first;
    private int done;
    private int steps = (int) (ROUND_MILLIS / Watch.STEP_MILLIS);
    private int step;
    private volatile boolean restart;

    HeadCheck(Engine engine) {
        this.engine = engine;
    }

    /** Something may have been missed by everybody: begins a short round with the next step. */
    void restart() {
        restart = true;
    }

    /** One step of the watch. */
    void step() {
        if (restart || step >= steps) {
            steps = (int) ((restart ? RECOVERY_MILLIS : ROUND_MILLIS) / Watch.STEP_MILLIS);
            restart = false;
            round = engine.registry().users();
            // A round that is cut short is gone on with, so that a broker that flaps leaves nobody out.
            first = round.isEmpty() ? 0 : (first + done) % round.size();
            Collections.rotate(round, -first);
            done = 0;
            step = 0;
        }
        step++;
        int until = (int) ((long) round.size() * step / steps);
        while (done < until) {
            int end = Math.min(until, done + MAX_BATCH);
            check(new ArrayList<>(round.subList(done, end)));
            done = end;
        }
        if (step == steps) {
            checkNewcomers();
        }
    }

    /** Users who connected after the round began would have to wait for the whole of the next one. */
    private void checkNewcomers() {
        Set<UserKey> known = new HashSet<>(round);
        List<UserKey> batch = new ArrayList<>();
        for (UserKey user : engine.registry().users()) {
            if (!known.contains(user)) {
                batch.add(user);
            }
            if (batch.size() == MAX_BATCH) {
                check(batch);
                batch = new ArrayList<>();
            }
        }
        if (!batch.isEmpty()) {
            check(batch);
        }
    }

    private void check(List<UserKey> users) {
        try {
            CompletionStage<List<Position>> heads = engine.mailbox().heads(users);
            heads.whenComplete((positions, failure) -> {
                if (failure != null) {
                    HubLog.mailboxFailed(users.get(0), "heads", failure);
                    return;
                }
                for (int i = 0; i < users.size(); i++) {
                    UserEntry entry = engine.registry().user(users.get(i));
                    if (entry != null) {
                        entry.head(positions.get(i));
                    }
                }
            });
        } catch (RuntimeException failure) {
            HubLog.mailboxFailed(users.get(0), "heads", failure);
        }
    }
}
