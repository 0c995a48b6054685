/* What a student has handed in: one capture at any depth of her folder, and perhaps answers. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "grade/grade.h"
#include "grade/names.h"

enum { DEPTH_MOST = 8, ENTRIES_MOST = 20000, NAMED = 8, TEXT_ENDINGS = 3 };

static const char *const text_endings[TEXT_ENDINGS] = { ".txt", ".md", ".json" };

struct search {
    struct found *found;
    const char *captures, *answers;   /* patterns */
    const char *program;          /* a name; NULL */
    unsigned entries;             /* looked at */
    unsigned capture_count, program_count, other_count;
    struct candidates {           /* for the answers: the first, and the names of all */
        unsigned count;
        char first[4096];
        struct text named;
    } plain, matching, meant;     /* plain: matching, and with nothing added to its name */
    struct text named_captures, named_others;
};

static const char usual_captures[] = "*.pcap* *.cap", usual_answers[] = "*answers*.txt *answers*.json";

static bool matches(const char *patterns, const char *name)
{
    char one[128];
    for (const char *at = patterns; *at;) {        /* "*.pcap* *.cap": any of them */
        size_t length = strcspn(at, " ");
        snprintf(one, sizeof one, "%.*s", (int)length, at);
        if (length && fnmatch(one, name, FNM_CASEFOLD) == 0)
            return true;
        at += length + strspn(at + length, " ");
    }
    return false;
}

/* The length of a name without what machines add: Windows a second ending, where it hides the first; browsers " (1)";
 * Canvas "-1". */
static size_t without_additions(const char *name)
{
    size_t length = strlen(name), before;
    do {
        before = length;
        for (unsigned i = 0; i < TEXT_ENDINGS; i++) {
            size_t ending = strlen(text_endings[i]);
            if (length > ending && strncasecmp(name + length - ending, text_endings[i], ending) == 0)
                length -= ending;
        }
        size_t at = length && name[length - 1] == ')' ? length - 1 : length;
        size_t digits = at;
        while (digits && name[digits - 1] >= '0' && name[digits - 1] <= '9')
            digits--;
        if (digits > 1 && digits < at && name[digits - 1] == (at < length ? '(' : '-'))
            length = digits - 1 - (at < length && name[digits - 2] == ' ');
    } while (length < before && length);
    return length;
}

/* Is it plainly what the patterns ask for, under the name that a machine made of that? */
static bool is_meant(const char *patterns, const char *name)
{
    char other[256];
    size_t stem = without_additions(name);
    for (unsigned i = 0; i < TEXT_ENDINGS; i++) {
        snprintf(other, sizeof other, "%.*s%s", (int)(stem < 240 ? stem : 240), name, text_endings[i]);
        if (stem < strlen(name) && matches(patterns, other))
            return true;
    }
    return false;
}

static void name_one(struct text *t, unsigned count, const char *name)
{
    if (count > NAMED)
        return;
    text_string(t, count == 1 ? "" : ", ");
    if (count == NAMED)
        text_string(t, "...");
    else
        text_harmless(t, name, strlen(name));
}

static void keep_path(char *kept, size_t room, unsigned count, const char *path)
{
    if (count == 1)
        snprintf(kept, room, "%s", path);
}

static void take_candidate(struct candidates *c, const char *path, const char *name)
{
    keep_path(c->first, sizeof c->first, ++c->count, path);
    name_one(&c->named, c->count, name);
}

static void look_at_file(struct search *s, const char *path, const char *name)
{
    size_t length = strlen(name);
    bool calls = length > 12 && strcmp(name + length - 12, ".calls.jsonl") == 0;
    if (calls) {
        return;                   /* lies beside its capture */
    } else if (s->program && strcmp(name, s->program) == 0) {
        keep_path(s->found->program, sizeof s->found->program, ++s->program_count, path);
    } else if (matches(s->captures, name)) {
        keep_path(s->found->capture, sizeof s->found->capture, ++s->capture_count, path);
        name_one(&s->named_captures, s->capture_count, name);
    } else if (matches(s->answers, name)) {
        const char *ending = strrchr(name, '.');
        take_candidate(&s->matching, path, name);
        if (without_additions(name) == (ending ? (size_t)(ending - name) : length))
            take_candidate(&s->plain, path, name);
    } else if (is_meant(s->answers, name)) {
        take_candidate(&s->meant, path, name);
    } else {
        name_one(&s->named_others, ++s->other_count, name);
    }
}

