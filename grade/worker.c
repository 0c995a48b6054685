/* The child: it reads what is handed in, gives up everything but its pipe, and then runs the rubric.
 *
 * Limits inside Lua alone do not hold: an error raised by a hook is caught by pcall, and one string.find never meets
 * it. So the parent ends a worker that takes too long, and a worker that asks for too much memory says so and ends
 * itself.
 */
#include "grade/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cap-ng.h>
#include <lauxlib.h>
#include <lualib.h>
#include <seccomp.h>

#include "base/sanitized.h"
#include "base/whole.h"
#include "grade/prints.h"
#include "grade/syntax.h"

enum {
    ADDRESSES = 768 << 20,        /* bytes of address space, beside the rubric's own */
    PROCESSOR_SECONDS = 1200,     /* of one worker, should its parent be gone */
};

/* --- the pipe --- */

void worker_send(const struct worker *worker, enum worker_message kind, const char *bytes, size_t length)
{
    if (length > MESSAGE_MOST)
        length = MESSAGE_MOST;
    char head[5] = { (char)length, (char)(length >> 8), (char)(length >> 16), (char)(length >> 24), (char)kind };
    char whole[4096];             /* most fit, and wake the parent once */
    bool fits = sizeof head + length <= sizeof whole;
    memcpy(whole, head, sizeof head);
    if (fits && length)
        memcpy(whole + sizeof head, bytes, length);
    if (!whole_bytes(worker->order->pipe, whole, fits ? sizeof head + length : sizeof head) ||
        (!fits && !whole_bytes(worker->order->pipe, bytes, length)))
        _exit(1);
}

/* --- limits --- */

static void limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit both = { most, most };
    setrlimit(what, &both);
}

static void limit_reading(const struct worker_order *order)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, PROCESSOR_SECONDS);
    if (!SANITIZED)
        limit(RLIMIT_AS, (rlim_t)ADDRESSES + ((rlim_t)order->memory_mib << 20));
}

/* What is left to a rubric: its pipe, memory, and the end. Everything else answers EPERM. A kernel that refuses the
 * filter leaves the other walls: no library that opens anything, no descriptors, no capabilities. */
static void seal(const struct worker_order *order)
{
    static const int allowed[] = {
        SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
        SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(clock_gettime),
        SCMP_SYS(gettimeofday), SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(sched_yield),
    };
    capng_clear(CAPNG_SELECT_BOTH);
    capng_apply(CAPNG_SELECT_BOTH);
    if (SANITIZED)
        return;
    limit(RLIMIT_FSIZE, 0);       /* a bundled trace lies in a file of memory while it is read */
    limit(RLIMIT_NOFILE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return;
    for (unsigned i = 0; i < sizeof allowed / sizeof *allowed; i++)
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    struct scmp_arg_cmp to_pipe = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)order->pipe, .datum_b = 0 };
    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, to_pipe);
    seccomp_load(filter);
    seccomp_release(filter);
}

/* Lua frees what it can after one refusal and asks again; after the second there is no more. A rubric that catches "not
 * enough memory" would go on and on, so the worker ends. */
static void *allocate(void *self, void *old, size_t old_size, size_t size)
{
    struct worker *worker = self;
    if (!old)
        old_size = 0;             /* then it is a kind of object */
    if (size == 0) {
        free(old);
        worker->memory -= old_size;
        return NULL;
    }
    bool more = size > old_size;
    void *made = more && size - old_size > worker->memory_most - worker->memory ? NULL : realloc(old, size);
    if (!made) {
        if (worker->refused) {
            worker_send(worker, MESSAGE_MEMORY, "", 0);
            _exit(0);
        }
        worker->refused = true;
        return NULL;
    }
    if (more)
        worker->refused = false;
    worker->memory = worker->memory - old_size + size;
    return made;
}

/* --- what is handed in --- */

