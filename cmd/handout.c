/* synfin handout: a lesson of her own for each student of a class. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"
#include "grade/handout.h"

static const char usage[] =
    "usage: synfin handout NAME[,NAME...] --class FILE -o OUT\n"
    "\n"
    "  For each student one of these lessons of the lab, recorded with a port, numbers\n"
    "  and words of her own: OUT/ID/capture.pcap, questions.txt, and key.lua, by which\n"
    "  synfin grade OUT/ID/key.lua answers.txt marks her answers.\n"
    "\n"
    "  --class FILE         students as CSV with a heading: id, and port, token, name\n"
    "  -o OUT               a folder; what is there already is not written over\n"
    "  --seed TEXT          what is hers is derived from: another one each year\n"
    "  --format gift        OUT/ID.gift too: the questions for Moodle, with answers\n";

enum { OPTION_CLASS = 256, OPTION_SEED, OPTION_FORMAT };

static const struct option long_options[] = {
    { "class", required_argument, NULL, OPTION_CLASS }, { "seed", required_argument, NULL, OPTION_SEED },
    { "format", required_argument, NULL, OPTION_FORMAT }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

struct request {
    struct handout handout;
    const char *class_file;
    bool help;
};

static bool take(struct request *r, int option, struct error *error)
{
    switch (option) {
    case 'h': r->help = true; return true;
    case 'o': r->handout.out = optarg; return true;
    case OPTION_CLASS: r->class_file = optarg; return true;
    case OPTION_SEED: r->handout.seed = optarg; return true;
    default: break;
    }
    r->handout.gift = strcmp(optarg, "gift") == 0;
    if (!r->handout.gift)
        error_set(error, EXIT_USAGE, "--format is gift here, not \"%.100s\".", optarg);
    return r->handout.gift;
}

static bool read_options(struct request *r, int argc, char **argv, struct error *error)
{
    int option;
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", long_options, NULL)) != -1) {
        if (option == '?' || option == ':') {
            error_set(error, EXIT_USAGE, option == ':' ? "%s needs a value. See synfin handout --help."
                                                       : "%s is not an option here. See synfin handout --help.",
                      argv[optind - 1]);
            return false;
        }
        if (!take(r, option, error))
            return false;
    }
    if (!r->help && (argc - optind != 1 || !r->class_file || !r->handout.out))
        error_set(error, EXIT_USAGE, "What is handed out, to whom, and where to? synfin handout NAME --class FILE "
                  "-o OUT");
    return !error->text[0];
}

/* Each for herself: one who cannot have hers does not keep it from the others. The worst status. */
static enum exit_status make_all(const struct handout *h)
{
    enum exit_status status = EXIT_DONE;
    unsigned made = 0;
    const char *id;
    for (unsigned i = 0; (id = class_id(h->students, i)); i++) {
        struct error error = { 0 };
        if (handout_make(h, id, &error)) {
            made++;
            continue;
        }
        error_print(&error);
        status = error.status > status ? error.status : status;
    }
    fprintf(stderr, "synfin: %u handed out in %s\n", made, h->out);
    return status;
}

int command_handout(int argc, char **argv)
{
    struct request r = { 0 };
    struct error error = { 0 };
    struct class_list *students = NULL;
    enum exit_status status = EXIT_DONE;
    bool ready = read_options(&r, argc, argv, &error);
    if (ready && r.help)
        return (int)run_print(usage);
    ready = ready && (students = class_open(r.class_file, &error));
    r.handout.students = students;
    if (ready && handout_open(&r.handout, argv[optind], &error)) {
        status = make_all(&r.handout);
        handout_close(&r.handout);
    }
    class_close(students);
    return error.text[0] ? (int)error_print(&error) : (int)status;
}
