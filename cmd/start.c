/* The start screen: what there is to choose, and the program executed anew with the choice. */
#include "cmd/start.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/interfaces.h"
#include "capture/privileges.h"
#include "report/lessons.h"
#include "report/words.h"
#include "traffic/scenario.h"
#include "ui/start.h"

enum {
    TRACES_MOST = 200,            /* the newest are shown */
    ENTRIES_MOST = 50000,         /* of the folder, looked at */
    INTERFACES_MOST = 100,
};

static const char no_permission[] = "this user may not capture yet: choose one to see what helps";

/* --- interfaces --- */

struct counted {
    struct start *start;
    unsigned count;
};

static void add_interface(void *self, const char *name, const char *says)
{
    struct counted *c = self;
    if (c->count++ < INTERFACES_MOST)
        start_add(c->start, START_INTERFACES, NULL, name, says);
}

static void add_interfaces(struct start *start)
{
    struct counted counted = { .start = start };
    interfaces_up(add_interface, &counted);
    bool may = privileges_may_capture();
    start_note(start, START_INTERFACES, !may, may ? "live, while programs talk" : no_permission);
}

/* --- captures of this folder --- */

struct found {
    char name[NAME_MAX + 1];
    struct timespec changed;
    off_t size;
};

struct folder {
    struct found found[TRACES_MOST];   /* newest first */
    unsigned count;
    bool more;                    /* not all are in it */
};

static bool ends_so(const char *name, size_t length, const char *ending)
{
    size_t size = strlen(ending);
    return length > size && strncasecmp(name + length - size, ending, size) == 0;
}

static bool named_as_capture(const char *name)
{
    size_t length = strlen(name);
    if (ends_so(name, length, ".gz"))
        length -= strlen(".gz");
    return ends_so(name, length, ".pcap") || ends_so(name, length, ".pcapng") || ends_so(name, length, ".cap");
}

static bool newer(const struct found *a, const struct found *b)
{
    if (a->changed.tv_sec != b->changed.tv_sec)
        return a->changed.tv_sec > b->changed.tv_sec;
    if (a->changed.tv_nsec != b->changed.tv_nsec)
        return a->changed.tv_nsec > b->changed.tv_nsec;
    return strcmp(a->name, b->name) < 0;
}

static void keep(struct folder *folder, const struct found *found)
{
    unsigned place = folder->count;
    while (place && newer(found, &folder->found[place - 1]))
        place--;
    folder->more |= folder->count == TRACES_MOST;
    if (place == TRACES_MOST)
        return;
    folder->count += folder->count < TRACES_MOST;
    memmove(&folder->found[place + 1], &folder->found[place], (folder->count - 1 - place) * sizeof *found);
    folder->found[place] = *found;
}

static void look_into(struct folder *folder)
{
    DIR *directory = opendir(".");
    const struct dirent *entry;
    unsigned looked = 0;
    while (directory && (entry = readdir(directory))) {
        struct found found;
        struct stat status;
        if (looked++ == ENTRIES_MOST) {
            folder->more = true;
            break;
        }
        if (!named_as_capture(entry->d_name) || stat(entry->d_name, &status) < 0 || !S_ISREG(status.st_mode))
            continue;
        snprintf(found.name, sizeof found.name, "%s", entry->d_name);
        found.changed = status.st_mtim;
        found.size = status.st_size;
        keep(folder, &found);
    }
    if (directory)
        closedir(directory);
}

/* "2026-11-21 04:41   143,210 bytes" */
static void size_and_date(struct text *t, const struct found *found)
{
    struct tm tm;
    char date[40] = "";
    if (localtime_r(&found->changed.tv_sec, &tm))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M", &tm);
    text_format(t, "%s   ", date);
    words_count(t, (uint64_t)found->size, "byte", "bytes");
    text_char(t, '\0');
}

static void add_traces(struct start *start)
{
    struct folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return;
    look_into(folder);
    for (unsigned i = 0; i < folder->count; i++) {
        struct text says = { 0 };
        size_and_date(&says, &folder->found[i]);
        start_add(start, START_TRACES, NULL, folder->found[i].name, says.failed ? "" : says.bytes);
        text_free(&says);
    }
    start_note(start, START_TRACES, false,
               folder->more ? "newest first, not all: synfin FILE opens any" : "newest first");
    free(folder);
}

/* --- lessons --- */

static void add_lessons(struct start *start)
{
    for (unsigned i = 0; i < lesson_count; i++)
        start_add(start, START_LESSONS, lessons[i].topic, lessons[i].name, lessons[i].says);
    start_note(start, START_LESSONS, false, "short conversations, each made to show one thing");
}

/* Where the lab can be had, which is found by setting one up. */
static void add_lab(struct start *start)
{
    struct error refused;
    bool may = lab_try(&refused);
    for (unsigned i = 0; may && scenarios[i]; i++)
        start_add(start, START_LAB, scenarios[i]->topic, scenarios[i]->name, scenarios[i]->says);
    start_note(start, START_LAB, false, "two programs on two hosts of your own, live");
}

/* --- the choice --- */

/* Comes back only where it failed. The choice stands in front of the options given, which may end with "--". */
static enum exit_status execute(const struct start *start, int argc, char **argv)
{
    static const char *const options[START_GROUPS] = {
        [START_INTERFACES] = "-i", [START_TRACES] = "-r", [START_LAB] = "lab", [START_LESSONS] = "-r",
    };
    struct error error = { 0 };
    const char *word;
    enum start_group group = start_chosen(start, &word);
    char **words = calloc((size_t)argc + 3, sizeof *words);
    char *option = strdup(options[group]), *name = strdup(word);
    if (words && option && name) {
        words[0] = argv[0];
        words[1] = option;
        words[2] = name;
        for (int i = 1, at = 3; i < argc; i++)
            if (group != START_LAB || strcmp(argv[i], "--ascii") == 0)      /* the others are not the lab's */
                words[at++] = argv[i];
        execv("/proc/self/exe", words);
    }
    error_set(&error, EXIT_UNREADABLE, "synfin cannot be started anew: %s. Type it: synfin %s %.200s", strerror(errno),
              options[group], word);
    free(words);
    free(option);
    free(name);
    return error_print(&error);
}

enum exit_status start_screen(const struct options *options, bool mono, int argc, char **argv)
{
    const struct terminal_options terminal = { .ascii = options->report.ascii, .mono = mono, .theme = options->theme };
    struct error error = { 0 };
    struct start *start = start_new();
    enum exit_status status = EXIT_DONE;
    if (!start) {
        error_set(&error, EXIT_UNREADABLE, "Not enough memory to begin.");
    } else {
        add_lab(start);
        add_interfaces(start);        /* what may be captured is asked before it is laid down */
        if (privileges_lay_down(&error)) {
            add_traces(start);
            add_lessons(start);
            start_run(start, &terminal, &error);
        }
    }
    if (error.text[0])
        status = error_print(&error);
    else if (start_state(start) == START_CHOSEN)
        status = execute(start, argc, argv);
    start_free(start);
    return status;
}
