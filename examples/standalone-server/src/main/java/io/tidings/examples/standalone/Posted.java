package io.tidings.examples.standalone;

import io.tidings.examples.standalone.Sender.Sent;
import io.tidings.http.HttpErrors;
import io.tidings.http.HttpResponse;

/** Answers a POST: 201 with what was sent, 204 where a repeat's first is no longer held, 503 where it was not sent. */
final class Posted {

    private final EventFrames frames;

    Posted(EventFrames frames) {
        this.frames = frames;
    }

    HttpResponse response(Sent sent) {
        if (sent instanceof Sent.Stored stored) {
            return HttpResponse.json(201, frames.data(stored.message()).toString());
        }
        return sent instanceof Sent.Rejected rejected
                ? HttpErrors.unavailable(rejected.reason())
                : HttpResponse.of(204);
    }
}
