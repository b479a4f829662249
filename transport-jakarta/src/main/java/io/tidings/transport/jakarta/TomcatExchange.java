package io.tidings.transport.jakarta;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import jakarta.servlet.ReadListener;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.coyote.ActionCode;
import org.apache.coyote.AsyncContextCallback;
import org.apache.coyote.ContinueResponseTiming;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.coyote.UpgradeToken;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.apache.tomcat.util.net.SocketEvent;
import org.jspecify.annotations.Nullable;

/**
 * One request of Tomcat's connector, whose body is read and whose response is written without blocking.
 *
 * <p>Tomcat uses the objects of a request again for the next, of whichever connection; so it tells when this one has left them
 * ({@link #leave}), and what comes later finds nothing to act on.
 *
 * <p><b>Threads.</b> Tomcat's, one at a time; {@link #resume} any.
 */
final class TomcatExchange implements AsyncContextCallback, ReadListener, WriteListener, ApplicationBufferHandler {

    private static final int NOTE = 1;
    private static final int WRITE_BYTES = 16 * 1024;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final Request request;
    private final Response response;
    private final String method;
    private final String path;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private boolean left;

    /** What {@link #resume} left to do on a thread of Tomcat's. */
    private @Nullable Runnable next;

    /** The body under way. */
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);

    private int limit;
    private @Nullable Consumer<byte @Nullable []> receiver;
    private ByteBuffer piece = EMPTY;

    /** The response under way. */
    private ByteBuffer unwritten = EMPTY;

    private @Nullable TomcatFarewell farewell;

    TomcatExchange(Request request, Response response) {
        this.request = request;
        this.response = response;
        this.method = request.getMethod();
        this.path = Percent.path(String.valueOf(request.requestURI().toString()));
        request.setNote(NOTE, this);
    }

    static @Nullable TomcatExchange of(Request request) {
        return (TomcatExchange) request.getNote(NOTE);
    }

    /** Tomcat is done with a request. */
    static void leave(Request request) {
        TomcatExchange exchange = of(request);
        if (exchange != null) {
            synchronized (exchange.lock) {
                exchange.left = true;
            }
            request.setNote(NOTE, null);
        }
    }

    // The request.

    String method() {
        return method;
    }

    String path() {
        return path;
    }

    String query() {
        String query = request.queryString().toString();
        return query == null ? "" : query;
    }

    boolean isHttp11() {
        return request.protocol().equals("HTTP/1.1");
    }

    List<String> values(String name) {
        return values(request, name);
    }

    /** The first value of a header, or null. */
    @Nullable
    String first(String name) {
        List<String> values = values(name);
        return values.isEmpty() ? null : values.get(0);
    }

    /** The values of a header, in order. One that Tomcat could not read is empty. */
    static List<String> values(Request request, String name) {
        MimeHeaders headers = request.getMimeHeaders();
        List<String> values = new ArrayList<>(1);
        for (int i = headers.findHeader(name, 0); i >= 0; i = headers.findHeader(name, i + 1)) {
            String value = headers.getValue(i).toString();
            values.add(value == null ? "" : value);
        }
        return values;
    }

    String remoteAddress() {
        request.action(ActionCode.REQ_HOST_ADDR_ATTRIBUTE, request);
        String address = request.remoteAddr().toString();
        return address == null ? CapturedRequest.UNKNOWN : address;
    }

    long contentLength() {
        return request.getContentLengthLong();
    }

    boolean hasBody() {
        return contentLength() > 0 || request.getMimeHeaders().getValue("Transfer-Encoding") != null;
    }

    HttpRequest request(byte[] content) {
        MimeHeaders from = request.getMimeHeaders();
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (int i = 0; i < from.size(); i++) {
            headers.computeIfAbsent(from.getName(i).toString(), name -> new ArrayList<>(1))
                    .add(from.getValue(i).toString());
        }
        return new HttpRequest(method, path, Percent.query(query()), headers, content, remoteAddress());
    }

    /**
     * Reads the body.
     *
     * @param most bytes
     * @param longest how long it may take; the connection ends then
     * @param whole what to do with it, or with null when it is too large
     */
    void receive(int most, Duration longest, Consumer<byte @Nullable []> whole) {
        limit = most;
        receiver = whole;
        request.action(ActionCode.ACK, ContinueResponseTiming.ALWAYS);
        suspend();
        request.action(ActionCode.ASYNC_SETTIMEOUT, longest.toMillis());
        request.setReadListener(this);
    }

    @Override
    public void onDataAvailable() throws IOException {
        while (receiver != null && !request.isFinished() && request.isReady()) {
            if (request.doRead(this) > 0) {
                body.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
                piece = EMPTY;
            }
            if (body.size() > limit) {
                received(null);
            }
        }
    }

    @Override
    public void onAllDataRead() {
        received(body.toByteArray());
    }

    private void received(byte @Nullable [] content) {
        Consumer<byte @Nullable []> told = receiver;
        if (told != null) {
            receiver = null;
            request.action(ActionCode.ASYNC_SETTIMEOUT, -1L);
            resume(() -> told.accept(content));
        }
    }

    // Waiting.

    /** Lets Tomcat go on with other requests until {@link #resume}. */
    void suspend() {
        request.action(ActionCode.ASYNC_START, this);
    }

    /**
     * Goes on with a suspended request, on a thread of Tomcat's.
     *
     * @return false when it has ended meanwhile
     */
    boolean resume(Runnable continuation) {
        synchronized (lock) {
            if (left) {
                return false;
            }
            next = continuation;
            request.action(ActionCode.ASYNC_DISPATCH, null);
            return true;
        }
    }

    /**
     * Something has happened to a suspended request.
     *
     * @return false when the connection is of no more use
     */
    boolean go(SocketEvent event) {
        try {
            if (is(ActionCode.ASYNC_IS_ASYNC) && !is(ActionCode.ASYNC_IS_DISPATCHING)) {
                if (event == SocketEvent.OPEN_WRITE && response.getWriteListener() != null) {
                    response.onWritePossible();
                } else if (event == SocketEvent.OPEN_READ && request.getReadListener() != null) {
                    if (!request.isFinished()) {
                        request.onDataAvailable();
                    }
                    if (request.getReadListener() != null && request.isFinished() && request.sendAllDataReadEvent()) {
                        onAllDataRead();
                    }
                }
            }
            if (is(ActionCode.ASYNC_IS_DISPATCHING)) {
                request.action(ActionCode.ASYNC_DISPATCHED, null);
                Runnable continuation = next;
                next = null;
                if (continuation != null) {
                    continuation.run();
                }
            }
        } catch (IOException lost) {
            return false;
        }
        if (!is(ActionCode.ASYNC_IS_ASYNC)) {
            response.action(ActionCode.CLOSE, null);
        }
        return !is(ActionCode.IS_ERROR);
    }

    private boolean is(ActionCode question) {
        AtomicBoolean answer = new AtomicBoolean();
        request.action(question, answer);
        return answer.get();
    }

    // The response.

    /** Tomcat has refused the request, and says so. */
    void refuse() {
        TomcatProcessor.hurry(request);
        response.setContentLength(0);
        put("Connection", "close");
        response.action(ActionCode.CLOSE, null);
    }

    /**
     * Sends a response, whose body a HEAD request leaves out; the connection may carry another request.
     */
    void respond(HttpResponse answer) {
        respond(answer, null);
    }

    /**
     * Sends the last response of a connection.
     *
     * @param farewell what becomes of the connection; null for no special end
     */
    void respondAndEnd(HttpResponse answer, @Nullable TomcatFarewell farewell) {
        put("Connection", "close");
        respond(answer, farewell);
    }

    private void respond(HttpResponse answer, @Nullable TomcatFarewell end) {
        farewell = end;
        response.setStatus(answer.status());
        answer.headers().forEach(this::put);
        response.setContentLength(answer.body().length);
        unwritten = method.equals("HEAD") ? EMPTY : ByteBuffer.wrap(answer.body());
        suspend();
        response.setWriteListener(this);
    }

    @Override
    public void onWritePossible() throws IOException {
        while (unwritten.hasRemaining()) {
            if (!response.isReady()) {
                return;
            }
            int count = Math.min(WRITE_BYTES, unwritten.remaining());
            ByteBuffer part = unwritten.slice(unwritten.position(), count);
            unwritten.position(unwritten.position() + count);
            response.doWrite(part);
        }
        response.action(ActionCode.CLIENT_FLUSH, null);
        if (response.isReady()) {
            if (farewell != null) {
                request.action(ActionCode.UPGRADE, new UpgradeToken(farewell, null, null, "farewell"));
            }
            request.action(ActionCode.ASYNC_COMPLETE, null);
        }
    }

    /** Switches protocols. */
    void upgrade(HttpResponse switching, TomcatLink link) {
        response.setStatus(switching.status());
        switching.headers().forEach(this::put);
        request.action(ActionCode.UPGRADE, new UpgradeToken(link, null, null, "websocket"));
        TomcatProcessor.hurry(request);
        response.action(ActionCode.CLIENT_FLUSH, null);
        response.action(ActionCode.CLOSE, null);
    }

    /** As it is: Tomcat would take a content type apart and put it together in its own way. */
    private void put(String name, String value) {
        response.getMimeHeaders().setValue(name).setString(value);
    }

    // What else Tomcat wants of the interfaces.

    @Override
    public void onError(Throwable failure) {
        // Tomcat ends the connection.
    }

    @Override
    public void setByteBuffer(ByteBuffer buffer) {
        piece = buffer;
    }

    @Override
    public ByteBuffer getByteBuffer() {
        return piece;
    }

    @Override
    public void expand(int size) {
        // The buffer is Tomcat's.
    }

    @Override
    public void fireOnComplete() {
        // Nobody waits for it.
    }

    @Override
    public boolean isAvailable() {
        return true;
    }

    @Override
    public void incrementInProgressAsyncCount() {
        // Nobody counts.
    }

    @Override
    public void decrementInProgressAsyncCount() {
        // Nobody counts.
    }
}
