package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PercentTest {

    @Test
    void path_isDecoded_andPlusStaysPlus() {
        assertEquals("/a b+c/\u00e4\u4e16", Percent.path("/a%20b+c/%C3%a4%e4%b8%96"));
        assertEquals("/plain", Percent.path("/plain"));
    }

    @Test
    void query_isDecoded_inOrder_withRepeats() {
        assertEquals(
                Map.of("a", List.of("1 2", "+"), "b", List.of(""), "c=d", List.of("e=f")),
                Percent.query("a=1+2&b&a=%2B&c%3Dd=e=f&&"));
        assertEquals(Map.of(), Percent.query(""));
    }

    @Test
    void whatIsNotEncodedProperly_staysAsItCame() {
        assertEquals("/%zz%4", Percent.path("/%zz%4"));
        assertEquals("%", Percent.path("%"));
        assertEquals(Map.of("%", List.of("%1")), Percent.query("%=%1"));
    }
}
