#include "capture/saved.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/linktype.h"

enum { SNAPSHOT = 262144 };

struct saved {
    pcap_t *handle;
    pcap_dumper_t *dump;
    char *path, *part;                /* owned */
    uint16_t linktype;
};

static void cannot(const char *path, const char *why, struct error *error)
{
    error_set(error, EXIT_OUTPUT, "%.200s cannot be written: %.200s", path, why);
}

static FILE *open_part(struct saved *s)
{
    int fd = mkstemp(s->part);
    if (fd < 0)
        return NULL;
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, 0666 & ~mask);         /* mkstemp() lets only its owner read */
    FILE *file = fdopen(fd, "wb");
    if (!file)
        close(fd);
    return file;
}

struct saved *saved_open(const char *path, uint16_t linktype, struct error *error)
{
    struct saved *s = calloc(1, sizeof *s);
    size_t length = strlen(path) + sizeof ".XXXXXX";
    if (s) {
        s->path = strdup(path);
        s->part = malloc(length);
        s->linktype = linktype;
    }
    if (!s || !s->path || !s->part) {
        error_set(error, EXIT_OUTPUT, "out of memory");
        saved_drop(s);
        return NULL;
    }
    snprintf(s->part, length, "%s.XXXXXX", path);
    FILE *file = open_part(s);
    if (!file) {
        cannot(path, strerror(errno), error);
        s->part[0] = '\0';
        saved_drop(s);
        return NULL;
    }
    s->handle = pcap_open_dead_with_tstamp_precision(linktype_to_dlt(linktype), SNAPSHOT, PCAP_TSTAMP_PRECISION_NANO);
    s->dump = s->handle ? pcap_dump_fopen(s->handle, file) : NULL;
    if (!s->dump) {
        cannot(path, s->handle ? pcap_geterr(s->handle) : "out of memory", error);
        fclose(file);
        saved_drop(s);
        return NULL;
    }
    return s;
}

bool saved_add(struct saved *s, const struct frame *frame, struct error *error)
{
    if (frame->linktype != s->linktype) {
        error_set(error, EXIT_OUTPUT, "frame %u is of another link type than those before; a pcap file holds one only: save "
                  "connections one by one", frame->number);
        return false;
    }
    struct pcap_pkthdr header = { .caplen = frame->caplen, .len = frame->len };
    header.ts.tv_sec = (time_t)(frame->time / NS_PER_S);
    header.ts.tv_usec = (suseconds_t)(frame->time % NS_PER_S);      /* nanoseconds in such a file */
    pcap_dump((u_char *)s->dump, &header, frame->bytes);
    if (!ferror(pcap_dump_file(s->dump)))
        return true;
    cannot(s->path, strerror(errno), error);
    return false;
}

bool saved_close(struct saved *s, struct error *error)
{
    /* link(), unlike rename(), takes no file's place that has come meanwhile */
    bool good = pcap_dump_flush(s->dump) == 0 && !ferror(pcap_dump_file(s->dump)) && link(s->part, s->path) == 0;
    if (!good)
        cannot(s->path, strerror(errno), error);
    saved_drop(s);
    return good;
}

void saved_drop(struct saved *s)
{
    if (!s)
        return;
    if (s->dump)
        pcap_dump_close(s->dump);
    if (s->handle)
        pcap_close(s->handle);
    if (s->part && s->part[0])
        unlink(s->part);
    free(s->part);
    free(s->path);
    free(s);
}
