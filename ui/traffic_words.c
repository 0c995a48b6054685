#include "ui/traffic_words.h"

#include <string.h>
#include <sys/wait.h>

#include "report/words.h"

#define WAITED NS_PER_MS              /* from here on a call is told to have waited */

static const char *const done[FAULT_ACTIONS] = {
    [FAULT_DROP] = "dropped", [FAULT_DUPLICATE] = "duplicated", [FAULT_REORDER] = "held back",
    [FAULT_CORRUPT] = "corrupted", [FAULT_DELAY] = "delayed",
};

static const char *ordinal(uint64_t n)
{
    unsigned last = n / 10 % 10 == 1 ? 0 : (unsigned)(n % 10);
    return last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
}

void traffic_ending(struct text *t, const struct session_speech *speech)
{
    if (!speech->ended)
        text_string(t, speech->started ? "runs" : "was not started");
    else if (speech->timed_out)
        text_string(t, "was ended when its time was over");
    else if (WIFSIGNALED(speech->status))
        text_format(t, "was ended by signal %d", WTERMSIG(speech->status));
    else
        text_format(t, "ended with status %d", WEXITSTATUS(speech->status));
}

/* How a call is written where there is room, and where there is less. */
enum form { FORM_WHOLE, FORM_NO_ARGUMENTS, FORM_SHORT };

static void call_words(struct text *t, const struct true_call *call, enum form form)
{
    const char *args = call->args && form == FORM_WHOLE ? call->args : "";
    bool named = call->call == CALL_LISTEN || call->call == CALL_POLL;    /* their sockets are among the arguments */
    if (call->fd >= 0 && !named && call->call != CALL_SOCKET && call->call != CALL_EXIT && form != FORM_SHORT)
        text_format(t, "%s(%d%s%s)", call_names[call->call], call->fd, *args ? ", " : "", args);
    else
        text_format(t, "%s(%s)", call_names[call->call], args);
    if (!call->returned) {
        text_string(t, call->call == CALL_EXIT ? "" : " ...");
        return;
    }
    if (call->error || call->result)
        text_format(t, " = %s", call->error ? call->error : call->result);
    if (call->end - call->time >= WAITED) {
        text_string(t, form == FORM_SHORT ? " .." : " after ");
        words_duration(t, call->end - call->time);
    }
}

void traffic_call(struct text *t, const struct true_call *call, unsigned width)
{
    bool waited = call->returned && call->end - call->time >= WAITED;
    enum form last = waited ? FORM_SHORT : FORM_WHOLE;
    size_t used = t->used;
    for (enum form form = FORM_WHOLE; form <= last; form++) {
        t->used = used;
        call_words(t, call, form);
        if (words_columns(t->bytes + used, t->used - used) <= width)
            break;
    }
}

void traffic_deed(struct text *t, const struct wire_options *wire, const struct wire_deed *d)
{
    const struct fault *f = &wire->faults.fault[d->fault];
    text_format(t, "the %s's %llu%s frame was %s: ", lab_end_names[d->from], (unsigned long long)d->frame,
                ordinal(d->frame), done[f->action]);
    if (d->kind == UNIT_TCP)
        words_flags(t, d->flags);
    else
        text_string(t, d->kind == UNIT_UDP ? "datagram" : d->kind == UNIT_ARP ? "ARP" : "ICMP");
    if (d->kind == UNIT_TCP || d->kind == UNIT_UDP)
        text_format(t, " len=%u", d->payload);
    text_format(t, " (%llu of fault %u)", (unsigned long long)d->matched, d->fault + 1u);
}

void traffic_wire(struct text *t, const struct wire_options *wire)
{
    if (wire->delay) {
        words_duration(t, wire->delay);
        text_string(t, " each way");
    }
    if (wire->rate) {
        text_string(t, wire->delay ? ", " : "");
        words_number(t, wire->rate);
        text_string(t, " bytes a second");
    }
}

void traffic_numbers(struct text *t, const struct scenario *s, const uint32_t number[ACTOR_NUMBERS])
{
    const char *before = "";
    for (unsigned i = 0; i < ACTOR_NUMBERS; i++) {
        if (!s->number[i].most)
            continue;
        text_format(t, "%s%s %u", before, actor_number_names[i], number[i] ? number[i] : s->number[i].is);
        before = "  ";
    }
}

void traffic_lesson(struct text *t, const struct scenario *s, unsigned width)
{
    if (!s)
        return;
    text_format(t, "%s: ", s->name);
    words_wrap(t, s->says, strlen(s->says), (unsigned)strlen(s->name) + 2, 0, width);
    text_char(t, '\n');
    words_wrap(t, s->lesson, strlen(s->lesson), 0, 0, width);
    if (s->settings_say) {
        text_string(t, "\nSet in the lab's kernels: ");
        words_wrap(t, s->settings_say, strlen(s->settings_say), 26, 0, width);
    }
    text_char(t, '\n');
}

void traffic_questions(struct text *t, const struct scenario *s, unsigned width)
{
    if (!s || !s->questions[0])
        return;
    text_string(t, "\nQuestions to answer now\n");
    for (unsigned i = 0; i < SCENARIO_QUESTIONS && s->questions[i]; i++) {
        text_format(t, "  %u. ", i + 1);
        words_wrap(t, s->questions[i], strlen(s->questions[i]), 5, 5, width);
    }
    if (s->unseen) {
        text_string(t, "\nWhat the wire cannot show here\n  ");
        words_wrap(t, s->unseen, strlen(s->unseen), 2, 2, width);
    }
}
