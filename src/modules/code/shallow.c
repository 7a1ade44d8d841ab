/*
 * Per sentence: tag every token, find the heads of noun phrases and verb groups, then walk from left to right with the
 * clause that is open. What no rule attaches hangs on the root.
 */
#include "modules/code/shallow.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 48 };

struct closed {
        const char *words;      /* between spaces */
        enum reading_upos upos;
};

static const struct closed closed_classes[] = {
        { " the a an this that these those some any no every each both all another its their his her our my your ",
          UPOS_DET },
        { " he she it they we i you him them us me who which himself itself themselves what ", UPOS_PRON },
        { " of in on at to for from by with against over under between among about into after before during through "
          "without within across around behind near since until as than like despite towards toward upon along amid "
          "per via including ",
          UPOS_ADP },
        { " and or but nor ", UPOS_CCONJ },
        { " because while although if whether unless though when where ", UPOS_SCONJ },
        { " be is are was were been being am has have had having do does did will would shall should can could may "
          "might must "
          "'ll 'd 've 're ",
          UPOS_AUX },
        { " not n't n\xE2\x80\x99t 's \xE2\x80\x99s ' \xE2\x80\x99 ", UPOS_PART },
        { " not also yesterday today tomorrow now then already still again never soon here there very more most ",
          UPOS_ADV },
        { " one two three four five six seven eight nine ten hundred thousand million dozens hundreds thousands ",
          UPOS_NUM },
};

static const struct {
        const char *form, *lemma;
} irregular[] = {
        { "said", "say" },       { "told", "tell" },       { "met", "meet" },         { "held", "hold" },
        { "gave", "give" },      { "given", "give" },      { "took", "take" },        { "taken", "take" },
        { "made", "make" },      { "sent", "send" },       { "shot", "shoot" },       { "fought", "fight" },
        { "struck", "strike" },  { "began", "begin" },     { "begun", "begin" },      { "broke", "break" },
        { "broken", "break" },   { "withdrew", "withdraw" }, { "withdrawn", "withdraw" }, { "left", "leave" },
        { "led", "lead" },       { "sought", "seek" },     { "brought", "bring" },    { "blew", "blow" },
        { "blown", "blow" },     { "fled", "flee" },       { "forbade", "forbid" },   { "went", "go" },
        { "came", "come" },      { "spoke", "speak" },     { "spoken", "speak" },     { "won", "win" },
        { "lost", "lose" },      { "cut", "cut" },         { "put", "put" },          { "set", "set" },
        { "hit", "hit" },        { "let", "let" },         { "bought", "buy" },       { "sold", "sell" },
        { "found", "find" },     { "thought", "think" },   { "knew", "know" },        { "saw", "see" },
        { "stole", "steal" },    { "stolen", "steal" },    { "swore", "swear" },      { "threw", "throw" },
        { "thrown", "throw" },   { "wrote", "write" },     { "written", "write" },    { "was", "be" },
        { "were", "be" },        { "is", "be" },           { "are", "be" },           { "been", "be" },
        { "being", "be" },       { "am", "be" },           { "has", "have" },         { "had", "have" },
        { "having", "have" },    { "did", "do" },          { "does", "do" },          { "n't", "not" },
        { "men", "man" },        { "women", "woman" },     { "people", "people" },    { "arose", "arise" },
        { "beat", "beat" },      { "beaten", "beat" },     { "overthrew", "overthrow" }, { "overthrown", "overthrow" },
        { "forgave", "forgive" }, { "rebuilt", "rebuild" }, { "retook", "retake" },   { "bound", "bind" },
};

static bool in_words(const char *words, const char *word)
{
        const char *found = words;
        size_t n = strlen(word);

        while ((found = strstr(found, word)) != NULL) {
                if (found > words && found[-1] == ' ' && found[n] == ' ')
                        return true;
                found += n;
        }
        return false;
}

/* Cut `suffix` off and put `add` on; the lexicon must know the result. */
static const struct lexicon_word *try_suffix(const struct lexicon *lexicon, const char *form, const char *suffix,
                                             const char *add)
{
        size_t n = strlen(form), k = strlen(suffix);
        char stem[WORD_MAX + 4];

        if (n <= k + 1 || n > WORD_MAX || strcmp(form + n - k, suffix) != 0)
                return NULL;
        memcpy(stem, form, n - k);
        strcpy(stem + n - k, add);
        return lexicon_find(lexicon, stem);
}

