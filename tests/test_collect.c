/* The results of a class together: marks of persons, the table, who missed what, what was handed in twice; files
 * that are there whole or not at all. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/collect.h"
#include "grade/csv.h"
#include "grade/progress.h"
#include "base/whole.h"

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/synfin-collect-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *in_folder(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *words)
{
    struct text t = {0};
    struct error error = { 0 };
    text_string(&t, words);
    ck_assert_msg(whole_write(in_folder(name), &t, &error), "%s", error.text);
    text_free(&t);
}

static char *file_words(const char *name)
{
    struct error error;
    size_t length;
    char *words = whole_read(in_folder(name), 1 << 20, &length, &error);
    ck_assert_msg(words != NULL, "%s: %s", name, error.text);
    return words;
}

/* A result with two checks, as OUT/NAME.json. */
static void write_result(const char *name, uint32_t first, enum grade_status second, const char *sha256,
                         const char *prints)
{
    struct result r = { 0 };
    struct text t = {0};
    struct error error = { 0 };
    char file[100];
    result_text(&r.name, name);
    result_text(&r.capture_sha256, sha256);
    result_text(&r.prints, prints);
    r.frames = prints ? 9 : 0;
    struct result_item *item = result_add(&r);
    result_text(&item->id, "three");
    item->most = 300;
    item->points = first;
    item->status = first == 300 ? GRADE_PASSED : first ? GRADE_PARTIAL : GRADE_FAILED;
    item = result_add(&r);
    result_text(&item->id, "close");
    item->most = 100;
    item->points = second == GRADE_PASSED ? 100 : 0;
    item->status = (uint8_t)second;
    result_json(&t, &r);
    snprintf(file, sizeof file, "%s.json", name);
    ck_assert(whole_write(in_folder(file), &t, &error));
    text_free(&t);
    result_free(&r);
}

START_TEST(a_file_is_there_whole_or_as_it_was)
{
    struct text t = {0};
    struct error error = { 0 };
    write_file("a", "one");
    write_file("a", "two");
    char *words = file_words("a");
    ck_assert_str_eq(words, "two");
    free(words);
    text_string(&t, "three");
    ck_assert(!whole_write(in_folder("nowhere/a"), &t, &error));
    ck_assert_int_eq(error.status, EXIT_OUTPUT);
    ck_assert(whole_write("/dev/null", &t, &error));          /* is no file to be renamed away */
    ck_assert_int_eq(access("/dev/null", W_OK), 0);
    t.failed = true;                                          /* words are missing for want of memory */
    ck_assert(!whole_write(in_folder("a"), &t, &error));
    words = file_words("a");
    ck_assert_str_eq(words, "two");
    free(words);
    text_free(&t);
}
END_TEST

