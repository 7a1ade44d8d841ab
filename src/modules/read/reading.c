/* The names of the universal tags; see reading.h. */
#include "modules/read/reading.h"

#include "base/cleanup.h"

const char *reading_upos_name(enum reading_upos upos)
{
        static const char *const names[] = {
                "_", "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN",
                "PUNCT", "SCONJ", "SYM", "VERB", "X",
        };

        _Static_assert(N_ELEMENTS(names) == UPOS_MAX_, "one name a tag");
        return (unsigned)upos < UPOS_MAX_ ? names[upos] : "_";
}