/* What is never opened: a link, a pipe, a folder too deep down. */
static void name_other(struct search *s, const char *name, mode_t mode)
{
    const char *kind = S_ISLNK(mode) ? "a symbolic link" : S_ISDIR(mode) ? "a folder, too deep" : "no file";
    char words[300];
    snprintf(words, sizeof words, "%.255s (%s)", name, kind);
    name_one(&s->named_others, ++s->other_count, words);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "__MACOSX") != 0;
}

static void look_into(struct search *s, const char *folder, unsigned depth)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, names_by_bytes);
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct stat status;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        bool fits = length > 0 && (size_t)length < sizeof path && s->entries++ < ENTRIES_MOST;
        /* a symbolic link could lead out of what was handed in */
        if (fits && lstat(path, &status) == 0) {
            if (S_ISDIR(status.st_mode) && depth < DEPTH_MOST)
                look_into(s, path, depth + 1);
            else if (S_ISREG(status.st_mode))
                look_at_file(s, path, entries[i]->d_name);
            else
                name_other(s, entries[i]->d_name, status.st_mode);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

bool submission_is_capture(const struct rubric *rubric, const char *name)
{
    return matches(rubric->captures ? rubric->captures : usual_captures, name);
}

/* What lies beyond was not looked at, and could be what is missing. */
static void say_stopped(const struct search *s, char *words, size_t room)
{
    size_t used = strlen(words);
    if (used && s->entries > ENTRIES_MOST)
        snprintf(words + used, room - used, " The search stopped after %d files and folders.", ENTRIES_MOST);
}

static void say_missing(struct search *s)
{
    struct found *found = s->found;
    if (s->program_count > 1)
        snprintf(found->missing, sizeof found->missing, "%u files are called %.60s, and one is wanted. Keep the right "
                 "one.",
                 s->program_count, s->program);
    else if (s->capture_count > 1)
        snprintf(found->missing, sizeof found->missing, "%u captures are there, and one is wanted: %s. Keep the right "
                 "one.",
                 s->capture_count, text_ended(&s->named_captures));
    else
        snprintf(found->missing, sizeof found->missing, "No capture (%s)%s%s is there%s%s.", s->captures,
                 s->program ? " and no program called " : "", s->program ? s->program : "",
                 s->other_count ? "; what was found: "
                 : s->matching.count + s->meant.count ? ", only answers" : ": the folder is empty",
                 text_ended(&s->named_others));
}

/* Of files that match, else of those that are meant, the only one; of several the one to which nothing was added. */
static void choose_answers(struct search *s)
{
    struct found *found = s->found;
    const char *wanted = s->answers == usual_answers ? "answers.txt" : s->answers;
    struct candidates *of = s->plain.count == 1 ? &s->plain : s->matching.count ? &s->matching : &s->meant;
    if (of->count == 1)
        snprintf(found->answers, sizeof found->answers, "%s", of->first);
    else if (of->count)
        snprintf(found->unanswered, sizeof found->unanswered, "%u files could be %.100s, and one is wanted: %s. Keep the "
                 "right one.", of->count, wanted, text_ended(&of->named));
    else if (s->other_count)
        snprintf(found->unanswered, sizeof found->unanswered, "No file %.100s is there; what was found: %s.", wanted,
                 text_ended(&s->named_others));
}

static struct search search_begin(struct found *found, const struct rubric *rubric)
{
    return (struct search){ .found = found, .program = rubric->program,
                            .captures = rubric->captures ? rubric->captures : usual_captures,
                            .answers = rubric->answers ? rubric->answers : usual_answers };
}

static void search_end(struct search *s, bool alone)
{
    struct found *found = s->found;
    say_stopped(s, found->missing, sizeof found->missing);
    say_stopped(s, found->unanswered, sizeof found->unanswered);
    found->submission.program = s->program_count == 1 ? found->program : NULL;
    found->submission.alone = alone && !found->missing[0];
    found->submission.capture = found->missing[0] || s->program_count || alone ? NULL : found->capture;
    found->submission.answers = found->answers[0] ? found->answers : NULL;
    found->submission.unanswered = found->unanswered[0] ? found->unanswered : NULL;
    found->submission.missing = found->missing[0] ? found->missing : NULL;
    text_free(&s->plain.named);
    text_free(&s->matching.named);
    text_free(&s->meant.named);
    text_free(&s->named_captures);
    text_free(&s->named_others);
}

static bool needs_no_capture(const struct rubric *rubric)
{
    return rubric->captures && strcmp(rubric->captures, "none") == 0;
}

/* Neither the one program nor the one capture. */
static bool is_missing(const struct search *s)
{
    return s->program_count != 1 && (s->program_count || s->capture_count != 1);
}

static void set_name(struct found *found, const char *path)
{
    size_t length;
    const char *last = names_last(path, &length);
    snprintf(found->name, sizeof found->name, "%.*s", (int)length, last);
    found->submission.name = found->name;
}

void submission_find(struct found *found, const char *path, const struct rubric *rubric)
{
    struct stat status;
    struct search s = search_begin(found, rubric);
    bool alone = needs_no_capture(rubric);
    memset(found, 0, sizeof *found);
    set_name(found, path);
    if (stat(path, &status) != 0 && strpbrk(path, "./")) {
        snprintf(found->missing, sizeof found->missing, "%.1000s cannot be read: %s.", path, strerror(errno));
    } else if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
        snprintf(found->missing, sizeof found->missing, "%.1000s is neither a file nor a folder.", path);
    } else if (alone && !S_ISDIR(status.st_mode)) {
        snprintf(found->answers, sizeof found->answers, "%s", path);
    } else if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        snprintf(found->capture, sizeof found->capture, "%s", path);
    } else {
        look_into(&s, path, 0);
        choose_answers(&s);
        if (!alone && is_missing(&s))
            say_missing(&s);
    }
    search_end(&s, alone);
}