START_TEST(a_spreadsheet_reads_what_was_written_and_the_other_way)
{
    const char *values[] = { "plain", "a,b", "say \"no\"", "=1+1", "-2", "@x", "", "\xc3\xa9t\xc3\xa9", " blank", "a;b" };
    enum { COUNT = sizeof values / sizeof *values };
    struct text t = {0};
    for (unsigned i = 0; i < COUNT; i++) {
        text_string(&t, i ? "," : "");
        csv_cell(&t, values[i]);
    }
    ck_assert_str_eq(text_ended(&t),
                     "plain,\"a,b\",\"say \"\"no\"\"\",'=1+1,'-2,'@x,,\xc3\xa9t\xc3\xa9,\" blank\",\"a;b\"");
    char *copy = strdup(text_ended(&t)), *cells[CSV_CELLS_MOST];
    struct csv csv = csv_begin(copy);
    ck_assert_uint_eq(csv_row_read(&csv, cells), COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        ck_assert_str_eq(cells[i], values[i]);
    free(copy);
    char windows[] = "\xef\xbb\xbfstudent;points\r\n\r\nada;\"2,5\"\r\n\"two\nlines\";1";
    csv = csv_begin(windows);
    ck_assert_uint_eq(csv_row_read(&csv, cells), 2);
    ck_assert_uint_eq(csv_row_read(&csv, cells), 2);
    ck_assert_str_eq(cells[1], "2,5");
    ck_assert_uint_eq(csv.line, 3);
    ck_assert_uint_eq(csv_row_read(&csv, cells), 2);
    ck_assert_str_eq(cells[0], "two\nlines");
    ck_assert_uint_eq(csv_row_read(&csv, cells), 0);
    text_free(&t);
}
END_TEST

START_TEST(points_are_numbers)
{
    static const struct { const char *words; bool well; uint32_t points; } rows[] = {
        { "2", true, 200 }, { "2.5", true, 250 }, { " 0,75 ", true, 75 }, { ".5", true, 50 }, { "1.999", true, 199 },
        { "", false, 0 }, { "-1", false, 0 }, { "two", false, 0 }, { "1 2", false, 0 }, { "99999999999", false, 0 },
        { ".", false, 0 },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t points;
        ck_assert_msg(marks_points(rows[i].words, &points) == rows[i].well, "%s", rows[i].words);
        if (rows[i].well)
            ck_assert_uint_eq(points, rows[i].points);
    }
}
END_TEST

START_TEST(what_persons_decide_goes_before_the_rubric)
{
    struct collection c;
    struct error error = { 0 };
    struct text t = {0};
    write_result("ada", 300, GRADE_PASSED, NULL, NULL);
    write_result("bob", 100, GRADE_UNDECIDABLE, NULL, NULL);
    ck_assert(marks_add(in_folder("marks.csv"), "bob", "close", 50, "seen, in class", &error));
    ck_assert(marks_add(in_folder("marks.csv"), "bob", "three", 900, NULL, &error));
    ck_assert(marks_add(in_folder("marks.csv"), "=cleo", "three", 100, "x", &error));
    ck_assert_msg(collect_read(&c, folder, NULL, NULL, &error), "%s", error.text);
    collect_csv(&t, &c);
    ck_assert_str_eq(text_ended(&t), "submission,student,points,most,status,three,close,"
                     "undecidable,to_judge,changed_by_a_person,error\r\n"
                     "ada,,4,4,passed,3,1,,,,\r\n"
                     "bob,,3.5,4,partial,3,0.5,,,\"three; close: seen, in class\",\r\n");
    ck_assert_ptr_nonnull(strstr(text_ended(&c.problems), "marks.csv:3: more points than \"three\" can give"));
    const char *problems = text_ended(&c.problems);
    ck_assert_ptr_nonnull(strstr(problems, "marks.csv:4: no result has a student or submission \"=cleo\""));
    collect_free(&c);
    t.used = 0;
    write_file("marks.csv", "student,check,points\n");     /* taken back */
    ck_assert(collect_read(&c, folder, NULL, NULL, &error));
    collect_csv(&t, &c);
    ck_assert_ptr_nonnull(strstr(text_ended(&t), "bob,,1,4,"));
    collect_free(&c);
    write_file("marks.csv", "student,check,points\nbob,close,half\n");
    ck_assert(!collect_read(&c, folder, NULL, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "marks.csv:2: \"half\" is no number of points"));
    write_file("marks.csv", "submission,points\nbob,1\n");  /* the table of --collect, say */
    ck_assert(!collect_read(&c, folder, NULL, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "no column \"student\""));
    write_file("marks.csv", "points,check,student\n1,close,bob\n");
    ck_assert(!marks_add(in_folder("marks.csv"), "bob", "close", 1, NULL, &error));
    text_free(&t);
}
END_TEST

START_TEST(the_class_at_a_glance)
{
    struct collection c;
    struct error error = { 0 };
    struct text t = {0};
    write_result("ada", 300, GRADE_PASSED, NULL, NULL);
    write_result("bob", 100, GRADE_UNDECIDABLE, NULL, NULL);
    write_result("cleo", 0, GRADE_SKIPPED, NULL, NULL);
    write_file("torn.json", "{\"version\":1,\"na");
    ck_assert(collect_read(&c, folder, NULL, NULL, &error));
    collect_statistics(&t, &c, 80);
    ck_assert_str_eq(text_ended(&t),
        "3 submissions. Points: 1.67 on average, median 1, of 4.\n"
        "\n"
        "  points               submissions\n"
        "  3.6 to 4                 1  #################################################\n"
        "  3.2 to under 3.6         0  \n"
        "  2.8 to under 3.2         0  \n"
        "  2.4 to under 2.8         0  \n"
        "  2 to under 2.4           0  \n"
        "  1.6 to under 2           0  \n"
        "  1.2 to under 1.6         0  \n"
        "  0.8 to under 1.2         1  #################################################\n"
        "  0.4 to under 0.8         0  \n"
        "  0 to under 0.4           1  #################################################\n"
        "\n"
        "  check                  passed partly missed skipped undecidable error   points earned\n"
        "  three                       1      1      1       0           0     0    44 % ####\n"
        "      partly by bob\n"
        "      missed by cleo\n"
        "  close                       1      0      0       1           1     0    33 % ###\n"
        "      skipped for cleo\n");
    const char *problems = text_ended(&c.problems);
    ck_assert_ptr_nonnull(strstr(problems, "torn.json is no result of synfin grade: it is not whole JSON."));
    collect_free(&c);
    text_free(&t);
}
END_TEST

START_TEST(what_a_person_has_to_judge_is_counted)
{
    struct collection c;
    struct error error = { 0 };
    struct text t = {0};
    write_result("ada", 300, GRADE_HUMAN, NULL, NULL);
    write_result("bob", 300, GRADE_HUMAN, NULL, NULL);
    write_result("cleo", 300, GRADE_HUMAN, NULL, NULL);
    write_file("marks.csv", "student,check,points\nbob,close,1\n");
    ck_assert(collect_read(&c, folder, NULL, NULL, &error));
    collect_statistics(&t, &c, 80);
    ck_assert_ptr_nonnull(strstr(text_ended(&t),
        "  check                  passed partly missed skipped undecidable error to judge   points earned\n"
        "  three                       3      0      0       0           0     0        0   100 % ##########\n"
        "  close                       1      0      0       0           0     0        2   100 % ##########\n"));
    collect_free(&c);
    text_free(&t);
}
END_TEST

START_TEST(shares_are_rounded_and_whole_ones_alone_are_100)
{
    static const struct { uint32_t points; const char *says; } cases[] = { { 200, "    83 % ########" },
        { 299, "    99 % #########" } };
    write_result("ada", 300, GRADE_PASSED, NULL, NULL);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct collection c;
        struct error error = { 0 };
        struct text t = {0};
        write_result("bob", cases[i].points, GRADE_PASSED, NULL, NULL);
        ck_assert(collect_read(&c, folder, NULL, NULL, &error));
        collect_statistics(&t, &c, 80);
        ck_assert_msg(strstr(text_ended(&t), cases[i].says) != NULL, "%s", text_ended(&t));
        collect_free(&c);
        text_free(&t);
    }
}
END_TEST

