#include "ui/guess_make.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/words.h"

void guess_says(struct guess *g, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(g->question, sizeof g->question, format, arguments);
    va_end(arguments);
}

void guess_lesson(struct guess *g, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(g->reason, sizeof g->reason, format, arguments);
    va_end(arguments);
}

void guess_offer(struct guess *g, const char *what, const char *format, ...)
{
    if (g->count == GUESS_OPTIONS)
        return;
    struct guess_option *option = &g->options[g->count];
    va_list arguments;
    va_start(arguments, format);
    snprintf(option->what, sizeof option->what, "%s", what);
    vsnprintf(option->effect, sizeof option->effect, format, arguments);
    va_end(arguments);
    for (unsigned i = 0; i < g->count; i++)
        if (strcmp(g->options[i].what, option->what) == 0 && strcmp(g->options[i].effect, option->effect) == 0)
            return;
    g->count++;
}

const char *guess_side(const struct guess_world *w, unsigned end)
{
    return words_side(w->of, end);
}

const char *guess_segment(const struct guess_world *w, const struct step *unit, char words[GUESS_SEGMENT])
{
    const struct connection *c = as_connection(w->of);
    char flags[WORDS_FLAGS_MAX], seq[16] = "", ack[16] = "", length[16] = "";
    uint32_t n;
    *words_flags_write(flags, unit->segment.flags) = '\0';
    if (words_relative_seq(c, unit->who, unit->segment.seq, !(unit->segment.flags & TCP_RST), &n))
        snprintf(seq, sizeof seq, " seq=%u", n);
    if (unit->segment.flags & TCP_ACK && words_relative_seq(c, !unit->who, unit->segment.ack, true, &n))
        snprintf(ack, sizeof ack, " ack=%u", n);
    if (unit->segment.payload)
        snprintf(length, sizeof length, " len=%u", unit->segment.payload);
    snprintf(words, GUESS_SEGMENT, "%s%s%s%s", *flags ? flags : "no flags", seq, ack, length);
    return words;
}

uint32_t guess_behind(const struct step *unit)
{
    unsigned flags = unit->segment.flags;
    return unit->segment.seq + unit->segment.payload + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
}

const struct step *guess_last_unit(const struct guess_world *w, unsigned end)
{
    for (size_t i = w->at, far = 0; i-- && far < GUESS_BACK; far++) {
        const struct step *unit = w->scenes->scenes[i].unit;
        if (unit && (end == NO_END || unit->who == end))
            return unit;
    }
    return NULL;
}

enum guess_made guess_make(struct guess *g, const struct guess_world *w)
{
    if (!w->unit)
        return guess_icmp(g, w) ? GUESS_TELLING : GUESS_NONE;
    if (w->unit->kind != EVENT_TCP_SEGMENT)
        return guess_datagrams(g, w);
    if (w->unit->segment.known < 14)
        return GUESS_NONE;
    if (guess_rules(g, w))
        return GUESS_TELLING;
    if (!guess_marks(g, w) && !guess_states(g, w) && !guess_numbers(g, w))
        return GUESS_NONE;
    return w->scene->telling ? GUESS_TELLING : GUESS_PLAIN;
}
