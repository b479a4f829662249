package io.tidings;

import io.tidings.auth.Authentication;
import io.tidings.spi.HubObserver;

/**
 * A host's observer whose exceptions stay its own: what it is told of has happened, and goes on. The first is logged.
 */
final class GuardedObserver implements HubObserver {

    private final HubObserver observer;

    /** Any thread; a race logs twice. */
    private volatile boolean failed;

    GuardedObserver(HubObserver observer) {
        this.observer = observer;
    }

    @Override
    public void opened(String dialect) {
        try {
            observer.opened(dialect);
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    @Override
    public void closed(String dialect, int code) {
        try {
            observer.closed(dialect, code);
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    @Override
    public void refused(Authentication.Reason reason) {
        try {
            observer.refused(reason);
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    @Override
    public void limited(String what) {
        try {
            observer.limited(what);
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    @Override
    public void received(String kind) {
        try {
            observer.received(kind);
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    @Override
    public void queued(String kind, int recipients) {
        try {
            observer.queued(kind, recipients);
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    @Override
    public void dropped(Drop reason, int count) {
        try {
            observer.dropped(reason, count);
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    @Override
    public void handlerFailed() {
        try {
            observer.handlerFailed();
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    private void failed(Throwable failure) {
        if (!failed) {
            failed = true;
            HubLog.observerFailed(failure);
        }
    }
}
