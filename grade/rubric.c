/* A rubric's text, from a file or from the program itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grade/program.h"
#include "grade/run.h"
#include "report/words.h"

static const struct bundled_rubric *find_bundled(const char *name)
{
    for (unsigned i = 0; i < bundled_rubric_count; i++)
        if (strcmp(bundled_rubrics[i].name, name) == 0)
            return &bundled_rubrics[i];
    return NULL;
}

static void no_such_rubric(const char *name, struct error *error)
{
    const char *best = bundled_rubrics[0].name;
    unsigned least = UINT32_MAX;
    for (unsigned i = 0; i < bundled_rubric_count; i++) {
        const char *known = bundled_rubrics[i].name;
        unsigned letters = words_distance(name, strlen(name), known, strlen(known));
        if (letters < least) {
            least = letters;
            best = known;
        }
    }
    error_set(error, EXIT_USAGE, "There is neither a file nor a bundled rubric called %.100s. Near it: %s. "
              "synfin grade --list names them all.", name, best);
}

static bool read_text(struct rubric *rubric, const char *file, struct error *error)
{
    FILE *in = fopen(file, "rbe");
    rubric->text = in ? malloc(GRADE_RUBRIC_MOST + 1) : NULL;
    if (!rubric->text) {
        error_set(error, EXIT_USAGE, "The rubric %.200s cannot be read: %s.", file, strerror(errno));
    } else {
        rubric->length = fread(rubric->text, 1, GRADE_RUBRIC_MOST + 1, in);
        if (ferror(in))
            error_set(error, EXIT_USAGE, "The rubric %.200s cannot be read: %s.", file, strerror(errno));
        else if (rubric->length > GRADE_RUBRIC_MOST)
            error_set(error, EXIT_USAGE, "%.200s is larger than %d bytes: it is no rubric.", file, GRADE_RUBRIC_MOST);
    }
    if (in)
        fclose(in);
    return !error->text[0];
}

/* What the rubric says of itself to a student, from a worker without a capture. */
static bool ask(const struct rubric *rubric, const struct student *student, struct rubric *about, struct error *error)
{
    struct run *run = run_new(rubric, NULL, &about->declared);
    if (run) {
        run->order.student = student;
        run->about = about;
        run_to_end(run, GRADE_RUBRIC_SECONDS);
    }
    free(run);
    if (about->declared.error)
        error_set(error, about->declared.error_status, "%s", about->declared.error);
    return !about->declared.error;
}

json_t *rubric_lab(const struct rubric *rubric, const struct student *student, struct error *error)
{
    struct rubric about = { 0 };
    json_t *lab = ask(rubric, student, &about, error) ? json_incref(about.lab) : NULL;
    rubric_close(&about);
    return lab;
}

/* What the language cannot know: which lessons there are, and what each takes. */
static bool lab_makes_sense(const struct rubric *rubric, struct error *error)
{
    const struct student nobody = { .id = "nobody" };
    struct lesson lesson;
    return !rubric->program || program_lesson(&lesson, rubric, &nobody, error);
}

static bool complete(struct rubric *rubric, struct error *error)
{
    if (!error->text[0] && (!rubric->text || !rubric->name))
        error_set(error, EXIT_UNREADABLE, "There is not enough memory for the rubric.");
    if (!error->text[0]) {
        const struct student nobody = { .id = "nobody", .port = CLASS_PORT_FIRST, .token = "0123456789abcdef" };
        digest_bytes(rubric->sha256, rubric->text, rubric->length);
        if (ask(rubric, &nobody, rubric, error) && lab_makes_sense(rubric, error))
            return true;
    }
    rubric_close(rubric);
    return false;
}

bool rubric_from(struct rubric *rubric, const char *name, const char *text, size_t length, struct error *error)
{
    *rubric = (struct rubric){ .text = malloc(length + 1), .length = length };
    error->text[0] = 0;
    result_text(&rubric->name, name);
    if (rubric->text)
        memcpy(rubric->text, text, length);
    return complete(rubric, error);
}

bool rubric_open(struct rubric *rubric, const char *name, struct error *error)
{
    *rubric = (struct rubric){ 0 };
    error->text[0] = 0;
    bool plain = !strpbrk(name, "./") && access(name, F_OK) != 0;
    const struct bundled_rubric *bundled = plain ? find_bundled(name) : NULL;
    if (bundled)
        return rubric_from(rubric, name, bundled->text, bundled->length, error);
    result_text(&rubric->name, name);
    if (plain)
        no_such_rubric(name, error);
    else
        read_text(rubric, name, error);
    return complete(rubric, error);
}

void rubric_close(struct rubric *rubric)
{
    free(rubric->name);
    free(rubric->text);
    free(rubric->captures);
    free(rubric->answers);
    free(rubric->program);
    free(rubric->seed);
    json_decref(rubric->lab);
    result_free(&rubric->declared);
    *rubric = (struct rubric){ 0 };
}
