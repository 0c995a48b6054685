/* Predict: what is asked of every frame of every bundled trace, and of a few by name; the score, the box, the screen.
 */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/settle.h"
#include "tests/test_report_made.h"
#include "ui/follow.h"
#include "ui/guess.h"
#include "ui/index.h"
#include "ui/screen.h"

Suite *guess_suite(void);

static struct trace *trace_of(const char *path)
{
    struct trace_options options = { .source = { .file = path }, .decoder = { .secret = 7 } };
    struct error error = { 0 };
    struct trace *trace = trace_open(&options, &error);
    ck_assert_msg(trace != NULL, "%s", error.text);
    while (trace_work(trace, NS_PER_S, 0))
        ;
    return trace;
}

static struct trace *bundled(const char *name)
{
    char path[80];
    snprintf(path, sizeof path, "traces/%s.pcap", name);
    return trace_of(path);
}

/* What is asked after frame `present` of row `id`. */
static struct guess asked(const char *name, uint32_t id, uint32_t present)
{
    struct trace *trace = bundled(name);
    struct guess g = { 0 };
    ck_assert_msg(guess_ask(&g, trace, id, present), "%s", g.question);
    trace_close(trace);
    return g;
}

static void assert_right(const struct guess *g, const char *what, const char *effect)
{
    ck_assert_str_eq(g->options[g->right].what, what);
    ck_assert_str_eq(g->options[g->right].effect, effect);
}

static void press(struct guess *g, uint32_t code, enum guess_result want)
{
    struct key key = { .code = code };
    ck_assert_int_eq(guess_key(g, &key), want);
}

/* --- every question there is --- */

static void assert_sound(const struct guess *g, const char *where)
{
    ck_assert_msg(g->count >= 2 && g->count <= GUESS_OPTIONS && g->right < g->count, "%s: %u options", where, g->count);
    ck_assert_msg(strlen(g->question) < GUESS_QUESTION - 1 && g->question[0], "%s: %s", where, g->question);
    ck_assert_msg(g->reason[0], "%s: no reason", where);
    size_t widest = 0;
    for (unsigned i = 0; i < g->count; i++) {
        const struct guess_option *option = &g->options[i];
        size_t what = strlen(option->what);
        ck_assert_msg(what && what < GUESS_WHAT - 1 && strlen(option->effect) < GUESS_EFFECT - 1, "%s: %s %s", where,
                      option->what, option->effect);
        widest = what > widest ? what : widest;
        for (unsigned j = 0; j < i; j++)
            ck_assert_msg(strcmp(option->what, g->options[j].what) || strcmp(option->effect, g->options[j].effect),
                          "%s: %s twice", where, option->what);
    }
    for (unsigned i = 0; i < g->count; i++)
        ck_assert_msg(6 + widest + 2 + strlen(g->options[i].effect) < GUESS_WIDTH - 1, "%s: %s is too long", where,
                      g->options[i].effect);
}

/* The frame asked about is the row's next one, but for those that are said to be passed. */
static void assert_next(const struct guess *g, struct trace *trace, uint32_t id, uint32_t present, const char *where)
{
    uint32_t between = 0, row = id, first = index_first(trace_index(trace), id);
    uint32_t from = present < first ? first : present;
    const struct index *index = trace_index(trace);
    for (uint32_t at = index_head(index, id); at > from && row == id; at = index_chain(index, at, &row))
        between += at < g->frame;
    ck_assert_msg(between == g->passed, "%s: %u frames between", where, between);
    ck_assert_msg(g->stands < g->frame && g->stands >= from, "%s: stands at %u", where, g->stands);
    ck_assert_msg((strstr(g->question, "later, up to frame") != NULL) == (g->passed > 0), "%s: %s", where, g->question);
}

