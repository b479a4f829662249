package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tidings.spi.Transport;
import io.tidings.testkit.HandshakeRefused;
import io.tidings.testkit.RawWebSocketClient;
import io.tidings.testkit.TransportContract;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The hub in containers that the host runs: what the contract asks and the Jakarta API has. */
@Tag("R100")
class JakartaEndpointsTest {

    private static final String[] EVERYWHERE = {
        "handshake_accepted_opensOnce",
        "handshake_showsTheRequestAsItCame",
        "handshake_withoutQuery_showsAnEmptyOne",
        "subprotocol_tokenEntry_isNeverEchoed",
        "extension_offered_isNotNegotiated",
        "write_manyFrames_arriveInOrder",
        "write_everyLengthOfHeader_arrivesWhole",
        "write_chainedFromTheCallback_doesNotGrowTheStack",
        "write_fromManyConnections_mixesNothing",
        "write_whileOpening_arrivesFirst",
        "write_readerComesBack_goesOn",
        "write_peerResetsMeanwhile_failsOnce",
        "text_bothWaysAtOnce_keepsOrder",
        "text_inFragments_isOneMessage",
        "text_controlFramesBetweenFragments_areSeen",
        "text_ofExactlyTheLimit_isTaken",
        "text_overTheLimit_inOneFrame_closesWith1009",
        "text_overTheLimit_overFragments_closesWith1009",
        "text_invalidUtf8_closesWith1007",
        "binary_isTold",
        "ping_ofTheHub_isSent_andItsPongTold",
        "ping_ofTheClient_isAnswered",
        "end_byReset_isTold",
        "end_byFin_isTold",
        "end_byCloseHandshake_isTold_andAnswered",
        "close_sendsCodeAndReason_andEnds",
        "close_afterFrames_sendsThemFirst",
        "close_andAbort_againAndAgain_areHarmless",
        "close_reasonOfTheGreatestLength_arrives",
    };

    private static String[] everywhereBut(String... exceptions) {
        return Arrays.stream(EVERYWHERE)
                .filter(test -> !List.of(exceptions).contains(test))
                .toArray(String[]::new);
    }

    static class InAServletContainer extends TransportContract {
        @Override
        protected Transport create(String host) {
            return new EmbeddedUndertow(host);
        }
    }

    static class InTomcat extends TransportContract {
        @Override
        protected Transport create(String host) {
            return new EmbeddedTomcat(host);
        }
    }

    static class InJetty extends TransportContract {
        @Override
        protected Transport create(String host) {
            return new EmbeddedJetty(host);
        }
    }

    static class InTyrus extends TransportContract {
        @Override
        protected Transport create(String host) {
            return new EmbeddedTyrus(host);
        }
    }

    @Test
    void servletContainer_carriesTheHub() {
        SelectedTests.assertHold(InAServletContainer.class, EVERYWHERE);
    }

    @Test
    void servletContainer_thatWeKnow_evenAborts() {
        SelectedTests.assertHold(
                InAServletContainer.class,
                "abort_endsTheTcpConnection_withoutACloseFrame",
                "write_toAReaderThatStalls_blocksNobody_andAbortEndsIt",
                "write_afterTheEnd_failsThroughTheCallback",
                "close_ofAReaderThatStalls_blocksNobody_andEndsInAWhile");
    }

    @Test
    void tomcat_carriesTheHub() {
        // Tomcat shows no peer address; and of a send that a reset cut off it may tell the failure, and no end.
        SelectedTests.assertHold(
                InTomcat.class,
                everywhereBut("handshake_showsTheRequestAsItCame", "write_peerResetsMeanwhile_failsOnce"));
    }

    @Test
    void jetty_carriesTheHub() {
        SelectedTests.assertHold(InJetty.class, EVERYWHERE);
    }

    @Test
    void tyrus_carriesTheHub() {
        // Tyrus's filter may take the answer to a close for a second handshake: a session that the next connection is
        // mistaken for.
        SelectedTests.assertHold(InTyrus.class, everywhereBut("close_sendsCodeAndReason_andEnds"));
    }

    @Test
    void tyrus_refusesWithTheStatus() {
        SelectedTests.assertHold(
                InTyrus.class,
                "handshake_refusedAtOnce_getsTheStatus_andOpensNothing",
                "handshake_refusedByDecision_getsTheStatus_andOpensNothing");
    }

    @Test
    void servletContainer_refusesWith500_andOpensNothing() throws IOException {
        try (EmbeddedUndertow server = new EmbeddedUndertow("127.0.0.1")) {
            int port = server.start(new EchoAcceptor(403)).getPort();
            HandshakeRefused refused = assertThrows(
                    HandshakeRefused.class,
                    () -> RawWebSocketClient.to("127.0.0.1", port, EchoAcceptor.PATH)
                            .connect());
            assertEquals(500, refused.status());
        }
    }

    @Test
    void path_thatIsNotTheAcceptors_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> JakartaEndpoints.config(new EchoAcceptor(), "/other"));
    }
}