/* Canvas calls a file so that was handed in again: "server-1", "client-2.py". */
static bool is_again(const char *name, const char *program)
{
    const char *ending = strrchr(program, '.');
    size_t stem = ending ? (size_t)(ending - program) : strlen(program);
    if (strncmp(name, program, stem) != 0 || name[stem] != '-')
        return false;
    size_t digits = strspn(name + stem + 1, "0123456789");
    return digits && strcmp(name + stem + 1 + digits, program + stem) == 0;
}

void submission_find_among(struct found *found, char *const *files, const char *const *names, unsigned count,
                           const struct rubric *rubric)
{
    struct search s = search_begin(found, rubric);
    bool alone = needs_no_capture(rubric);
    memset(found, 0, sizeof *found);
    for (unsigned i = 0; i < count; i++) {
        struct stat status;
        if (lstat(files[i], &status) < 0)
            continue;
        if (S_ISREG(status.st_mode))
            look_at_file(&s, files[i], names[i]);
        else
            name_other(&s, names[i], status.st_mode);
    }
    for (unsigned i = 0; s.program && !s.program_count && i < count; i++)
        if (is_again(names[i], s.program))
            keep_path(found->program, sizeof found->program, ++s.program_count, files[i]);
    choose_answers(&s);
    if (!alone && is_missing(&s))
        say_missing(&s);
    search_end(&s, alone);
    found->submission.files = files;
    found->submission.names = names;
    found->submission.file_count = count;
}
