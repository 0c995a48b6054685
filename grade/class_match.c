/* Whose submission it is, by its name.
 *
 * Platforms make a folder's name of what they know: "Lovelace Ada_4711_assignsubmission_file_" (Moodle), "lovelaceada_LATE_123"
 * (Canvas), an e-mail address (Gradescope). So words of the name are looked up among words of the class list, both
 * without capitals, blanks and signs. A name that could be of two students is nobody's. */
#include "grade/class_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "base/text.h"

enum {
    PARTS_MOST = 16,              /* of a submission's name */
    WORDS_MOST = 6,               /* of a student's: Canvas has the last ones first */
    KEY_LEAST = 2,                /* bytes; what is shorter tells nothing */
};

/* --- words as they are compared --- */

/* Appends letters and digits, capitals made small; letters beyond ASCII by their numbers. */
static void fold(struct text *t, locale_t letters, const char *s, size_t length)
{
    for (size_t i = 0, step; i < length; i += step) {
        uint32_t c;
        step = text_utf8((const uint8_t *)s + i, length - i, &c);
        if (step > 1)
            text_format(t, "<%x>", letters ? (unsigned)towlower_l((wint_t)c, letters) : c);
        else if (step == 1 && isalnum((unsigned char)s[i]))
            text_char(t, (char)tolower((unsigned char)s[i]));
        step = step ? step : 1;
    }
}

/* Takes the word over. */
static bool add_key(struct class_list *list, struct text *word, unsigned student, enum class_key_kind kind)
{
    if (word->failed)
        return false;
    if (word->used < KEY_LEAST) {
        word->used = 0;
        return true;
    }
    if ((list->key_count & (list->key_count - 1)) == 0) {
        struct class_key *keys = realloc(list->keys, (list->key_count ? list->key_count * 2 : 1) * sizeof *keys);
        if (!keys)
            return false;
        list->keys = keys;
    }
    char *copy = strdup(text_ended(word));
    if (copy)
        list->keys[list->key_count++] = (struct class_key){ copy, student, kind };
    word->used = 0;
    return copy != NULL;
}

