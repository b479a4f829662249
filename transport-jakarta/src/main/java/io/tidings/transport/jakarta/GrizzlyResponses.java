package io.tidings.transport.jakarta;

import io.tidings.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.http.HttpContent;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.HttpResponsePacket;
import org.glassfish.grizzly.http.HttpServerFilter;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.Protocol;
import org.glassfish.grizzly.http.util.FastHttpDateFormat;
import org.glassfish.grizzly.http.util.HttpStatus;
import org.glassfish.grizzly.memory.Buffers;

/** HTTP requests and responses of Grizzly's codec. */
final class GrizzlyResponses {

    /** Grizzly knows the statuses up to RFC 2616 by name. */
    private static final HttpStatus UPGRADE_REQUIRED = HttpStatus.newHttpStatus(426, "Upgrade Required");

    private static final HttpStatus TOO_MANY_REQUESTS = HttpStatus.newHttpStatus(429, "Too Many Requests");

    private GrizzlyResponses() {}

    /**
     * Sends a response, whose body a HEAD request leaves out.
     *
     * @param keep whether the connection may carry another request; it does not when the body of this one was left unread
     */
    static void send(FilterChainContext context, HttpRequestPacket request, HttpResponse response, boolean keep) {
        HttpResponsePacket packet = request.getResponse();
        // To Grizzly a response that names an upgrade is one, and has no length.
        boolean last = !keep || response.status() == 426;
        packet.setAcknowledgement(false);
        packet.setProtocol(Protocol.HTTP_1_1);
        status(response.status()).setValues(packet);
        response.headers().forEach(packet::setHeader);
        packet.setHeader("Date", FastHttpDateFormat.getCurrentDate());
        packet.setContentLength(response.body().length);
        if (last) {
            packet.setHeader("Connection", "close");
        }
        Buffer body = request.getMethod() == Method.HEAD
                ? Buffers.EMPTY_BUFFER
                : Buffers.wrap(context.getMemoryManager(), response.body());
        HttpContent whole = HttpContent.builder(packet).content(body).last(true).build();
        if (last) {
            context.write(whole, TyrusIntake.parting(context.getConnection()));
        } else {
            context.write(whole);
            context.notifyDownstream(HttpServerFilter.RESPONSE_COMPLETE_EVENT);
            TyrusIntake.answered(context.getConnection());
        }
    }

    /** The values of a header, in order. */
    static List<String> values(HttpRequestPacket request, String name) {
        List<String> values = new ArrayList<>(1);
        request.getHeaders().values(name).forEach(values::add);
        return values;
    }

    static String remoteAddress(HttpRequestPacket request) {
        String address = request.getRemoteAddress();
        return address == null ? CapturedRequest.UNKNOWN : address;
    }

    private static HttpStatus status(int status) {
        return switch (status) {
            case 426 -> UPGRADE_REQUIRED;
            case 429 -> TOO_MANY_REQUESTS;
            default -> HttpStatus.getHttpStatus(status);
        };
    }
}
