package io.tidings.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R6")
class AllowedOriginsTest {

    @ParameterizedTest
    @CsvSource({
        "http://app.example,          app.example",
        "http://app.example:80,       app.example",
        "http://app.example,          app.example:80",
        "http://app.example:,         app.example",
        "https://app.example,         app.example",
        "https://app.example:443,     app.example",
        "https://app.example,         app.example:443",
        "http://app.example:8080,     app.example:8080",
        "https://app.example:8443,    app.example:8443",
        "HTTPS://App.Example,         aPP.eXAMPLE",
        "http://localhost:3000,       localhost:3000",
        "http://127.0.0.1:8080,       127.0.0.1:8080",
        "http://[::1]:8080,           [::1]:8080",
        "http://[::1],                [::1]:80",
        "https://[2001:DB8::1],       [2001:db8:0:0:0:0:0:1]",
        "http://my_app:8080,          my_app:8080",
        "http://app-1.2b,             app-1.2b",
        "http://xn--bcher-kva.example, xn--bcher-kva.example",
    })
    void sameHost_allowsThePagesOfTheHost(String origin, String host) {
        assertTrue(AllowedOrigins.sameHost().allow(origin, host));
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example,          app.example",
        "http://app.example:8080,      app.example",
        "http://app.example,           app.example:8080",
        "http://app.example,           app.example:443",
        "https://app.example,          app.example:80",
        "https://app.example:80,       app.example:443",
        "http://sub.app.example,       app.example",
        "http://app.example,           sub.app.example",
        "http://app.example.evil,      app.example",
        "http://evilapp.example,       app.example",
        "http://app.example@evil,      app.example",
        "http://evil@app.example,      app.example",
        "http://app.example/,          app.example",
        "http://app.example/x,         app.example",
        "http://app.example?x,         app.example",
        "http://app.example#x,         app.example",
        "http://[::1],                 [::2]",
        "http://[::1],                 ::1",
        "http://::1,                   [::1]",
        "http://[::1%25eth0],          [::1%25eth0]",
        "http://[1.2.3.4],             1.2.3.4",
        "http://[:::],                 [:::]",
        "http://[],                    []",
        "http://127.0.0.1,             localhost",
        "null,                         app.example",
        "null,                         null",
        "app.example,                  app.example",
        "//app.example,                app.example",
        "http:app.example,             app.example",
        "http:///app.example,          app.example",
        "http://,                      app.example",
        "://app.example,               app.example",
        "file://,                      app.example",
        "file://app.example,           app.example",
        "ftp://app.example,            app.example",
        "chrome-extension://app,       app",
        "http://app.example:0,         app.example:0",
        "http://app.example:65536,     app.example:65536",
        "http://app.example:99999999999, app.example",
        "http://app.example:x,         app.example",
        "http://app.example:-80,       app.example",
        "http://.app.example,          .app.example",
        "http://app..example,          app..example",
        "http://*.example,             *.example",
        "http://app.example,           app.example/",
        "http://app.example,           evil@app.example",
        "http://app.example,           http://app.example",
        "http://app.example,           app.example:80:80",
        "'http://app.example ',        app.example",
        "' http://app.example',        app.example",
        "'http://app.example http://app.example', app.example",
        "'http://app.example, http://app.example', app.example",
        "'',                           app.example",
        "'',                           ''",
        "http://app.example,           ''",
        "http://\u212aey.example,      key.example",
        "http://\uff41pp.example,      app.example",
    })
    void sameHost_refusesOthers(String origin, String host) {
        assertFalse(AllowedOrigins.sameHost().allow(origin, host));
    }

    @Test
    void sameHost_withoutHost_refusesPages() {
        assertFalse(AllowedOrigins.sameHost().allow("http://app.example", null));
    }

    @Test
    void requestWithoutOrigin_isLetIn() {
        assertTrue(AllowedOrigins.sameHost().allow(null, "app.example"));
        assertTrue(AllowedOrigins.sameHost().allow(null, null));
        assertTrue(AllowedOrigins.any().allow(null, null));
        assertTrue(AllowedOrigins.of(List.of()).allow(null, null));
        assertTrue(AllowedOrigins.of(List.of("https://app.example")).allow(null, "evil.example"));
    }

    @Test
    void any_allowsEverything() {
        for (String origin : List.of("http://evil.example", "null", "", "junk\0", "file://")) {
            assertTrue(AllowedOrigins.any().allow(origin, null));
            assertTrue(AllowedOrigins.of(List.of("https://app.example", "*")).allow(origin, null));
        }
    }

    @Test
    void noOrigins_refusesEveryPage() {
        assertFalse(AllowedOrigins.of(List.of()).allow("http://app.example", "app.example"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://app.example,        https://app.example,       true",
        "https://app.example,        https://APP.example,       true",
        "HTTPS://App.Example,        https://app.example,       true",
        "https://app.example,        https://app.example:443,   true",
        "https://app.example:443,    https://app.example,       true",
        "http://app.example,         http://app.example:80,     true",
        "https://app.example,        http://app.example,        false",
        "http://app.example,         https://app.example,       false",
        "http://app.example:443,     https://app.example,       false",
        "https://app.example,        https://app.example:8443,  false",
        "https://app.example:8443,   https://app.example:8443,  true",
        "https://app.example,        https://sub.app.example,   false",
        "https://app.example,        https://app.example.evil,  false",
        "https://app.example,        https://app.example.,      false",
        "https://app.example,        null,                      false",
        "https://app.example,        https://app.example/,      false",
        "http://[::1]:3000,          http://[0:0:0:0:0:0:0:1]:3000, true",
        "http://my_app,              http://my_app,             true",
        "capacitor://localhost,      capacitor://localhost,     true",
        "capacitor://localhost,      ionic://localhost,         false",
        "chrome-extension://abc,     chrome-extension://abc,    true",
    })
    void exactOrigin_meansSchemeHostAndPort(String pattern, String origin, boolean allowed) {
        assertEquals(allowed, AllowedOrigins.of(List.of(pattern)).allow(origin, "any.example"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.app.example,         true",
        "https://a.b.app.example,       true",
        "https://A.APP.EXAMPLE,         true",
        "https://a.app.example:443,     true",
        "https://app.example,           false",
        "https://.app.example,          false",
        "https://evilapp.example,       false",
        "https://a.evilapp.example,     false",
        "https://a.app.example.evil,    false",
        "https://a.app.example:8443,    false",
        "http://a.app.example,          false",
        "http://a.app.example:443,      false",
        "https://a.app.example.,        false",
        "https://*.app.example,         false",
        "https://evil/.app.example,     false",
        "https://evil?.app.example,     false",
        "https://evil#.app.example,     false",
        "https://evil@a.app.example,    false",
        "https://tidings-any-subdomain.app.example, true",
        "null,                          false",
    })
    void wildcard_meansSubdomainsOnly(String origin, boolean allowed) {
        assertEquals(
                allowed, AllowedOrigins.of(List.of("https://*.app.example")).allow(origin, null));
        assertEquals(
                allowed,
                AllowedOrigins.of(List.of("https://other.example", "HTTPS://*.App.Example:443"))
                        .allow(origin, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "app.example",
                "*.app.example",
                "https://",
                "https://*",
                "https://*.",
                "https://a*.example",
                "https://a.*.example",
                "https://*.*.example",
                "https://app.example/",
                "https://app.example/x",
                "https://user@app.example",
                "https://app.example:*",
                "https://app.example:0",
                "https://app.example:65536",
                "https://app.example,https://b.example",
                "https://app.example ",
                "https://*.[::1]",
                "https://*.1.2.3.4",
                "https://[::1",
                "https://[g::1]",
                "https://*.app.example://*.b"
            })
    void patternThatIsNoOrigin_isNamed(String pattern) {
        IllegalArgumentException problem =
                assertThrows(IllegalArgumentException.class, () -> AllowedOrigins.of(List.of(pattern)));
        assertEquals("not an origin: " + pattern, problem.getMessage());
    }

    @Test
    void longestPort_is65535() {
        assertTrue(AllowedOrigins.sameHost().allow("http://a:65535", "a:65535"));
    }

    @Test
    void hugeOrigin_isRefusedQuickly() {
        assertFalse(AllowedOrigins.sameHost().allow("http://" + "a.".repeat(5_000_000) + "a", "a"));
        assertFalse(AllowedOrigins.sameHost().allow("http://" + "[".repeat(1_000_000), "a"));
    }
}
