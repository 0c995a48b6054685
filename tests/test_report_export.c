/* A ladder taken elsewhere: Mermaid and SVG are one diagram, whatever the capture and its name hold. */
#include <stdlib.h>
#include <string.h>

#include "report/export.h"
#include "tests/test_report_made.h"

/* The ladder of row 1 of a script, as a string; the caller frees it. */
static char *ladder_as(const char *text, enum ladder_format format, const char *name)
{
    struct script script = script_of(text);
    struct story *story = story_new(1);
    struct sink sink = story_sink(story);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    struct text t = {0};
    decoder_attach(decoder, &sink);
    feed(decoder, &script);
    ck_assert(report_ladder(&t, decoder, story, format, name, &(struct report_options){ .width = 80 }));
    text_char(&t, '\0');
    story_free(story);
    decoder_free(decoder);
    script_free(&script);
    return t.bytes;
}

static void assert_escaped(void (*escape)(struct text *, const char *, size_t), const char *from, const char *to)
{
    struct text t = {0};
    escape(&t, from, strlen(from));
    text_char(&t, '\0');
    ck_assert_str_eq(t.bytes, to);
    text_free(&t);
}

START_TEST(a_ladder_as_mermaid)
{
    char *mermaid = ladder_as(script_echo, LADDER_MERMAID, "a.pcap");
    ck_assert_int_eq(strncmp(mermaid, "sequenceDiagram\n", 16), 0);
    assert_holds(mermaid,
        "    title Connection 1 (TCP): closed, client first, in a.pcap\n"
        "    participant C as Client 10.9.0.2:40000\n"
        "    participant S as Server 10.9.0.1:6666\n"
        "    Note left of C: connect()\n"
        "    C->>S: SYN seq=0 (frame 1, 0.0000 s)\n"
        "    Note over C: SYN-SENT\n"
        "    Note right of S: listen()?\n"
        "    S->>C: SYN,ACK seq=0 ack=1 (frame 2, 0.0300 s)\n"
        "    Note over S: SYN-RECEIVED\n");
    assert_holds(mermaid, "    Note left of C: connect() returns\n");
    free(mermaid);
}
END_TEST

START_TEST(mermaid_shows_silence_and_what_the_receiver_drops)
{
    char *silence = ladder_as(script_again, LADDER_MERMAID, NULL);
    assert_holds(silence, "    Note over C,S: 1.000 s of silence\n    C->>S: SYN seq=0 again (frame 2, ");
    free(silence);
    static const char script[] = "client 10.9.0.2:40000 isn 1000\nserver 10.9.0.1:6666 isn 2000000000\n"
                                 "0.000 > S 0:0(0) win 64240\n0.001 < S. 0:0(0) ack 1 win 65160\n"
                                 "0.002 > . 1:1(0) ack 1 win 502\n0.003 > P. 1:6(5) ack 1 checksum bad\n";
    char *dropped = ladder_as(script, LADDER_MERMAID, NULL);
    assert_holds(dropped, "    C-xS: PSH,ACK seq=1 ack=1 len=5 bad sum (frame 4, ");
    free(dropped);
}
END_TEST

START_TEST(what_mermaid_could_misread_is_a_number)
{
    assert_escaped(text_mermaid, "FIN-WAIT-1, [fd00::2]:40000 (x=1)", "FIN-WAIT-1, [fd00::2]:40000 (x=1)");
    assert_escaped(text_mermaid, "a;b#c\nend%%{init}", "a#59;b#35;c#92;x0aend#37;#37;#123;init#125;");
    assert_escaped(text_mermaid, ":wrap:<b>-->>", "#58;wrap:#60;b#62;-#45;#62;#62;");
    assert_escaped(text_mermaid, "", "");
}
END_TEST

START_TEST(what_xml_could_misread_is_an_entity)
{
    assert_escaped(text_xml, "<script>\"&'", "&lt;script&gt;&quot;&amp;&#39;");
    assert_escaped(text_xml, "a\033[31m\xff", "a\\x1b[31m\\xff");
    assert_escaped(text_xml, "\xef\xbf\xbe\xef\xbf\xbf\xe2\x94\x82", "\xef\xbf\xbd\xef\xbf\xbd\xe2\x94\x82");
}
END_TEST

