/*
 * See mail.h. The message as a whole is UTF-8 already; what was packed (base64, quoted-printable) is of the encoding that its
 * part names. Who sent it is the story's source; an agency is known by the dateline, as ever.
 */
#include "modules/decode/mail.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "modules/decode/feed.h"
#include "modules/decode/fragment.h"
#include "modules/decode/stamp.h"
#include "modules/decode/text.h"

enum {
        HEAD_MAX = 65536,       /* bytes of a head */
        WORD_MAX_ = 1024,       /* of an encoded word; the standard allows 75 */
        PARTS_MAX = 256,
        DEPTH_MAX = 8,          /* of parts in parts: so often each byte is looked at */
};

struct head {
        const char *from, *subject, *date, *id, *type, *packing, *disposition, *language, *keywords, *version, *received, *to;
};

/* A part that may be the story. */
struct part {
        const char *s, *end;    /* NULL: none */
        struct head head;
};

struct reader {
        const struct decode_input *input;
        struct job *job;
        struct part plain, html;
        unsigned parts;
};

static const struct row {
        const char *name;
        size_t field;
} rows[] = {
#define ROW(name, field) { name, offsetof(struct head, field) }
        ROW("From", from), ROW("Subject", subject), ROW("Date", date), ROW("Message-ID", id), ROW("Content-Type", type),
        ROW("Content-Transfer-Encoding", packing), ROW("Content-Disposition", disposition), ROW("Content-Language", language),
        ROW("Keywords", keywords), ROW("MIME-Version", version), ROW("Received", received), ROW("To", to),
#undef ROW
};

/* The next line without its end; false where nothing is left. */
static bool next_line(const char **s, const char *end, const char **line, size_t *n)
{
        const char *stop;

        if (*s >= end)
                return false;
        stop = memchr(*s, '\n', (size_t)(end - *s));
        *line = *s;
        *s = stop != NULL ? stop + 1 : end;
        *n = (size_t)((stop != NULL ? stop : end) - *line);
        if (*n > 0 && (*line)[*n - 1] == '\r')
                --*n;
        return true;
}

/* Bytes of the name before the colon, 0: this is no header. */
static size_t name_length(const char *line, size_t n)
{
        size_t k = 0;

        while (k < n && line[k] > ' ' && line[k] < 0x7F && line[k] != ':')
                k++;
        return k < n && line[k] == ':' ? k : 0;
}

/* ... unfolded, without white space at both ends. */
static const char *value_of(struct arena *arena, const char *s, size_t n)
{
        char *value = arena_strndup(arena, s, n);

        for (char *p = value; *p != '\0'; p++)
                if (*p == '\r' || *p == '\n' || *p == '\t')
                        *p = ' ';
        return text_trim(arena, value, strlen(value));
}

/* The head at s[0..end); values where there is an arena, else only whether they are there. Returns where the body begins; NULL:
 * it is no head. */
static const char *take_head(struct arena *arena, const char *s, const char *end, struct head *head)
{
        const char *limit = end - s > HEAD_MAX ? s + HEAD_MAX : end, *line;
        size_t n, k;

        *head = (struct head){ .from = NULL };
        while (next_line(&s, limit, &line, &n)) {
                if (n == 0)
                        return s;
                k = name_length(line, n);
                if (k == 0)
                        return NULL;
                while (s < limit && (*s == ' ' || *s == '\t')) {
                        const char *more;
                        size_t n_more;

                        next_line(&s, limit, &more, &n_more);
                        n = (size_t)(more + n_more - line);
                }
                for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
                        const char **field = (const char **)(void *)((char *)head + rows[i].field);

                        if (*field == NULL && strlen(rows[i].name) == k && strncasecmp(rows[i].name, line, k) == 0)
                                *field = arena != NULL ? value_of(arena, line + k + 1, n - k - 1) : line;
                }
        }
        return limit == end ? end : NULL;
}

bool mail_matches(const struct decode_input *input)
{
        struct head head;

        return input->root == NULL && take_head(NULL, input->s, input->s + input->n, &head) != NULL && head.from != NULL &&
               (head.id != NULL || head.version != NULL || head.received != NULL ||
                (head.date != NULL && (head.subject != NULL || head.to != NULL)));
}

/* The parameter `name` of "text/plain; charset=utf-8"; NULL: it is not there. */
static const char *parameter(struct arena *arena, const char *value, const char *name)
{
        size_t k = strlen(name);

        for (const char *p = value; p != NULL && (p = strchr(p, ';')) != NULL;) {
                p += 1 + strspn(p + 1, " \t");
                if (strncasecmp(p, name, k) != 0 || p[k + strspn(p + k, " ")] != '=')
                        continue;
                p = strchr(p, '=') + 1;
                p += strspn(p, " ");
                return *p == '"' ? arena_strndup(arena, p + 1, strcspn(p + 1, "\"")) : arena_strndup(arena, p, strcspn(p, "; \t"));
        }
        return NULL;
}

