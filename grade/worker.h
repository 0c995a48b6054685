/* worker.h - what a worker holds, and the functions that it gives to the language (grade/language).
 *
 * A worker is a process of its own. It reads the capture, the rubric and the answers, closes everything but one pipe,
 * and only then begins with Lua. Everything it finds out goes down that pipe as messages: four bytes of length (little
 * end first), one byte of kind, and JSON or text.
 */
#ifndef SYNFIN_GRADE_WORKER_H
#define SYNFIN_GRADE_WORKER_H

#include <lua.h>

#include "grade/class.h"
#include "grade/evidence.h"
#include "grade/grade.h"
#include "grade/stream.h"

enum worker_message {
    MESSAGE_CAPTURE = 'C',        /* {"frames","complete","problem","prints"}: read */
    MESSAGE_UNREADABLE = 'U',     /* text: the capture cannot be read at all */
    MESSAGE_ABOUT = 'T',          /* {"rubric": {"title", ...}, "lab": {...}}: what rubric { } says */
    MESSAGE_DECLARED = 'D',       /* an item, not decided */
    MESSAGE_READY = 'Y',          /* nothing: all are declared */
    MESSAGE_BEGIN = 'B',          /* number of the item, from 0: its time begins */
    MESSAGE_RESULT = 'R',         /* an item, decided */
    MESSAGE_ERROR = 'E',          /* text: the rubric as a whole is wrong */
    MESSAGE_MEMORY = 'M',         /* nothing: the limit was met, and the worker ends */
    MESSAGE_SAID = 'S',           /* text: what the rubric printed, or lint found */
    MESSAGE_FINISHED = 'F',       /* nothing */
    MESSAGE_MOST = 256 * 1024,    /* bytes */
};

enum worker_mode { WORKER_GRADE, WORKER_ANSWERS, WORKER_LINT };

/* What a worker is made with: of the parent, before the fork. */
struct worker_order {
    enum worker_mode mode;
    const struct rubric *rubric;
    const char *capture;          /* NULL: declare only */
    bool over;                    /* it is of a run that had ended: what is open then stays open */
    const char *answers;          /* NULL: none */
    const struct student *student;
    unsigned memory_mib;
    const struct result *so_far;  /* items that are decided are left alone */
    int pipe;
};

struct worker {
    const struct worker_order *order;
    struct evidence evidence;
    size_t stream_bytes;          /* of all `bytes` values that live */
    char *answers;                /* text of the answer file */
    size_t answers_length;
    size_t memory, memory_most;   /* of the rubric's values, in bytes */
    bool refused;                 /* one allocation was refused; a second in a row ends the worker */
    uint32_t touched;             /* frame that a comparison of bytes came to */
    unsigned said;                /* lines that the rubric printed */
};

/* Runs in the child: never returns. */
_Noreturn void worker_run(const struct worker_order *order);

static inline struct worker *worker_of(lua_State *lua)
{
    return *(struct worker **)lua_getextraspace(lua);
}

/* Never fails to return: a parent that has gone ends the worker. */
void worker_send(const struct worker *worker, enum worker_message kind, const char *bytes, size_t length);

/* Each pushes functions into the table on top of the stack. */
void native_rows_register(lua_State *lua);      /* connections, flows, the capture */
void native_happenings_register(lua_State *lua);/* segments, datagrams, events */
void native_bytes_register(lua_State *lua);     /* streams, hashes */
void native_results_register(lua_State *lua);   /* what goes down the pipe; the submission's side */

/* The row of that id as first argument; raises where there is none. */
const struct conversation *native_row(lua_State *lua, int argument);

/* Pushes seconds after the capture's first frame. */
void native_push_time(lua_State *lua, nanoseconds time);

/* Pushes a `bytes` value over one direction of a row, or one unit; raises without memory. */
void native_push_stream(lua_State *lua, const struct conversation *row, unsigned end);
void native_push_unit(lua_State *lua, const struct happening *happening);

/* The language's own sources, compiled in: chunks in the order in which they are run. */
struct language_source {
    const char *name;
    const char *text;
    size_t length;
};
extern const struct language_source language_sources[];
extern const unsigned language_source_count;

#endif
