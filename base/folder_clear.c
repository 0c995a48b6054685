/* Removing what somebody has left behind who may not have meant to make that easy. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"

enum { LEVELS = 48, OTHERS_MOST = 4000, LOOKED_AT_MOST = 1 << 20, CLEAR_S = 10, NAMES_TRIED = 100 };

struct clearing {
    int top;
    uid_t owner;
    nanoseconds until;            /* by the steady clock */
    unsigned looked_at;           /* entries, in all passes */
    unsigned others;              /* of them those in folders of somebody else below the top one */
    unsigned named;               /* folders that came up to the top one, or tried to */
    bool some;                    /* went, or came up, in this pass */
};

static bool is_over(const struct clearing *c)
{
    return c->looked_at >= LOOKED_AT_MOST || clock_steady() >= c->until;
}

/* Held without being read, so that what is opened to its owner is the folder that was looked at, and no link. */
static int open_inside(int folder, const char *name, uid_t owner)
{
    struct stat status;
    char path[40];
    int held = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (held < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", held);
    int opened = -1;
    if (fstat(held, &status) == 0 && (status.st_uid != owner || (status.st_mode & S_IRWXU) == S_IRWXU ||
                                      chmod(path, S_IRWXU) == 0 || geteuid() == 0))
        opened = openat(held, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(held);
    return opened;
}

/* What lies too deep is gone into from the top in the next pass. */
static void move_up(struct clearing *c, int folder, const char *name)
{
    for (unsigned i = 0; i < NAMES_TRIED; i++) {
        char up[64];
        snprintf(up, sizeof up, "synfin-deep-%u-%u", c->owner, c->named++);
        if (renameat(folder, name, c->top, up) == 0) {
            c->some = true;
            return;
        }
    }
}

static void clear_inside(struct clearing *c, int folder, bool theirs, unsigned level);

static void clear_entry(struct clearing *c, int folder, const char *name, unsigned level)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    bool theirs = status.st_uid == c->owner;
    int how = S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0;
    if (theirs && unlinkat(folder, name, how) == 0) {
        c->some = true;
        return;
    }
    int inside = how && (theirs || c->others < OTHERS_MOST) ? open_inside(folder, name, c->owner) : -1;
    if (inside < 0)
        return;
    if (level < LEVELS)
        clear_inside(c, inside, theirs, level + 1);       /* closes it */
    else
        close(inside);
    if (theirs && level == LEVELS)
        move_up(c, folder, name);
    else if (theirs && unlinkat(folder, name, how) == 0)
        c->some = true;
}

static void clear_inside(struct clearing *c, int folder, bool theirs, unsigned level)
{
    DIR *entries = fdopendir(folder);
    if (!entries) {
        close(folder);
        return;
    }
    for (const struct dirent *entry; !is_over(c) && (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        c->looked_at++;
        c->others += !theirs && level > 0;
        clear_entry(c, dirfd(entries), entry->d_name, level);
    }
    closedir(entries);
}

void folder_clear(int folder, uid_t owner)
{
    struct clearing c = { .top = folder, .owner = owner, .until = clock_steady() + CLEAR_S * NS_PER_S };
    do {
        int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        c.some = false;
        if (again >= 0)
            clear_inside(&c, again, false, 0);
    } while (c.some && !is_over(&c));
}
