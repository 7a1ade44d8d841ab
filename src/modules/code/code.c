/* See code.h. The order of the steps is the order of what leans on what. */
#include "worker/module.h"

#include "modules/code/code.h"

#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/error.h"
#include "modules/code/actors.h"
#include "modules/code/acts.h"
#include "modules/code/dates.h"
#include "modules/code/gazetteer.h"
#include "modules/code/locate.h"
#include "modules/code/matches.h"
#include "modules/code/output.h"
#include "modules/code/places.h"
#include "modules/code/quotes.h"
#include "modules/code/setting.h"
#include "modules/code/shallow.h"

static const struct schema_item items[] = {
        { .name = "dictionaries",
          .type = SCHEMA_PATHS,
          .offset = offsetof(struct code_settings, dictionaries),
          .help = "Dictionary files and folders of them: dateline's own YAML, and PETRARCH .actors, .agents and "
                  ".discards "
                  "files. Left out: the dictionaries that dateline brings." },
        { .name = "min_confidence",
          .type = SCHEMA_FRACTION,
          .offset = offsetof(struct code_settings, min_confidence),
          .fallback = "0",
          .help = "Events below this confidence, from 0 to 1, are left out." },
        { 0 },
};

static const struct schema settings_schema = {
        .name = "code", .size = sizeof(struct code_settings), .items = items,
        .help = "Finds who did what to whom, and who says so.",
};

static void set_day(struct coding *coding)
{
        int64_t day_us = INT64_C(86400) * CLOCK_SECOND;

        if (coding->story->published == CLOCK_NONE)
                return;
        coding->day = (int32_t)((coding->story->published - (coding->story->published < 0 ? day_us - 1 : 0)) / day_us);
        coding->has_day = true;
}

/* The opening line stands as a paragraph of its own (decode.h); it is no sentence. */
static bool is_dateline(const struct coding *coding, uint32_t sentence)
{
        const char *place = coding->story->dateline.place;

        return place && coding->reading->sentences[sentence].paragraph == 0 &&
               coding->reading->sentences[sentence].end < 200 &&
               strncmp(coding->reading->text, place, strlen(place)) == 0 &&
               memchr(coding->reading->text, '\n', MIN_OF(coding->reading->n_text, 200u));
}

struct coding *code_story(const struct code_state *state, struct arena *arena, struct story *story,
                          const struct reading *reading)
{
        struct coding *coding = arena_new(arena, struct coding);

        coding->arena = arena;
        coding->dictionary = state->dictionary;
        coding->gazetteer = state->gazetteer;
        coding->say = state->sets.clause.say;
        coding->story = story;
        coding->parsed = reading->parsed;
        coding->reading = reading->parsed ? reading : shallow_parse(arena, reading, state->dictionary->lexicon);
        coding->n_sentences = reading->n_sentences;
        coding->unread = reading->unread;
        coding->sentences = arena_array(arena, struct coding_sentence, reading->n_sentences + 1);
        set_day(coding);
        for (uint32_t i = 0; i < coding->n_sentences; i++) {
                coding->sentences[i].tree = dep_new(arena, coding->reading, i, state->dictionary->lexicon);
                matches_find(coding, &coding->sentences[i]);
        }
        setting_find(coding, story);
        if (locate_find(coding))
                setting_find(coding, story);
        for (uint32_t i = 0; i < coding->n_sentences; i++)
                matches_settle(coding, &coding->sentences[i]);
        quotes_find(coding);
        for (uint32_t i = 0; i < coding->n_sentences; i++) {
                if (is_dateline(coding, i)) {
                        coding->sentences[i].actor =
                                arena_array(arena, struct coding_actor *, (size_t)coding->sentences[i].tree->n + 1);
                        continue;
                }
                actors_find(coding, i);
                attribution_find(coding, &state->attribution, i);
                attribution_speakers(coding, i);
                acts_find(coding, &state->sets, i);
                dates_find(coding, i);
                if (i + 1 < coding->n_sentences && (coding->n_statements >= CODING_STATEMENTS_MAX ||
                                                    coding->n_events >= CODING_EVENTS_MAX)) {
                        coding->unread = reading->sentences[i + 1].begin;
                        coding->n_sentences = i + 1;
                }
        }
        attribution_join(coding);
        for (size_t i = 0; i < coding->n_events; i++) {
                coding->events[i]->when = dates_of_event(coding, coding->events[i]);
                coding->events[i]->where = places_of_event(coding, coding->events[i]);
        }
        context_find(coding, &state->contexts);
        return coding;
}

