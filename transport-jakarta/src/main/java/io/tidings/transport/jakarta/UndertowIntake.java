package io.tidings.transport.jakarta;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.channels.AcceptingChannel;

/**
 * Opens new connections a few at a time. An I/O thread runs all tasks that wait, then all sockets that are ready, and what is to
 * be written to open connections waits for its turn: when thousands come back at once, behind thousands of handshakes. So what
 * is beyond a few waits here, neither read nor parsed, until the thread has been round once more and looked at its sockets.
 *
 * <p><b>Threads.</b> Runs on I/O threads; each has a queue of its own.
 */
final class UndertowIntake implements ChannelListener<AcceptingChannel<StreamConnection>> {

    /** Connections that a thread opens in a round: well under 10 ms of handshakes. */
    private static final int AT_ONCE = 16;

    /** The shortest that XNIO waits; what has waited longer is not overtaken by it. */
    private static final int ROUND_MILLIS = 1;

    private final ChannelListener<StreamConnection> opener;
    private final ConcurrentHashMap<XnioIoThread, Line> lines = new ConcurrentHashMap<>();

    UndertowIntake(ChannelListener<StreamConnection> opener) {
        this.opener = opener;
    }

    @Override
    public void handleEvent(AcceptingChannel<StreamConnection> listening) {
        XnioIoThread thread = XnioIoThread.requireCurrentThread();
        Line line = lines.computeIfAbsent(thread, Line::new);
        try {
            for (StreamConnection next = listening.accept(); next != null; next = listening.accept()) {
                line.waiting.add(next);
            }
        } catch (IOException closed) {
            // it accepts nothing any more; what waits is served still
        }
        line.open();
    }

    /** What waits for one I/O thread, and is touched by no other. */
    private final class Line implements Runnable {
        private final XnioIoThread thread;
        private final Queue<StreamConnection> waiting = new ArrayDeque<>();
        private int opened;

        Line(XnioIoThread thread) {
            this.thread = thread;
        }

        void open() {
            boolean comesBack = opened > 0;
            while (opened < AT_ONCE) {
                StreamConnection next = waiting.poll();
                if (next == null) {
                    break;
                }
                opened++;
                ChannelListeners.invokeChannelListener(next, opener);
            }
            if (!comesBack && opened > 0) {
                comeBack();
            }
        }

        /** A round is over. */
        @Override
        public void run() {
            opened = 0;
            open();
        }

        /** Asked for behind what was opened: asked for before, it would be due already, and the thread would look at no socket. */
        private void comeBack() {
            try {
                thread.executeAfter(this, ROUND_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException stopped) {
                // the thread ends, and with it all its connections
            }
        }
    }
}
