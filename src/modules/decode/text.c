/*
 * Whether a text is hard-wrapped is decided for the text as a whole, by the lengths of its lines: a teletype breaks at
 * 60 to 80 columns, an editor's file has a paragraph a line. A wrong join would glue a headline to a sentence, so there
 * must be another sign of paragraphs (blank lines or indents) before lines are joined.
 */
#include "modules/decode/text.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

enum {
        WRAP_MIN = 40, WRAP_MAX = 100,          /* columns of a wrapped line */
        CODE_NEL = 0x85, CODE_NBSP = 0xA0, CODE_SOFT_HYPHEN = 0xAD, CODE_LINE = 0x2028, CODE_PARAGRAPH = 0x2029,
        CODE_BOM = 0xFEFF,
};

static bool is_odd_space(uint32_t cp)
{
        return cp == CODE_NBSP || cp == '\t' || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x202F ||
               cp == 0x205F || cp == 0x3000;
}

static bool is_invisible(uint32_t cp)
{
        return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == CODE_SOFT_HYPHEN || cp == 0x200B || cp == CODE_BOM ||
               cp == 0x2060 || (cp >= 0x200E && cp <= 0x200F) || (cp >= 0x202A && cp <= 0x202E);
}

enum text_kind text_kind(uint32_t code)
{
        if (code == '\n' || code == '\r' || code == CODE_NEL || code == CODE_LINE || code == CODE_PARAGRAPH)
                return TEXT_BREAK;
        if (code == ' ' || is_odd_space(code))
                return TEXT_SPACE;
        return is_invisible(code) ? TEXT_NOTHING : TEXT_PLAIN;
}

size_t text_clean(char *s, size_t n)
{
        size_t o = 0;

        for (size_t i = 0; i < n;) {
                size_t k = 0;
                uint32_t cp;

                while (i + k + 8 <= n && text_eight_plain(s + i + k))
                        k += 8;
                while (i + k < n && s[i + k] >= ' ' && s[i + k] < 0x7F)
                        k++;
                if (k > 0) {
                        if (o != i)
                                memmove(s + o, s + i, k);
                        o += k;
                        i += k;
                        continue;
                }
                k = utf8_decode(s + i, n - i, &cp);
                switch (text_kind(cp)) {
                case TEXT_BREAK:
                        s[o++] = '\n';
                        if (cp == '\r' && i + 1 < n && s[i + 1] == '\n')
                                i++;
                        break;
                case TEXT_SPACE:
                        s[o++] = ' ';
                        break;
                case TEXT_PLAIN:
                        memmove(s + o, s + i, k);
                        o += k;
                        break;
                case TEXT_NOTHING:
                        break;
                }
                i += k;
        }
        s[o] = '\0';
        return o;
}

/* A document may be nothing but lines: small. Columns beyond what a line that was wrapped may have count as that. */
struct line {
        uint32_t at, n;         /* trimmed */
        uint16_t columns;
        bool indented, blank_before;
};

enum { COLUMNS_MAX = UINT16_MAX };

static size_t count_columns(const char *s, size_t n)
{
        size_t columns = 0, i = 0;
        uint64_t eight;

        /* Eight letters of ASCII are eight columns. */
        for (; i + sizeof eight <= n; i += sizeof eight) {
                memcpy(&eight, s + i, sizeof eight);
                if ((eight & UINT64_C(0x8080808080808080)) != 0)
                        break;
                columns += sizeof eight;
        }
        for (; i < n; i++)
                columns += ((unsigned char)s[i] & 0xC0) != 0x80;
        return columns;
}

/* The lines that are not empty. */
static struct line *split(struct arena *arena, const char *s, size_t n, size_t *n_lines)
{
        size_t max = 1;
        struct line *lines;
        bool blank = true;