/* "stopped" is "stop". */
static const struct lexicon_word *try_double(const struct lexicon *lexicon, const char *form, const char *suffix)
{
        size_t n = strlen(form), k = strlen(suffix);
        char stem[WORD_MAX + 4];

        if (n <= k + 3 || n > WORD_MAX || strcmp(form + n - k, suffix) != 0 || form[n - k - 1] != form[n - k - 2])
                return NULL;
        memcpy(stem, form, n - k - 1);
        stem[n - k - 1] = '\0';
        return lexicon_find(lexicon, stem);
}

const struct lexicon_word *shallow_word(const struct lexicon *lexicon, const char *lower)
{
        static const char *const suffixes[][2] = { { "s", "" },   { "es", "" },   { "ies", "y" },
                                                   { "ed", "" },  { "d", "" },    { "ied", "y" },
                                                   { "ing", "" }, { "ing", "e" }, { "ped", "p" } };
        const struct lexicon_word *word = lexicon_find(lexicon, lower);

        for (size_t i = 0; i < sizeof irregular / sizeof *irregular; i++)
                if (strcmp(irregular[i].form, lower) == 0)
                        return lexicon_find(lexicon, irregular[i].lemma);
        /* "threatened" may be in a set of its own and is still the verb "threaten". */
        for (size_t i = 0; (!word || word->n_frames[LEXICON_VERB] == 0) && i < sizeof suffixes / sizeof *suffixes;
             i++) {
                const struct lexicon_word *stem = try_suffix(lexicon, lower, suffixes[i][0], suffixes[i][1]);

                if (!word || (stem && stem->n_frames[LEXICON_VERB] > 0))
                        word = stem ? stem : word;
        }
        if (!word)
                word = try_double(lexicon, lower, "ed");
        if (!word)
                word = try_double(lexicon, lower, "ing");
        return word;
}

static const char *lemma_of(struct arena *arena, const struct lexicon *lexicon, const char *lower)
{
        const struct lexicon_word *word;

        for (size_t i = 0; i < sizeof irregular / sizeof *irregular; i++)
                if (strcmp(irregular[i].form, lower) == 0)
                        return irregular[i].lemma;
        word = shallow_word(lexicon, lower);
        return word ? word->lemma : arena_strdup(arena, lower);
}

static bool ends_with(const char *s, const char *suffix)
{
        size_t n = strlen(s), k = strlen(suffix);

        return n > k && strcmp(s + n - k, suffix) == 0;
}

static bool is_nominal(enum reading_upos upos)
{
        return upos == UPOS_NOUN || upos == UPOS_PROPN || upos == UPOS_PRON;
}

static enum reading_upos tag(const struct lexicon *lexicon, const struct reading_token *token, const char *lower,
                             const struct reading_token *before, bool first)
{
        const struct lexicon_word *word = lexicon_find(lexicon, token->lemma);
        bool capital = isupper((unsigned char)token->form[0]) != 0;

        if (!isalnum((unsigned char)lower[0]) && (unsigned char)lower[0] < 0x80 && lower[0] != '\'')
                return UPOS_PUNCT;
        if (isdigit((unsigned char)lower[0]))
                return UPOS_NUM;
        for (size_t i = 0; i < sizeof closed_classes / sizeof *closed_classes; i++)
                if (in_words(closed_classes[i].words, lower))
                        return closed_classes[i].upos;
        if ((unsigned char)lower[0] >= 0x80 && strlen(lower) <= 3)
                return UPOS_PUNCT;
        if (capital && (!first || !word))
                return UPOS_PROPN;
        if (ends_with(lower, "ly"))
                return UPOS_ADV;
        if (word && word->n_frames[LEXICON_VERB] > 0) {
                if (before &&
                    (before->upos == UPOS_DET || before->upos == UPOS_ADJ || before->upos == UPOS_NUM ||
                     (before->upos == UPOS_ADP && strcmp(before->lemma, "to") != 0 && !ends_with(lower, "ing")) ||
                     (before->upos == UPOS_PART && strchr(before->form, 's'))))
                        return UPOS_NOUN;
                return UPOS_VERB;
        }
        if (ends_with(lower, "al") || ends_with(lower, "ous") || ends_with(lower, "ive") || ends_with(lower, "ful"))
                return UPOS_ADJ;
        if (before && ends_with(lower, "ed") &&
            (is_nominal((enum reading_upos)before->upos) || before->upos == UPOS_AUX))
                return UPOS_VERB;
        return UPOS_NOUN;
}

