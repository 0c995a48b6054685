#include "cmd/gradescope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grade/format.h"
#include "base/whole.h"

enum { METADATA_MOST = 16 << 20 };      /* it holds all results of previous submissions */

/* Of the first user, by name; NULL: the metadata does not tell. Owned by `data`. */
static const char *of_user(const json_t *data, const char *member)
{
    return json_string_value(json_object_get(json_array_get(json_object_get(data, "users"), 0), member));
}

static json_t *metadata(const char *folder)
{
    struct text file = {0};
    struct error error;
    size_t length = 0;
    json_error_t wrong;
    text_format(&file, "%s/submission_metadata.json", folder);
    char *bytes = whole_read(text_ended(&file), METADATA_MOST, &length, &error);
    json_t *data = bytes ? json_loadb(bytes, length, 0, &wrong) : NULL;
    free(bytes);
    text_free(&file);
    return data;
}

/* E-mail, or the number that Gradescope gives. */
static void student_of(char *student, size_t room, const json_t *data)
{
    const json_t *id = json_object_get(json_array_get(json_object_get(data, "users"), 0), "id");
    const char *email = of_user(data, "email");
    student[0] = 0;
    if (email)
        snprintf(student, room, "%s", email);
    else if (json_is_integer(id))
        snprintf(student, room, "%lld", (long long)json_integer_value(id));
    else if (json_is_string(id))
        snprintf(student, room, "%s", json_string_value(id));
}

enum exit_status gradescope_write(const char *folder, const struct result *r)
{
    struct text t = {0}, file = {0};
    struct error error = { 0 };
    text_format(&file, "%s/results", folder);
    mkdir(text_ended(&file), 0777);
    text_string(&file, "/results.json");
    format_gradescope(&t, r);
    bool well = whole_write(text_ended(&file), &t, &error);
    text_free(&t);
    text_free(&file);
    return well ? EXIT_DONE : error_print(&error);
}

enum exit_status gradescope_run(const char *folder, const struct rubric *rubric, const struct grade_options *options)
{
    char student[300];
    struct found *found = calloc(1, sizeof *found);
    struct result r = { 0 };
    struct text path = {0}, words = {0};
    if (!found)
        return EXIT_UNREADABLE;
    json_t *data = metadata(folder);
    student_of(student, sizeof student, data);
    const char *name = of_user(data, "name");
    text_format(&path, "%s/submission", folder);
    submission_find(found, text_ended(&path), rubric);
    found->submission.name = name ? name : "submission";
    found->submission.student = *student ? student : NULL;
    grade_submission(rubric, &found->submission, options, &r);
    enum exit_status status = gradescope_write(folder, &r);
    const struct format_options how = { 0 };
    format_text(&words, &r, &how);         /* the log, which instructors can see */
    fwrite(words.bytes, 1, words.used, stdout);
    text_free(&words);
    text_free(&path);
    json_decref(data);
    result_free(&r);
    free(found);
    return status;
}
