/* One submission of a batch, in a process of its own. */
#include "grade/batch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grade/collect.h"
#include "grade/digest.h"
#include "grade/program.h"
#include "base/whole.h"

/* OUT/NAME.json; of other formats OUT/html/NAME.html, so that no two names can meet. */
static bool result_file(char file[PATH_MAX], const struct batch_job *job, enum grade_format format)
{
    bool result = format == FORMAT_JSON;
    return snprintf(file, PATH_MAX, "%s/%s%s%s.%s", job->options->out, result ? "" : grade_format_names[format],
                    result ? "" : "/", job->entry->safe, grade_format_endings[format]) < PATH_MAX;
}

static bool write_in(const struct batch_job *job, const struct result *r, const char *capture, enum grade_format format,
                     struct error *error)
{
    char file[PATH_MAX];
    struct text t = {0};
    struct format_options how = job->options->how;
    how.capture = capture;
    if (!result_file(file, job, format)) {
        error_set(error, EXIT_OUTPUT, "The name of the result of %.200s is too long.", job->entry->name);
        return false;
    }
    if (format == FORMAT_CSV)
        collect_csv_of_one(&t, r);
    else
        grade_format_write(&t, r, format, &how);
    bool well = whole_write(file, &t, error);
    text_free(&t);
    return well;
}

/* The result itself last: where it is, all is there. */
static bool write_all(const struct batch_job *job, const struct result *r, const char *capture)
{
    struct error error = { 0 };
    bool well = (!job->options->another || job->options->format == FORMAT_JSON ||
                 write_in(job, r, capture, job->options->format, &error)) &&
                write_in(job, r, capture, FORMAT_JSON, &error);
    if (!well)
        error_print(&error);
    return well;
}

static bool same(const char *kept, const char *digest)
{
    return kept ? strcmp(kept, digest) == 0 : !*digest;
}

static void digest_of(char digest[DIGEST_TEXT], const char *file)
{
    struct error error;
    digest[0] = 0;
    if (file)
        digest_file(digest, file, &error);
}

/* Is there a result for just this capture, these answers and this rubric? Then what persons decided since is put in. */
static bool is_kept(const struct batch_job *job, const struct submission *submission)
{
    char file[PATH_MAX], capture[DIGEST_TEXT], answers[DIGEST_TEXT];
    struct result r = { 0 };
    struct error error;
    if (!job->options->resume || !result_file(file, job, FORMAT_JSON) || !result_load(&r, file, &error))
        return false;
    bool kept = same(r.rubric_sha256, job->rubric->sha256);
    if (kept && submission->program) {
        program_digest(capture, submission);
        digest_of(answers, submission->answers);
        kept = same(r.program_sha256, capture) && same(r.answers_sha256, answers) && !r.error;
    } else if (kept) {
        digest_of(capture, submission->capture);
        digest_of(answers, submission->answers);
        kept = same(r.capture_sha256, capture) && same(r.answers_sha256, answers);
    }
    if (kept) {
        struct text before = {0}, after = {0};
        result_json(&before, &r);
        marks_apply(job->marks, &r);
        result_json(&after, &r);
        if (before.used != after.used || memcmp(before.bytes, after.bytes, after.used) != 0)
            kept = write_all(job, &r, submission->capture);
        text_free(&before);
        text_free(&after);
    }
    result_free(&r);
    return kept;
}

/* The result of a submission that could not be graded in its limits. The digests let it be resumed. */
static void not_graded(struct result *r, const struct batch_job *job, const struct submission *submission)
{
    char digest[DIGEST_TEXT];
    *r = (struct result){ 0 };
    result_text(&r->name, submission->name);
    result_text(&r->student, submission->student);
    result_text(&r->capture, submission->capture);
    result_text(&r->program, submission->program);
    result_text(&r->answers, submission->answers);
    result_text(&r->rubric, job->rubric->name);
    result_text(&r->rubric_sha256, job->rubric->sha256);
    result_text(&r->error, job->broken);
    r->error_status = EXIT_UNREADABLE;
    digest_of(digest, submission->capture);
    result_text(&r->capture_sha256, *digest ? digest : NULL);
    digest_of(digest, submission->answers);
    result_text(&r->answers_sha256, *digest ? digest : NULL);
}

/* Of a program the capture of its run, beside its result. */
static void grade_it(const struct batch_job *job, struct found *found, char keep[PATH_MAX], struct result *r)
{
    struct grade_options options = job->options->grade;
    bool fits = snprintf(keep, PATH_MAX, "%s/%s.pcap", job->options->out, job->entry->safe) < PATH_MAX;
    options.waited = job->waited;
    options.keep = found->submission.program && fits ? keep : NULL;
    grade_submission(job->rubric, &found->submission, &options, r);
    if (options.keep && r->capture)
        found->submission.capture = keep;
}

enum batch_end batch_one(const struct batch_job *job)
{
    char keep[PATH_MAX];
    struct found *found = calloc(1, sizeof *found);
    struct result r;
    if (!found)
        return BATCH_UNWRITTEN;
    batch_entry_find(job->entry, job->rubric, found);
    if (!job->broken && is_kept(job, &found->submission)) {
        free(found);
        return BATCH_KEPT;
    }
    if (job->broken)
        not_graded(&r, job, &found->submission);
    else
        grade_it(job, found, keep, &r);
    marks_apply(job->marks, &r);
    bool written = write_all(job, &r, found->submission.capture);
    enum batch_end end = !written ? BATCH_UNWRITTEN : r.error ? BATCH_ERROR : BATCH_GRADED;
    result_free(&r);
    free(found);
    return end;
}
