package io.tidings.testkit;

import java.io.IOException;
import java.net.Socket;

/** The two ways to let go of a socket. Neither throws: there is nobody left to tell. */
final class Sockets {
    private Sockets() {}

    /** With a FIN, or with a RST when bytes lie unread. */
    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            // gone is what was wanted
        }
    }

    /** With a RST, always. */
    static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException alreadyGone) {
            // gone is what was wanted
        }
        close(socket);
    }
}
