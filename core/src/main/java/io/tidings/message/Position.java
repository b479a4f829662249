package io.tidings.message;

/**
 * Where a message stands in a user's mailbox. Offsets of one epoch start at 1 and have no holes; a mailbox that lost its
 * content goes on in a higher epoch. A position also says "everything up to here".
 *
 * @param epoch  grows with every new life of the mailbox; 0 to 2<sup>50</sup>−1, 0 only in {@link #START}
 * @param offset the message's number within the epoch; 0 to 2<sup>50</sup>−1, 0 stands before the first
 */
public record Position(long epoch, long offset) implements Comparable<Position> {

    /** The largest epoch and offset: ten characters of five bits. */
    public static final long MAX = (1L << 50) - 1;

    /** Before everything. */
    public static final Position START = new Position(0, 0);

    /**
     * Checks both ranges.
     *
     * @throws IllegalArgumentException when either is negative or above {@link #MAX}
     */
    public Position {
        if (epoch < 0 || epoch > MAX || offset < 0 || offset > MAX) {
            throw new IllegalArgumentException(
                    "epoch and offset must be from 0 to " + MAX + ", were " + epoch + " and " + offset);
        }
    }

    /** The position after this one in the same epoch. */
    public Position next() {
        return new Position(epoch, offset + 1);
    }

    /** Whether this is {@link #START}. */
    public boolean isStart() {
        return epoch == 0 && offset == 0;
    }

    @Override
    public int compareTo(Position other) {
        int byEpoch = Long.compare(epoch, other.epoch);
        return byEpoch != 0 ? byEpoch : Long.compare(offset, other.offset);
    }
}