/* The walk over one sentence. Indices are within it, -1: none. */
struct walk {
        struct reading_token *t;
        int32_t n;
        int32_t verb;           /* the verb of the open clause */
        int32_t subject;        /* a noun phrase that waits for its verb */
        int32_t last_noun;      /* what a preposition may hang on */
        int32_t preposition;    /* waits for its noun */
        bool object;            /* the verb has its object */
        int32_t root;
};

static void attach(struct walk *w, int32_t child, int32_t head, const char *rel)
{
        if (child == head || child < 0 || head < 0)
                return;
        w->t[child].head = head;
        w->t[child].deprel = rel;
}

/* The last noun of the phrase that begins at i; *end is behind the phrase. -1 where none begins. */
static int32_t noun_phrase(const struct walk *w, int32_t i, int32_t *end)
{
        int32_t head = -1, k = i;

        if (w->t[i].upos == UPOS_PRON) {
                *end = i + 1;
                return i;
        }
        for (; k < w->n; k++) {
                enum reading_upos upos = (enum reading_upos)w->t[k].upos;

                if (upos == UPOS_NOUN || upos == UPOS_PROPN || (upos == UPOS_NUM && head < 0))
                        head = upos == UPOS_NUM ? head : k;
                else if (upos != UPOS_DET && upos != UPOS_ADJ && upos != UPOS_NUM &&
                         !(upos == UPOS_PUNCT && w->t[k].form[0] == '-' && head >= 0))
                        break;
                else if (upos == UPOS_DET && k > i)
                        break;
        }
        *end = head >= 0 ? head + 1 : i + 1;
        return head;
}

static bool is_possessive(const struct walk *w, int32_t i)
{
        return i < w->n && w->t[i].upos == UPOS_PART && strcmp(w->t[i].form, "n't") != 0 &&
               strcmp(w->t[i].lemma, "not") != 0;
}

static void attach_phrase(struct walk *w, int32_t begin, int32_t head)
{
        for (int32_t i = begin; i < head; i++)
                if (w->t[i].head < 0 && i != w->root)
                        attach(w, i, head,
                               w->t[i].upos == UPOS_DET    ? "det"
                               : w->t[i].upos == UPOS_ADJ  ? "amod"
                               : w->t[i].upos == UPOS_NUM  ? "nummod"
                               : w->t[i].upos == UPOS_PUNCT ? "punct"
                                                            : "compound");
}

static void take_noun(struct walk *w, int32_t head)
{
        if (w->preposition >= 0) {
                bool of = strcmp(w->t[w->preposition].lemma, "of") == 0;
                int32_t to = (of || w->verb < 0) && w->last_noun >= 0 ? w->last_noun
                             : w->verb >= 0                           ? w->verb
                                                                      : w->last_noun;

                attach(w, w->preposition, head, "case");
                if (to >= 0)
                        attach(w, head, to,
                               to != w->verb                                        ? "nmod"
                               : strcmp(w->t[w->preposition].lemma, "by") == 0 ? "obl:agent"
                                                                                    : "obl");
                w->preposition = -1;
        } else if (w->verb >= 0 && !w->object && w->subject < 0) {
                attach(w, head, w->verb, "obj");
                w->object = true;
        } else if (w->last_noun >= 0 && head > 0 && w->t[head - 1].upos == UPOS_CCONJ) {
                attach(w, head, w->last_noun, "conj");
                return;
        } else {
                w->subject = head;
        }
        w->last_noun = head;
}

