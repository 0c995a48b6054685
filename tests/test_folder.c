/* Folders that somebody else has filled: what is removed of them, and what stays. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/folder.h"

enum { SOMEBODY = 60705, DEEP = 600, MANY = 5000 };

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/synfin-folder-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 01777), 0);
}

static void remove_folder(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* As somebody without any right but his own, where we are root; what he gave back. */
static int as_somebody(int (*what)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit((geteuid() == 0 && (setgid(SOMEBODY) < 0 || setuid(SOMEBODY) < 0)) || chdir(folder) < 0 ? 99 : what());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int clear(void)
{
    int top = open(".", O_RDONLY | O_DIRECTORY);
    folder_clear(top, geteuid());
    return 0;
}

static unsigned left(void)
{
    unsigned count = 0;
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    for (const struct dirent *entry; (entry = readdir(entries));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    return count;
}

static bool make_file(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    return fd >= 0 && close(fd) == 0;
}

static int dig(void)
{
    for (unsigned i = 0; i < DEEP; i++)
        if (mkdir("deeper", 0700) < 0 || !make_file("beside") || chdir("deeper") < 0)
            return 1;
    return !make_file("last");
}

START_TEST(as_deep_as_one_may_dig)
{
    ck_assert_int_eq(as_somebody(dig), 0);
    ck_assert_uint_eq(left(), 2);
    as_somebody(clear);
    ck_assert_uint_eq(left(), 0);
}
END_TEST

static int close_up(void)
{
    return mkdir("a", 0700) < 0 || mkdir("a/b", 0700) < 0 || !make_file("a/b/c") || mkdir("a/empty", 0) < 0 ||
           mkdir("read", 0700) < 0 || !make_file("read/d") || chmod("read", 0400) < 0 || chmod("a/b", 0) < 0 ||
           chmod("a", 0) < 0;
}

START_TEST(folders_that_are_closed_to_their_owner)
{
    ck_assert_int_eq(as_somebody(close_up), 0);
    as_somebody(clear);
    ck_assert_uint_eq(left(), 0);
}
END_TEST

static int fill(void)
{
    for (unsigned i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%u", i % 2 ? "" : "f", i);
        if (i % 2 ? mkdir(name, 0500) < 0 : !make_file(name))
            return 1;
    }
    return 0;
}

START_TEST(as_many_as_one_may_make)
{
    ck_assert_int_eq(as_somebody(fill), 0);
    as_somebody(clear);
    ck_assert_uint_eq(left(), 0);
}
END_TEST

static int leave_links(void)
{
    return symlink("/tmp", "out") < 0 || symlink("others", "near") < 0 || mkdir("own", 0700) < 0 ||
           symlink("../others", "own/closed") < 0 || !make_file("others/hers");
}

/* What a link leads to is not touched, nor what is another's; in others' folders what is theirs goes. */
START_TEST(what_is_others_stays)
{
    char path[200];
    struct stat status;
    if (geteuid() != 0)
        return;
    snprintf(path, sizeof path, "%s/others", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chmod(path, 0777), 0);
    snprintf(path, sizeof path, "%s/others/own", folder);
    ck_assert(make_file(path));
    ck_assert_int_eq(as_somebody(leave_links), 0);
    as_somebody(clear);
    ck_assert_uint_eq(left(), 1);
    ck_assert_int_eq(lstat(path, &status), 0);
    snprintf(path, sizeof path, "%s/others", folder);
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0777);
    snprintf(path, sizeof path, "%s/others/hers", folder);
    ck_assert_int_ne(lstat(path, &status), 0);
}
END_TEST

Suite *folder_suite(void);

Suite *folder_suite(void)
{
    Suite *suite = suite_create("folder");
    TCase *c = tcase_create("removed");
    tcase_add_checked_fixture(c, make_folder, remove_folder);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, as_deep_as_one_may_dig);
    tcase_add_test(c, folders_that_are_closed_to_their_owner);
    tcase_add_test(c, as_many_as_one_may_make);
    tcase_add_test(c, what_is_others_stays);
    suite_add_tcase(suite, c);
    return suite;
}
