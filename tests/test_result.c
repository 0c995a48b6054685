/* Results: what is set comes back from their own JSON, and what is damaged or hostile is refused or made harmless. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grade/digest.h"
#include "grade/result.h"

static void fill(struct result *r)
{
    *r = (struct result){ .frames = 26, .complete = true, .seconds = 0.5, .error_status = EXIT_USAGE };
    result_text(&r->name, "ada");
    result_text(&r->title, "Echo server");
    result_text(&r->error, "it took too long");
    struct result_item *item = result_add(r);
    result_text(&item->id, "three");
    result_text(&item->title, "Three \"clients\" are\n   served");
    result_text(&item->note, "\033[31mred\033[0m <b>bold</b> \xff");
    item->points = 67;
    item->most = 250;
    item->status = GRADE_PARTIAL;
    item->visibility = GRADE_AFTER_PUBLISHED;
    item->decided = true;
    for (uint32_t frame = 500; frame; frame--)
        result_frame(item, frame);
    result_frame(item, 0);
    result_connection(item, 4);
    item = result_add(r);
    result_text(&item->id, "q1");
    item->status = GRADE_UNDECIDABLE;
}

static bool read_back(struct result *r, const struct text *json, struct error *error)
{
    json_error_t problem;
    json_t *object = json_loadb(json->bytes, json->used, 0, &problem);
    bool well = result_read(r, object, error);
    json_decref(object);
    return well;
}

START_TEST(a_result_comes_back_from_its_own_json)
{
    struct result r, again;
    struct error error = { 0 };
    struct text first = {0}, second = {0};
    fill(&r);
    result_json(&first, &r);
    ck_assert_msg(read_back(&again, &first, &error), "%s", error.text);
    result_json(&second, &again);
    ck_assert_str_eq(text_ended(&first), text_ended(&second));
    ck_assert_uint_eq(again.items[0].frame_count, RESULT_FRAMES_MOST);
    ck_assert_uint_eq(again.items[0].frames_more, 400);
    ck_assert_uint_eq(again.items[0].frames[0], 401);
    ck_assert_str_eq(again.items[0].note, "\\x1b[31mred\\x1b[0m <b>bold</b> \\xff");
    ck_assert_ptr_eq(result_find(&again, "q1"), &again.items[1]);
    ck_assert_ptr_null(result_find(&again, "q2"));
    text_free(&first);
    text_free(&second);
    result_free(&r);
    result_free(&again);
}
END_TEST

START_TEST(long_texts_end_once)
{
    char *text = NULL, *again = NULL;
    char *value = malloc(RESULT_TEXT_MOST * 2);
    memset(value, 0xe9, RESULT_TEXT_MOST * 2 - 1);        /* each byte takes four when made harmless */
    value[RESULT_TEXT_MOST * 2 - 1] = 0;
    result_text(&text, value);
    ck_assert_uint_eq(strlen(text), RESULT_TEXT_MOST + 3);
    result_text(&again, text);
    ck_assert_str_eq(text, again);
    free(value);
    free(text);
    free(again);
}
END_TEST

START_TEST(what_is_no_result_is_refused)
{
    static const char *const wrong[] = {
        "[]", "{}", "{\"version\":2,\"items\":[]}", "{\"version\":1,\"name\":7}",
        "{\"version\":1,\"items\":[{\"title\":\"no id\"}]}", "{\"version\":1,\"items\":[{\"id\":\"a\",\"points\":2,\"most\":1}]}",
        "{\"version\":1,\"items\":[{\"id\":\"a\",\"points\":-1}]}", "{\"version\":1,\"items\":[{\"id\":\"a\",\"points\":1e300}]}",
        "{\"version\":1,\"items\":[{\"id\":\"a\",\"status\":\"well\"}]}",
        "{\"version\":1,\"items\":[{\"id\":\"a\",\"frames\":[-1]}]}", "{\"version\":1,\"items\":[7]}",
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text json = {0};
        struct result r;
        struct error error = { 0 };
        text_string(&json, wrong[i]);
        ck_assert_msg(!read_back(&r, &json, &error), "%s was taken", wrong[i]);
        ck_assert_int_eq(error.status, EXIT_UNREADABLE);
        ck_assert_ptr_null(r.items);
        text_free(&json);
    }
}
END_TEST

