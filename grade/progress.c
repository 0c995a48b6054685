#include "grade/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR_MOST = 40 };

void progress_begin(struct progress *p, int terminal, unsigned total)
{
    *p = (struct progress){ .terminal = terminal, .total = total, .begun = clock_steady() };
}

void progress_tell(struct progress *p, unsigned done, unsigned errors)
{
    p->done = done;
    p->errors = errors;
}

void progress_line(struct text *t, const struct progress *p, nanoseconds now, unsigned width)
{
    struct text words = {0};
    double seconds = (double)(now - p->begun) / NS_PER_S, rate = seconds > 0 ? p->done / seconds : 0;
    text_format(&words, " %u of %u", p->done, p->total);
    if (p->done && seconds >= 1) {
        unsigned left = (unsigned)((p->total - p->done) / rate + 0.5);
        text_format(&words, rate >= 10 ? ", %.0f/s" : ", %.1f/s", rate);
        if (left >= 3600)
            text_format(&words, ", %u:%02u:%02u left", left / 3600, left / 60 % 60, left % 60);
        else
            text_format(&words, ", %u:%02u left", left / 60, left % 60);
    }
    if (p->errors)
        text_format(&words, ", %u %s", p->errors, p->errors == 1 ? "error" : "errors");
    unsigned bar = width > words.used + 12 ? width - (unsigned)words.used - 3 : 0;
    if (bar > BAR_MOST)
        bar = BAR_MOST;
    unsigned full = p->total ? (unsigned)((unsigned long long)bar * p->done / p->total) : bar;
    if (bar) {
        text_char(t, '[');
        text_repeat(t, "#", full);
        text_repeat(t, " ", bar - full);
        text_char(t, ']');
    }
    text_bytes(t, words.bytes, words.used < width ? words.used : width);
    text_free(&words);
}

static void show(const struct progress *p, const struct text *t)
{
    ssize_t written = write(p->terminal, t->bytes, t->used);
    (void)written;                /* a bar that is missing is no harm */
}

void progress_draw(struct progress *p)
{
    nanoseconds now = clock_steady();
    if (p->terminal < 0 || now - p->drawn < NS_PER_S / 5)
        return;
    struct winsize size = { 0 };
    struct text t = {0};
    ioctl(p->terminal, TIOCGWINSZ, &size);
    text_string(&t, "\r");
    progress_line(&t, p, now, size.ws_col ? size.ws_col - 1u : 79);
    text_string(&t, "\033[K");
    show(p, &t);
    text_free(&t);
    p->drawn = now;
}

void progress_end(struct progress *p)
{
    struct text t = {0};
    if (p->terminal < 0 || !p->drawn)
        return;
    text_string(&t, "\r\033[K");
    show(p, &t);
    text_free(&t);
}
