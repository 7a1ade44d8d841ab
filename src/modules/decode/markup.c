/* See markup.h. Every search either finds something and moves on or is remembered as hopeless: the time is linear. */
#include "modules/decode/markup.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "modules/decode/entity.h"

enum { ATTRIBUTES_MAX = 1 << 20 };      /* bytes of one tag */

struct markup markup_start(const char *s, size_t n, bool html)
{
        return (struct markup){ .at = s, .end = s + n, .html = html };
}

static bool is_space(char c)
{
        return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool begins_name(char c)
{
        return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == ':' || (unsigned char)c >= 0x80;
}

static bool ends_name(char c)
{
        return is_space(c) || c == '>' || c == '/' || c == '<' || c == '=' || c == '"' || c == '\'';
}

/* Where `what` ends, NULL where it does not come any more. */
static const char *find(const char *s, const char *end, const char *what, bool *hopeless)
{
        size_t k = strlen(what);
        const char *found = *hopeless || s >= end ? NULL : memmem(s, (size_t)(end - s), what, k);

        if (found == NULL) {
                *hopeless = true;
                return NULL;
        }
        return found + k;
}

/* The '>' of a tag whose name ends at `s`; NULL where there is none. */
static const char *tag_end(struct markup *m, const char *s)
{
        const char *limit = m->end - s > ATTRIBUTES_MAX ? s + ATTRIBUTES_MAX : m->end;

        for (const char *p = s; p < limit; p++) {
                bool *hopeless = *p == '"' ? &m->no_double : &m->no_single;
                const char *close;

                if (*p == '>')
                        return p;
                if (*p == '<') {
                        m->damaged = true;
                        return p - 1;
                }
                if ((*p != '"' && *p != '\'') || *hopeless || (p > s && p[-1] != '=' && !is_space(p[-1])))
                        continue;
                close = memchr(p + 1, *p, (size_t)(m->end - p - 1));
                if (close == NULL)
                        *hopeless = m->damaged = true;
                else if (close >= limit || (!m->html && memchr(p + 1, '<', (size_t)(close - p - 1)) != NULL))
                        m->damaged = true;      /* a quote that was never closed */
                else
                        p = close;
        }
        return NULL;
}

/* "<!DOCTYPE x [ <!ENTITY ...> ]>" and the like: behind its '>'. */
static const char *declaration_end(const char *s, const char *end)
{
        unsigned brackets = 0;

        for (; s < end; s++)
                if (*s == '[')
                        brackets++;
                else if (*s == ']' && brackets > 0)
                        brackets--;
                else if (*s == '>' && brackets == 0)
                        return s + 1;
        return end;
}

/* What begins with "<!" or "<?". True: *token is CDATA. */
static bool special(struct markup *m, struct markup_token *token)
{
        const char *s = m->at, *end = m->end, *close;
        size_t left = (size_t)(end - s);

        if (left >= 9 && memcmp(s, "<![CDATA[", 9) == 0) {
                close = find(s + 9, end, "]]>", &m->no_cdata_end);
                if (close == NULL)
                        m->damaged = true;
                *token = (struct markup_token){ .kind = MARKUP_CDATA, .s = s + 9, .begin = s, .end = close ? close : end };
                token->n = (size_t)((close ? close - 3 : end) - token->s);
                m->at = token->end;
                return true;
        }
        if (left >= 4 && memcmp(s, "<!--", 4) == 0)
                close = find(s + 4, end, "-->", &m->no_comment_end);
        else if (s[1] == '?')
                close = find(s + 2, end, "?>", &m->no_pi_end);
        else
                close = declaration_end(s + 2, end);
        if (close == NULL) {
                m->damaged = true;
                close = memchr(s, '>', left);
                close = close ? close + 1 : end;
        }
        m->at = close;
        return false;
}

/* A tag at m->at. False where it is none: then it is text. */
static bool tag(struct markup *m, struct markup_token *token)
{
        const char *s = m->at, *name = s + 1, *p, *close;
        bool closing = name < m->end && *name == '/';

        name += closing;
        if (name >= m->end || !begins_name(*name))
                return false;
        for (p = name; p < m->end && !ends_name(*p); p++)
                ;
        close = tag_end(m, p);
        if (close == NULL)
                return false;
        *token = (struct markup_token){ .kind = closing ? MARKUP_CLOSE : MARKUP_OPEN, .name = name, .begin = s,
                                        .n_name = (size_t)(p - name), .s = p, .end = close + 1 };
        token->n = close > p ? (size_t)(close - p) : 0;
        if (!closing && token->n > 0 && close[-1] == '/') {
                token->empty = true;
                token->n--;
        }
        m->at = token->end;
        return true;
}

/* Up to "</script". */
static bool raw_text(struct markup *m, struct markup_token *token)
{
        const char *p = m->at;

        for (;;) {
                p = memchr(p, '<', (size_t)(m->end - p));
                if (p == NULL || (size_t)(m->end - p) < m->n_raw + 2) {
                        p = m->end;
                        break;
                }
                if (p[1] == '/' && strncasecmp(p + 2, m->raw, m->n_raw) == 0)
                        break;
                p++;
        }
        m->raw = NULL;
        *token = (struct markup_token){ .kind = MARKUP_CDATA, .s = m->at, .n = (size_t)(p - m->at), .begin = m->at, .end = p };
        m->at = p;
        return token->n > 0;
}

bool markup_next(struct markup *m, struct markup_token *token)
{
        while (m->at < m->end) {
                const char *p = m->at;

                if (m->raw != NULL && raw_text(m, token))
                        return true;
                if (m->at >= m->end)
                        return false;
                p = m->at;
                if (*p == '<' && p + 1 < m->end && (p[1] == '!' || p[1] == '?')) {
                        if (special(m, token))
                                return true;
                        continue;
                }
                if (*p == '<' && tag(m, token)) {
                        if (m->html && token->kind == MARKUP_OPEN && !token->empty &&
                            (markup_is(token, "script") || markup_is(token, "style"))) {
                                m->raw = token->name;
                                m->n_raw = token->n_name;
                        }
                        return true;
                }
                if (*p == '<') {
                        m->damaged = true;
                        p++;
                }
                p = memchr(p, '<', (size_t)(m->end - p));
                if (p == NULL)
                        p = m->end;
                *token = (struct markup_token){ .kind = MARKUP_TEXT, .s = m->at, .n = (size_t)(p - m->at), .begin = m->at, .end = p };
                m->at = p;
                return true;
        }
        return false;
}

bool markup_same(const char *s, size_t n, const char *word)
{
        return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

bool markup_is(const struct markup_token *token, const char *name)
{
        return markup_same(token->name, token->n_name, name);
}

const char *markup_local(const struct markup_token *token, size_t *n)
{
        const char *colon = memchr(token->name, ':', token->n_name);

        *n = colon ? token->n_name - (size_t)(colon + 1 - token->name) : token->n_name;
        return colon ? colon + 1 : token->name;
}

/* The next attribute behind *at; false at the end. */
static bool next_attribute(const char **at, const char *end, const char **name, size_t *n_name, const char **value, size_t *n)
{
        const char *p = *at;

        while (p < end && (is_space(*p) || *p == '/' || *p == '"' || *p == '\'' || *p == '='))
                p++;
        *name = p;
        while (p < end && !is_space(*p) && *p != '=' && *p != '/')
                p++;
        *n_name = (size_t)(p - *name);
        while (p < end && is_space(*p))
                p++;
        *value = p;
        *n = 0;
        if (p < end && *p == '=') {
                for (p++; p < end && is_space(*p); p++)
                        ;
                if (p < end && (*p == '"' || *p == '\'')) {
                        const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));

                        *value = p + 1;
                        p = close ? close : end;
                        *n = (size_t)(p - *value);
                        p += close != NULL;
                } else {
                        *value = p;
                        while (p < end && !is_space(*p))
                                p++;
                        *n = (size_t)(p - *value);
                }
        }
        *at = p;
        return *n_name > 0;
}

