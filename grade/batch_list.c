#include "grade/batch_list.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "grade/digest.h"

enum { SAFE_MOST = 120 };         /* bytes of a file's name, before its endings */

static const char moodle[] = "_assignsubmission_";

/* --- names --- */

static bool is_capture(const struct batch_list *list, const char *name)
{
    static const char *const patterns[] = { "*.pcap", "*.pcapng", "*.pcap*.gz", "*.cap" };
    for (unsigned i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (name[0] != '.' && fnmatch(patterns[i], name, FNM_CASEFOLD) == 0)
            return true;
    return name[0] != '.' && submission_is_capture(list->rubric, name);
}

/* How much of a file's name says whose it is, where a platform put all files into one folder; 0: it does not say.
 * Canvas: NAME_[LATE_]STUDENT_NUMBER_FILE, the numbers of three digits at least. */
static size_t owner_length(const char *name)
{
    const char *at = strstr(name, moodle);
    if (at)
        return (size_t)(at - name);
    for (at = strchr(name, '_'); at; at = strchr(at + 1, '_')) {
        size_t first = strspn(at + 1, "0123456789");
        const char *second = at + 1 + first;
        size_t digits = first >= 3 && *second == '_' ? strspn(second + 1, "0123456789") : 0;
        if (digits >= 3 && second[1 + digits] == '_')
            return (size_t)(second - name);        /* the second number is the file's */
    }
    return 0;
}

/* What a submission is called: without the folders before it, what Moodle adds, and a capture's ending. */
static char *last_part(const struct batch_list *list, const char *path)
{
    size_t length;
    const char *last = names_last(path, &length);
    char *name = strndup(last, length);
    char *added = name ? strstr(name, moodle) : NULL;
    if (added && added != name)
        *added = 0;
    char *ending = name && is_capture(list, name) ? strcasestr(name + 1, ".pcap") : NULL;
    if (!ending && name && is_capture(list, name))
        ending = strrchr(name + 1, '.');
    if (ending)
        *ending = 0;
    return name;
}

/* Letters of any language, digits and a few signs stay. */
static char *safe_name(const char *name)
{
    struct text t = {0};
    for (size_t i = 0, step; name[i] && t.used < SAFE_MOST; i += step) {
        uint32_t c;
        step = text_utf8((const uint8_t *)name + i, strlen(name + i), &c);
        struct text harmless = {0};
        text_harmless(&harmless, name + i, step ? step : 1);
        bool same = step && harmless.used == step && memcmp(harmless.bytes, name + i, step) == 0;
        bool plain = step == 1 ? isalnum((unsigned char)name[i]) || (strchr("_-.+@", name[i]) && i > 0) : same;
        if (plain)
            text_bytes(&t, name + i, step);
        else
            text_char(&t, '_');
        step = step ? step : 1;
        text_free(&harmless);
    }
    char *made = strdup(t.used ? text_ended(&t) : "_");
    text_free(&t);
    return made;
}

static const char *where(const struct batch_entry *entry)
{
    return entry->path ? entry->path : entry->files[0];
}

static int by_safe_name(const void *a, const void *b)
{
    const struct batch_entry *x = a, *y = b;
    int order = strcmp(x->safe, y->safe);
    return order ? order : strcmp(where(x), where(y));
}

/* Of entries with the same safe name each gets some digits of where it is from, so that the name depends on nothing
 * else. */
static bool make_unique(struct batch_list *list)
{
    qsort(list->entries, list->count, sizeof *list->entries, by_safe_name);
    for (unsigned i = 1; i < list->count; i++)
        if (strcmp(list->entries[i - 1].safe, list->entries[i].safe) == 0)
            list->entries[i - 1].shares = list->entries[i].shares = true;
    for (unsigned i = 0; i < list->count; i++) {
        struct batch_entry *entry = &list->entries[i];
        if (!entry->shares)
            continue;
        char digest[DIGEST_TEXT], name[SAFE_MOST + 64];
        digest_bytes(digest, where(entry), strlen(where(entry)));
        snprintf(name, sizeof name, "%s~%.12s", entry->safe, digest);
        free(entry->safe);
        if (!(entry->safe = strdup(name)))
            return false;
    }
    qsort(list->entries, list->count, sizeof *list->entries, by_safe_name);
    return true;
}

/* --- making the list --- */

static bool no_memory(struct error *error)
{
    error_set(error, EXIT_UNREADABLE, "There is not enough memory for the list of submissions.");
    return false;
}

/* Takes `name` over. */
static struct batch_entry *add(struct batch_list *list, char *name, const char *path, struct error *error)
{
    if (list->count == BATCH_MOST) {
        error_set(error, EXIT_USAGE, "There are more than %d submissions.", BATCH_MOST);
        free(name);
        return NULL;
    }
    if ((list->count & (list->count - 1)) == 0) {
        struct batch_entry *entries = realloc(list->entries, (list->count ? list->count * 2u : 1) * sizeof *entries);
        if (!entries) {
            free(name);
            no_memory(error);
            return NULL;
        }
        list->entries = entries;
    }
    struct batch_entry *entry = &list->entries[list->count++];
    *entry = (struct batch_entry){ .name = name, .safe = name ? safe_name(name) : NULL,
                                   .path = path ? strdup(path) : NULL };
    if (!entry->safe || (path && !entry->path)) {
        no_memory(error);
        return NULL;
    }
    return entry;
}

/* The file's own name, behind what a platform puts before it. */
static const char *own_name(const char *name)
{
    static const char file[] = "file_";
    const char *at = name + owner_length(name);
    if (strncmp(at, moodle, strlen(moodle)) == 0)
        at += strlen(moodle) + (strncmp(at + strlen(moodle), file, strlen(file)) == 0 ? strlen(file) : 0);
    else if (at > name)
        at += 1 + strspn(at + 1, "0123456789") + 1;
    return *at ? at : name;
}

static bool add_file(struct batch_entry *entry, const char *file, struct error *error)
{
    char **files = realloc(entry->files, (entry->file_count + 1u) * sizeof *files);
    if (files)
        entry->files = files;
    const char **names = realloc(entry->names, (entry->file_count + 1u) * sizeof *names);
    if (names)
        entry->names = names;
    if (!files || !names || !(files[entry->file_count] = strdup(file)))
        return no_memory(error);
    names[entry->file_count] = own_name(strrchr(files[entry->file_count], '/') + 1);
    entry->file_count++;
    return true;
}

/* One file of a folder that holds everybody's: to the entry of its owner, which is the last one, for the folder is
 * read in order of names. */
static bool add_owned(struct batch_list *list, unsigned from, const char *file, const char *name, size_t owner,
                      struct error *error)
{
    struct batch_entry *last = list->count > from ? &list->entries[list->count - 1] : NULL;
    if (!last || last->path || strlen(last->name) != owner || strncmp(last->name, name, owner) != 0) {
        char *whose = strndup(name, owner);
        last = whose ? add(list, whose, NULL, error) : NULL;
    }
    return last && add_file(last, file, error);
}

/* Of a link itself: what it leads to was not handed in. 0: it is not there. */
static mode_t kind_of(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "__MACOSX") != 0 &&
           !strstr(entry->d_name, "_assignsubmission_onlinetext");
}

