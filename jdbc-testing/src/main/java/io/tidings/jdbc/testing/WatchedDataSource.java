package io.tidings.jdbc.testing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A data source that counts commits, and fails some of them before they reach the database. */
public final class WatchedDataSource {

    private final DataSource real;
    private final AtomicInteger commits = new AtomicInteger();
    private final ConcurrentLinkedQueue<SQLException> failures = new ConcurrentLinkedQueue<>();

    public WatchedDataSource(DataSource real) {
        this.real = real;
    }

    public DataSource dataSource() {
        return proxy(DataSource.class, (method, arguments) -> {
            Object result = call(real, method, arguments);
            return result instanceof Connection connection ? watched(connection) : result;
        });
    }

    /** Fails the next commit that no other failure is for. */
    public void failNextCommit(String state, int code) {
        failures.add(new SQLException("for the test", state, code));
    }

    public int commits() {
        return commits.get();
    }

    private Connection watched(Connection connection) {
        return proxy(Connection.class, (method, arguments) -> {
            if (method.getName().equals("commit")) {
                SQLException failure = failures.poll();
                if (failure != null) {
                    throw failure;
                }
                commits.incrementAndGet();
            }
            return call(connection, method, arguments);
        });
    }

    private interface Call {
        Object make(Method method, Object[] arguments) throws Throwable;
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call.make(method, arguments)));
    }
}