bool markup_attribute(const struct markup_token *token, const char *name, const char **value, size_t *n)
{
        const char *at = token->s, *end = token->s + token->n, *found, *v;
        size_t k = strlen(name), n_found, n_v;
        bool local = false;

        while (next_attribute(&at, end, &found, &n_found, &v, &n_v)) {
                if (n_found == k && strncasecmp(found, name, k) == 0) {
                        *value = v;
                        *n = n_v;
                        return true;
                }
                if (!local && n_found > k && found[n_found - k - 1] == ':' && strncasecmp(found + n_found - k, name, k) == 0 &&
                    strncmp(found, "xmlns", 5) != 0) {
                        *value = v;
                        *n = n_v;
                        local = true;
                }
        }
        return local;
}

char *markup_get(struct arena *arena, const struct markup_token *token, const char *name)
{
        const char *value;
        size_t n;

        if (!markup_attribute(token, name, &value, &n))
                return NULL;
        while (n > 0 && is_space(*value))
                value++, n--;
        while (n > 0 && is_space(value[n - 1]))
                n--;
        return markup_decode(arena, value, n, &n);
}

char *markup_decode(struct arena *arena, const char *s, size_t n, size_t *n_out)
{
        char *out = arena_alloc(arena, n + 1), *o = out;
        const char *end = s + n;

        while (s < end) {
                const char *p = memchr(s, '&', (size_t)(end - s));
                char c[4];
                size_t k = (size_t)((p ? p : end) - s), n_c;

                memcpy(o, s, k);
                o += k;
                s += k;
                if (p == NULL)
                        break;
                k = entity_decode(s, (size_t)(end - s), c, &n_c);
                if (k == 0) {
                        *o++ = *s++;
                        continue;
                }
                memcpy(o, c, n_c);
                o += n_c;
                s += k;
        }
        *o = '\0';
        *n_out = (size_t)(o - out);
        return out;
}
