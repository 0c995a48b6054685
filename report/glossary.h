/* glossary.h - the field's words and their synonyms, each in one to four sentences.
 *
 * Words of one entry are separated by |, the first is the heading. States, marks, checks, events and fields are not
 * here: their sentences stand in their own lists, and `synfin help` looks there too.
 */
#ifndef SYNFIN_REPORT_GLOSSARY_H
#define SYNFIN_REPORT_GLOSSARY_H

struct glossary_entry {
    const char *words;
    const char *rfc;              /* section, or "" */
    const char *says;
};

struct glossary_part {
    const char *title;
    const struct glossary_entry *entries;
    unsigned count;
};

enum { GLOSSARY_PARTS = 6 };
extern const struct glossary_part glossary[GLOSSARY_PARTS];

#endif