        for (const char *p = s; (p = memchr(p, '\n', (size_t)(s + n - p))) != NULL; p++)
                max += p + 1 < s + n && p[1] != '\n';
        lines = arena_alloc(arena, max * sizeof *lines);
        *n_lines = 0;
        for (size_t i = 0; i < n;) {
                const char *end = memchr(s + i, '\n', n - i);
                size_t stop = end ? (size_t)(end - s) : n, b = i, e = stop;

                while (b < e && s[b] == ' ')
                        b++;
                while (e > b && s[e - 1] == ' ')
                        e--;
                if (b < e) {
                        lines[(*n_lines)++] = (struct line){
                                .at = (uint32_t)b, .n = (uint32_t)(e - b),
                                .columns = (uint16_t)MIN_OF(count_columns(s + b, e - b), (size_t)COLUMNS_MAX),
                                .indented = b - i >= 2, .blank_before = blank,
                        };
                        blank = false;
                } else {
                        blank = true;
                }
                i = stop + 1;
        }
        return lines;
}

static bool is_bullet(const char *s, size_t n)
{
        return n > 2 && ((strchr("-*+", s[0]) && s[1] == ' ') || strncmp(s, "\xE2\x80\xA2", 3) == 0);
}

/* Are the lines pieces of longer paragraphs? */
static bool is_wrapped(const struct line *lines, size_t n)
{
        size_t inner = 0, wrapped = 0, divided = 0, indented = 0;

        for (size_t i = 0; i + 1 < n; i++) {
                if (lines[i].columns > WRAP_MAX)
                        return false;
                divided += lines[i + 1].blank_before;
                indented += lines[i + 1].indented;
                if (lines[i + 1].blank_before || lines[i + 1].indented)
                        continue;
                inner++;
                wrapped += lines[i].columns >= WRAP_MIN;
        }
        if (indented + 1 == n && divided == 0)  /* all indented: no sign of paragraphs */
                return false;
        return inner > 0 && wrapped * 10 >= inner * 7 && (divided > 0 || indented > 0 || n >= 2);
}

/* A wrapped text's lines run on: within a paragraph they end in mid-sentence. */
static bool runs_on(const char *s, const struct line *lines, size_t n)
{
        size_t open = 0, inner = 0;

        for (size_t i = 0; i + 1 < n; i++) {
                if (lines[i + 1].blank_before || lines[i + 1].indented)
                        continue;
                inner++;
                open += !strchr(".!?\"", s[lines[i].at + lines[i].n - 1]);
        }
        return open * 2 > inner;
}

static char *to_paragraphs(struct arena *arena, const char *s, const struct line *lines, size_t n_lines, size_t n, bool join,
                           size_t *n_out)
{
        char *out = arena_alloc(arena, n + 2);
        size_t o = 0;
        bool indents = false;

        /* Either all lines of a paragraph are indented, or its first one alone: only the second divides. */
        for (size_t i = 0; i < n_lines; i++)
                indents = indents || !lines[i].indented;
        for (size_t i = 0; i < n_lines; i++) {
                const struct line *line = &lines[i];
                bool new = !join || line->blank_before || (indents && line->indented) || is_bullet(s + line->at, line->n);

                if (o > 0)
                        out[o++] = new ? '\n' : ' ';
                memcpy(out + o, s + line->at, line->n);
                o += line->n;
        }
        out[o] = '\0';
        *n_out = o;
        return out;
}

char *text_paragraphs(struct arena *arena, const char *s, size_t n, size_t *n_out)
{
        size_t n_lines;
        struct line *lines = split(arena, s, n, &n_lines);

        return to_paragraphs(arena, s, lines, n_lines, n, is_wrapped(lines, n_lines) && runs_on(s, lines, n_lines), n_out);
}

char *text_unwrap(struct arena *arena, const char *s, size_t n, size_t *n_out)
{
        size_t n_lines, divided = 0;
        struct line *lines = split(arena, s, n, &n_lines);
        bool flush = false;

        for (size_t i = 1; i < n_lines; i++) {
                divided += lines[i].blank_before;
                flush = flush || !lines[i].indented;
        }
        return to_paragraphs(arena, s, lines, n_lines, n, divided > 0 || flush, n_out);
}

char *text_trim(struct arena *arena, const char *s, size_t n)
{
        while (n > 0 && (*s == ' ' || *s == '\n'))
                s++, n--;
        while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\n'))
                n--;
        return arena_strndup(arena, s, n);
}
