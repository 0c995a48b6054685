#include "grade/handout.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole.h"

enum { SEED_DIGITS = 16, SALT_DIGITS = 16, MORE_MOST = 3, ID_MOST = 100, CAPTURE_MOST = 64 << 20 };

/* --- what is hers --- */

/* The same number for the same student, seed and purpose; nobody without the seed can tell it. */
static uint64_t derived(const struct handout *h, const char *id, const char *what, char digits[DIGEST_TEXT])
{
    struct text t = {0};
    text_format(&t, "%s %s", what, id);
    digest_keyed(digits, h->seed ? h->seed : "", text_ended(&t), t.used);
    text_free(&t);
    digits[SEED_DIGITS] = 0;
    return strtoull(digits, NULL, 16);
}

/* A few more than the lesson's own number, where it takes so many. */
static uint32_t number_for(const struct handout *h, const char *id, const struct scenario *scenario,
                           enum actor_number which)
{
    const struct scenario_number *n = &scenario->number[which];
    char digits[DIGEST_TEXT];
    uint32_t more = n->most > n->is ? n->most - n->is : 0;
    uint64_t chance = derived(h, id, actor_number_names[which], digits);
    return n->most ? n->is + (uint32_t)(chance % ((more < MORE_MOST ? more : MORE_MOST) + 1)) : 0;
}

void handout_lesson(const struct handout *h, const char *id, struct lesson *lesson)
{
    struct student student;
    char digits[DIGEST_TEXT];
    student_find(&student, h->students, id, h->seed);
    *lesson = (struct lesson){ .scenario = h->lessons[derived(h, id, "lesson", digits) % h->lesson_count],
                               .seed = derived(h, id, "seed", digits) };
    const struct scenario_number *port = &lesson->scenario->number[ACTOR_PORT];
    for (unsigned i = 0; i < ACTOR_NUMBERS; i++)
        if (i != ACTOR_PORT && i != ACTOR_RATE)
            lesson->number[i] = number_for(h, id, lesson->scenario, i);
    if (student.port >= port->least && student.port <= port->most)
        lesson->number[ACTOR_PORT] = student.port;
}

/* --- the files --- */

static bool can_be_asked(const struct result_item *item)
{
    return item->status == GRADE_PASSED && item->type && item->key;
}

static void write_questions(struct text *t, const char *id, const struct scenario *scenario, const struct result *sheet)
{
    unsigned number = 0;
    text_format(t, "# %s: %s\n# For ", scenario->name, scenario->says);
    text_harmless(t, id, strlen(id));
    text_string(t, ", about capture.pcap. Write each answer behind its colon, and hand this file in as answers.txt.\n");
    for (unsigned i = 0; i < sheet->count; i++) {
        const struct result_item *item = &sheet->items[i];
        if (can_be_asked(item))
            text_format(t, "\n# %u. %s (%s)\n%s: \n", ++number, item->title,
                        strcmp(item->type, "truth") == 0 ? "yes or no" : item->type, item->id);
    }
}

static void salted(char digest[DIGEST_TEXT], const char *salt, const struct result_item *item)
{
    struct text t = {0};
    text_format(&t, "%s%c%s%c%s", salt, 0, item->id, 0, item->key);
    digest_bytes(digest, t.bytes, t.used);
    text_free(&t);
}

static void write_key(struct text *t, const struct handout *h, const char *id, const struct scenario *scenario,
                      const struct result *sheet)
{
    text_format(t, "-- The answers to questions.txt, as hashes: synfin grade key.lua answers.txt\n\n"
                "rubric { title = \"%s\", synfin = 1, submission = { capture = \"none\", "
                "answers = \"answers.txt\" } }\n\n",
                scenario->name);
    for (unsigned i = 0; i < sheet->count; i++) {
        const struct result_item *item = &sheet->items[i];
        char salt[DIGEST_TEXT], digest[DIGEST_TEXT];
        if (!can_be_asked(item))
            continue;
        derived(h, id, item->id, salt);
        salted(digest, salt, item);
        text_format(t, "question { id = \"%s\", points = ", item->id);
        result_points_text(t, item->most);
        text_format(t, ", type = \"%s\", ask = ", item->type);
        text_json_string(t, item->title);
        text_format(t, ",\n    answer = { salt = \"%s\",\n               sha256 = \"%s\" } }\n", salt, digest);
    }
}

static bool write_text(const char *folder, const char *name, struct text *t, struct error *error)
{
    char file[PATH_MAX];
    bool well = snprintf(file, sizeof file, "%s/%s", folder, name) < PATH_MAX && whole_write(file, t, error);
    t->used = 0;
    return well;
}

