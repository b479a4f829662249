package io.tidings.transport.jakarta;

import io.tidings.dialect.Frame;
import io.tidings.http.HttpRouter;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.Transport;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import io.tidings.testkit.TransportContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each breaks one promise of a transport, and the contract says so. */
@Tag("R101")
class TransportContractProofTest {

    abstract static class Proof extends TransportContract {
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(3);
        }
    }

    static class Wrapped extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host);
        }

        /** Nothing is broken here, so nobody waits so long. */
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(30);
        }
    }

    @Test
    void wrappingAlone_breaksNothing() {
        SelectedTests.assertHold(
                Wrapped.class,
                "write_manyFrames_arriveInOrder",
                "write_peerResetsMeanwhile_failsOnce",
                "write_toAReaderThatStalls_blocksNobody_andAbortEndsIt",
                "text_bothWaysAtOnce_keepsOrder",
                "handshake_refusedAtOnce_getsTheStatus_andOpensNothing",
                "route_slow_holdsUpNobody",
                "close_ofTheTransport_endsConnections_port_andThreads");
    }

    static class HidesAnswersFromPages extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                Acceptor wrap(Acceptor acceptor) {
                    return new WrappedAcceptor(acceptor) {
                        @Override
                        public HttpRouter routes() {
                            return new HttpRouter(super.routes().routes());
                        }
                    };
                }
            };
        }
    }

    @Test
    void hiddenAnswers_areCaught() {
        SelectedTests.assertCaught(
                HidesAnswersFromPages.class,
                "page_ofAnotherOrigin_mayAskBeforehand",
                "page_ofAnotherOrigin_mayReadEveryAnswer");
    }

    static class SwapsFrames extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportConnection wrap(TransportConnection connection) {
                    return new WrappedConnection(connection) {
                        @Override
                        public void write(Frame[] frames, int count, WriteCallback callback) {
                            if (count > 1) {
                                Frame first = frames[0];
                                frames[0] = frames[1];
                                frames[1] = first;
                            }
                            super.write(frames, count, callback);
                        }
                    };
                }
            };
        }
    }

    @Test
    void swappedFrames_areCaught() {
        SelectedTests.assertCaught(
                SwapsFrames.class, "write_manyFrames_arriveInOrder", "write_fromManyConnections_mixesNothing");
    }

    static class SendsTheWholeArray extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportConnection wrap(TransportConnection connection) {
                    return new WrappedConnection(connection) {
                        @Override
                        public void write(Frame[] frames, int count, WriteCallback callback) {
                            super.write(frames, frames.length, callback);
                        }
                    };
                }
            };
        }
    }

    @Test
    void countIgnored_isCaught() {
        SelectedTests.assertCaught(SendsTheWholeArray.class, "write_manyFrames_arriveInOrder");
    }

    static class CallsBackTwice extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportConnection wrap(TransportConnection connection) {
                    return new WrappedConnection(connection) {
                        @Override
                        public void write(Frame[] frames, int count, WriteCallback callback) {
                            super.write(frames, count, failure -> {
                                callback.written(failure);
                                callback.written(failure);
                            });
                        }
                    };
                }
            };
        }
    }

    @Test
    void callbackTwice_isCaught() {
        SelectedTests.assertCaught(
                CallsBackTwice.class,
                "write_peerResetsMeanwhile_failsOnce",
                "write_readerComesBack_goesOn",
                "write_afterTheEnd_failsThroughTheCallback");
    }

    static class ForgetsToSayThatItFailed extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportConnection wrap(TransportConnection connection) {
                    return new WrappedConnection(connection) {
                        @Override
                        public void write(Frame[] frames, int count, WriteCallback callback) {
                            super.write(frames, count, failure -> {
                                if (failure == null) {
                                    callback.written(null);
                                }
                            });
                        }
                    };
                }
            };
        }
    }

    @Test
    void callbackNever_isCaught() {
        SelectedTests.assertCaught(
                ForgetsToSayThatItFailed.class,
                "write_peerResetsMeanwhile_failsOnce",
                "write_afterTheEnd_failsThroughTheCallback");
    }

    static class RecursesForEveryWrite extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportConnection wrap(TransportConnection connection) {
                    return new WrappedConnection(connection) {
                        @Override
                        public void write(Frame[] frames, int count, WriteCallback callback) {
                            super.write(frames, count, failure -> {});
                            callback.written(null);
                        }
                    };
                }
            };
        }
    }

    @Test
    void recursion_isCaught() {
        SelectedTests.assertCaught(RecursesForEveryWrite.class, "write_chainedFromTheCallback_doesNotGrowTheStack");
    }

    static class BlocksInWrite extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportConnection wrap(TransportConnection connection) {
                    return new WrappedConnection(connection) {
                        @Override
                        public void write(Frame[] frames, int count, WriteCallback callback) {
                            CompletableFuture<Void> done = new CompletableFuture<>();
                            super.write(frames, count, failure -> done.complete(null));
                            done.join();
                            callback.written(null);
                        }
                    };
                }
            };
        }
    }

    @Test
    void blockingWrite_isCaught() {
        SelectedTests.assertCaught(BlocksInWrite.class, "write_toAReaderThatStalls_blocksNobody_andAbortEndsIt");
    }

    static class ClosesForAbort extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportConnection wrap(TransportConnection connection) {
                    return new WrappedConnection(connection) {
                        @Override
                        public void abort() {
                            close(1001, "");
                        }
                    };
                }
            };
        }
    }

    @Test
    void politeAbort_isCaught() {
        SelectedTests.assertCaught(ClosesForAbort.class, "abort_endsTheTcpConnection_withoutACloseFrame");
    }

    static class ForgetsTheEnd extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportListener wrap(TransportListener listener) {
                    return new WrappedListener(listener) {
                        @Override
                        public void closed(int code, String reason) {}

                        @Override
                        public void failed(Throwable failure) {}
                    };
                }
            };
        }
    }

    @Test
    void forgottenEnd_isCaught() {
        SelectedTests.assertCaught(
                ForgetsTheEnd.class,
                "end_byReset_isTold",
                "end_byFin_isTold",
                "end_byCloseHandshake_isTold_andAnswered");
    }

    static class TakesFragmentsForMessages extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportListener wrap(TransportListener listener) {
                    return new WrappedListener(listener) {
                        @Override
                        public void text(CharSequence part, boolean last) {
                            super.text(part, true);
                        }
                    };
                }
            };
        }
    }

    @Test
    void fragmentsAsMessages_areCaught() {
        SelectedTests.assertCaught(
                TakesFragmentsForMessages.class,
                "text_inFragments_isOneMessage",
                "text_overTheLimit_overFragments_closesWith1009");
    }

    static class TellsOnManyThreads extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                TransportListener wrap(TransportListener listener) {
                    return new WrappedListener(listener) {
                        @Override
                        public void text(CharSequence part, boolean last) {
                            ForkJoinPool.commonPool().execute(() -> super.text(part, last));
                            ForkJoinPool.commonPool().execute(() -> super.text(part, last));
                        }
                    };
                }
            };
        }
    }

    @Test
    void overlappingCalls_areCaught() {
        SelectedTests.assertCaught(TellsOnManyThreads.class, "text_bothWaysAtOnce_keepsOrder");
    }

    static class LetsEverybodyIn extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                Handshake wrap(Handshake handshake) {
                    return new WrappedHandshake(handshake) {
                        @Override
                        public int immediate() {
                            return UPGRADE;
                        }
                    };
                }
            };
        }
    }

    @Test
    void ignoredRefusal_isCaught() {
        SelectedTests.assertCaught(LetsEverybodyIn.class, "handshake_refusedAtOnce_getsTheStatus_andOpensNothing");
    }

    static class WaitsForDecisionsOnTheThread extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                Handshake wrap(Handshake handshake) {
                    return new WrappedHandshake(handshake) {
                        @Override
                        public CompletionStage<Integer> decision() {
                            return CompletableFuture.completedFuture(
                                    super.decision().toCompletableFuture().join());
                        }
                    };
                }
            };
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }
    }

    @Test
    void waitingOnAThread_isCaught() {
        SelectedTests.assertCaught(WaitsForDecisionsOnTheThread.class, "handshake_waiting_holdsUpNobody");
    }

    static class NeverAbandons extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                Handshake wrap(Handshake handshake) {
                    return new WrappedHandshake(handshake) {
                        @Override
                        public void abandon() {}
                    };
                }
            };
        }
    }

    @Test
    void forgottenHandshake_isCaught() {
        SelectedTests.assertCaught(NeverAbandons.class, "handshake_refusedByDecision_getsTheStatus_andOpensNothing");
    }

    static class ShowsADecodedQuery extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                Acceptor wrap(Acceptor acceptor) {
                    return new WrappedAcceptor(acceptor) {
                        @Override
                        public Handshake begin(HandshakeRequest request) {
                            return super.begin(new CapturedRequest(
                                    request.path(),
                                    Percent.path(request.query()),
                                    name -> request.header(name).stream().toList(),
                                    request.remoteAddress()));
                        }
                    };
                }
            };
        }
    }

    @Test
    void decodedQuery_isCaught() {
        SelectedTests.assertCaught(ShowsADecodedQuery.class, "handshake_showsTheRequestAsItCame");
    }

    static class ShowsTheFirstLineAlone extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                Acceptor wrap(Acceptor acceptor) {
                    return new WrappedAcceptor(acceptor) {
                        @Override
                        public Handshake begin(HandshakeRequest request) {
                            return super.begin(new CapturedRequest(
                                    request.path(),
                                    request.query(),
                                    name -> request.header(name).stream().toList(),
                                    request.remoteAddress()));
                        }
                    };
                }
            };
        }
    }

    @Test
    void firstLineAlone_isCaught() {
        SelectedTests.assertCaught(ShowsTheFirstLineAlone.class, "handshake_showsEveryLineOfAHeader_inOrder");
    }

    static class GoesOnWhenPaused extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                public CompletionStage<Void> pause() {
                    return CompletableFuture.completedFuture(null);
                }
            };
        }
    }

    @Test
    void pauseWithoutEffect_isCaught() {
        SelectedTests.assertCaught(GoesOnWhenPaused.class, "pause_refusesNewConnections_andKeepsOpenOnes");
    }

    static class BindsEveryAddress extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host.equals("127.0.0.1") ? "0.0.0.0" : host) {
                @Override
                public InetSocketAddress start(Acceptor acceptor) throws IOException {
                    return new InetSocketAddress(host, super.start(acceptor).getPort());
                }
            };
        }
    }

    @Test
    void everyAddress_isCaught() {
        SelectedTests.assertCaught(BindsEveryAddress.class, "address_isWhatWasAskedFor_only");
    }

    static class LeavesAThread extends Proof {
        @Override
        protected Transport create(String host) {
            return new WrappedTransport(host) {
                @Override
                public InetSocketAddress start(Acceptor acceptor) throws IOException {
                    Thread left = new Thread(() -> new CompletableFuture<Void>().join(), "left");
                    left.setDaemon(true);
                    left.start();
                    return super.start(acceptor);
                }
            };
        }
    }

    @Test
    void leftThread_isCaught() {
        SelectedTests.assertCaught(LeavesAThread.class, "close_ofTheTransport_endsConnections_port_andThreads");
    }

    static class EchoesTheToken extends Proof {
        @Override
        protected Transport create(String host) {
            return new EchoingTransport(host);
        }
    }

    @Test
    @DisplayName("A token that is echoed as the subprotocol is caught")
    void echoedToken_isCaught() {
        SelectedTests.assertCaught(EchoesTheToken.class, "subprotocol_tokenEntry_isNeverEchoed");
    }

    /** Answers as subprotocol what was offered first: a proxy that changes a good transport's answer. */
    private static final class EchoingTransport extends WrappedTransport {
        private volatile String offered = "";
        private volatile ServerSocket proxy;

        EchoingTransport(String host) {
            super(host);
        }

        @Override
        Acceptor wrap(Acceptor acceptor) {
            return new WrappedAcceptor(acceptor) {
                @Override
                public Handshake begin(HandshakeRequest request) {
                    offered = request.subprotocols().stream().findFirst().orElse("");
                    return super.begin(request);
                }
            };
        }

        @Override
        public InetSocketAddress start(Acceptor acceptor) throws IOException {
            InetSocketAddress behind = super.start(acceptor);
            ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
            proxy = listening;
            daemon(() -> {
                while (true) {
                    Socket client = listening.accept();
                    Socket server = new Socket(behind.getAddress(), behind.getPort());
                    daemon(() -> client.getInputStream().transferTo(server.getOutputStream()));
                    daemon(() -> {
                        byte[] answer = new byte[8192];
                        int length = server.getInputStream().read(answer);
                        String changed = new String(answer, 0, length, StandardCharsets.ISO_8859_1)
                                .replaceAll("Sec-WebSocket-Protocol:.*\r\n", "")
                                .replaceFirst("\r\n", "\r\nSec-WebSocket-Protocol: " + offered + "\r\n");
                        client.getOutputStream().write(changed.getBytes(StandardCharsets.ISO_8859_1));
                        server.getInputStream().transferTo(client.getOutputStream());
                    });
                }
            });
            return (InetSocketAddress) listening.getLocalSocketAddress();
        }

        @Override
        public void close() {
            super.close();
            Optional.ofNullable(proxy).ifPresent(EchoingTransport::close);
        }

        private static void close(ServerSocket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private interface Io {
            void run() throws IOException;
        }

        private static void daemon(Io body) {
            Thread thread = new Thread(() -> {
                try {
                    body.run();
                } catch (IOException ended) {
                    // as tests end it
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
    }
}
