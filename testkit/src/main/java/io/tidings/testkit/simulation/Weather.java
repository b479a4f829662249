package io.tidings.testkit.simulation;

/**
 * How bad it is in one run, drawn from the seed. Likelihoods are from 0 to 1, times in nanoseconds.
 *
 * <p>A third of the runs are <em>calm</em>: nothing that a broker carries is lost, the store answers, and so whatever is accepted
 * must reach whoever is connected within moments, and not only when heads are compared.
 */
final class Weather {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    final boolean calm;
    final double holdUp;

    final double hintLost;
    final double hintDoubled;
    final long hintDelay;

    /** How long a change of subscriptions takes at most. */
    final long subscribing;

    final double storeFailsBefore;
    final double storeFailsAfter;
    final double storeHangs;
    final double storeAtOnce;
    final long storeDelay;

    final long networkDelay;
    final double writeAtOnce;

    /** How often, on average, each kind of trouble comes; 0 for never. */
    final long betweenCuts;

    final long betweenCrashes;
    final long betweenPauses;
    final long betweenDrains;
    final long betweenOutages;
    final long betweenStalls;
    final long betweenClockJumps;
    final long betweenReloads;
    final long betweenResumes;
    final long betweenLosses;

    final int maxPerUser;
    final long tokenSeconds;
    final long length;

    Weather(Chance chance) {
        calm = chance.below(3) == 0;
        holdUp = chance.below(2) == 0 ? 0 : chance.below(20) / 200.0;
        hintLost = calm ? 0 : oneOf(chance, 0, 0.05, 0.3, 1);
        hintDoubled = oneOf(chance, 0, 0.1, 0.5);
        hintDelay = pick(chance, 2 * MILLI, 30 * MILLI, calm ? 100 * MILLI : SECOND);
        subscribing = pick(chance, 2 * MILLI, 100 * MILLI, calm ? 300 * MILLI : 3 * SECOND);
        storeFailsBefore = calm ? 0 : oneOf(chance, 0, 0.02, 0.15);
        storeFailsAfter = calm ? 0 : oneOf(chance, 0, 0.02, 0.15);
        storeHangs = calm ? 0 : oneOf(chance, 0, 0, 0.01);
        storeAtOnce = oneOf(chance, 0, 0.3, 1);
        storeDelay = pick(chance, MILLI, 20 * MILLI, 200 * MILLI);
        networkDelay = pick(chance, MILLI, 20 * MILLI, 200 * MILLI);
        writeAtOnce = oneOf(chance, 0, 0.5, 1);
        length = pick(chance, 3 * SECOND, 10 * SECOND, 40 * SECOND);
        betweenCuts = often(chance, 2);
        betweenCrashes = calm ? 0 : often(chance, 3);
        betweenPauses = calm ? 0 : often(chance, 4);
        betweenDrains = often(chance, 5);
        betweenOutages = calm ? 0 : often(chance, 3);
        betweenStalls = often(chance, 3);
        betweenClockJumps = often(chance, 4);
        betweenReloads = often(chance, 3);
        betweenResumes = often(chance, 4);
        betweenLosses = chance.below(8) == 0 ? length / 2 : 0;
        maxPerUser = chance.below(3) == 0 ? chance.between(3, 20) : 1_000;
        tokenSeconds = chance.below(4) == 0 ? chance.between(5, 20) : 0;
    }

    /** Nothing but what is normal, from the end of the storm on. */
    private long often(Chance chance, int oneIn) {
        return chance.below(oneIn) != 0 ? 0 : length / chance.between(1, 6);
    }

    private static double oneOf(Chance chance, double... likelihoods) {
        return likelihoods[chance.below(likelihoods.length)];
    }

    private static long pick(Chance chance, long... times) {
        return times[chance.below(times.length)];
    }

    /** For people: what is not as in the best of times. */
    @Override
    public String toString() {
        return (calm ? "calm weather" : "stormy weather") + " for " + length / SECOND + " s: hints lost " + hintLost
                + " doubled " + hintDoubled + " late by " + hintDelay / MILLI + " ms; store fails " + storeFailsBefore
                + "/"
                + storeFailsAfter + " hangs " + storeHangs + " takes " + storeDelay / MILLI + " ms; network "
                + networkDelay / MILLI + " ms; at most " + maxPerUser + " held; tokens for " + tokenSeconds + " s";
    }
}
