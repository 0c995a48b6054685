#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 65536 };

/* What is done with one entry of `folder`; false: enough. */
struct walk {
    bool (*file)(struct walk *walk, int folder, const char *name, const struct stat *status, int depth);
    bool (*enter)(struct walk *walk, const char *name, int depth);    /* NULL: nothing is done */
    void (*leave)(struct walk *walk, int folder, const char *name, const struct stat *status, int depth);
    unsigned entries;
    uint64_t bytes, bytes_most;
    uid_t owner;
    int to[FOLDER_DEPTH_MOST + 1];
    struct error *error;
};

static bool walk_folder(struct walk *w, int folder, int depth);

static bool walk_entry(struct walk *w, int folder, const char *name, int depth)
{
    struct stat status;
    if (++w->entries > FOLDER_ENTRIES_MOST)
        return false;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return true;
    if (!S_ISDIR(status.st_mode))
        return w->file(w, folder, name, &status, depth);
    if (depth == FOLDER_DEPTH_MOST)
        return false;
    int inside = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inside < 0)
        return true;
    bool good = (!w->enter || w->enter(w, name, depth)) && walk_folder(w, inside, depth + 1);
    if (w->leave)
        w->leave(w, folder, name, &status, depth);
    close(inside);
    return good;
}

static bool walk_folder(struct walk *w, int folder, int depth)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    bool good = true;
    if (!entries && again >= 0)
        close(again);
    for (const struct dirent *entry; good && entries && (entry = readdir(entries));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            good = walk_entry(w, folder, entry->d_name, depth);
    if (entries)
        closedir(entries);
    return good;
}

/* --- copied --- */

static bool cannot_copy(struct walk *w, const char *name)
{
    if (!w->error->text[0])
        error_set(w->error, EXIT_UNREADABLE, "\"%.100s\" could not be copied: %s.", name, strerror(errno));
    return false;
}

static bool is_theirs(const struct walk *w, int made)
{
    return w->owner == geteuid() || fchown(made, w->owner, w->owner) == 0;
}

static bool copy_bytes(struct walk *w, int from, int to, const char *name)
{
    char piece[PIECE];
    ssize_t got;
    while ((got = read(from, piece, sizeof piece)) > 0) {
        w->bytes += (uint64_t)got;
        errno = EFBIG;
        if (w->bytes > w->bytes_most || write(to, piece, (size_t)got) != got)
            return cannot_copy(w, name);
    }
    return got == 0 || cannot_copy(w, name);
}

static bool copy_one(struct walk *w, int from, int to, const char *name, mode_t mode)
{
    int made = from < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0111 ? 0755 : 0644);
    bool good = made >= 0 && is_theirs(w, made) ? copy_bytes(w, from, made, name) : cannot_copy(w, name);
    if (made >= 0)
        close(made);
    if (from >= 0)
        close(from);
    return good;
}

static bool copy_file(struct walk *w, int folder, const char *name, const struct stat *status, int depth)
{
    if (!S_ISREG(status->st_mode))
        return true;
    int from = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return copy_one(w, from, w->to[depth], name, status->st_mode);
}

static bool copy_enter(struct walk *w, const char *name, int depth)
{
    w->to[depth + 1] = mkdirat(w->to[depth], name, 0755) == 0
                     ? openat(w->to[depth], name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    return (w->to[depth + 1] >= 0 && is_theirs(w, w->to[depth + 1])) || cannot_copy(w, name);
}

static void copy_leave(struct walk *w, int folder, const char *name, const struct stat *status, int depth)
{
    (void)folder, (void)name, (void)status;
    if (w->to[depth + 1] >= 0)
        close(w->to[depth + 1]);
}

bool folder_copy(int from, int to, uid_t owner, uint64_t bytes_most, struct error *error)
{
    struct walk w = { .file = copy_file, .enter = copy_enter, .leave = copy_leave, .bytes_most = bytes_most,
                      .to = { to }, .owner = owner, .error = error };
    bool good = walk_folder(&w, from, 0);
    if (!good && !error->text[0])
        error_set(error, EXIT_UNREADABLE, "The folder has more than %d entries, or is deeper than %d folders.",
                  FOLDER_ENTRIES_MOST, FOLDER_DEPTH_MOST);
    return good;
}

bool folder_copy_files(char *const *paths, const char *const *names, unsigned count, int to, uid_t owner,
                       uint64_t bytes_most, struct error *error)
{
    struct walk w = { .bytes_most = bytes_most, .owner = owner, .error = error };
    for (unsigned i = 0; i < count; i++) {
        struct stat status;
        if (lstat(paths[i], &status) < 0 || !S_ISREG(status.st_mode))
            continue;
        int from = open(paths[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (!copy_one(&w, from, to, names[i], status.st_mode))
            return false;
    }
    return true;
}

/* --- measured --- */

static bool measure_file(struct walk *w, int folder, const char *name, const struct stat *status, int depth)
{
    (void)folder, (void)name, (void)depth;
    w->bytes += (uint64_t)status->st_blocks * 512;
    return true;
}

uint64_t folder_size(int folder)
{
    struct walk w = { .file = measure_file };
    return walk_folder(&w, folder, 0) ? w.bytes : UINT64_MAX;
}
