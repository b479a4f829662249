package io.tidings.testkit;

import io.tidings.spi.Broker;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of a broker passes the plainest broker there is, and finds each of its possible flaws. */
@Tag("R101")
class BrokerContractProofTest {

    /** What can be wrong, and the test that says so. */
    enum Flaw {
        BRINGS_NOTHING("whatANodeSubscribedTo_arrives"),
        BRINGS_NO_HINTS("hint_reachesTheNodesOfItsUser_withOrWithoutTheMessage"),
        BRINGS_NO_ATTACHMENTS("attachment_reachesTheNodesOfItsUser_asItIs"),
        COUNTS_GENERATIONS_ITSELF("attachment_reachesTheNodesOfItsUser_asItIs"),
        BRINGS_ATTACHMENTS_TO_ALL("whatANodeDidNotSubscribeTo_doesNotArrive"),
        REACHES_ONE_NODE_ONLY("allOtherNodes_areReached"),
        NEVER_ANSWERS("whatANodeSubscribedTo_arrives"),
        WANTS_SUBSCRIPTIONS_TO_EVERYONE("everyone_needsNoSubscription"),
        BRINGS_BACK_TO_THE_PUBLISHER("publisher_getsNothingOfItsOwn"),
        CHANGES_MESSAGES("publication_comesAsItIs_whateverItsCharacters"),
        LOSES_THE_KEY("whatANodeSubscribedTo_arrives"),
        LOSES_THE_INSTANCE("whatANodeSubscribedTo_arrives"),
        RENUMBERS("whatANodeSubscribedTo_arrives"),
        MOVES_POSITIONS("hint_reachesTheNodesOfItsUser_withOrWithoutTheMessage"),
        LOSES_THE_TENANT("publication_comesAsItIs_whateverItsCharacters"),
        IGNORES_SUBSCRIPTIONS("whatANodeDidNotSubscribeTo_doesNotArrive"),
        MIXES_TENANTS("whatANodeDidNotSubscribeTo_doesNotArrive"),
        MIXES_USERS_AND_TOPICS("whatANodeDidNotSubscribeTo_doesNotArrive"),
        NEVER_UNSUBSCRIBES("whatANodeNoLongerSubscribesTo_doesNotArrive_andTheRestDoes"),
        UNSUBSCRIBES_FROM_ALL("whatANodeNoLongerSubscribesTo_doesNotArrive_andTheRestDoes"),
        CALLS_ON_ANY_THREAD("publishersSideBySide_callAReceiverOneByOne"),
        CALLS_ON_A_THREAD_EACH("publishersSideBySide_callAReceiverOneByOne"),
        CALLS_UNDER_ITS_LOCK("receiver_isNotCalledUnderALock"),
        DOES_NOT_TELL_OF_RECOVERY("afterAnOutage_receiversAreTold_andMessagesCrossAgain"),
        IS_NEVER_HEALTHY("startedBroker_isHealthy_andAClosedOneIsNot"),
        BRINGS_ONCE_CLOSED("closing_happensOnce_andEndsEverythingForThatNodeAlone"),
        PUBLISHES_ONCE_CLOSED("closing_happensOnce_andEndsEverythingForThatNodeAlone"),
        CLOSES_ONCE("closing_happensOnce_andEndsEverythingForThatNodeAlone");

        private final String test;

        Flaw(String test) {
            this.test = test;
        }
    }

    /** What {@link Suite} is run with; set by the proof's thread before it runs the suite. */
    private static Flaw flaw;

    static class Suite extends BrokerContract {

        private final StubBroker.Network network = new StubBroker.Network(flaw);

        @AfterEach
        void closeNetwork() {
            network.close();
        }

        @Override
        protected Broker open() {
            return network.broker();
        }

        @Override
        protected boolean cut(boolean off) {
            network.cut(off);
            return true;
        }

        @Override
        protected Duration patience() {
            return flaw == null ? Duration.ofSeconds(10) : Duration.ofMillis(300);
        }
    }

    @Test
    void plainBroker_holds() {
        flaw = null;
        ContractProof.assertHolds(Suite.class);
    }

    @ParameterizedTest
    @EnumSource
    void everyFlaw_isCaught(Flaw each) {
        flaw = each;
        ContractProof.assertCaught(Suite.class, each.test);
    }
}
