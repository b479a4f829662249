package io.tidings.examples.standalone;

import io.tidings.spi.Transport;
import io.tidings.transport.jakarta.JettyTransport;
import io.tidings.transport.jakarta.TomcatTransport;
import io.tidings.transport.jakarta.TransportOptions;
import io.tidings.transport.jakarta.TyrusTransport;
import io.tidings.transport.jakarta.UndertowTransport;
import java.util.Locale;

/** What can serve the port. */
enum Container {
    TYRUS {
        @Override
        Transport transport(TransportOptions options) {
            return new TyrusTransport(options);
        }
    },
    TOMCAT {
        @Override
        Transport transport(TransportOptions options) {
            return new TomcatTransport(options);
        }
    },
    JETTY {
        @Override
        Transport transport(TransportOptions options) {
            return new JettyTransport(options);
        }
    },
    UNDERTOW {
        @Override
        Transport transport(TransportOptions options) {
            return new UndertowTransport(options);
        }
    };

    /** A transport of this container, not started. */
    abstract Transport transport(TransportOptions options);

    /** Its name as a value of {@code --transport}. */
    String written() {
        return name().toLowerCase(Locale.ROOT);
    }
}
