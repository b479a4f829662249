package io.tidings.testkit.simulation;

import io.tidings.message.UserKey;
import java.util.List;

/** Brings trouble until the world is healed: each kind by itself, so often as the weather says. */
final class Storm {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    private final World world;
    private final Weather weather;

    Storm(World world, Weather weather) {
        this.world = world;
        this.weather = weather;
    }

    void begin() {
        now(weather.betweenCuts, this::cut);
        now(weather.betweenCrashes, this::crash);
        now(weather.betweenPauses, this::pause);
        now(weather.betweenDrains, this::drain);
        now(
                weather.betweenOutages,
                () -> world.network().cut(world.anyNode(), world.chance().upTo(8 * SECOND)));
        now(weather.betweenStalls, this::stall);
        now(
                weather.betweenClockJumps,
                () -> world.anyNode().jumpClock(world.chance().between(-3_000, 3_000)));
        now(weather.betweenReloads, this::reload);
        now(weather.betweenResumes, this::resume);
        now(weather.betweenLosses, this::lose);
    }

    private void now(long between, Runnable trouble) {
        if (between > 0) {
            long wait = (world.chance().nextLong() >>> 1) % (2 * between) + 10 * MILLI;
            world.turns().in(wait, () -> {
                if (!world.isHealed()) {
                    trouble.run();
                    now(between, trouble);
                }
            });
        }
    }

    private void cut() {
        SimulatedClient client = world.anyClient();
        if (client == null) {
            return;
        }
        if (world.chance().below(2) == 0) {
            client.cut();
        } else {
            client.loseTouch();
        }
    }

    private void crash() {
        SimulatedNode node = world.anyNode();
        if (node.isRunning()) {
            node.crash();
            startLater(node, world.chance().upTo(5 * SECOND));
        }
    }

    private void startLater(SimulatedNode node, long nanos) {
        world.turns().in(nanos, () -> {
            if (!node.isRunning()) {
                node.start();
            }
        });
    }

    private void pause() {
        SimulatedNode node = world.anyNode();
        if (node.isRunning()) {
            node.pause(world.chance().upTo(15 * SECOND));
        }
    }

    private void drain() {
        SimulatedNode node = world.anyNode();
        if (node.isUp() && !node.isPaused()) {
            node.close(() -> startLater(node, world.chance().upTo(2 * SECOND)));
        }
    }

    private void stall() {
        SimulatedClient client = world.anyClient();
        if (client != null) {
            client.stall(world.chance().upTo(12 * SECOND));
        }
    }

    private void reload() {
        SimulatedClient client = world.anyClient();
        if (client != null) {
            world.reload(client);
        }
    }

    private void resume() {
        SimulatedClient client = world.anyClient();
        if (client != null) {
            client.askToResume(world.chance().below(6) == 0);
        }
    }

    private void lose() {
        if (world.mailbox() instanceof ModelMailbox model) {
            UserKey user = world.users().get(world.chance().below(world.users().size()));
            List<Integer> lost = model.lose(user, world.chance().below(4));
            if (!model.box(user).head().isStart()) {
                world.trace("store", () -> "loses " + lost + " of " + user + " and begins a new epoch");
                world.ledger().book(user).lost(model.box(user).head(), lost);
            }
        }
    }
}
