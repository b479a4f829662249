package io.tidings.testkit.simulation;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Mailboxes with one bug each, as an adapter may have it. */
final class FaultyMailboxes {

    private static final long WINDOW = Duration.ofMinutes(5).toNanos();

    /** By the name of the bug. */
    static final Map<String, Function<Surroundings, ModelMailbox>> ALL = Map.of(
            "mailbox-ignores-the-epoch", IgnoringEpochs::new,
            "mailbox-does-not-fence", NotFencing::new,
            "mailbox-page-is-off-by-one", OffByOne::new,
            "mailbox-assigns-offsets-outside-the-lock", Unlocked::new);

    private FaultyMailboxes() {}

    private static final class IgnoringEpochs extends ModelMailbox {
        IgnoringEpochs(Surroundings surroundings) {
            super(surroundings.ticker(), 1_000, WINDOW);
        }

        @Override
        Page read(Box box, Position after, int limit) {
            Position same = after.isStart() ? after : new Position(box.epoch, Math.min(after.offset(), box.last()));
            return super.read(box, same, limit);
        }
    }

    private static final class NotFencing extends ModelMailbox {
        NotFencing(Surroundings surroundings) {
            super(surroundings.ticker(), 1_000, WINDOW);
        }

        @Override
        void move(Box box, CursorMove move) {
            Device device = box.devices.get(move.device());
            if (device != null && move.position().compareTo(device.cursor) > 0) {
                device.cursor = move.position();
            }
        }
    }

    /** A page that begins one entry too late where it does not begin the mailbox. */
    private static final class OffByOne extends ModelMailbox {
        OffByOne(Surroundings surroundings) {
            super(surroundings.ticker(), 1_000, WINDOW);
        }

        @Override
        Page read(Box box, Position after, int limit) {
            Page page = super.read(box, after, limit);
            if (after.isStart() || page.entries().size() < 2) {
                return page;
            }
            List<Entry> entries = page.entries().subList(1, page.entries().size());
            return new Page(page.gap(), entries, page.next(), page.head());
        }
    }

    /** Looks where the mailbox ends first, and writes there a moment later. */
    private static final class Unlocked extends ModelMailbox {
        private final Surroundings surroundings;

        Unlocked(Surroundings surroundings) {
            super(surroundings.ticker(), 1_000, WINDOW);
            this.surroundings = surroundings;
        }

        @Override
        public CompletionStage<List<Appended>> append(List<Append> appends) {
            List<Long> ends =
                    appends.stream().map(append -> box(append.user()).last()).toList();
            CompletableFuture<List<Appended>> done = new CompletableFuture<>();
            surroundings
                    .scheduler()
                    .schedule(Duration.ofNanos(surroundings.random().nextInt(2_000_000)), () -> {
                        List<Appended> outcomes = new ArrayList<>();
                        for (int i = 0; i < appends.size(); i++) {
                            Append append = appends.get(i);
                            Box box = box(append.user());
                            Appended.Stored repeated = repeated(box, append.idempotency());
                            long before = appends.subList(0, i).stream()
                                    .filter(other -> other.user().equals(append.user()))
                                    .count();
                            outcomes.add(repeated != null ? repeated : store(box, append, ends.get(i) + before + 1));
                        }
                        done.complete(outcomes);
                    });
            return done;
        }
    }
}
