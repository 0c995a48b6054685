#include "report/sentence.h"

#include <string.h>

#include "report/words.h"

/* The placeholder at s, which is behind its opening brace: does it have this name? */
static bool is(const char *s, const char *name)
{
    size_t length = strlen(name);
    return strncmp(s, name, length) == 0 && s[length] == '}';
}

static void end_words(struct text *t, const struct conversation *of, const struct because *because, bool peer,
                      bool capital)
{
    text_string(t, capital ? "The " : "the ");
    if (of && because->who < NO_END)
        text_string(t, words_side(of, because->who ^ peer));
    else
        text_string(t, peer ? "receiver" : "sender");
}

static void placeholder(struct text *t, const struct conversation *of, const struct because *because, const char *s)
{
    if (is(s, "who") || is(s, "Who"))
        end_words(t, of, because, false, *s == 'W');
    else if (is(s, "peer") || is(s, "Peer"))
        end_words(t, of, because, true, *s == 'P');
    else if (is(s, "frame") || is(s, "frame2"))
        text_u64(t, because->frame[s[5] == '2']);
    else if (is(s, "n") || is(s, "n2"))
        text_i64(t, because->value[s[1] == '2']);
    else if (is(s, "time") || is(s, "time2"))
        words_duration(t, because->value[s[4] == '2']);
}

/* The part in brackets at s names a frame that is 0. */
static bool left_out(const char *s, const struct because *because)
{
    for (; *s && *s != ']'; s++)
        if (*s == '{' && ((is(s + 1, "frame") && !because->frame[0]) || (is(s + 1, "frame2") && !because->frame[1])))
            return true;
    return false;
}

void sentence_text(struct text *t, const struct conversation *of, const struct because *because)
{
    if (because->sentence >= SENTENCE_COUNT)
        return;
    for (const char *s = sentence_texts[because->sentence]; *s;) {
        size_t plain = strcspn(s, "{[]");
        text_bytes(t, s, plain);
        s += plain;
        if (*s == '[' && left_out(s, because)) {
            s += strcspn(s, "]");
        } else if (*s == '{') {
            placeholder(t, of, because, s + 1);
            s += strcspn(s, "}");
        }
        s += *s != '\0';
    }
}

const char *sentence_rfc(const struct because *because, unsigned arc)
{
    const char *own = sentence_rfcs[because->sentence];
    if (arc >= tcp_arc_count)
        return own;
    return because->sentence != tcp_arcs[arc].sentence && *own ? own : tcp_arcs[arc].rfc;
}
