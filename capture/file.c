#include "capture/file.h"

#include <inttypes.h>
#include <stdio.h>

#include "capture/looks.h"

static bool over(const struct file *file)
{
    return file->problem.text[0] != '\0';
}

/* Where in the file, for messages. */
static const char *place(const struct file *file, char text[80])
{
    if (file->numbers == 0)
        snprintf(text, 80, "at offset %" PRIu64 ", before the first frame", file->stream.offset);
    else
        snprintf(text, 80, "at offset %" PRIu64 ", after frame %u", file->stream.offset, file->numbers);
    return text;
}

/* With frames before it the input was cut short, without any it could not be read. */
static void damaged(struct file *file, const char *why)
{
    enum exit_status status = file->numbers > 0 ? EXIT_CUT_SHORT : EXIT_UNREADABLE;
    char at[80];
    if (!file->begun)
        error_set(&file->problem, status, "%.200s cannot be read: %s", file->name, why);
    else
        error_set(&file->problem, status, "%.200s is damaged: the record %s, cannot be right: %s", file->name,
                  place(file, at), why);
}

/* The stream ended: where it should? */
static void conclude(struct file *file)
{
    size_t left = stream_left(&file->stream);
    const char *why = file->stream.why ? file->stream.why : "";
    const char *comma = file->stream.why ? "; " : "";
    char at[80];
    if (!file->begun && left == 0)
        error_set(&file->problem, EXIT_UNREADABLE, "%.200s %s%s", file->name, *why ? "cannot be read: " : "is empty",
                  why);
    else if (!file->begun)
        error_set(&file->problem, EXIT_UNREADABLE, "%.200s is no whole capture: it ends after %zu bytes, in the middle "
                  "of the file header%s%s", file->name, left, comma, why);
    else if (left > 0)
        error_set(&file->problem, EXIT_CUT_SHORT, "%.200s is cut short: the record %s, needs at least %zu bytes, and "
                  "%zu are there%s%s", file->name, place(file, at), file->need, left, comma, why);
    else if (*why)
        error_set(&file->problem, EXIT_CUT_SHORT, "%.200s is cut short %s: %s", file->name, place(file, at), why);
}

static enum file_format format_of(const uint8_t magic[4])
{
    if (classic_magic(magic))
        return FORMAT_CLASSIC;
    return pcapng_magic(magic) ? FORMAT_PCAPNG : FORMAT_UNKNOWN;
}

/* The file header, which for pcapng is its first block. */
static enum record_kind begin(struct file *file, struct record *record)
{
    const uint8_t *bytes = file->stream.bytes + file->stream.start;
    size_t length = stream_left(&file->stream);
    if (length < 4 || !file->stream.known)
        return record_short(record, 4);
    file->format = format_of(bytes);
    enum record_kind kind;
    struct frame none;
    if (file->format == FORMAT_CLASSIC)
        kind = classic_begin(&file->classic, bytes, length, record);
    else if (file->format == FORMAT_PCAPNG)
        kind = pcapng_record(&file->pcapng, bytes, length, file->stream.offset, &none, record);
    else
        return record_bad(record, "%s", looks_like(bytes, length));
    file->begun = kind == RECORD_OTHER;
    return kind;
}

static enum record_kind next_record(struct file *file, struct frame *frame, struct record *record)
{
    const uint8_t *bytes = file->stream.bytes + file->stream.start;
    size_t length = stream_left(&file->stream);
    if (!file->begun)
        return begin(file, record);
    if (length == 0)
        return record_short(record, 1);
    if (file->format == FORMAT_CLASSIC)
        return classic_record(&file->classic, bytes, length, frame, record);
    return pcapng_record(&file->pcapng, bytes, length, file->stream.offset, frame, record);
}

unsigned file_frames(struct file *file, struct frame *frames, unsigned room)
{
    unsigned count = 0;
    struct record record;
    while (count < room && !over(file)) {
        struct frame *frame = &frames[count];
        enum record_kind kind = next_record(file, frame, &record);
        if (kind == RECORD_SHORT) {
            file->need = record.size;
            break;
        }
        bool numbered = kind == RECORD_FRAME || kind == RECORD_NUMBERED;
        if (numbered && file->numbers == UINT32_MAX)
            kind = record_bad(&record, "more frames than can be numbered; split the file with `editcap -c`");
        if (kind == RECORD_BAD) {
            damaged(file, record.why);
            break;
        }
        file->numbers += numbered;
        if (kind == RECORD_FRAME) {
            frame->offset = file->stream.offset;
            frame->number = file->numbers;
            count++;
        }
        stream_take(&file->stream, record.size);
    }
    return count;
}

enum source_state file_more(struct file *file)
{
    if (over(file))
        return SOURCE_END;
    switch (stream_fill(&file->stream, file->need)) {
    case STREAM_GREW:
        return SOURCE_MORE;
    case STREAM_WAITS:
        return SOURCE_IDLE;
    case STREAM_ENDED:
        break;
    }
    conclude(file);
    return SOURCE_END;
}

bool file_open(struct file *file, const struct source_options *o, const char *name, struct error *error)
{
    *file = (struct file){ .name = name };
    if (!(o->bytes ? stream_open_bytes(&file->stream, o->bytes, o->length, name, error)
                   : stream_open(&file->stream, o->file, error)))
        return false;
    enum source_state state = SOURCE_MORE;
    struct record record;
    while (file->stream.regular && !file->begun && state != SOURCE_END) {
        enum record_kind kind = begin(file, &record);
        if (kind == RECORD_OTHER)
            stream_take(&file->stream, record.size);
        else if (kind == RECORD_BAD)
            damaged(file, record.why);
        else
            file->need = record.size;
        if (!file->begun)
            state = file_more(file);
    }
    if (over(file)) {
        *error = file->problem;
        file_close(file);
        return false;
    }
    return true;
}

void file_close(struct file *file)
{
    stream_close(&file->stream);
    pcapng_free(&file->pcapng);
    file->format = FORMAT_UNKNOWN;
    file->begun = false;
}
