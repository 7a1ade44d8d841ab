/* NITF 3.x (IPTC): a document, or what stands inside of NewsML. */
#pragma once

#include "modules/decode/decode.h"
#include "modules/decode/strings.h"
#include "modules/decode/xml.h"

/* What a NITF document fills. What is set in `story` already stays. */
struct nitf {
        struct story *story;
        struct strings keywords, subjects, links;
        const char *located, *country;
        char *text;
        size_t n;
        bool damaged;
};

/* s[0..n) begins with or before <nitf>. False where there is no element in it. */
bool nitf_read(struct arena *arena, const char *s, size_t n, struct nitf *nitf);

bool nitf_matches(const struct decode_input *input);
/* 0, MODULE_E_REFUSED or -errno. */
int nitf_decode(const struct decode_input *input, struct job *job);