static bool begins(const char *value, const char *with)
{
        return value != NULL && strncasecmp(value, with, strlen(with)) == 0;
}

/* ---- packed bytes ---- */

static int hex(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Quoted-printable, and with `word` the like of encoded words, where "_" is a space. Never longer than what it was. */
static char *unquote(struct arena *arena, const char *s, const char *end, bool word, size_t *n)
{
        char *out = arena_alloc(arena, (size_t)(end - s) + 1), *o = out;

        while (s < end) {
                if (*s == '=' && end - s > 2 && hex(s[1]) >= 0 && hex(s[2]) >= 0) {
                        *o++ = (char)(hex(s[1]) << 4 | hex(s[2]));
                        s += 3;
                } else if (*s == '=' && !word && end - s > 1 && (s[1] == '\n' || s[1] == '\r')) {
                        s += s[1] == '\r' && end - s > 2 && s[2] == '\n' ? 3 : 2;       /* a line that goes on */
                } else {
                        *o++ = *s == '_' && word ? ' ' : *s;
                        s++;
                }
        }
        *o = '\0';
        *n = (size_t)(o - out);
        return out;
}

/* NULL: it is none. */
static char *unbase64(struct arena *arena, const char *s, const char *end, size_t *n)
{
        struct buf bytes = BUF_NULL;
        char *out = NULL;

        if (base64_decode(&bytes, s, (size_t)(end - s)) == 0)
                out = arena_strndup(arena, bytes.data != NULL ? bytes.data : "", bytes.n);
        *n = out != NULL ? bytes.n : 0;
        buf_deinit(&bytes);
        return out;
}

/* "=?utf-8?Q?text?=" at s: behind it, with its text put to `out`; NULL: it is none. */
static const char *take_word(struct reader *r, const char *s, const char *end, struct fragment *out)
{
        struct arena *arena = r->job->arena;
        const char *charset = s + 2, *kind, *text, *stop, *bytes;
        size_t n;

        if (end - s < 8 || s[0] != '=' || s[1] != '?')
                return NULL;
        kind = memchr(charset, '?', (size_t)(end - charset));
        if (kind == NULL || end - kind < 5 || kind[2] != '?' || kind - charset > 40)
                return NULL;
        text = kind + 3;
        stop = memmem(text, MIN_OF((size_t)(end - text), (size_t)WORD_MAX_), "?=", 2);
        if (stop == NULL)
                return NULL;
        bytes = (kind[1] | 32) == 'b' ? unbase64(arena, text, stop, &n) : unquote(arena, text, stop, true, &n);
        if (bytes == NULL)
                return NULL;
        decode_text(r->input->decode, arena, &bytes, &n, arena_strndup(arena, charset, strcspn(charset, "?*")));
        fragment_add(out, bytes, n, true);
        return stop + 2;
}

/* A value on one line, encoded words read; white space between two of these does not count. NULL: nothing is left. */
static const char *words_of(struct reader *r, const char *value)
{
        const char *end, *next;
        struct fragment out;
        bool word = false;      /* the last one was encoded */

        if (value == NULL)
                return NULL;
        end = value + strlen(value);
        out = fragment_start(arena_alloc(r->job->arena, 3 * strlen(value) + 1));        /* a byte becomes three at the most */
        while (value < end) {
                size_t gap = strspn(value, " ");

                if (gap > 0 && !word)
                        fragment_break(&out, ' ');
                next = take_word(r, value + gap, end, &out);
                if (next != NULL) {
                        value = next;
                        word = true;
                        continue;
                }
                if (gap > 0)
                        fragment_break(&out, ' ');
                word = false;
                gap += strcspn(value + gap, " ");
                fragment_add(&out, value, gap, true);
                value += gap;
        }
        return fragment_end(&out) > 0 ? out.text : NULL;
}

/* ---- parts ---- */

static void read_part(struct reader *r, const char *s, const char *end, const struct head *head, unsigned level);

static void read_inner(struct reader *r, const char *s, const char *end, unsigned level)
{
        struct head head;
        const char *body = take_head(r->job->arena, s, end, &head);

        /* One without a head of its own begins with an empty line, or at once. */
        if (body == NULL)
                head = (struct head){ .from = NULL };
        read_part(r, body != NULL ? body : s, end, &head, level);
}

static void read_parts(struct reader *r, const char *s, const char *end, const char *boundary, unsigned level)
{
        const char *line, *begin = NULL;
        size_t n, k = strlen(boundary);

        while (next_line(&s, end, &line, &n)) {
                if (n < k + 2 || line[0] != '-' || line[1] != '-' || memcmp(line + 2, boundary, k) != 0)
                        continue;
                if (begin != NULL)
                        read_inner(r, begin, line, level + 1);
                begin = n >= k + 4 && memcmp(line + 2 + k, "--", 2) == 0 ? NULL : s;
                if (begin == NULL)
                        return;
        }
        if (begin != NULL)
                read_inner(r, begin, end, level + 1);
}

static void read_part(struct reader *r, const char *s, const char *end, const struct head *head, unsigned level)
{
        const char *type = head->type, *boundary;

        if (level > DEPTH_MAX || r->parts++ >= PARTS_MAX || begins(head->disposition, "attachment"))
                return;
        if (begins(type, "multipart/")) {
                boundary = parameter(r->job->arena, type, "boundary");
                if (boundary != NULL && *boundary != '\0')
                        read_parts(r, s, end, boundary, level);
        } else if (begins(type, "message/rfc822")) {
                read_inner(r, s, end, level + 1);
        } else if (begins(type, "text/html") && r->html.s == NULL) {
                r->html = (struct part){ s, end, *head };
        } else if ((type == NULL || begins(type, "text/plain") || strchr(type, '/') == NULL) && r->plain.s == NULL) {
                r->plain = (struct part){ s, end, *head };
        }
}

/* Lines that end with a space go on with the next (RFC 3676), and what stands behind "-- " is the sender's card. */
static size_t unflow(char *s, size_t n, bool flowed)
{
        size_t o = 0;

        for (size_t i = 0; i < n; i++) {
                bool first = o == 0 || s[o - 1] == '\n';

                if (first && n - i >= 3 && memcmp(s + i, "-- ", 3) == 0 && (n - i == 3 || s[i + 3] == '\n' || s[i + 3] == '\r'))
                        break;
                if (s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
                        continue;
                if (!(flowed && s[i] == '\n' && o > 0 && s[o - 1] == ' '))
                        s[o++] = s[i];
        }
        return o;
}

/* The part's text as a story has it; NULL: there is none. */
static char *text_of(struct reader *r, const struct part *part, bool html, struct strings *links, size_t *n)
{
        struct arena *arena = r->job->arena;
        const char *packing = part->head.packing, *bytes = part->s, *flowed;
        char *text;

        *n = (size_t)(part->end - part->s);
        if (part->s == NULL || *n == 0)
                return NULL;
        if (begins(packing, "base64"))
                bytes = unbase64(arena, part->s, part->end, n);
        else if (begins(packing, "quoted-printable"))
                bytes = unquote(arena, part->s, part->end, false, n);
        if (bytes == NULL)
                return NULL;
        if (bytes != part->s)
                decode_text(r->input->decode, arena, &bytes, n, parameter(arena, part->head.type, "charset"));
        if (html)
                return fragment_text(arena, bytes, *n, NULL, links, n);
        text = arena_strndup(arena, bytes, *n);
        flowed = parameter(arena, part->head.type, "format");
        *n = text_clean(text, unflow(text, *n, flowed != NULL && strcasecmp(flowed, "flowed") == 0));
        text = text_paragraphs(arena, text, *n, n);
        return *n > 0 ? text : NULL;
}

/* "Example Desk" <desk@example.org> */
static const char *sender(struct arena *arena, const char *from)
{
        const char *name = feed_person(arena, from);
        size_t n = name != NULL ? strlen(name) : 0;

        return n > 2 && name[0] == '"' && name[n - 1] == '"' ? arena_strndup(arena, name + 1, n - 2) : name;
}

int mail_decode(const struct decode_input *input, struct job *job)
{
        struct arena *arena = job->arena;
        struct reader r = { .input = input, .job = job };
        struct story story = decode_story("mail");
        struct strings keywords = { 0 }, links = { 0 };
        const char *end = input->s + input->n, *body;
        struct head head;
        char *text;
        size_t n;

        body = take_head(arena, input->s, end, &head);
        if (body == NULL) {
                job->reason = "no head of a mail";
                return MODULE_E_REFUSED;
        }
        read_part(&r, body, end, &head, 0);
        text = text_of(&r, &r.plain, false, NULL, &n);
        if (text == NULL)
                text = text_of(&r, &r.html, true, &links, &n);
        story.headline = words_of(&r, head.subject);
        if (text == NULL && story.headline == NULL) {
                job->reason = "a mail without subject and text";
                return MODULE_E_REFUSED;
        }
        story.source.title = sender(arena, words_of(&r, head.from));
        if (head.id != NULL && *head.id != '\0')
                story.guid = *head.id == '<' ? arena_strndup(arena, head.id + 1, strcspn(head.id + 1, ">")) : head.id;
        if (head.date != NULL)
                story.published = stamp_parse(head.date);
        if (head.language != NULL && *head.language != '\0')
                story.language = arena_strndup(arena, head.language, strcspn(head.language, ", ;"));
        feed_split(arena, &keywords, words_of(&r, head.keywords));
        story.keywords = keywords.items;
        story.links = links.items;
        return decode_add(input, job, &story, text, text != NULL ? n : 0);
}