/* One entry of a folder that holds everybody's, as a submission or a part of one; what is neither a folder, a capture
 * nor somebody's file is left out. A link could have been meant as any of them. */
static bool add_one(struct batch_list *list, unsigned from, const char *file, const char *name, struct error *error)
{
    mode_t kind = kind_of(file);
    size_t owner = owner_length(name);
    bool link = !owner && S_ISLNK(kind);
    if (link || S_ISDIR(kind) || (!owner && kind && is_capture(list, name))) {
        struct batch_entry *entry = add(list, last_part(list, file), file, error);
        if (entry)
            entry->link = link;
        return entry != NULL;
    }
    return !owner || !kind || add_owned(list, from, file, name, owner, error);
}

static bool add_entries(struct batch_list *list, const char *folder, struct dirent **names, int count,
                        struct error *error)
{
    unsigned from = list->count;
    bool well = true;
    for (int i = 0; i < count && well; i++) {
        struct text path = {0};
        const char *name = names[i]->d_name;
        text_format(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", name);
        well = add_one(list, from, text_ended(&path), name, error);
        text_free(&path);
    }
    return well;
}

/* Does a folder hold everybody's? Where a platform's names are in it, or many are expected and there are two
 * entries or more that could each be a submission, and nothing else that is handed in, as answers. */
static bool is_everybodys(const struct batch_list *list, const char *folder, struct dirent **names, int count,
                          bool many)
{
    unsigned could = 0;
    for (int i = 0; i < count; i++) {
        struct text path = {0};
        if (owner_length(names[i]->d_name))
            return true;
        text_format(&path, "%s/%s", folder, names[i]->d_name);
        mode_t kind = kind_of(text_ended(&path));
        could += is_capture(list, names[i]->d_name) || S_ISDIR(kind) || S_ISLNK(kind);
        text_free(&path);
        if (fnmatch("answers.*", names[i]->d_name, FNM_CASEFOLD) == 0)
            return false;
    }
    return many && could > 1;
}

static bool add_path(struct batch_list *list, const char *path, bool alone, bool many, struct error *error)
{
    struct stat status;
    if (stat(path, &status) < 0 && (errno != ENOENT || strpbrk(path, "./"))) {
        error_set(error, EXIT_UNREADABLE, "%.300s cannot be read: %s.", path, strerror(errno));
        return false;
    }
    struct dirent **names = NULL;
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    int count = alone && folder ? scandir(path, &names, not_hidden, names_by_bytes) : 0;
    bool well;
    if (count > 0 && is_everybodys(list, path, names, count, many)) {
        list->everybodys = true;
        well = add_entries(list, path, names, count, error);
    } else {
        well = add(list, last_part(list, path), path, error) != NULL;
    }
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return well;
}

bool batch_list_make(struct batch_list *list, const struct rubric *rubric, char *const *paths, unsigned count, bool many,
                     struct error *error)
{
    *list = (struct batch_list){ .rubric = rubric };
    bool well = true;
    for (unsigned i = 0; i < count && well; i++)
        well = add_path(list, paths[i], count == 1, many, error);
    if (well && !list->count) {
        error_set(error, EXIT_USAGE, "There is nothing to grade.");
        well = false;
    }
    if (well && !make_unique(list))
        well = no_memory(error);
    if (!well)
        batch_list_free(list);
    return well;
}

void batch_list_free(struct batch_list *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        struct batch_entry *entry = &list->entries[i];
        for (unsigned k = 0; k < entry->file_count; k++)
            free(entry->files[k]);
        free(entry->files);
        free(entry->names);
        free(entry->name);
        free(entry->safe);
        free(entry->path);
    }
    free(list->entries);
    *list = (struct batch_list){ 0 };
}