START_TEST(a_ladder_as_svg_stands_on_its_own)
{
    char *svg = ladder_as(script_echo, LADDER_SVG, "a.pcap");
    ck_assert_int_eq(strncmp(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 40), 0);
    assert_holds(svg, "<title id=\"synfin-title-1\">Connection 1 (TCP): closed, client first</title>");
    assert_holds(svg, "Left life line: client 10.9.0.2:40000; right: server 10.9.0.1:6666. Time goes down; "
               "8 segments in ");
    assert_holds(svg, "@media (prefers-color-scheme:dark)");
    assert_holds(svg, "class=\"client\">SYN seq=0</text>");
    assert_holds(svg, "class=\"state\">SYN-RECEIVED</text>");
    assert_holds(svg, "class=\"call\">connect()</text>");
    static const char *const foreign[] = { "<script", "href", "url(", "@import", "<image", "onload", "│" };
    for (unsigned i = 0; i < sizeof foreign / sizeof *foreign; i++)
        assert_lacks(svg, foreign[i]);
    free(svg);
}
END_TEST

START_TEST(what_was_sent_again_is_heavy_and_silence_is_dashed_in_svg)
{
    char *svg = ladder_as(script_again, LADDER_SVG, NULL);
    assert_holds(svg, "class=\"trouble again\"");
    assert_holds(svg, ">SYN seq=0 again</text>");
    assert_holds(svg, "class=\"life dashed\"");
    assert_holds(svg, ">1.000 s of silence</text>");
    free(svg);
}
END_TEST

START_TEST(a_hostile_name_stays_a_name)
{
    static const char name[] = "</desc><script>alert(1)</script>\n%%{init}\033]0;x\007\"'&.pcap";
    char *svg = ladder_as(script_echo, LADDER_SVG, name);
    assert_lacks(svg, "<script");
    assert_lacks(svg, "\033");
    assert_holds(svg, "&lt;/desc&gt;&lt;script&gt;");
    free(svg);
    char *mermaid = ladder_as(script_echo, LADDER_MERMAID, name);
    assert_lacks(mermaid, "<script");
    assert_lacks(mermaid, "%%");
    assert_lacks(mermaid, "\033");
    free(mermaid);
}
END_TEST

START_TEST(a_ladder_as_text_is_that_of_the_story)
{
    struct error error = { 0 };
    char *text = ladder_as(script_echo, LADDER_TEXT, NULL);
    char *story = story_of(script_echo, 1, (struct report_options){ .width = 80 }, &error);
    assert_holds(text, "   # time s  CLIENT 10.9.0.2:40000 ");
    assert_holds(story, text);
    free(text);
    free(story);
}
END_TEST

START_TEST(a_row_that_is_not_there_has_no_ladder)
{
    struct story *story = story_new(7);
    struct decoder *decoder = decoder_new(&(struct decoder_options){ 0 });
    struct text t = {0};
    ck_assert(!report_ladder(&t, decoder, story, LADDER_SVG, NULL, &(struct report_options){ 0 }));
    ck_assert_uint_eq(t.used, 0);
    story_free(story);
    decoder_free(decoder);
}
END_TEST

TCase *report_export_case(void)
{
    TCase *all = tcase_create("export");
    tcase_add_test(all, a_ladder_as_mermaid);
    tcase_add_test(all, mermaid_shows_silence_and_what_the_receiver_drops);
    tcase_add_test(all, what_mermaid_could_misread_is_a_number);
    tcase_add_test(all, what_xml_could_misread_is_an_entity);
    tcase_add_test(all, a_ladder_as_svg_stands_on_its_own);
    tcase_add_test(all, what_was_sent_again_is_heavy_and_silence_is_dashed_in_svg);
    tcase_add_test(all, a_hostile_name_stays_a_name);
    tcase_add_test(all, a_ladder_as_text_is_that_of_the_story);
    tcase_add_test(all, a_row_that_is_not_there_has_no_ladder);
    return all;
}
