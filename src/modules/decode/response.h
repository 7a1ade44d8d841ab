/*
 * What a WARC record holds before its document: the head of an HTTP response, where it is one, and whether the document may
 * be news at all.
 */
#pragma once

#include "modules/decode/records.h"

enum { RESPONSE_MAX = 16 << 20 };       /* bytes of one record; a longer one is passed over */

struct response {
        int status;
        bool chunked, encoded, brotli;  /* encoded: gzip or deflate */
        char type[RECORDS_NAME], charset[RECORDS_NAME];
};

/* May a record of this kind and size be a document of news? */
bool response_wants(const struct record *record);

/* ... and its block? Then *at is where the document begins; `response` is of the head before it, where there is one. */
bool response_read(const struct record *record, const char *block, size_t n, struct response *response, size_t *at);