static char *read_file(const char *file, size_t most, size_t *length)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char *bytes = fd < 0 ? NULL : malloc(most + 1);
    *length = 0;
    while (bytes && *length < most) {
        ssize_t got = read(fd, bytes + *length, most - *length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        *length += (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

/* What PowerShell's > and an old Windows editor write: UTF-16, its mark first. What is none stays as it is. */
static void from_utf16(char **bytes, size_t *length)
{
    bool marked = *bytes && *length >= 2 &&
                  (memcmp(*bytes, "\xff\xfe", 2) == 0 || memcmp(*bytes, "\xfe\xff", 2) == 0);
    iconv_t converter = marked ? iconv_open("UTF-8", "UTF-16") : (iconv_t)-1;
    if (converter == (iconv_t)-1)
        return;
    size_t room = *length * 2, left = room, rest = *length;
    char *made = malloc(room), *from = *bytes, *to = made;
    if (made && iconv(converter, &from, &rest, &to, &left) != (size_t)-1) {
        free(*bytes);
        *bytes = made;
        *length = room - left;
    } else {
        free(made);
    }
    iconv_close(converter);
}

static void read_evidence(struct worker *worker)
{
    struct error error = { 0 };
    struct text t = {0};
    if (!evidence_read(&worker->evidence, worker->order->capture, worker->order->over, &error)) {
        worker_send(worker, MESSAGE_UNREADABLE, error.text, strlen(error.text));
        _exit(0);
    }
    const struct evidence *e = &worker->evidence;
    text_format(&t, "{\"frames\":%llu,\"complete\":%s,\"problem\":", (unsigned long long)e->totals.frames,
                e->problem[0] ? "false" : "true");
    text_json_string(&t, e->problem[0] ? e->problem : NULL);
    text_string(&t, ",\"prints\":\"");
    capture_prints(&t, e->decoder);
    text_string(&t, "\"}");
    worker_send(worker, MESSAGE_CAPTURE, t.bytes, t.used);
    text_free(&t);
}

/* --- Lua --- */

/* Ends the language and the rubric with a message; what a function of the language raised is a text. */
static void say_error(const struct worker *worker, lua_State *lua)
{
    size_t length = 0;
    const char *text = lua_tolstring(lua, -1, &length);
    if (!text) {
        text = "the rubric raised an error that is no text";
        length = strlen(text);
    }
    worker_send(worker, MESSAGE_ERROR, text, length);
}

/* The libraries that the language is written with; a rubric gets what the language hands on. */
static void open_libraries(lua_State *lua)
{
    static const luaL_Reg libraries[] = {
        { LUA_GNAME, luaopen_base }, { LUA_STRLIBNAME, luaopen_string }, { LUA_TABLIBNAME, luaopen_table },
        { LUA_MATHLIBNAME, luaopen_math }, { LUA_UTF8LIBNAME, luaopen_utf8 },
    };
    static const char *const removed[] = { "dofile", "loadfile", "load", "require", "collectgarbage", "print", "warn" };
    for (unsigned i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(lua, libraries[i].name, libraries[i].func, 1);
        lua_pop(lua, 1);
    }
    for (unsigned i = 0; i < sizeof removed / sizeof *removed; i++) {
        lua_pushnil(lua);
        lua_setglobal(lua, removed[i]);
    }
    lua_getglobal(lua, "string");
    lua_pushnil(lua);
    lua_setfield(lua, -2, "dump");
    lua_pop(lua, 1);
    lua_pushliteral(lua, "");     /* the metatable of all strings */
    lua_getmetatable(lua, -1);
    lua_pushboolean(lua, false);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 2);
}

/* Runs the language's chunks with (native, language), then the rubric in the environment that the language made, then
 * language.run(). */
static bool run_language(struct worker *worker, lua_State *lua)
{
    lua_newtable(lua);            /* native */
    native_rows_register(lua);
    native_happenings_register(lua);
    native_bytes_register(lua);
    native_results_register(lua);
    lua_newtable(lua);            /* language */
    for (unsigned i = 0; i < language_source_count; i++) {
        const struct language_source *source = &language_sources[i];
        if (luaL_loadbufferx(lua, source->text, source->length, source->name, "t") != LUA_OK)
            return false;
        lua_pushvalue(lua, 1);
        lua_pushvalue(lua, 2);
        if (lua_pcall(lua, 2, 0, 0) != LUA_OK)
            return false;
    }
    const struct rubric *rubric = worker->order->rubric;
    char name[300];
    if (rubric->length && rubric->text[0] == LUA_SIGNATURE[0]) {
        lua_pushfstring(lua, "%s is compiled Lua; a rubric is text", rubric->name);
        return false;
    }
    snprintf(name, sizeof name, "@%s", rubric->name);
    if (luaL_loadbufferx(lua, rubric->text, rubric->length, name, "t") != LUA_OK) {
        syntax_advise(lua, rubric);
        return false;
    }
    lua_getfield(lua, 2, "globals");
    lua_setupvalue(lua, -2, 1);   /* a chunk's first upvalue is its _ENV */
    lua_getfield(lua, 2, "run");
    lua_insert(lua, -2);
    return lua_pcall(lua, 1, 0, 0) == LUA_OK;
}

void worker_run(const struct worker_order *order)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        _exit(1);
    worker->order = order;
    worker->memory_most = (size_t)order->memory_mib << 20;
    signal(SIGPIPE, SIG_IGN);
    limit_reading(order);
    read_evidence(worker);
    if (order->answers)
        worker->answers = read_file(order->answers, GRADE_ANSWERS_MOST, &worker->answers_length);
    from_utf16(&worker->answers, &worker->answers_length);
    seal(order);
    lua_State *lua = lua_newstate(allocate, worker);
    if (!lua)
        _exit(1);
    *(struct worker **)lua_getextraspace(lua) = worker;
    open_libraries(lua);
    if (run_language(worker, lua))
        worker_send(worker, MESSAGE_FINISHED, "", 0);
    else
        say_error(worker, lua);
    _exit(0);
}
