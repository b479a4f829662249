package io.tidings.feeds;

import io.tidings.testkit.FeedStoreContract;

class InMemoryFeedStoreContractTest extends FeedStoreContract {

    @Override
    protected FeedStore open() {
        return InMemoryFeedStore.builder().build();
    }
}
