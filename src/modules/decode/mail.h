/*
 * A message of Internet mail, one a delivery: its head (RFC 5322, with the encoded words of RFC 2047), and of its parts (RFC 2045,
 * 2046) the first one that is plain text, else the first that is HTML. Attachments are passed over.
 */
#pragma once

#include "modules/decode/decode.h"

/* A head that names a sender, and what else only mail has. */
bool mail_matches(const struct decode_input *input);
/* 0, MODULE_E_REFUSED or -errno. */
int mail_decode(const struct decode_input *input, struct job *job);
