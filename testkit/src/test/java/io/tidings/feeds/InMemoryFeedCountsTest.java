package io.tidings.feeds;

import io.tidings.testkit.FeedCountsContract;

class InMemoryFeedCountsTest extends FeedCountsContract {

    @Override
    protected FeedStore store() {
        return InMemoryFeedStore.builder().build();
    }
}
