/* The const tables made from the lists of the headers: names, sentences, sections. */
#include "decode/connection.h"
#include "decode/decoder.h"
#include "decode/event.h"
#include "decode/marks.h"
#include "decode/sentences.h"
#include "decode/tcp_state.h"

const char *const mark_names[MARK_COUNT] = {
#define X(id, name, sentence) name,
    MARKS(X)
#undef X
};

const char *const mark_sentences[MARK_COUNT] = {
#define X(id, name, sentence) sentence,
    MARKS(X)
#undef X
};

const char *const tcp_state_names[STATE_COUNT] = {
#define X(id, name) name,
    TCP_STATES(X)
#undef X
};

const char *const event_names[EVENT_COUNT] = {
#define X(id, name, says, rfc) name,
    EVENTS(X)
#undef X
};

const char *const event_says[EVENT_COUNT] = {
#define X(id, name, says, rfc) says,
    EVENTS(X)
#undef X
};

const char *const event_rfcs[EVENT_COUNT] = {
#define X(id, name, says, rfc) rfc,
    EVENTS(X)
#undef X
};

const char *const sentence_texts[SENTENCE_COUNT] = {
#define X(id, rfc, text) text,
    SENTENCES(X)
#undef X
};

const char *const sentence_rfcs[SENTENCE_COUNT] = {
#define X(id, rfc, text) rfc,
    SENTENCES(X)
#undef X
};

const char *const check_names[CHECK_COUNT] = {
#define X(id, name, evidence, advice) name,
    CHECKS(X)
#undef X
};

const char *const check_evidence[CHECK_COUNT] = {
#define X(id, name, evidence, advice) evidence,
    CHECKS(X)
#undef X
};

const char *const check_advice[CHECK_COUNT] = {
#define X(id, name, evidence, advice) advice,
    CHECKS(X)
#undef X
};

const char *const moment_names[MOMENT_COUNT] = {
    "syn", "syn_ack", "established", "first_data", "last_data", "first_fin", "second_fin", "last_ack", "reset",
};

const char *const handshake_names[HANDSHAKE_COUNT] = {
    "complete", "half", "refused", "no_answer", "unreachable", "simultaneous", "fast_open", "midstream",
};

const char *const ending_names[ENDING_COUNT] = { "closed", "reset", "half_closed", "open" };

const char *const flow_status_names[3] = { "unreplied", "replied", "unreachable" };
