/* start.h - the start screen: an interface, a capture of this folder, a lesson that runs or a recorded one is
 * chosen.
 *
 * Four groups of lines, which the caller fills; the screen reads no folder, lists no interface and opens nothing.
 * Keys in, a canvas out, as with the dashboard (screen.h), so that tests play keys against a canvas in memory.
 * start_run() is the loop on a terminal.
 */
#ifndef SYNFIN_UI_START_H
#define SYNFIN_UI_START_H

#include <stdbool.h>

#include "base/error.h"
#include "report/canvas.h"
#include "ui/key.h"
#include "ui/terminal.h"

/* In the order of the screen. */
enum start_group { START_INTERFACES, START_TRACES, START_LAB, START_LESSONS, START_GROUPS };

enum start_state { START_CHOOSING, START_CHOSEN, START_LEFT };

enum { START_LINES = 1000 };      /* of all groups; more are not taken */

struct start;

/* Empty. NULL: memory ran out. */
struct start *start_new(void);
void start_free(struct start *start);

/* A line at the end of its group. word: what is opened, any bytes; says: what is known of it; topic: what the line
 * stands under with those before it, or NULL. All are copied, and made harmless for drawing. False: there is no
 * room. */
bool start_add(struct start *start, enum start_group group, const char *topic, const char *word, const char *says);

/* Words beside the heading of a group, of our own. refused: there is something in its way, so no line of it is selected
 * first. */
void start_note(struct start *start, enum start_group group, bool refused, const char *words);

void start_key(struct start *start, const struct key *key);
void start_draw(struct start *start, struct canvas *canvas);

enum start_state start_state(const struct start *start);

/* What was chosen, once it was. */
enum start_group start_chosen(const struct start *start, const char **word);

/* Takes the terminal, runs until something is chosen or the person leaves, and gives the terminal back. False: it could
 * not be taken; `error` says why. */
bool start_run(struct start *start, const struct terminal_options *options, struct error *error);

#endif
