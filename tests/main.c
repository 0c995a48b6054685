/* Runs the unit tests: all suites, or the one named in the first argument; --list: their names. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITES(X) \
    X(text) X(source) X(parse) X(decoder) X(inferred) X(zeek) X(report) X(query) X(anatomy) X(conversations) \
    X(calls) X(call_words) X(calls_grow) X(trace) X(trace_calls) X(views) X(traffic) X(both) X(bytes) X(request) \
    X(terminal) X(screen) X(guess) X(start) X(lab) X(record) X(record_processes) X(record_rough) X(scenarios) X(sockets) \
    X(beside) X(result) X(format) X(collect) X(stream) X(plot) X(folder) X(turns)

#define X(name) Suite *name##_suite(void);
SUITES(X)
#undef X

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        Suite *(*make)(void);
    } suites[] = {
#define X(name) { #name, name##_suite },
        SUITES(X)
#undef X
    };
    if (argc > 1 && strcmp(argv[1], "--list") == 0) {
        for (unsigned i = 0; i < sizeof suites / sizeof *suites; i++)
            puts(suites[i].name);
        return EXIT_SUCCESS;
    }
    SRunner *runner = srunner_create(NULL);
    unsigned added = 0;
    for (unsigned i = 0; i < sizeof suites / sizeof *suites; i++)
        if (argc < 2 || strcmp(argv[1], suites[i].name) == 0) {
            srunner_add_suite(runner, suites[i].make());
            added++;
        }
    if (!added) {
        fprintf(stderr, "no suite is called %s\n", argv[1]);
        return EXIT_FAILURE;
    }
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