/* Words that begin with a number in the right option, or a state, are what really follows. */
static void assert_true(const struct guess *g, struct trace *trace, uint32_t id, const char *where)
{
    struct follow *follow = follow_open(trace, id);
    const struct guess_option *right = &g->options[g->right];
    while (follow_work(follow, NS_PER_S))
        ;
    const struct scenes *scenes = follow_scenes(follow);
    const struct scene *scene = NULL;
    for (size_t i = 0; i < scenes->count && !scene; i++)
        if (story_step(follow_story(follow), scenes->scenes[i].first)->frame == g->frame)
            scene = &scenes->scenes[i];
    ck_assert_msg(scene != NULL, "%s", where);
    const struct step *last = story_step(follow_story(follow), scene->first + scene->count - 1);
    const char *state = strstr(right->effect, ": ");
    bool by_state = false, at_end = false;
    for (unsigned s = 1; s < STATE_COUNT; s++)
        if (strcmp(right->what, tcp_state_names[s]) == 0 || (state && strcmp(state + 2, tcp_state_names[s]) == 0)) {
            by_state = true;
            at_end = last->state[0] == s || last->state[1] == s;
        }
    ck_assert_msg(!by_state || at_end, "%s: %s %s", where, right->what, right->effect);
    if (strstr(right->what, "RST"))
        ck_assert_msg(scene->unit->segment.flags & TCP_RST, "%s", where);
    if (strcmp(right->what, "SYN,ACK") == 0)
        ck_assert_msg((scene->unit->segment.flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK), "%s", where);
    if (strcmp(right->what, "ACK") == 0)
        ck_assert_msg(scene->unit->segment.flags & TCP_ACK && !scene->unit->segment.payload, "%s", where);
    if (strcmp(right->what, "ICMP error") == 0)
        ck_assert_msg(scene->icmp != NULL, "%s", where);
    follow_close(follow);
}

static unsigned ask_all(struct trace *trace, uint32_t id, const char *path)
{
    struct guess g = { 0 };
    char where[200];
    unsigned questions = 0;
    for (uint32_t present = 0; present <= trace_known(trace); present++) {
        snprintf(where, sizeof where, "%s, row %u after frame %u", path, id, present);
        if (!guess_ask(&g, trace, id, present)) {
            ck_assert_msg(!g.asking && strstr(g.question, "Nothing"), "%s: %s", where, g.question);
            continue;
        }
        questions++;
        assert_sound(&g, where);
        assert_next(&g, trace, id, present, where);
        assert_true(&g, trace, id, where);
    }
    return questions;
}