START_TEST(the_whole_is_its_worst_part)
{
    struct result r = { 0 };
    struct result_item *a = result_add(&r);
    a->most = a->points = 100;
    ck_assert_int_eq(result_status(&r), GRADE_PASSED);
    struct result_item *b = result_add(&r);
    b->most = 100;
    b->status = GRADE_UNDECIDABLE;
    ck_assert_int_eq(result_status(&r), GRADE_UNDECIDABLE);
    b->status = GRADE_SKIPPED;
    ck_assert_int_eq(result_status(&r), GRADE_PARTIAL);
    r.items[0].points = 0;
    ck_assert_int_eq(result_status(&r), GRADE_FAILED);
    ck_assert_uint_eq(result_most(&r), 200);
    result_text(&r.error, "no capture");
    ck_assert_int_eq(result_status(&r), GRADE_ERROR);
    result_free(&r);
}
END_TEST

START_TEST(points_as_people_write_them)
{
    struct text t = {0};
    const uint32_t points[] = { 300, 250, 33, 5, 0 };
    for (unsigned i = 0; i < 5; i++) {
        result_points_text(&t, points[i]);
        text_char(&t, ' ');
    }
    ck_assert_str_eq(text_ended(&t), "3 2.5 0.33 0.05 0 ");
    text_free(&t);
}
END_TEST

START_TEST(a_person_s_points_go_before_the_rubric_s_and_can_be_taken_back)
{
    struct result r, again;
    struct error error = { 0 };
    struct text json = {0};
    fill(&r);
    result_mark(&r.items[0], 100, "seen in class");
    result_mark(&r.items[0], 900, "seen\nin class");
    result_json(&json, &r);
    ck_assert_msg(read_back(&again, &json, &error), "%s", error.text);
    ck_assert(again.items[0].marked && !again.items[1].marked);
    ck_assert_uint_eq(again.items[0].points, 250);
    ck_assert_uint_eq(again.items[0].graded, 67);
    ck_assert_str_eq(again.items[0].remark, "seen in class");
    result_unmark(&again.items[0]);
    result_unmark(&again.items[0]);
    ck_assert_uint_eq(again.items[0].points, 67);
    ck_assert_ptr_null(again.items[0].remark);
    text_free(&json);
    result_free(&r);
    result_free(&again);
}
END_TEST

START_TEST(the_same_file_has_the_same_digest)
{
    char digest[DIGEST_TEXT], of_file[DIGEST_TEXT];
    struct error error = { 0 };
    digest_bytes(digest, "abc", 3);
    ck_assert_str_eq(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");   /* FIPS 180-4 */
    FILE *out = tmpfile();
    char name[64];
    fputs("abc", out);
    fflush(out);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fileno(out));
    ck_assert(digest_file(of_file, name, &error));
    ck_assert_str_eq(digest, of_file);
    fclose(out);
    ck_assert(!digest_file(of_file, "/dev/zero", &error));    /* which never ends */
    ck_assert_str_eq(error.text, "/dev/zero is no file.");
    ck_assert(!digest_file(of_file, "/nowhere", &error));
    ck_assert_str_eq(of_file, "");
}
END_TEST

Suite *result_suite(void);

Suite *result_suite(void)
{
    Suite *suite = suite_create("result");
    TCase *cases = tcase_create("result");
    tcase_add_test(cases, a_result_comes_back_from_its_own_json);
    tcase_add_test(cases, long_texts_end_once);
    tcase_add_test(cases, what_is_no_result_is_refused);
    tcase_add_test(cases, the_whole_is_its_worst_part);
    tcase_add_test(cases, points_as_people_write_them);
    tcase_add_test(cases, a_person_s_points_go_before_the_rubric_s_and_can_be_taken_back);
    tcase_add_test(cases, the_same_file_has_the_same_digest);
    suite_add_tcase(suite, cases);
    return suite;
}