/* Messages about dictionary files: they are files of their own, not places of the configuration. */
static void tell(struct module_host *host, const struct yaml_errors *errors)
{
        for (const struct yaml_error *e = errors->first; e; e = e->next)
                host->log(host->user, LOG_WARNING, "%s:%u:%u: %s", e->path, e->line, e->column, e->message);
        if (errors->n > YAML_ERRORS_MAX)
                host->log(host->user, LOG_WARNING, "and %zu more in the dictionaries", errors->n - YAML_ERRORS_MAX);
}

static int code_open(struct module_host *host, const void *settings, void **state_out)
{
        const struct code_settings *settings_given = settings;
        struct code_state *state = arena_new(host->arena, struct code_state);
        struct yaml_errors errors;
        const char *own = host->data_path(host->arena, "dictionaries");
        const char *const *paths = (const char *const *)settings_given->dictionaries.items;
        size_t n = settings_given->dictionaries.n;
        int r;

        yaml_errors_init(&errors, host->arena);
        r = dictionary_load(&state->dictionary, host->arena, n ? paths : &own, n ? n : 1, &errors);
        if (r < 0)
                return error_trace(r);
        tell(host, &errors);
        if (state->dictionary->n_files == 0) {
                schema_error(host->context, NULL, "dictionaries", "no dictionary can be read (%s)", n ? paths[0] : own);
                return MODULE_E_REFUSED;
        }
        if (settings_given->min_confidence < 0 || settings_given->min_confidence > 1) {
                schema_error(host->context, NULL, "min_confidence", "must lie between 0 and 1");
                return MODULE_E_REFUSED;
        }
        status_sets_init(&state->sets, state->dictionary->lexicon);
        context_sets_init(&state->contexts, state->dictionary->lexicon);
        attribution_sets_init(&state->attribution, state->dictionary->lexicon);
        r = gazetteer_open(&state->gazetteer, host->arena, host->data_path(host->arena, "gazetteer.tab"));
        if (r < 0)
                host->log(host->user, LOG_WARNING, "code: %s: %s; places are known from the dictionaries alone",
                          host->data_path(host->arena, "gazetteer.tab"), strerror(-r));
        state->min_confidence = settings_given->min_confidence;
        state->log = host->log;
        state->log_user = host->user;
        state->description =
                arena_printf(host->arena, "%zu names, %zu frames", phrases_count(state->dictionary->phrases),
                             lexicon_count_frames(state->dictionary->lexicon));
        *state_out = state;
        return 0;
}

static int code_process(void *state_given, struct job *job)
{
        const struct code_state *state = state_given;
        const struct coding *coding;

        if (!job->reading) {
                job->reason = "code needs read before it";
                return MODULE_E_REFUSED;
        }
        coding = code_story(state, job->arena, job->story, job->reading);
        if (coding->unread > 0)
                state->log(state->log_user, LOG_WARNING,
                           "code: %s: only the first %zu of %zu bytes were read: the story is too long",
                           job->story->id ? job->story->id : "a story", coding->unread, job->story->n_text);
        job->coded = output_json(coding, state->min_confidence);
        return job->coded ? 0 : error_origin(-ENOMEM);
}

static const char *code_describe(void *state)
{
        return ((struct code_state *)state)->description;
}

const struct module module_code = {
        .abi = MODULE_ABI,
        .name = "code",
        .version = "1",
        .settings = &settings_schema,
        .open = code_open,
        .process = code_process,
        .describe = code_describe,
};