START_TEST(every_question_has_different_options_of_which_one_is_right)
{
    glob_t found;
    unsigned questions = 0;
    ck_assert_int_eq(glob("traces/*.pcap", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct trace *trace = trace_of(found.gl_pathv[i]);
        for (uint32_t id = 1; id <= trace_rows(trace); id++)
            questions += ask_all(trace, id, found.gl_pathv[i]);
        trace_close(trace);
    }
    globfree(&found);
    ck_assert_uint_gt(questions, 500);
}
END_TEST

START_TEST(the_same_frame_gives_the_same_question)
{
    struct guess one = asked("handshake", 1, 4), two = asked("handshake", 1, 4);
    ck_assert_str_eq(one.question, two.question);
    ck_assert_int_eq(memcmp(one.options, two.options, sizeof one.options), 0);
    ck_assert_uint_eq(one.right, two.right);
}
END_TEST

START_TEST(the_right_answer_is_not_always_in_the_same_place)
{
    struct trace *trace = bundled("handshake");
    struct guess g = { 0 };
    unsigned places = 0;
    for (uint32_t present = 1; guess_ask(&g, trace, 1, present); present = g.frame)
        places |= 1u << g.right;
    trace_close(trace);
    ck_assert_uint_gt((unsigned)__builtin_popcount(places), 2);
}
END_TEST

/* --- by name --- */

START_TEST(a_listening_port_answers_a_syn_with_syn_ack)
{
    struct guess g = asked("handshake", 1, 0);
    ck_assert_uint_eq(g.stands, 1);
    ck_assert_uint_eq(g.frame, 2);
    assert_holds(g.question, "listens on port 6666");
    assert_right(&g, "SYN,ACK", "server: SYN-RECEIVED");
    assert_holds(g.reason, "RFC 9293 3.10.7.2");
    g = asked("handshake", 1, 2);
    assert_right(&g, "ACK", "client: ESTABLISHED");
}
END_TEST

START_TEST(a_closed_port_answers_it_with_rst)
{
    struct guess g = asked("refused", 1, 1);
    assert_right(&g, "RST,ACK", "client: CLOSED");
    assert_holds(g.reason, "ECONNREFUSED");
}
END_TEST

START_TEST(what_the_programs_do_next_cannot_be_known)
{
    struct guess g = asked("handshake", 1, 3);
    assert_right(&g, "cannot be known", "it depends on what the programs call next");
}
END_TEST

START_TEST(an_ack_names_the_next_byte)
{
    struct guess g = asked("handshake", 1, 4);
    assert_right(&g, "ack=6", "");
    g = asked("half-close", 1, 9);
    assert_right(&g, "ack=2897", "");
}
END_TEST

START_TEST(a_close_goes_from_state_to_state)
{
    struct guess g = asked("handshake", 1, 7);
    assert_right(&g, "FIN-WAIT-1", "its FIN is not acknowledged yet");
    g = asked("handshake", 1, 8);
    assert_right(&g, "LAST-ACK", "closed second, its FIN is not acknowledged yet");
    g = asked("handshake", 1, 9);
    assert_right(&g, "ACK", "client: TIME-WAIT");
    g = asked("normal-close", 1, 4);
    assert_right(&g, "ACK", "client: FIN-WAIT-2");
    g = asked("figure-13", 1, 2);
    assert_right(&g, "ACK", "client: CLOSING");
}
END_TEST

START_TEST(what_is_not_acknowledged_is_sent_again)
{
    struct guess g = asked("lost-syn", 1, 1);
    assert_holds(g.question, "1.012 s after the client first sent SYN");
    assert_right(&g, "the same again", "its retransmission timer has run out");
    g = asked("fast-retransmission", 1, 13);
    assert_right(&g, "the missing one again", "at once, its timer still runs");
}
END_TEST

START_TEST(a_forged_rst_moves_nobody)
{
    struct guess g = asked("forged-rst", 1, 5);
    assert_right(&g, "ESTABLISHED", "open, both ways");
    assert_holds(g.reason, "RFC 5961");
}
END_TEST

START_TEST(a_damaged_segment_is_dropped_without_a_word)
{
    struct trace *trace = bundled("bad-checksum");
    struct guess g = { 0 };
    bool found = false;
    for (uint32_t id = 1; id <= trace_rows(trace); id++)
        for (uint32_t at = 0; guess_ask(&g, trace, id, at); at = g.frame)
            if (strstr(g.question, "the checksum is wrong")) {
                found = true;
                assert_right(&g, "nothing", "it drops the segment without a word");
            }
    trace_close(trace);
    ck_assert(found);
}
END_TEST

START_TEST(udp_does_nothing_by_itself)
{
    struct guess g = asked("udp", 1, 1);
    assert_right(&g, "its program", "it called sendto(); UDP promises no answer");
    g = asked("udp-unreachable", 1, 1);
    assert_right(&g, "ICMP error", "type 3, code 3; it quotes the datagram");
}
END_TEST

START_TEST(at_the_end_of_a_row_nothing_is_asked)
{
    struct trace *trace = bundled("handshake");
    struct guess g = { .asked = 4, .correct = 3 };
    ck_assert(!guess_ask(&g, trace, 1, 10));
    ck_assert(!g.asking);
    assert_holds(g.question, "Nothing follows");
    ck_assert_uint_eq(g.correct, 3);
    ck_assert_uint_eq(guess_rows(&g, 80, 24), 0);
    trace_close(trace);
}
END_TEST

/* --- keys, score, box --- */

START_TEST(the_score_counts_each_answer_once)
{
    struct guess g = asked("handshake", 1, 1);
    press(&g, 'x', GUESS_STAYS);
    press(&g, PRESS_ENTER, GUESS_STAYS);
    press(&g, 'a' + g.right, GUESS_TELLS);
    press(&g, 'a', GUESS_STAYS);
    ck_assert(g.answered && g.asked == 1 && g.correct == 1);
    press(&g, PRESS_ENTER, GUESS_GOES_ON);

    struct trace *trace = bundled("handshake");
    ck_assert(guess_ask(&g, trace, 1, g.frame));
    trace_close(trace);
    press(&g, 'A' + (g.right + 1) % g.count, GUESS_TELLS);
    ck_assert(g.asked == 2 && g.correct == 1);
    press(&g, PRESS_ESCAPE, GUESS_LEAVES);
}
END_TEST

START_TEST(what_is_pasted_answers_nothing)
{
    struct guess g = asked("handshake", 1, 1);
    struct key key = { .code = 'a', .pasted = true };
    ck_assert_int_eq(guess_key(&g, &key), GUESS_STAYS);
    ck_assert(!g.answered);
}
END_TEST

static char *drawn(const struct guess *g, unsigned width, unsigned height)
{
    struct canvas canvas = canvas_new(width, height);
    struct text t = { 0 };
    guess_draw(g, &canvas, height - 3);
    for (unsigned y = 0; y < height; y++) {
        canvas_row(&canvas, y, true, &t);
        text_char(&t, '\n');
    }
    canvas_free(&canvas);
    text_char(&t, '\0');
    return t.bytes;
}

START_TEST(the_box_tells_the_right_answer_in_words_and_signs)
{
    struct guess g = asked("refused", 1, 1);
    char *text = drawn(&g, 80, 24);
    assert_holds(text, "+- Guess ---");
    assert_lacks(text, "ECONNREFUSED");
    free(text);
    press(&g, 'a' + (g.right + 1) % g.count, GUESS_TELLS);
    text = drawn(&g, 80, 24);
    assert_holds(text, "+- Not so: it is ");
    assert_holds(text, "ECONNREFUSED");
    assert_holds(text, "0 right of 1");
    assert_holds(text, " right |\n");
    assert_holds(text, " yours |\n");
    free(text);
}
END_TEST

START_TEST(the_box_fits_any_canvas)
{
    struct guess g = asked("handshake", 1, 2);
    press(&g, 'a', GUESS_TELLS);
    for (unsigned width = 1; width < 130; width += 7)
        for (unsigned height = 3; height < 50; height += 3) {
            ck_assert_uint_le(guess_rows(&g, width, height), height - 3);
            char *text = drawn(&g, width, height);
            ck_assert(text != NULL);
            free(text);
        }
}
END_TEST

/* --- what the screen shows while it is asked --- */

static char *screen_after(const char *name, const char *keys)
{
    struct trace *trace = bundled(name);
    struct screen_options options = { .name = name };
    struct screen *screen = screen_new(trace, &options);
    struct canvas canvas = canvas_new(80, 24);
    struct text t = { 0 };
    for (;; keys++) {
        settle(screen);
        screen_draw(screen, &canvas);
        if (!*keys)
            break;
        struct key key = { .code = (unsigned char)*keys };
        screen_key(screen, &key);
    }
    for (unsigned y = 0; y < 24; y++) {
        canvas_row(&canvas, y, true, &t);
        text_char(&t, '\n');
    }
    text_char(&t, '\0');
    canvas_free(&canvas);
    screen_free(screen);
    trace_close(trace);
    return t.bytes;
}

START_TEST(the_present_does_not_give_the_answer_away)
{
    char *text = screen_after("refused", "g");
    assert_holds(text, "Guess");
    assert_holds(text, "1 0.000");
    assert_lacks(text, "   2 0.");
    assert_lacks(text, "| no socket");
    assert_lacks(text, "refused:");
    assert_lacks(text, "ECONNREFUSED");
    free(text);
}
END_TEST

START_TEST(an_answer_shows_the_segment_and_the_last_one_the_score)
{
    char *text = screen_after("refused", "ga");
    assert_holds(text, ">  2 0.03");
    assert_holds(text, "right of 1");
    assert_holds(text, "Enter goes on");
    free(text);
    text = screen_after("refused", "ga.");
    assert_lacks(text, "Enter goes on");
    assert_holds(text, "right of 1. Nothing follows");
    free(text);
}
END_TEST

Suite *guess_suite(void)
{
    Suite *suite = suite_create("guess");
    TCase *tcase = tcase_create("guess");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_question_has_different_options_of_which_one_is_right);
    tcase_add_test(tcase, the_same_frame_gives_the_same_question);
    tcase_add_test(tcase, the_right_answer_is_not_always_in_the_same_place);
    tcase_add_test(tcase, a_listening_port_answers_a_syn_with_syn_ack);
    tcase_add_test(tcase, a_closed_port_answers_it_with_rst);
    tcase_add_test(tcase, what_the_programs_do_next_cannot_be_known);
    tcase_add_test(tcase, an_ack_names_the_next_byte);
    tcase_add_test(tcase, a_close_goes_from_state_to_state);
    tcase_add_test(tcase, what_is_not_acknowledged_is_sent_again);
    tcase_add_test(tcase, a_forged_rst_moves_nobody);
    tcase_add_test(tcase, a_damaged_segment_is_dropped_without_a_word);
    tcase_add_test(tcase, udp_does_nothing_by_itself);
    tcase_add_test(tcase, at_the_end_of_a_row_nothing_is_asked);
    tcase_add_test(tcase, the_score_counts_each_answer_once);
    tcase_add_test(tcase, what_is_pasted_answers_nothing);
    tcase_add_test(tcase, the_box_tells_the_right_answer_in_words_and_signs);
    tcase_add_test(tcase, the_box_fits_any_canvas);
    tcase_add_test(tcase, the_present_does_not_give_the_answer_away);
    tcase_add_test(tcase, an_answer_shows_the_segment_and_the_last_one_the_score);
    suite_add_tcase(suite, tcase);
    return suite;
}
