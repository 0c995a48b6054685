/* cuts.c - every capture named, cut at every byte of its first 2 kB, all in this one process: each cut must give a
 * report or a clear message. Built with the sanitizers, it also shows that none crashes, overruns or leaks; one that
 * hangs is killed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/source.h"
#include "tests/everything.h"

enum { CUT_AT_MOST = 2048, SECONDS_FOR_A_CAPTURE = 120 };

/* For the signal handler: what is being read. */
static const char *volatile reading;

static void hangs(int signal_number)
{
    (void)signal_number;
    const char *name = reading;
    static const char says[] = ": a cut of it hangs\n";
    if (write(STDERR_FILENO, name, strlen(name)) > 0)
        (void)!write(STDERR_FILENO, says, sizeof says - 1);
    _exit(EXIT_FAILURE);
}

static void fail(const char *capture, size_t cut, const char *what)
{
    fprintf(stderr, "%s cut at byte %zu: %s\n", capture, cut, what);
    exit(EXIT_FAILURE);
}

static void read_through(struct source *source, enum report_format format)
{
    struct everything all;
    everything_open(&all, &(struct decoder_options){ .max_connections = 1024, .secret = 1 }, format);
    struct frame batch[FRAME_BATCH];
    unsigned count;
    while (source_next(source, batch, &count) != SOURCE_END)
        decoder_feed(all.decoder, batch, count);
    everything_close(&all, &(struct report_source){ .name = source_name(source), .complete = !source_problem(source) });
}

static void try_cut(const char *capture, const unsigned char *bytes, size_t cut)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, bytes, cut) != (ssize_t)cut)
        fail(capture, cut, "no memory file to write it to");
    struct error error = { 0 };
    struct source *source = source_open(&(struct source_options){ .file = path, .keep_privileges = true }, &error);
    if (source) {
        read_through(source, (enum report_format)(cut % REPORT_FORMATS));
        const struct error *problem = source_problem(source);
        if (problem && !problem->text[0])
            fail(capture, cut, "ends early without a message");
        source_close(source);
    } else if (!error.text[0]) {
        fail(capture, cut, "refused without a message");
    }
    close(fd);
}

int main(int argc, char **argv)
{
    static unsigned char bytes[CUT_AT_MOST];
    unsigned long cuts = 0;
    signal(SIGALRM, hangs);
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        reading = argv[i];
        alarm(SECONDS_FOR_A_CAPTURE);
        for (size_t cut = 0; cut <= size; cut++, cuts++)
            try_cut(argv[i], bytes, cut);
        alarm(0);
    }
    printf("%d captures, %lu cuts\n", argc - 1, cuts);
    return EXIT_SUCCESS;
}
