/* Formats of results: each of tests/results/NAME.json (a result as it is stored) in every format, byte for byte as
 * NAME.FORMAT.ENDING beside it, which somebody has read. What differs is written to build/results/; once read, copy
 * it over. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grade/format.h"

static const char *const names[] = { "mixed", "unreadable", "hostile" };
enum { NAMES = sizeof names / sizeof *names };

static void load(struct result *r, const char *name)
{
    char file[200];
    struct error error;
    snprintf(file, sizeof file, "tests/results/%s.json", name);
    ck_assert_msg(result_load(r, file, &error), "%s", error.text);
}

static void write_format(struct text *t, const struct result *r, enum grade_format format)
{
    const struct format_options options = { .ladders = true, .now = 1795860000 };
    t->used = 0;
    grade_format_write(t, r, format, &options);
    ck_assert(!t->failed);
}

static bool as_kept(const struct text *t, const char *file)
{
    struct text kept = {0};
    FILE *in = fopen(file, "rbe");
    for (int c; in && (c = getc(in)) != EOF;)
        text_char(&kept, (char)c);
    if (in)
        fclose(in);
    bool same = in && kept.used == t->used && memcmp(kept.bytes, t->bytes, t->used) == 0;
    text_free(&kept);
    return same;
}

START_TEST(every_format_says_what_was_read_and_blessed)
{
    struct text t = {0};
    unsigned differ = 0;
    unsetenv("GITHUB_REPOSITORY_OWNER");
    unsetenv("GITHUB_REF_NAME");
    setenv("GITHUB_SHA", "0123abcd", 1);
    for (unsigned i = 0; i < NAMES; i++)
        for (unsigned format = 0; format < FORMAT_COUNT; format++) {
            if (format == FORMAT_JSON || format == FORMAT_CSV)
                continue;
            struct result r;
            char file[200];
            load(&r, names[i]);
            write_format(&t, &r, (enum grade_format)format);
            result_free(&r);
            snprintf(file, sizeof file, "tests/results/%s.%s.%s", names[i],
                     grade_format_names[format], grade_format_endings[format]);
            if (as_kept(&t, file))
                continue;
            differ++;
            mkdir("build/results", 0777);
            snprintf(file, sizeof file, "build/results/%s.%s.%s", names[i],
                     grade_format_names[format], grade_format_endings[format]);
            FILE *out = fopen(file, "wbe");
            fwrite(t.bytes, 1, t.used, out);
            fclose(out);
        }
    text_free(&t);
    ck_assert_msg(differ == 0, "%u documents are not as tests/results has them: compare with build/results", differ);
}
END_TEST

/* What a line of the document must not be able to do, whatever was handed in. */
START_TEST(hostile_texts_are_harmless_in_every_format)
{
    struct result r;
    struct text t = {0};
    load(&r, "hostile");
    for (unsigned format = 0; format < FORMAT_COUNT; format++) {
        write_format(&t, &r, (enum grade_format)format);
        const char *made = text_ended(&t);
        for (size_t i = 0; i < t.used; i++)
            ck_assert_msg((unsigned char)made[i] >= 0x20 || made[i] == '\n', "%s holds byte %u",
                          grade_format_names[format], (unsigned char)made[i]);
        ck_assert(!strstr(made, "\u202e"));
        ck_assert(!strstr(made, "\n::add-mask"));
        if (format == FORMAT_HTML || format == FORMAT_JUNIT) {
            ck_assert(!strstr(made, "<script") && !strstr(made, "<img"));
            ck_assert(!strstr(made, "]]>"));
        }
        if (format == FORMAT_TAP)
            ck_assert(!strstr(made, "\nok 1"));
    }
    text_free(&t);
    result_free(&r);
}
END_TEST

START_TEST(students_see_no_notes_no_right_answers_and_no_hidden_checks)
{
    struct result r;
    struct text t = {0};
    load(&r, "mixed");
    for (unsigned format = FORMAT_HTML; format < FORMAT_COUNT; format++) {
        write_format(&t, &r, (enum grade_format)format);
        char *made = strdup(text_ended(&t));
        if (format == FORMAT_GRADESCOPE) {            /* there it stands in tests that are hidden */
            char *notes = strstr(made, "{\"name\":\"For the instructor\"");
            ck_assert_ptr_nonnull(notes);
            ck_assert_ptr_nonnull(strstr(notes, "\"visibility\":\"hidden\""));
            *notes = 0;
        } else {
            ck_assert_msg(!strstr(made, "Token") && !strstr(made, "copied"), "%s shows the hidden",
                          grade_format_names[format]);
        }
        ck_assert_msg(!strstr(made, "Ask both") && !strstr(made, "Mend line") && !strstr(made, "33432\""),
                      "%s shows notes", grade_format_names[format]);
        free(made);
    }
    text_free(&t);
    result_free(&r);
}
END_TEST

START_TEST(prairielearn_takes_even_the_longest_result)
{
    struct result r = { 0 };
    struct text t = {0};
    char *words = malloc(RESULT_TEXT_MOST + 1);
    memset(words, 'x', RESULT_TEXT_MOST);
    words[RESULT_TEXT_MOST] = 0;
    for (struct result_item *item; (item = result_add(&r));) {
        char **const texts[] = { &item->id, &item->title, &item->message, &item->hint, &item->nearest, &item->answer };
        for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
            result_text(texts[i], words);
        item->status = GRADE_FAILED;
    }
    write_format(&t, &r, FORMAT_PRAIRIELEARN);
    ck_assert_uint_le(t.used, PRAIRIELEARN_MOST);
    ck_assert_uint_gt(t.used, PRAIRIELEARN_MOST / 4);
    json_t *read = json_loadb(t.bytes, t.used, 0, NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(read, "tests")), RESULT_ITEMS_MOST);
    json_decref(read);
    free(words);
    text_free(&t);
    result_free(&r);
}
END_TEST

Suite *format_suite(void);

Suite *format_suite(void)
{
    Suite *suite = suite_create("format");
    TCase *cases = tcase_create("format");
    tcase_add_test(cases, every_format_says_what_was_read_and_blessed);
    tcase_add_test(cases, hostile_texts_are_harmless_in_every_format);
    tcase_add_test(cases, students_see_no_notes_no_right_answers_and_no_hidden_checks);
    tcase_add_test(cases, prairielearn_takes_even_the_longest_result);
    suite_add_tcase(suite, cases);
    return suite;
}
