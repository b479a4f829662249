package io.tidings.benchmarks;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A loop over Netty's channels, one task an event loop: the frame is encoded once and each channel gets a duplicate of
 * it. A channel with more than {@value #HIGH_WATER_MARK} bytes waiting is skipped.
 */
final class BareNetty implements BenchServer {
    private static final int HIGH_WATER_MARK = 1024 * 1024;

    private final boolean gathered;
    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), NioIoHandler.newFactory());
    private final Map<EventLoop, Loop> loops = new ConcurrentHashMap<>();

    /** @param gathered whether to flush once for all the texts that wait for the event loop, instead of once a text */
    BareNetty(boolean gathered) {
        this.gathered = gathered;
    }

    @Override
    public int start() {
        Channel server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(HIGH_WATER_MARK / 2, HIGH_WATER_MARK))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(8192))
                                .addLast(new WebSocketServerProtocolHandler(path()))
                                .addLast(new Joining());
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    @Override
    public void broadcast(String text) {
        ByteBuf frame = frame(text);
        for (Loop loop : loops.values()) {
            ByteBuf shared = frame.retainedDuplicate();
            loop.executor.execute(() -> loop.write(shared));
        }
        frame.release();
    }

    @Override
    public void stop() {
        group.shutdownGracefully();
    }

    private static ByteBuf frame(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuf frame = Unpooled.directBuffer(bytes.length + 4).writeByte(0x81);
        if (bytes.length < 126) {
            frame.writeByte(bytes.length);
        } else {
            frame.writeByte(126).writeShort(bytes.length);
        }
        return frame.writeBytes(bytes);
    }

    /** The channels of one event loop, which alone touches them. */
    private final class Loop {
        final EventLoop executor;
        final List<Channel> channels = new ArrayList<>(); // event loop only
        boolean flushPending; // event loop only

        Loop(EventLoop executor) {
            this.executor = executor;
        }

        void write(ByteBuf frame) {
            for (Channel channel : channels) {
                if (channel.isWritable()) {
                    ByteBuf duplicate = frame.retainedDuplicate();
                    if (gathered) {
                        channel.write(duplicate, channel.voidPromise());
                    } else {
                        channel.writeAndFlush(duplicate, channel.voidPromise());
                    }
                }
            }
            frame.release();
            if (gathered && !flushPending) {
                flushPending = true;
                executor.execute(this::flush);
            }
        }

        private void flush() {
            flushPending = false;
            channels.forEach(Channel::flush);
        }
    }

    /** Registers a channel with its loop when the handshake is done. */
    private final class Joining extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete) {
                loop(context).channels.add(context.channel());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            loop(context).channels.remove(context.channel());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }

        private Loop loop(ChannelHandlerContext context) {
            return loops.computeIfAbsent(context.channel().eventLoop(), Loop::new);
        }
    }
}
