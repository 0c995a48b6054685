/* The table of lessons keeps what scenario.h promises of it, whatever comes of them: that is for tests/scenarios. */
#include <check.h>
#include <ctype.h>
#include <string.h>

#include "report/lessons.h"
#include "report/query.h"
#include "traffic/scenario.h"

Suite *scenarios_suite(void);

enum { NAME_MOST = 20, SAYS_MOST = 200, LESSON_LEAST = 80 };

static void is_sentence(const struct scenario *s, const char *text, char end)
{
    ck_assert_msg(text && *text, "%s lacks a text", s->name);
    ck_assert_msg(text[strlen(text) - 1] == end, "%s: does not end with %c: %s", s->name, end, text);
    ck_assert_msg(!strstr(text, "  "), "%s: two blanks in: %s", s->name, text);
}

START_TEST(each_has_its_words)
{
    for (unsigned i = 0; scenarios[i]; i++) {
        const struct scenario *s = scenarios[i];
        ck_assert_msg(strlen(s->name) <= NAME_MOST, "%s is a long name", s->name);
        for (const char *at = s->name; *at; at++)
            ck_assert_msg(islower((unsigned char)*at) || *at == '-', "%s is not one word", s->name);
        ck_assert_msg(scenario_find(s->name) == s, "%s is the name of two", s->name);
        ck_assert_msg(s->says && *s->says && strlen(s->says) <= SAYS_MOST, "%s: says", s->name);
        ck_assert_msg(s->says[strlen(s->says) - 1] != '.', "%s: its sentence stands in a list, without a full stop",
                      s->name);
        is_sentence(s, s->lesson, '.');
        ck_assert_uint_ge(strlen(s->lesson), LESSON_LEAST);
        ck_assert_msg(s->questions[1], "%s asks less than two questions", s->name);
        for (unsigned q = 0; q < SCENARIO_QUESTIONS && s->questions[q]; q++)
            is_sentence(s, s->questions[q], '?');
        ck_assert_msg(!s->settings_say == !s->settings[0].name, "%s: settings and their reason", s->name);
        for (unsigned d = 0; d < SCENARIO_DIFFERENCES && s->differs[d]; d++)
            ck_assert_msg(s->unseen && strstr(s->differs[d], " kernel: ") && strstr(s->differs[d], ", wire: "),
                          "%s: a difference, and why", s->name);
    }
}
END_TEST

START_TEST(topics_follow_one_another)
{
    for (unsigned i = 1; scenarios[i]; i++)
        for (unsigned k = 0; k + 1 < i && strcmp(scenarios[i]->topic, scenarios[i - 1]->topic) != 0; k++)
            ck_assert_msg(strcmp(scenarios[i]->topic, scenarios[k]->topic) != 0, "%s: its topic \"%s\" was left before",
                          scenarios[i]->name, scenarios[i]->topic);
}
END_TEST

START_TEST(numbers_lie_within_their_limits)
{
    for (unsigned i = 0; scenarios[i]; i++)
        for (unsigned k = 0; k < ACTOR_NUMBERS; k++) {
            const struct scenario_number *n = &scenarios[i]->number[k];
            ck_assert_msg(n->most ? n->least >= 1 && n->least <= n->is && n->is <= n->most : !n->is && !n->least,
                          "%s: --%s", scenarios[i]->name, actor_number_names[k]);
        }
}
END_TEST

/* Those that have no TCP say so in what they expect. */
START_TEST(what_a_lesson_speaks_is_what_it_expects)
{
    for (unsigned i = 0; scenarios[i]; i++) {
        const struct scenario *s = scenarios[i];
        bool no_tcp = false, datagrams = false;
        for (unsigned k = 0; k < SCENARIO_EXPECTATIONS && s->expect[k].filter; k++) {
            no_tcp |= strcmp(s->expect[k].filter, "tcp") == 0 && !s->expect[k].rows;
            datagrams |= strncmp(s->expect[k].filter, "udp", 3) == 0 && s->expect[k].rows;
        }
        ck_assert_msg(s->speaks == (!datagrams ? SPEAKS_TCP : no_tcp ? SPEAKS_UDP : SPEAKS_BOTH), "%s speaks", s->name);
    }
}
END_TEST

START_TEST(filters_and_faults_can_be_read)
{
    for (unsigned i = 0; scenarios[i]; i++) {
        const struct scenario *s = scenarios[i];
        struct lab_options options = { 0 };
        struct error error = { 0 };
        ck_assert_msg(scenario_wire(s, &options, &error), "%s: %s", s->name, error.text);
        ck_assert_msg(s->expect[0].filter, "%s expects nothing", s->name);
        for (unsigned k = 0; k < SCENARIO_EXPECTATIONS && s->expect[k].filter; k++) {
            struct query_error wrong;
            struct query *query = query_parse(s->expect[k].filter, strlen(s->expect[k].filter), &wrong);
            ck_assert_msg(query, "%s: %s: %s", s->name, s->expect[k].filter, wrong.text);
            query_free(query);
        }
    }
}
END_TEST

START_TEST(each_is_recorded_for_where_nothing_runs)
{
    for (unsigned i = 0; scenarios[i]; i++) {
        const struct lesson *recorded = recording_find(scenarios[i]->name);
        ck_assert_msg(recorded && recorded->calls, "%s: make recorded records it", scenarios[i]->name);
    }
}
END_TEST

Suite *scenarios_suite(void)
{
    Suite *suite = suite_create("scenarios");
    TCase *tests = tcase_create("table");
    tcase_add_test(tests, each_has_its_words);
    tcase_add_test(tests, topics_follow_one_another);
    tcase_add_test(tests, numbers_lie_within_their_limits);
    tcase_add_test(tests, what_a_lesson_speaks_is_what_it_expects);
    tcase_add_test(tests, filters_and_faults_can_be_read);
    tcase_add_test(tests, each_is_recorded_for_where_nothing_runs);
    suite_add_tcase(suite, tests);
    return suite;
}