static void take_verb(struct walk *w, int32_t v)
{
        int32_t before = w->verb, aux = v - 1;
        bool passive = false, infinitive = false;

        for (; aux >= 0 && (w->t[aux].upos == UPOS_AUX || w->t[aux].upos == UPOS_ADV || w->t[aux].upos == UPOS_PART);
             aux--) {
                if (w->t[aux].head >= 0)
                        continue;
                if (w->t[aux].upos == UPOS_AUX) {
                        passive = passive || (strcmp(w->t[aux].lemma, "be") == 0 && !ends_with(w->t[v].form, "ing"));
                        attach(w, aux, v, strcmp(w->t[aux].lemma, "be") == 0 && passive ? "aux:pass" : "aux");
                } else {
                        attach(w, aux, v, "advmod");
                }
        }
        if (v > 0 && w->preposition == v - 1 && strcmp(w->t[v - 1].lemma, "to") == 0) {
                infinitive = true;
                attach(w, v - 1, v, "mark");
        }
        w->preposition = -1;
        if (w->subject >= 0 && !infinitive) {
                attach(w, w->subject, v, passive ? "nsubj:pass" : "nsubj");
                if (before >= 0)
                        attach(w, v, before, "ccomp");
                else
                        w->root = v;
                w->subject = -1;
        } else if (before >= 0) {
                bool joined = v > 0 && (w->t[v - 1].upos == UPOS_CCONJ || (aux >= 0 && w->t[aux].upos == UPOS_CCONJ));

                attach(w, v, before, infinitive ? "xcomp" : joined ? "conj" : "advcl");
        } else {
                w->root = v;
        }
        w->verb = v;
        w->object = passive;
}

static void parse_sentence(struct reading_token *tokens, int32_t n)
{
        struct walk w = {
                .t = tokens, .n = n, .verb = -1, .subject = -1, .last_noun = -1, .preposition = -1, .root = -1
        };
        int32_t owner = -1;

        for (int32_t i = 0; i < n;) {
                int32_t end, head;

                if (tokens[i].upos == UPOS_VERB) {
                        take_verb(&w, i++);
                        continue;
                }
                if (tokens[i].upos == UPOS_ADP) {
                        w.preposition = i++;
                        continue;
                }
                head = noun_phrase(&w, i, &end);
                if (head >= 0) {
                        attach_phrase(&w, i, head);
                        if (owner >= 0)
                                attach(&w, owner, head, "nmod:poss");
                        owner = -1;
                        if (is_possessive(&w, end) && end + 1 < n && tokens[end + 1].upos != UPOS_VERB) {
                                attach(&w, end, head, "case");
                                owner = head;
                                end++;
                        } else {
                                take_noun(&w, head);
                        }
                }
                i = end;
        }
        if (w.root < 0)
                w.root = w.last_noun >= 0 ? w.last_noun : 0;
        for (int32_t i = 0; i < n; i++)
                if (tokens[i].head < 0 && i != w.root)
                        attach(&w, i, w.root, tokens[i].upos == UPOS_PUNCT ? "punct" : "dep");
        tokens[w.root].head = -1;
        tokens[w.root].deprel = "root";
}

struct reading *shallow_parse(struct arena *arena, const struct reading *reading, const struct lexicon *lexicon)
{
        struct reading *out = arena_new(arena, struct reading);

        *out = *reading;
        out->parsed = true;
        out->tokens = arena_array(arena, struct reading_token, reading->n_tokens + 1);
        if (reading->n_tokens > 0)
                memcpy(out->tokens, reading->tokens, reading->n_tokens * sizeof *out->tokens);
        for (size_t s = 0; s < reading->n_sentences; s++) {
                const struct reading_sentence *sentence = &reading->sentences[s];
                struct reading_token *tokens = &out->tokens[sentence->first];

                for (uint32_t i = 0; i < sentence->n_tokens; i++) {
                        char *lower = arena_strdup(arena, tokens[i].form);

                        for (char *c = lower; *c; c++)
                                *c = (char)tolower((unsigned char)*c);
                        tokens[i].lemma = lemma_of(arena, lexicon, lower);
                        tokens[i].upos =
                                (uint8_t)tag(lexicon, &tokens[i], lower, i > 0 ? &tokens[i - 1] : NULL, i == 0);
                        tokens[i].head = -1;
                        tokens[i].deprel = NULL;
                }
                if (sentence->n_tokens > 0)
                        parse_sentence(tokens, (int32_t)sentence->n_tokens);
        }
        return out;
}
