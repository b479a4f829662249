package io.tidings.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/**
 * A socket's input that can be left unread while a thread waits in it.
 *
 * <p>A blocked read of a socket cannot be called off, so it asks for one byte; what follows it is taken only if nobody
 * paused meanwhile. After {@link #pause()} returned at most that one byte leaves the socket.
 *
 * <p>One thread reads; any thread pauses and resumes.
 */
final class PausableInput extends InputStream {
    private final InputStream socket;
    private final Object gate = new Object();

    @GuardedBy("gate")
    private boolean paused;

    /** Reader only, as are the two below. */
    private final byte[] buffer = new byte[8192];

    private int position;
    private int limit;

    PausableInput(InputStream socket) {
        this.socket = socket;
    }

    void pause() {
        synchronized (gate) {
            paused = true;
        }
    }

    void resume() {
        synchronized (gate) {
            paused = false;
            gate.notifyAll();
        }
    }

    @Override
    public int read() throws IOException {
        return position < limit || fill() ? buffer[position++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == limit && !fill()) {
            return -1;
        }
        int taken = Math.min(length, limit - position);
        System.arraycopy(buffer, position, target, offset, taken);
        position += taken;
        return taken;
    }

    private boolean fill() throws IOException {
        awaitResumed();
        int first = socket.read();
        if (first < 0) {
            return false;
        }
        synchronized (gate) {
            awaitResumed();
            buffer[0] = (byte) first;
            position = 0;
            limit = 1;
            int ready = Math.min(socket.available(), buffer.length - 1);
            if (ready > 0) {
                limit += Math.max(0, socket.read(buffer, 1, ready)); // does not block: that many are there
            }
        }
        return true;
    }

    private void awaitResumed() throws InterruptedIOException {
        synchronized (gate) {
            try {
                while (paused) {
                    gate.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
        }
    }
}
