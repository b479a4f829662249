package io.tidings.testkit.simulation;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A node's way to the mailbox that all nodes share: a call takes time to get there, takes effect in one step, and its answer
 * takes time to come back, or never says what happened. Whatever takes effect is entered into the {@link Ledger}.
 */
final class StoreLink implements Mailbox {

    private static final long HANG = 35_000_000_000L;

    private final World world;
    private final SimulatedNode node;
    private final Mailbox mailbox;

    /** Appends take effect in the order of their calls, whatever becomes of their answers. */
    private long lastAppend = Long.MIN_VALUE;

    private int unanswered;

    StoreLink(World world, SimulatedNode node, Mailbox mailbox) {
        this.world = world;
        this.node = node;
        this.mailbox = mailbox;
    }

    /** The store cannot say what became of a call. */
    private static final class Unanswered extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unanswered(String message) {
            super(message, null, false, false);
        }
    }

    /** Calls that have not been answered. */
    int unanswered() {
        return unanswered;
    }

    private <T> CompletionStage<T> call(
            String what, Supplier<CompletionStage<T>> made, Consumer<T> entered, boolean ordered) {
        Weather weather = world.weather();
        Chance chance = world.chance();
        boolean calm = world.isCalmNow();
        boolean failsBefore = !calm && chance.happens(weather.storeFailsBefore);
        boolean failsAfter = !calm && chance.happens(weather.storeFailsAfter);
        boolean hangs = !calm && chance.happens(weather.storeHangs);
        CompletableFuture<T> answer = new CompletableFuture<>();
        boolean first = !ordered || lastAppend <= world.turns().now();
        if (!failsBefore && !failsAfter && !hangs && first && chance.happens(weather.storeAtOnce)) {
            world.trace(node.name(), () -> what + ", at once");
            take(made, entered, answer, answer);
            return answer;
        }
        long arrives = world.turns().now() + chance.upTo(weather.storeDelay);
        if (ordered) {
            arrives = Math.max(arrives, lastAppend + 1);
            lastAppend = arrives;
        }
        long back = chance.upTo(weather.storeDelay);
        world.trace(node.name(), () -> what + " is asked of the store");
        int life = node.life();
        unanswered++;
        answer.whenComplete((result, failure) -> unanswered--);
        if (hangs) {
            world.turns().in(HANG, () -> answer(life, answer, null, new Unanswered("the store timed out")));
            back = 2 * HANG;
        }
        long returns = back;
        world.turns().at(arrives, () -> {
            if (failsBefore || (!node.isAlive(life) && chance.happens(0.5))) {
                world.trace("store", () -> what + " of " + node.name() + " is refused");
                world.turns()
                        .in(
                                returns,
                                () -> answer(life, answer, null, new Unanswered("the store could not be reached")));
                return;
            }
            CompletableFuture<T> effect = new CompletableFuture<>();
            world.trace(
                    "store",
                    () -> what + " of " + node.name() + " takes effect"
                            + (failsAfter ? ", and will not be answered" : ""));
            take(made, entered, effect, answer);
            effect.whenComplete((result, failure) -> world.turns().in(returns, () -> {
                Throwable told = failsAfter ? new Unanswered("the store's answer was lost") : failure;
                answer(life, answer, result, told);
            }));
        });
        return answer;
    }

    /** The call takes effect; a mailbox that answers later is entered when it does. */
    private <T> void take(
            Supplier<CompletionStage<T>> made,
            Consumer<T> entered,
            CompletableFuture<T> effect,
            CompletableFuture<T> answer) {
        CompletionStage<T> stage;
        try {
            stage = made.get();
        } catch (RuntimeException broken) {
            world.violated("the mailbox threw " + broken);
            answer.completeExceptionally(broken);
            return;
        }
        stage.whenComplete((result, failure) -> {
            if (failure == null) {
                entered.accept(result);
                effect.complete(result);
            } else {
                effect.completeExceptionally(failure);
            }
        });
    }

    private <T> void answer(int life, CompletableFuture<T> answer, @Nullable T result, @Nullable Throwable failure) {
        node.run(life, () -> {
            if (failure == null && result != null) {
                answer.complete(result);
            } else if (failure == null) {
                answer.complete(null);
            } else {
                answer.completeExceptionally(failure);
            }
        });
    }

    @Override
    public CompletionStage<List<Appended>> append(List<Append> appends) {
        List<Append> batch = List.copyOf(appends);
        return call(
                "append " + batch.stream().map(Ledger::numberOf).toList(),
                () -> mailbox.append(batch),
                outcomes -> entered(batch, outcomes),
                true);
    }

    private void entered(List<Append> batch, List<Appended> outcomes) {
        if (outcomes.size() != batch.size()) {
            world.violated(batch.size() + " appends had " + outcomes.size() + " outcomes");
            return;
        }
        for (int i = 0; i < batch.size(); i++) {
            int at = i;
            world.trace(
                    "store",
                    () -> "#" + Ledger.numberOf(batch.get(at)) + " of "
                            + batch.get(at).user() + ": " + outcomes.get(at));
            world.ledger().appended(batch.get(i), outcomes.get(i), world.turns().now());
        }
    }

    @Override
    public CompletionStage<Page> read(UserKey user, Position after, int limit) {
        return call(
                "read of " + user + " after " + Ledger.text(after),
                () -> mailbox.read(user, after, limit),
                page -> judge(user, after, limit, page),
                false);
    }

    private void judge(UserKey user, Position after, int limit, Page page) {
        world.trace(
                "store",
                () -> "a page of " + user + " after " + Ledger.text(after) + ": "
                        + page.entries().size() + " to " + Ledger.text(page.next()) + " of " + Ledger.text(page.head())
                        + (page.gap() == null ? "" : ", " + page.gap()));
        if (page.entries().size() > limit) {
            world.violated("a page of " + page.entries().size() + " entries, where " + limit + " were asked for");
        }
        Gap gap = page.gap();
        if (gap != null && mailbox instanceof ModelMailbox model) {
            boolean skips = gap.reason() == Gap.Reason.TRIMMED || gap.reason() == Gap.Reason.EXPIRED;
            for (Ledger.Entry entry : world.ledger().book(user).entries()) {
                long offset = entry.position.offset();
                if (skips
                        && !entry.isLost()
                        && offset > after.offset()
                        && offset <= gap.to().offset()
                        && model.holds(user, entry.number)) {
                    world.violated("a gap of " + user + " over " + entry + ", which is held");
                }
            }
        }
    }

    @Override
    public CompletionStage<List<Position>> heads(List<UserKey> users) {
        List<UserKey> asked = List.copyOf(users);
        return call("heads of " + asked, () -> mailbox.heads(asked), heads -> {}, false);
    }

    @Override
    public CompletionStage<Attachment> attach(UserKey user, String device, String instance) {
        return call(
                "attach " + instance + " of " + user,
                () -> mailbox.attach(user, device, instance),
                attachment -> {
                    world.trace(
                            "store",
                            () -> instance + " of " + user + " is attached as " + attachment.generation() + " at "
                                    + Ledger.text(attachment.cursor()));
                    world.ledger().book(user).attached(device, instance, attachment);
                },
                false);
    }

    @Override
    public CompletionStage<Void> moveCursors(List<CursorMove> moves) {
        List<CursorMove> batch = List.copyOf(moves);
        for (CursorMove move : batch) {
            world.judge(move);
        }
        return call(
                "move of cursors " + batch.stream().map(StoreLink::text).toList(),
                () -> mailbox.moveCursors(batch),
                done -> batch.forEach(move -> world.ledger().book(move.user()).moved(move)),
                false);
    }

    private static String text(CursorMove move) {
        return move.instance() + " to " + Ledger.text(move.position());
    }

    @Override
    public boolean shared() {
        return mailbox.shared();
    }

    @Override
    public void close() {
        // The other nodes' too.
    }
}