/* The name as it stands, and begun with each of its words: "Ada Lovelace" is "lovelaceada" too. */
static bool add_turned(struct class_list *list, const char *cell, unsigned student, enum class_key_kind kind)
{
    const char *words[WORDS_MOST];
    unsigned count = 0;
    bool well = true;
    struct text t = {0};
    for (const char *at = cell + strspn(cell, " "); *at && count < WORDS_MOST;) {
        words[count++] = at;
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    for (unsigned i = 0; i < count && well; i++) {
        fold(&t, list->letters, words[i], strlen(words[i]));
        fold(&t, list->letters, cell, (size_t)(words[i] - cell));
        well = add_key(list, &t, student, kind);
    }
    text_free(&t);
    return well;
}

static bool add_mail(struct class_list *list, const char *cell, unsigned student)
{
    const char *at = strchr(cell, '@');
    struct text t = {0};
    if (at)
        fold(&t, list->letters, cell, (size_t)(at - cell));
    bool well = !at || add_key(list, &t, student, KEY_MAIL);
    text_free(&t);
    return well;
}

static int by_word(const void *a, const void *b)
{
    return strcmp(((const struct class_key *)a)->word, ((const struct class_key *)b)->word);
}

bool class_keys_make(struct class_list *list)
{
    bool well = true;
    list->letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    for (unsigned i = 0; i < list->students && well; i++)
        for (int k = 0; k < (int)list->columns && well; k++) {
            const char *cell = class_cell(list, i, k);
            if (k != list->port && k != list->token)
                well = add_turned(list, cell, i, k == list->id ? KEY_ID : KEY_COLUMN) && add_mail(list, cell, i);
        }
    if (well && list->key_count)
        qsort(list->keys, list->key_count, sizeof *list->keys, by_word);
    return well;
}

void class_keys_free(struct class_list *list)
{
    for (size_t i = 0; i < list->key_count; i++)
        free(list->keys[i].word);
    free(list->keys);
    if (list->letters)
        freelocale(list->letters);
}

/* --- a submission's name --- */

/* Whom the words of one kind tell: the first student, and whether there is another. */
struct vote {
    int student;
    unsigned length;              /* of the words that told, in parts of the name: longer ones go before */
    bool several;
};

static void look_up(const struct class_list *list, const char *word, unsigned length, unsigned kinds,
                    struct vote votes[KEY_KINDS])
{
    size_t from = 0, to = list->key_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (strcmp(list->keys[middle].word, word) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    for (; from < list->key_count && strcmp(list->keys[from].word, word) == 0; from++) {
        struct vote *vote = &votes[list->keys[from].kind];
        if (!(kinds >> list->keys[from].kind & 1) || vote->length > length)
            continue;
        vote->several |= vote->student >= 0 && vote->student != (int)list->keys[from].student;
        vote->student = (int)list->keys[from].student;
        vote->length = length;
    }
}

/* Each run of parts, the longest first. An id may end at any sign; names have '-' and '.' within, and end at '_'. */
static void look_up_runs(const struct class_list *list, const char *name, struct vote votes[KEY_KINDS])
{
    size_t begin[PARTS_MOST + 1];
    unsigned parts = 0;
    struct text word = {0};
    for (size_t at = 0; parts < PARTS_MOST && name[at]; at += name[at] != 0) {
        begin[parts++] = at;
        at += strcspn(name + at, "_-.");
        begin[parts] = at + 1;
    }
    for (unsigned length = parts; length > 0; length--)
        for (unsigned i = 0; i + length <= parts; i++) {
            size_t end = begin[i + length] - 1;
            bool whole = (i == 0 || name[begin[i] - 1] == '_') && (name[end] == '_' || !name[end]);
            word.used = 0;
            fold(&word, list->letters, name + begin[i], end - begin[i]);
            look_up(list, text_ended(&word), length, whole ? ~0u : 1u << KEY_ID, votes);
        }
    text_free(&word);
}

static bool told(const struct vote votes[KEY_KINDS])
{
    for (unsigned i = 0; i < KEY_KINDS; i++)
        if (votes[i].student >= 0)
            return true;
    return false;
}

/* Those that tell one student have to tell the same. */
static int elected(const struct vote votes[KEY_KINDS])
{
    int student = CLASS_NOBODY;
    for (unsigned i = 0; i < KEY_KINDS; i++) {
        if (votes[i].student < 0 || votes[i].several)
            continue;
        if (student >= 0 && student != votes[i].student)
            return CLASS_SEVERAL;
        student = votes[i].student;
    }
    return student == CLASS_NOBODY && told(votes) ? CLASS_SEVERAL : student;
}

static int by_exact_id(const struct class_list *list, const char *name)
{
    unsigned from = 0, to = list->students;
    while (from < to) {
        unsigned middle = from + (to - from) / 2;
        int order = strcmp(class_cell(list, list->by_id[middle], list->id), name);
        if (order == 0)
            return (int)list->by_id[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return CLASS_NOBODY;
}

int class_match(const struct class_list *list, const char *name)
{
    struct vote votes[KEY_KINDS];
    int exact = by_exact_id(list, name);
    if (exact >= 0)
        return exact;
    for (unsigned i = 0; i < KEY_KINDS; i++)
        votes[i] = (struct vote){ .student = CLASS_NOBODY };
    look_up_runs(list, name, votes);
    const char *at = strchr(name, '@');
    if (at && !told(votes)) {
        struct text word = {0};
        fold(&word, list->letters, name, (size_t)(at - name));
        look_up(list, text_ended(&word), 1, 1u << KEY_ID | 1u << KEY_MAIL, votes);
        text_free(&word);
    }
    return elected(votes);
}