/* --- results that are there --- */

static bool has_entry(const struct batch_list *list, const char *safe, size_t length)
{
    unsigned from = 0, to = list->count;
    while (from < to) {
        unsigned middle = from + (to - from) / 2;
        const char *other = list->entries[middle].safe;
        int order = strncmp(other, safe, length);
        if (order == 0 && !other[length])
            return true;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

void batch_list_strays(const struct batch_list *list, const char *out, struct names *names)
{
    struct dirent **files = NULL;
    int count = scandir(out, &files, names_result, names_by_bytes);
    for (int i = 0; i < count; i++) {
        size_t length = strlen(files[i]->d_name) - strlen(".json");
        if (!has_entry(list, files[i]->d_name, length))
            names_add(names, files[i]->d_name, length);
        free(files[i]);
    }
    free(files);
}

/* --- one entry --- */

/* All files of answers are called the same: her name is that of the folder. */
static void name_by_folder(struct found *found, const char *path)
{
    char folder[sizeof found->answers];
    const char *slash = strrchr(path, '/');
    size_t length;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 0, path);
    const char *last = names_last(folder, &length);
    if (!length)
        return;
    snprintf(found->name, sizeof found->name, "%.*s", (int)length, last);
    found->submission.name = found->name;
}

void batch_entry_find(const struct batch_entry *entry, const struct rubric *rubric, struct found *found)
{
    *found = (struct found){ 0 };
    if (entry->link) {
        snprintf(found->missing, sizeof found->missing, "This is a symbolic link, which is not followed: hand in the "
                 "files.");
        found->submission.missing = found->missing;
    } else if (entry->path) {
        submission_find(found, entry->path, rubric);
    } else {
        submission_find_among(found, entry->files, entry->names, entry->file_count, rubric);
    }
    found->submission.name = entry->name;
    if (found->submission.alone && entry->path && strcmp(found->answers, entry->path) == 0)
        name_by_folder(found, entry->path);
}
