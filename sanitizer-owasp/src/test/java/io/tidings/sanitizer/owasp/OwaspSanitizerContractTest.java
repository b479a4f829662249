package io.tidings.sanitizer.owasp;

import io.tidings.spi.Sanitizer;
import io.tidings.testkit.SanitizerContract;

class OwaspSanitizerContractTest extends SanitizerContract {

    @Override
    protected Sanitizer sanitizer() {
        return new OwaspSanitizer();
    }
}