START_TEST(what_was_handed_in_twice_is_found)
{
    struct collection c;
    struct error error = { 0 };
    struct text t = {0};
    write_result("ada", 300, GRADE_PASSED, "aa", "00000001-00000002@10.5 00000003-00000004@11.5");
    write_result("bob", 300, GRADE_PASSED, "aa", "00000001-00000002@10.5 00000003-00000004@11.5");
    write_result("cleo", 300, GRADE_PASSED, "cc", "00000003-00000004@11.5 00000007-00000008@12.5");
    write_result("dora", 300, GRADE_PASSED, "dd", "00000007-00000008@99.5 udp:1-2@5.0");
    write_result("eva", 0, GRADE_FAILED, "00", NULL);           /* empty files, and captures of nothing */
    write_result("finn", 0, GRADE_FAILED, "00", NULL);
    write_result("emil", 300, GRADE_PASSED, "ee", "udp:1-2@6.0 0000000a-0000000b@1.0");
    ck_assert(collect_read(&c, folder, NULL, NULL, &error));
    collect_same(&t, &c);
    ck_assert_str_eq(text_ended(&t),
        "The same capture file: ada, bob\n"
        "The same recording in other files: ada, bob, cleo share 1 conversation (initial sequence numbers, same times)\n"
        "The same recording in other files: cleo, dora share 1 conversation (initial sequence numbers, other times)\n");
    collect_free(&c);
    text_free(&t);
}
END_TEST

START_TEST(the_bar_says_how_far_and_how_long)
{
    struct text t = {0};
    struct progress p = { .total = 300, .done = 150, .errors = 1 };
    progress_line(&t, &p, 3 * NS_PER_S, 70);
    ck_assert_str_eq(text_ended(&t), "[###############               ] 150 of 300, 50/s, 0:03 left, 1 error");
    t.used = 0;
    progress_line(&t, &(struct progress){ .total = 100000, .done = 10 }, 10 * NS_PER_S, 20);
    ck_assert_uint_le(t.used, 20);
    t.used = 0;
    progress_line(&t, &(struct progress){ 0 }, 0, 79);
    ck_assert_ptr_nonnull(strstr(text_ended(&t), "] 0 of 0"));
    text_free(&t);
}
END_TEST

Suite *collect_suite(void);

Suite *collect_suite(void)
{
    Suite *suite = suite_create("collect");
    TCase *cases = tcase_create("collect");
    tcase_add_checked_fixture(cases, make_folder, remove_folder);
    tcase_add_test(cases, a_file_is_there_whole_or_as_it_was);
    tcase_add_test(cases, a_spreadsheet_reads_what_was_written_and_the_other_way);
    tcase_add_test(cases, points_are_numbers);
    tcase_add_test(cases, what_persons_decide_goes_before_the_rubric);
    tcase_add_test(cases, the_class_at_a_glance);
    tcase_add_test(cases, what_a_person_has_to_judge_is_counted);
    tcase_add_test(cases, shares_are_rounded_and_whole_ones_alone_are_100);
    tcase_add_test(cases, what_was_handed_in_twice_is_found);
    tcase_add_test(cases, the_bar_says_how_far_and_how_long);
    suite_add_tcase(suite, cases);
    return suite;
}