/* Into a folder beside it, which then gets her name. */
static bool write_all(const struct handout *h, const char *id, const struct scenario *scenario, const char *capture,
                      const struct result *sheet, const char *part, struct error *error)
{
    char file[PATH_MAX], folder[PATH_MAX];
    struct text t = {0};
    bool well = snprintf(file, sizeof file, "%s/capture.pcap", part) < PATH_MAX &&
                whole_copy(capture, file, CAPTURE_MOST, error);
    write_questions(&t, id, scenario, sheet);
    well = well && write_text(part, "questions.txt", &t, error);
    t.used = 0;
    write_key(&t, h, id, scenario, sheet);
    well = well && write_text(part, "key.lua", &t, error);
    if (well && h->gift) {
        snprintf(file, sizeof file, "%s.gift", id);
        t.used = 0;
        handout_gift(&t, id, sheet);
        well = write_text(h->out, file, &t, error);
    }
    text_free(&t);
    snprintf(folder, sizeof folder, "%s/%s", h->out, id);
    if (well && rename(part, folder) == 0)
        return true;
    if (well)
        error_set(error, EXIT_OUTPUT, "%.200s could not be given its name: %s.", folder, strerror(errno));
    return false;
}

static void remove_part(const char *part)
{
    static const char *const names[] = { "capture.pcap", "questions.txt", "key.lua" };
    char file[PATH_MAX];
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (snprintf(file, sizeof file, "%s/%s", part, names[i]) < PATH_MAX)
            unlink(file);
    rmdir(part);
}

/* --- one student --- */

static bool is_folder_name(const char *id, struct error *error)
{
    struct text harmless = {0};
    size_t length = strlen(id);
    text_harmless(&harmless, id, length);
    bool same = harmless.used == length && memcmp(text_ended(&harmless), id, length) == 0;
    text_free(&harmless);
    if (*id && *id != '.' && !strchr(id, '/') && same && length <= ID_MOST)
        return true;
    error_set(error, EXIT_USAGE, "The id \"%.100s\" cannot be a folder's name: it has 1 to %d bytes, no / and no control "
              "character in it, and no point at its beginning.", id, ID_MOST);
    return false;
}

static bool ask_and_write(const struct handout *h, const char *id, const struct scenario *scenario, const char *capture,
                          struct error *error)
{
    const struct grade_options options = { .answers = true };
    const struct submission submission = { .name = id, .student = id, .capture = capture };
    char part[PATH_MAX];
    struct result sheet = { 0 };
    grade_submission(&h->sheet, &submission, &options, &sheet);
    snprintf(part, sizeof part, "%s/.%s.part", h->out, id);
    remove_part(part);                /* of a run that was ended */
    if (sheet.error)
        error_set(error, EXIT_UNREADABLE, "%.100s: %.300s", id, sheet.error);
    else if (mkdir(part, 0777) < 0)
        error_set(error, EXIT_OUTPUT, "%.200s cannot be made: %s.", part, strerror(errno));
    else if (!write_all(h, id, scenario, capture, &sheet, part, error))
        remove_part(part);
    result_free(&sheet);
    return !error->text[0];
}

bool handout_make(const struct handout *h, const char *id, struct error *error)
{
    struct lesson lesson;
    struct lesson_place place;
    char folder[PATH_MAX];
    if (!is_folder_name(id, error))
        return false;
    for (unsigned i = 0; i <= h->gift; i++) {
        snprintf(folder, sizeof folder, "%s/%s%s", h->out, id, i ? ".gift" : "");
        if (access(folder, F_OK) == 0) {
            error_set(error, EXIT_OUTPUT, "%.200s is there already, and is not written over.", folder);
            return false;
        }
    }
    struct lesson_tale *tale = calloc(1, sizeof *tale);
    handout_lesson(h, id, &lesson);
    if (!tale || !lesson_place(&place, error)) {
        free(tale);
        return false;
    }
    if (lesson_run(&lesson, &place, tale, error) && !tale->captured)
        error_set(error, EXIT_PERMISSION, "%.100s: %.300s.", id, tale->why);
    bool well = !error->text[0] && ask_and_write(h, id, lesson.scenario, place.capture, error);
    lesson_forget(&place);
    free(tale);
    return well;
}

/* --- all --- */

bool handout_open(struct handout *h, const char *lessons, struct error *error)
{
    char name[64];
    for (const char *at = lessons; *at; at += *at == ',') {
        size_t length = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), at);
        const struct scenario *found = scenario_find(name);
        if (!found || h->lesson_count == HANDOUT_LESSONS_MOST) {
            error_set(error, EXIT_USAGE, found ? "%.60s is one lesson too many."
                                               : "There is no lesson called \"%.60s\" (synfin lab lists them).", name);
            return false;
        }
        h->lessons[h->lesson_count++] = found;
        at += length;
    }
    if (mkdir(h->out, 0777) < 0 && errno != EEXIST) {
        error_set(error, EXIT_OUTPUT, "The folder %.200s cannot be made: %s.", h->out, strerror(errno));
        return false;
    }
    return rubric_open(&h->sheet, "lesson", error);
}

void handout_close(struct handout *h)
{
    rubric_close(&h->sheet);
}
