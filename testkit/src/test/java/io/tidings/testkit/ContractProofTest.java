package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

class ContractProofTest {

    @Test
    void goodSuite_holds_andIsNotCaught() {
        ContractProof.assertHolds(Good.class);
        assertThrows(AssertionFailedError.class, () -> ContractProof.assertCaught(Good.class, "one_isOne"));
    }

    @Test
    void badSuite_isCaughtByName_andDoesNotHold() {
        ContractProof.assertCaught(Bad.class, "one_isOne");
        assertThrows(AssertionFailedError.class, () -> ContractProof.assertHolds(Bad.class));
        assertThrows(AssertionFailedError.class, () -> ContractProof.assertCaught(Bad.class, "one_isPositive"));
    }

    @Test
    void emptySuite_doesNotHold() {
        assertThrows(AssertionFailedError.class, () -> ContractProof.assertHolds(Empty.class));
    }

    abstract static class Contract {
        abstract int one();

        @Test
        void one_isOne() {
            assertTrue(one() == 1);
        }

        @Test
        void one_isPositive() {
            assertTrue(one() > 0);
        }
    }

    static class Good extends Contract {
        @Override
        int one() {
            return 1;
        }
    }

    static class Bad extends Contract {
        @Override
        int one() {
            return 2;
        }
    }

    static class Empty {}
}
