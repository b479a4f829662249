package io.tidings.benchmarks;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.tidings.dialect.Frame;
import io.tidings.spi.Acceptor;
import io.tidings.spi.Handshake;
import io.tidings.spi.HandshakeRequest;
import io.tidings.spi.Transport;
import io.tidings.spi.TransportConnection;
import io.tidings.spi.TransportListener;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A sketch of a transport on Netty, to prove that the transport interface carries a gathered fan-out: the lane is the event
 * loop, and all frames of a write are copied into one buffer. It has no routes, no TLS and no care for bad peers.
 */
final class NettySpike implements Transport {

    private static final int MAX_HEADER = 10;
    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[1024]);

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), NioIoHandler.newFactory());

    @Override
    public InetSocketAddress start(Acceptor acceptor) {
        return (InetSocketAddress) new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(8192))
                                .addLast(new Upgrade(acceptor));
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel()
                .localAddress();
    }

    @Override
    public CompletionStage<Void> pause() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        group.shutdownGracefully();
    }

    private static final class Upgrade extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Acceptor acceptor;

        Upgrade(Acceptor acceptor) {
            this.acceptor = acceptor;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            Asked asked = new Asked(request, context.channel().remoteAddress().toString());
            Handshake handshake = acceptor.paths().contains(asked.path()) ? acceptor.begin(asked) : null;
            WebSocketServerHandshaker shaker =
                    new WebSocketServerHandshakerFactory("ws://localhost", null, false).newHandshaker(request);
            if (handshake == null || handshake.immediate() != Handshake.UPGRADE || shaker == null) {
                context.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.FORBIDDEN))
                        .addListener(done -> context.close());
                return;
            }
            shaker.handshake(context.channel(), request).addListener(done -> {
                Frames frames = new Frames();
                context.pipeline().addLast(frames);
                context.pipeline().remove(this);
                frames.listener = handshake.open(new NettyConnection(context.channel()));
            });
        }
    }

    private record Asked(FullHttpRequest request, String remoteAddress) implements HandshakeRequest {
        @Override
        public String path() {
            int query = request.uri().indexOf('?');
            return query < 0 ? request.uri() : request.uri().substring(0, query);
        }

        @Override
        public String query() {
            int query = request.uri().indexOf('?');
            return query < 0 ? "" : request.uri().substring(query + 1);
        }

        @Override
        public Optional<String> header(String name) {
            return Optional.ofNullable(request.headers().get(name));
        }

        @Override
        public List<String> headers(String name) {
            return request.headers().getAll(name);
        }

        @Override
        public List<String> subprotocols() {
            return List.of();
        }
    }

    /** Event loop only. */
    private static final class Frames extends SimpleChannelInboundHandler<WebSocketFrame> {
        private @Nullable TransportListener listener;

        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
            TransportListener told = listener;
            if (told == null) {
                context.close();
            } else if (frame instanceof TextWebSocketFrame text) {
                told.text(text.text(), text.isFinalFragment());
            } else if (frame instanceof PongWebSocketFrame) {
                told.pong();
            } else if (frame instanceof PingWebSocketFrame ping) {
                context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            } else if (frame instanceof BinaryWebSocketFrame) {
                told.binary();
            } else if (frame instanceof CloseWebSocketFrame close) {
                context.writeAndFlush(new CloseWebSocketFrame(close.statusCode(), ""))
                        .addListener(done -> context.close());
                told.closed(close.statusCode(), close.reasonText());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (listener != null) {
                listener.closed(1006, null);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            if (listener != null) {
                listener.failed(failure);
            }
        }
    }

    private record NettyConnection(Channel channel) implements TransportConnection {
        @Override
        public void write(Frame[] frames, int count, WriteCallback callback) {
            int bytes = 0;
            for (int i = 0; i < count; i++) {
                bytes += frames[i].length() + MAX_HEADER;
            }
            ByteBuf buffer = channel.alloc().directBuffer(bytes);
            byte[] scratch = scratch(bytes);
            for (int i = 0; i < count; i++) {
                int length = frames[i].length();
                header(buffer, length);
                frames[i].writeTo(scratch, 0);
                buffer.writeBytes(scratch, 0, length);
            }
            // Past the encoder, which would put a header of its own before them.
            channel.pipeline().firstContext().writeAndFlush(buffer).addListener(done -> callback.written(done.cause()));
        }

        private static byte[] scratch(int length) {
            byte[] array = SCRATCH.get();
            if (array.length < length) {
                array = new byte[length];
                SCRATCH.set(array);
            }
            return array;
        }

        private static void header(ByteBuf buffer, int length) {
            buffer.writeByte(0x81);
            if (length < 126) {
                buffer.writeByte(length);
            } else if (length <= 0xFFFF) {
                buffer.writeByte(126).writeShort(length);
            } else {
                buffer.writeByte(127).writeLong(length);
            }
        }

        @Override
        public void ping() {
            channel.writeAndFlush(new PingWebSocketFrame());
        }

        @Override
        public void close(int code, String reason) {
            channel.writeAndFlush(new CloseWebSocketFrame(code, reason)).addListener(done -> channel.close());
        }

        @Override
        public void abort() {
            channel.close();
        }

        @Override
        public Executor lane() {
            return channel.eventLoop();
        }
    }
}
