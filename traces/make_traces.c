/* make_traces - writes NAME.pcap beside each NAME.script that it is given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/script.h"

/* The file as text that ends at a zero byte, or NULL; the caller frees it. */
static char *read_file(const char *path, struct error *error)
{
    enum { LARGEST = 1 << 20 };
    FILE *file = fopen(path, "rb");
    char *text = malloc(LARGEST + 1);
    size_t length = file && text ? fread(text, 1, LARGEST + 1, file) : 0;
    bool whole = file && text && !ferror(file) && length <= LARGEST;
    if (file)
        fclose(file);
    if (whole) {
        text[length] = 0;
        return text;
    }
    error_set(error, EXIT_UNREADABLE, "%s: cannot be read, or is larger than %d bytes", path, LARGEST);
    free(text);
    return NULL;
}

static bool write_file(const char *path, const struct text *out, struct error *error)
{
    FILE *file = fopen(path, "wb");
    bool written = file && fwrite(out->bytes, 1, out->used, file) == out->used && !out->failed;
    if (file && fclose(file) != 0)
        written = false;
    if (!written)
        error_set(error, EXIT_OUTPUT, "%s: cannot be written", path);
    return written;
}

static bool make_trace(const char *path, struct error *error)
{
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".script") != 0) {
        error_set(error, EXIT_USAGE, "%s: expected a name that ends in .script", path);
        return false;
    }
    char *text = read_file(path, error);
    struct script script;
    bool parsed = text && script_parse(text, path, &script, error);
    free(text);
    if (!parsed)
        return false;
    struct text out = {0}, name = {0};
    script_pcap(&script, &out);
    text_bytes(&name, path, (size_t)(dot - path));
    text_bytes(&name, ".pcap", sizeof ".pcap");
    bool written = !name.failed && write_file(name.bytes, &out, error);
    text_free(&out);
    text_free(&name);
    script_free(&script);
    return written;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: make_traces FILE.script...\n");
        return EXIT_USAGE;
    }
    enum exit_status status = EXIT_DONE;
    for (int i = 1; i < argc; i++) {
        struct error error = {0};
        if (!make_trace(argv[i], &error))
            status = error_print(&error);
    }
    return (int)status;
}
