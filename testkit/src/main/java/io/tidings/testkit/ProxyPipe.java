package io.tidings.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * One direction of a {@link ProxyLink}.
 *
 * <p>A reader stamps what arrives and queues it, a writer sends it when its {@link Flow} says so. With two threads a
 * delay holds back each byte but not the rate of bytes. At most 1 MiB waits; then the sender feels it.
 */
final class ProxyPipe {
    private static final int BUFFER_BYTES = 1024 * 1024;
    private static final int READ_BYTES = 16 * 1024;

    private enum End {
        NONE,
        FIN,
        RESET
    }

    private record Chunk(ByteBuffer bytes, End end, long arrivedNanos, double luck) {}

    private final Socket from;
    private final Socket to;
    private final Flow flow;
    private final Random random;
    private final ProxyLink link;
    private final BlockingQueue<Chunk> queue = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(BUFFER_BYTES);

    ProxyPipe(Socket from, Socket to, Flow flow, Random random, ProxyLink link) {
        this.from = from;
        this.to = to;
        this.flow = flow;
        this.random = random;
        this.link = link;
    }

    void readAll() {
        byte[] buffer = new byte[READ_BYTES];
        try {
            InputStream in = from.getInputStream();
            int count;
            while ((count = in.read(buffer)) >= 0) {
                room.acquire(count);
                enqueue(Arrays.copyOf(buffer, count), End.NONE);
            }
            enqueue(new byte[0], End.FIN);
        } catch (IOException reset) {
            enqueue(new byte[0], End.RESET);
        } catch (InterruptedException linkEnded) {
            Thread.currentThread().interrupt();
        }
    }

    void writeAll() {
        long freeAt = System.nanoTime();
        try {
            while (true) {
                Chunk chunk = queue.take();
                if (chunk.end() != End.NONE) {
                    flow.awaitTurn(chunk.arrivedNanos(), chunk.luck(), freeAt, 0);
                    pass(chunk.end());
                    return;
                }
                for (int sent = 0; sent < chunk.bytes().limit(); ) {
                    int rest = chunk.bytes().limit() - sent;
                    int piece = flow.awaitTurn(chunk.arrivedNanos(), chunk.luck(), freeAt, rest);
                    freeAt = Math.max(freeAt, System.nanoTime()) + flow.passed(piece);
                    to.getOutputStream().write(chunk.bytes().array(), sent, piece);
                    sent += piece;
                }
                room.release(chunk.bytes().limit());
            }
        } catch (IOException receiverGone) {
            link.reset();
        } catch (InterruptedException linkEnded) {
            Thread.currentThread().interrupt();
        }
    }

    private void pass(End end) throws IOException {
        if (end == End.RESET) {
            link.reset();
        } else {
            to.shutdownOutput();
            link.finished();
        }
    }

    private void enqueue(byte[] bytes, End end) {
        queue.add(new Chunk(ByteBuffer.wrap(bytes), end, System.nanoTime(), random.nextDouble()));
    }
}
