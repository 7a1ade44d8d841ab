/*
 * datelinectl as it is run: its command line, what it calls, what it prints, its exit codes. A thread plays the daemon
 * with replies that are given to it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/command.h"
#include "ctl/text.h"

/* The daemon's part: for each call that comes, the next replies up to one that does not continue. */
struct stage {
        char folder[64], path[96];
        int listener;
        const char *replies[8];         /* JSON; "" closes the connection */
        struct buf calls;               /* what came, a line each */
        pthread_t thread;
        struct buf out, err;            /* what was printed */
};

/* JSON in these tests has single quotes. */
static void exchange(char *text, char from, char to)
{
        while ((text = strchr(text, from)) != NULL)
                *text = to;
}

static void send_reply(int fd, const char *reply)
{
        _cleanup_free_ char *copy = strdup(reply);

        exchange(copy, '\'', '"');
        assert_int_equal(send(fd, copy, strlen(copy) + 1, MSG_NOSIGNAL), strlen(copy) + 1);
}

static int answer(struct stage *stage, int fd, int next)
{
        for (; stage->replies[next] != NULL; next++) {
                const char *reply = stage->replies[next];

                if (*reply == '\0')
                        return next + 1;
                send_reply(fd, reply);
                if (strstr(reply, "'continues':true") == NULL)
                        return next + 1;
        }
        return next;
}

static void *play(void *arg)
{
        struct stage *stage = arg;
        int next = 0;

        while (stage->replies[next] != NULL) {
                struct varlink_reader reader = VARLINK_READER_NULL;
                int fd = accept(stage->listener, NULL, NULL);
                bool open = true;

                while (open && stage->replies[next] != NULL) {
                        char bytes[4096];
                        const char *message;
                        size_t n;
                        ssize_t k = recv(fd, bytes, sizeof(bytes), 0);

                        if (k <= 0)
                                break;
                        varlink_reader_add(&reader, bytes, (size_t)k);
                        while (open && varlink_reader_take(&reader, 1 << 20, &message, &n) == 0) {
                                buf_printf(&stage->calls, "%.*s\n", (int)n, message);
                                next = answer(stage, fd, next);
                                open = *stage->replies[next - 1] != '\0';
                        }
                }
                varlink_reader_deinit(&reader);
                close(fd);
        }
        return NULL;
}

/* Send one of our standard streams to a file for a while. */
static int divert(int fd, FILE **file)
{
        int saved = dup(fd);

        *file = tmpfile();
        assert_non_null(*file);
        dup2(fileno(*file), fd);
        return saved;
}

static void restore(int fd, int saved, FILE *file, struct buf *out)
{
        char bytes[4096];
        size_t n;

        dup2(saved, fd);
        close(saved);
        rewind(file);
        while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
                buf_append(out, bytes, n);
        buf_reserve(out, 0);
        fclose(file);
}

/* Where a test wants a terminal of so many columns for standard output; 0: a file. */
static unsigned short terminal_columns;

/* Its master, standard output being the other end. */
static int divert_to_terminal(int *saved)
{
        struct winsize size = { .ws_row = 24, .ws_col = terminal_columns };
        int master, slave;

        assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
        *saved = dup(STDOUT_FILENO);
        dup2(slave, STDOUT_FILENO);
        close(slave);
        return master;
}

static void restore_from_terminal(int saved, int master, struct buf *out)
{
        char bytes[4096];
        ssize_t n;

        assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
        while ((n = read(master, bytes, sizeof(bytes))) > 0)
                buf_append(out, bytes, (size_t)n);
        buf_reserve(out, 0);
        dup2(saved, STDOUT_FILENO);
        close(saved);
        close(master);
}

/* Run "datelinectl LINE" against these replies (up to NULL); the exit code. */
static int run(struct stage *stage, const char *line, ...)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char *copy = strdup(line), *argv[16] = { (char *)"datelinectl" };
        FILE *out = NULL, *err;
        int argc = 1, master = -1, saved_out, saved_err, r, n = 0;
        va_list args;

        *stage = (struct stage){ .folder = "/tmp/dateline-ctl-XXXXXX" };
        va_start(args, line);
        while ((stage->replies[n] = va_arg(args, const char *)) != NULL)
                n++;
        va_end(args);
        assert_non_null(mkdtemp(stage->folder));
        snprintf(stage->path, sizeof(stage->path), "%s/s", stage->folder);
        strcpy(address.sun_path, stage->path);
        stage->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(stage->listener, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(listen(stage->listener, 8), 0);
        setenv("DATELINE_SOCKET", stage->path, 1);
        for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
                argv[argc++] = word;

        assert_int_equal(pthread_create(&stage->thread, NULL, play, stage), 0);
        fflush(stdout);
        if (terminal_columns != 0)
                master = divert_to_terminal(&saved_out);
        else
                saved_out = divert(STDOUT_FILENO, &out);
        saved_err = divert(STDERR_FILENO, &err);
        r = command_main(argc, argv);
        fflush(stdout);
        if (terminal_columns != 0)
                restore_from_terminal(saved_out, master, &stage->out);
        else
                restore(STDOUT_FILENO, saved_out, out, &stage->out);
        restore(STDERR_FILENO, saved_err, err, &stage->err);
        pthread_join(stage->thread, NULL);
        buf_reserve(&stage->calls, 0);
        exchange(stage->calls.data, '"', '\'');
        exchange(stage->out.data, '"', '\'');
        close(stage->listener);
        unlink(stage->path);
        rmdir(stage->folder);
        free(copy);
        return r;
}

static void stage_deinit(struct stage *stage)
{
        buf_deinit(&stage->calls);
        buf_deinit(&stage->out);
        buf_deinit(&stage->err);
}

#define RUN(...) run(&stage, __VA_ARGS__, NULL)

static void has(const struct buf *text, const char *wanted)
{
        if (text->data == NULL || strstr(text->data, wanted) == NULL)
                fail_msg("'%s' is not in: %s", wanted, text->data != NULL ? text->data : "(nothing)");
}

#define REFUSED(name, parameters) "{'error':'" name "','parameters':" parameters "}"
#define C "io.dateline.Control."
#define S "org.varlink.service."

static void exit_codes(void **state _unused_)
{
        static const struct {
                const char *line, *reply;
                int code;
                const char *says;
        } cases[] = {
                { "event 9.1.1", REFUSED(C "NotFound", "{'id':'9.1.1'}"), CTL_NOTHING, "there is no '9.1.1'" },
                { "pause x", REFUSED(C "NoSuchSource", "{'name':'x'}"), CTL_NOTHING, "'datelinectl sources'" },
                { "search a'b", REFUSED(C "BadQuery", "{'words':'a\\\"b'}"), CTL_USAGE, "is not a query" },
                { "submit /dev/null", REFUSED(C "NotTaken", "{'reason':'the queue is full'}"), CTL_REFUSED,
                  "the queue is full" },
                { "reload", REFUSED(C "ConfigurationRefused", "{'errors':['d.yaml:1:2: wrong','d.yaml:3:4: bad']}"),
                  CTL_REFUSED, "d.yaml:1:2: wrong\nd.yaml:3:4: bad\ndatelinectl: the new configuration was refused" },
                { "status", REFUSED(C "Failed", "{'reason':'Input/output error'}"), CTL_UNREACHABLE, "Input/output" },
                { "reload", REFUSED(S "PermissionDenied", "{}"), CTL_DENIED, "control.group" },
                { "log-level loud", REFUSED(S "InvalidParameter", "{'parameter':'level'}"), CTL_USAGE, "'level'" },
                { "status", REFUSED(S "MethodNotFound", "{'method':'x'}"), CTL_UNREACHABLE, "older datelined" },
                { "status", REFUSED("com.example.Other", "{}"), CTL_UNREACHABLE, "com.example.Other" },
                { "status", "", CTL_UNREACHABLE, "closed the connection" },
                { "status", "[]", CTL_UNREACHABLE, "does not speak Varlink" },
                { "sources", "{'parameters':{'sources':[]}}", CTL_NOTHING, "there are no sources" },
                { "events", "{'parameters':{'events':[]}}", CTL_NOTHING, "no such events" },
                { "search x", "{'parameters':{'stories':[]}}", CTL_NOTHING, "no story" },
                { "quarantine list", "{'parameters':{'items':[]}}", CTL_NOTHING, "nothing is in quarantine" },
                { "pause inbox", "{}", CTL_OK, NULL },
                { "quarantine retry 1", "{}", CTL_OK, NULL },
        };

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                struct stage stage;

                assert_int_equal(RUN(cases[i].line, cases[i].reply), cases[i].code);
                assert_int_equal(stage.out.n, 0);
                if (cases[i].says != NULL)
                        has(&stage.err, cases[i].says);
                else
                        assert_int_equal(stage.err.n, 0);
                stage_deinit(&stage);
        }
}

/* What a reload has changed is told; an older daemon tells nothing. */
static void reload(void **state _unused_)
{
        struct stage stage;

        assert_int_equal(RUN("reload", "{'parameters':{'changes':'watch: 1 removed (wire)'}}"), CTL_OK);
        has(&stage.out, "watch: 1 removed (wire)\n");
        stage_deinit(&stage);
        assert_int_equal(RUN("reload", "{}"), CTL_OK);
        assert_int_equal(stage.out.n, 0);
        stage_deinit(&stage);
}

/* What never gets as far as the daemon. */
static void usage(void **state _unused_)
{
        static const char *const cases[][2] = {
                { "evnts", "there is no command 'evnts' (did you mean 'events'?)" },
                { "dance", "--help" },
                { "", "Usage: datelinectl" },
                { "event", "usage: datelinectl event ID" },
                { "event 1 2", "usage: datelinectl event ID" },
                { "status now", "'status' takes no arguments" },
                { "events --limit 1001", "--limit" },
                { "events --limit 5x", "--limit" },
                { "events --since noon", "'noon' is not understood: write it as in 2h, 7d" },
                { "events --reconnect", "--reconnect goes with --follow" },
                { "events --sinse 1", "did you mean '--since'" },
                { "status --limit 5", "unknown option '--limit'" },
                { "quarantine drop", "usage" },
                { "quarantine look", "usage" },
                { "quarantine show", "usage" },
                { "search x --limit 0", "--limit" },
                { "events --status hapened", "--status: 'hapened' is no status (did you mean 'happened'?)" },
                { "events --type assault", "(did you mean 'ASSAULT'?)" },
                { "events --type 19000", "neither a category" },
                { "timeline PRK --type SANCTIONS", "(did you mean 'SANCTION'?)" },
                { "events --country Norway", "three capitals, as in PRK" },
                { "export --quad 5", "none of 1 to 4" },
        };

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                struct stage stage;

                assert_int_equal(RUN(cases[i][0]), CTL_USAGE);
                has(&stage.err, cases[i][1]);
                stage_deinit(&stage);
        }
}

static void help(void **state _unused_)
{
        struct stage stage;

        assert_int_equal(RUN("--help"), CTL_OK);
        for (const struct command *row = command_rows; row->name != NULL; row++)
                has(&stage.out, row->name);
        stage_deinit(&stage);
        for (const struct command *row = command_rows; row->name != NULL; row++) {
                char line[64];

                snprintf(line, sizeof(line), "%s --help", row->name);
                assert_int_equal(RUN(line), CTL_OK);
                snprintf(line, sizeof(line), "Usage: datelinectl %s", row->name);
                has(&stage.out, line);
                for (const struct option_row *option = row->options; option->name != NULL; option++)
                        has(&stage.out, option->name);
                stage_deinit(&stage);
        }
        assert_int_equal(RUN("--version"), CTL_OK);
        has(&stage.out, PACKAGE_VERSION);
        stage_deinit(&stage);
}

static void not_there(void **state _unused_)
{
        struct stage stage;

        assert_int_equal(RUN("--socket /nowhere/s status"), CTL_UNREACHABLE);
        has(&stage.err, "cannot reach datelined at /nowhere/s: No such file or directory: is it running? Try ");
        stage_deinit(&stage);
}

#define EVENT(seq, words) "{'id':'1.1." #seq "','seq':" #seq ",'event':'SUPPORT','mode':null,'quad':1," \
        "'source':[{'code':'PRKGOV','name':'Choe Son Hui'}],'target':[{'code':'RUSGOV','name':'Sergei Lavrov'}]," \
        "'reciprocal':true,'trigger':{'text':'" words "'},'status':'happened'," \
        "'attribution':[{'name':'Reuters'},{'name':'KCNA'}],'first_seen':'2020-11-24T08:07:46Z'}"

static void events(void **state _unused_)
{
        struct stage stage;

        assert_int_equal(RUN("events --actor PRK --since 2020-01-01 -n 2",
                             "{'parameters':{'events':[" EVENT(1, "signed") ","
                             EVENT(2, "\\u001b[31mtore up\\u001b[0m") "]}}"), CTL_OK);
        assert_string_equal(stage.calls.data, "{'method':'io.dateline.Control.Events','parameters':{'actor':'PRK',"
                                              "'since':'2020-01-01T00:00:00Z','limit':2,'newest':true},'more':true}\n");
        assert_string_equal(stage.out.data,
                "TIME              WHO -> TO WHOM                                    TYPE     STATUS    "
                "ACCORDING TO       WORDS\n"
                "2020-11-24 08:07  PRKGOV (Choe Son Hui) <-> RUSGOV (Sergei Lavrov)  SUPPORT  happened  "
                "KCNA, via Reuters  signed\n"
                "2020-11-24 08:07  PRKGOV (Choe Son Hui) <-> RUSGOV (Sergei Lavrov)  SUPPORT  happened  "
                "KCNA, via Reuters  \\x1b[31mtore up\\x1b[0m\n");
        stage_deinit(&stage);

        /* As JSON: a line each, over all batches. */
        assert_int_equal(RUN("events --all --json", "{'parameters':{'events':[{'seq':1,'x':0.1}]},'continues':true}",
                             "{'parameters':{'events':[{'seq':2},{'seq':3}]}}"), CTL_OK);
        assert_string_equal(stage.calls.data, "{'method':'io.dateline.Control.Events','more':true}\n");
        assert_string_equal(stage.out.data, "{'seq':1,'x':0.1}\n{'seq':2}\n{'seq':3}\n");
        stage_deinit(&stage);
}

static void follow(void **state _unused_)
{
        struct stage stage;

        /* The daemon goes away: the end, with its own exit code. */
        assert_int_equal(RUN("events --follow --json", "{'parameters':{'events':[]},'continues':true}",
                             "{'parameters':{'events':[{'seq':7}]},'continues':true}", ""), CTL_UNREACHABLE);
        assert_string_equal(stage.out.data, "{'seq':7}\n");
        stage_deinit(&stage);

        /* With --reconnect it asks for what came after the last one. */
        assert_int_equal(RUN("events --follow --reconnect --json",
                             "{'parameters':{'events':[{'seq':7}]},'continues':true}", "",
                             "{'parameters':{'events':[{'seq':8}]},'continues':true}",
                             REFUSED(S "PermissionDenied", "{}")), CTL_DENIED);
        assert_string_equal(stage.out.data, "{'seq':7}\n{'seq':8}\n");
        assert_string_equal(stage.calls.data,
                "{'method':'io.dateline.Control.Events','parameters':{'follow':true,'limit':10,'newest':true},"
                "'more':true}\n"
                "{'method':'io.dateline.Control.Events','parameters':{'follow':true,'after':7},'more':true}\n");
        stage_deinit(&stage);
}

static void submit(void **state _unused_)
{
        char path[] = "/tmp/dateline-ctl-file-XXXXXX", line[128], wanted[256];
        int fd = mkstemp(path);
        struct stage stage;

        assert_int_equal(write(fd, "some text\n", 10), 10);
        snprintf(line, sizeof(line), "submit %s --format plain", path);
        assert_int_equal(RUN(line, "{'parameters':{'id':42,'known':false}}"), CTL_OK);
        snprintf(wanted, sizeof(wanted), "{'method':'io.dateline.Control.Submit','parameters':{'name':'%s',"
                                         "'format':'plain','text':'some text\\n'}}\n", path + strlen("/tmp/"));
        assert_string_equal(stage.calls.data, wanted);
        snprintf(wanted, sizeof(wanted), "%s: delivery 42\n", path);
        assert_string_equal(stage.out.data, wanted);
        stage_deinit(&stage);

        /* Bytes that are not text, and a file that is not there: the others still go. */
        assert_int_equal(write(fd, "\xff\0", 2), 2);
        snprintf(line, sizeof(line), "submit /nowhere/f %s --name x", path);
        assert_int_equal(RUN(line, "{'parameters':{'id':43,'known':true}}"), CTL_LOCAL);
        assert_string_equal(stage.calls.data, "{'method':'io.dateline.Control.Submit','parameters':{'name':'x',"
                                              "'base64':'c29tZSB0ZXh0Cv8A'}}\n");
        has(&stage.err, "/nowhere/f: cannot be read: No such file or directory");
        has(&stage.out, "known already as delivery 43");
        stage_deinit(&stage);
        close(fd);
        unlink(path);
}

static void records(void **state _unused_)
{
        struct stage stage;

        assert_int_equal(RUN("event 1.1.1", "{'parameters':{'event':" EVENT(1, "signed") "}}"), CTL_OK);
        has(&stage.out, "who          PRKGOV Choe Son Hui\n"
                        "to whom      RUSGOV Sergei Lavrov\n"
                        "             each to the other\n");
        has(&stage.out, "according to KCNA\n             via Reuters\n");
        stage_deinit(&stage);

        assert_int_equal(RUN("story 1.1", "{'parameters':{'story':{'id':'1.1','headline':'A\\u0007B',"
                                          "'text':'One.\\n\\nTwo.\\u001bc','events':[" EVENT(1, "signed") "]}}}"),
                         CTL_OK);
        has(&stage.out, "story        1.1\nheadline     A\\x07B\n\nOne.\n\nTwo.\\x1bc\n\nTIME ");
        stage_deinit(&stage);

        assert_int_equal(RUN("quarantine show 5", "{'parameters':{'item':{'id':'5','reason':'no text',"
                                                  "'bytes':'Gy1j'}}}"), CTL_OK);
        assert_string_equal(stage.out.data, "id           5\nreason       no text\n\n\\x1b-c\n");
        stage_deinit(&stage);
        assert_int_equal(RUN("quarantine show 5 --raw", "{'parameters':{'item':{'id':'5','bytes':'Gy1j'}}}"), CTL_OK);
        assert_string_equal(stage.out.data, "\x1b-c");
        stage_deinit(&stage);

        assert_int_equal(RUN("search two words --limit 3",
                             "{'parameters':{'stories':[{'id':'1.1','headline':'H'}]}}"), CTL_OK);
        assert_string_equal(stage.calls.data,
                            "{'method':'io.dateline.Control.Search','parameters':{'words':'two words','limit':3}}\n");
        has(&stage.out, "1.1                       H\n");
        stage_deinit(&stage);
        assert_int_equal(RUN("search x", "{'parameters':{'stories':[{'id':'1.1','headline':'H','replaced_by':'2.1'},"
                                         "{'id':'3.1','headline':'I','replaced_by':'4.1','killed':true}]}}"), CTL_OK);
        has(&stage.out, "H (replaced by 2.1)\n");
        has(&stage.out, "I (killed by 4.1)\n");
        stage_deinit(&stage);
        assert_int_equal(
                RUN("story 3.1", "{'parameters':{'story':{'id':'3.1','replaced_by':'4.1','killed':true,'text':'T'}}}"),
                CTL_OK);
        has(&stage.out, "killed by    4.1\n");
        stage_deinit(&stage);
        assert_int_equal(RUN("events --withdrawn",
                             "{'parameters':{'events':[{'seq':1,'id':'1.1.1','event':'AID','status':'happened',"
                             "'withdrawn':true,'trigger':{'text':'gave'}},{'seq':2,'id':'1.1.2','event':'AID',"
                             "'status':'happened','reports':3,'trigger':{'text':'gave'}}]}}"),
                         CTL_OK);
        has(&stage.out, "AID   withdrawn                gave\n");
        has(&stage.out, "AID   happened                 gave (3 reports)\n");
        stage_deinit(&stage);
        assert_int_equal(RUN("event 1.1.1",
                             "{'parameters':{'event':{'id':'1.1.1','event':'AID','withdrawn':true,'became':'2.1.1',"
                             "'attribution':[{'code':'GBRGOV','text':'the minister','cue':'said'}]}}}"),
                         CTL_OK);
        has(&stage.out, "AID, is part of 2.1.1 now\n");
        has(&stage.out, "according to the minister [GBRGOV]: 'said'\n");
        stage_deinit(&stage);
        assert_int_equal(RUN("event 1.1.1",
                             "{'parameters':{'event':{'id':'1.1.1','event':'AID','story':'1.1','reports':300,"
                             "'told':[{'report':'1.1.1','watch':'in'}]}}}"),
                         CTL_OK);
        has(&stage.out, "and 299 more: 'datelinectl export --story 1.1' has all\n");
        stage_deinit(&stage);
}

/* Goes on after one that is not there, and tells so in the end. */
static void several_of_quarantine(void **state _unused_)
{
        struct stage stage;

        assert_int_equal(RUN("quarantine drop 1 2 3", "{}", REFUSED(C "NotFound", "{'id':'2'}"), "{}"), CTL_NOTHING);
        assert_string_equal(stage.calls.data,
                            "{'method':'io.dateline.Control.QuarantineDrop','parameters':{'id':'1'}}\n"
                            "{'method':'io.dateline.Control.QuarantineDrop','parameters':{'id':'2'}}\n"
                            "{'method':'io.dateline.Control.QuarantineDrop','parameters':{'id':'3'}}\n");
        stage_deinit(&stage);
}

/* Those that options name: for each a call, and for what is dropped until none are left. */
static void quarantine_by_options(void **state _unused_)
{
        static const char items[] =
                "{'parameters':{'items':[{'id':'3','source':'a','reason':'no text'},"
                "{'id':'2.7','source':'b','reason':'no text'},{'id':'1','source':'a','reason':'died'}]}}";
        struct stage stage;

        assert_int_equal(RUN("quarantine drop --source a", items, "{}", "{}"), CTL_OK);
        assert_string_equal(stage.calls.data,
                            "{'method':'io.dateline.Control.QuarantineList','parameters':{'limit':1000}}\n"
                            "{'method':'io.dateline.Control.QuarantineDrop','parameters':{'id':'3'}}\n"
                            "{'method':'io.dateline.Control.QuarantineDrop','parameters':{'id':'1'}}\n");
        assert_string_equal(stage.out.data, "2 dropped\n");
        stage_deinit(&stage);
        assert_int_equal(RUN("quarantine retry --reason text --source b", items, "{}"), CTL_OK);
        has(&stage.calls, "QuarantineRetry','parameters':{'id':'2.7'}");
        assert_string_equal(stage.out.data, "1 are tried again\n");
        stage_deinit(&stage);
        assert_int_equal(RUN("quarantine drop --source c", items), CTL_NOTHING);
        stage_deinit(&stage);
        assert_int_equal(RUN("quarantine drop --all 7"), CTL_USAGE);
        has(&stage.err, "not both");
        stage_deinit(&stage);
        assert_int_equal(RUN("quarantine list --source b -n 1", items), CTL_OK);
        has(&stage.out, "2.7");
        assert_null(strstr(stage.out.data, "died"));
        stage_deinit(&stage);
}

/* One screen, also where the daemon tells less than it might. */
static void status(void **state _unused_)
{
        static const char full[] =
                "{'parameters':{'version':'1.2','state':'running','pid':7,'uptime_us':7320000000,'rss_bytes':12582912,"
                "'log_level':'info','model':'en 1','queue':{'deliveries':1,'stories':2,'in_hand':3,'intake':'open'},"
                "'workers':{'wanted':4,'running':4,'busy':1,'jobs':1234567,'failed':2,'lost':1,'job_us':4100,"
                "'longest_us':42000},'rates':{'deliveries':1.5,'stories':2,'events':3.25},'totals':{'stories':10,"
                "'events':20,'duplicates':3,'quarantined':4},'quarantined':{'id':'9.2','source':'in\\u001b','reason':'"
                "exec tr: ended',"
                "'at':'2999-01-01T00:00:00Z'},'last':{'id':'9.1','source':'inbox','headline':'H\\u001b',"
                "'at':'2020-01-01T00:00:00Z','events':2,'latency_us':7000},'loop':{'longest_us':1200,"
                "'longest_ever_us':4800},'store':{'path':'/d.db','bytes':1048576,'commit_us':9000},"
                "'sources':[{'name':'inbox','kind':'directory','place':'/spool','state':'running','trouble':null,"
                "'accepted':5},{'name':'wire','state':'running','trouble':'cannot listen'}],"
                "'outputs':[{'name':'journal','kind':'journal','state':'running','sent':3}],"
                "'control':{'connections':1,'followers':2,'refused':3}}}";
        static const char *const says[] = {
                "datelined 1.2: running for 2 h 2 min, process 7, 12.0 MB\n",
                "1 deliveries, 2 stories wait; 3 in hand; intake open\n",
                "4 of 4 run, 1 busy; 1,234,567 jobs, 2 failed, 1 lost; 4.1 ms a job, 42.0 ms at most\n",
                "1.5 deliveries, 2.0 stories, 3.2 events a second\n",
                " ago, 2 reports from story 9.1 of inbox in 7.0 ms\n            H\\x1b\n",
                "10 stories, 20 events, 3 duplicates, 4 quarantined; longest commit 9.0 ms\n            /d.db, 1.0 MB",
                "longest turn 1.2 ms within the last minute, 4.8 ms since the start\n",
                "\n  trouble   source wire: cannot listen\n            quarantined just now: 9.2 of in\\x1b: exec tr: "
                "ended\n  queue ",
                "inbox   running         5",
                "wire    trouble",
                "cannot listen\n",
                "journal  running     3",
        };
        struct stage stage;
        size_t lines = 0;

        setenv("TZ", "UTC", 1);
        assert_int_equal(RUN("status", full), CTL_OK);
        for (size_t i = 0; i < N_ELEMENTS(says); i++)
                has(&stage.out, says[i]);
        for (const char *at = stage.out.data; (at = strchr(at, '\n')) != NULL; at++)
                lines++;
        assert_true(lines <= 24);
        assert_null(strchr(stage.out.data, '\x1b'));
        stage_deinit(&stage);
        assert_int_equal(RUN("status", "{}"), CTL_OK);
        has(&stage.out, "no story yet");
        stage_deinit(&stage);
        assert_int_equal(RUN("--json sources", full), CTL_OK);
        has(&stage.out, "{'name':'inbox'");
        stage_deinit(&stage);
}

/* On a terminal: fitted to its width, with colours unless NO_COLOR, and nothing but ASCII in JSON. */
static void terminal(void **state _unused_)
{
        static const char events_reply[] = "{'parameters':{'events':[" EVENT(1, "signed a plan\\u202e\\u0007") "]}}";
        struct stage stage;

        setenv("TERM", "xterm", 1);
        unsetenv("NO_COLOR");
        for (terminal_columns = 60; terminal_columns <= 150; terminal_columns += 30) {
                size_t width = 0, widest = 0;

                assert_int_equal(RUN("events", events_reply), CTL_OK);
                has(&stage.out, "\x1b[1mTIME\x1b[0m");
                assert_null(strchr(stage.out.data, '\a'));
                for (const char *p = stage.out.data; *p != '\0'; p++) {
                        if (*p == '\x1b')
                                p = strchr(p, 'm');
                        else if (*p == '\r' || *p == '\n')
                                width = 0;
                        else
                                width += (*p & 0xC0) != 0x80;
                        widest = MAX_OF(widest, width);
                }
                if (widest > MAX_OF(terminal_columns, (size_t)80))
                        fail_msg("%zu columns of %u: %s", widest, terminal_columns, stage.out.data);
                stage_deinit(&stage);
        }
        setenv("NO_COLOR", "1", 1);
        assert_int_equal(RUN("events", events_reply), CTL_OK);
        assert_null(strchr(stage.out.data, '\x1b'));
        stage_deinit(&stage);
        unsetenv("NO_COLOR");
        assert_int_equal(RUN("events --json", events_reply), CTL_OK);
        has(&stage.out, "signed a plan\\u202E\\u0007");
        stage_deinit(&stage);
        terminal_columns = 0;
}

static char *read_source(const char *name)
{
        const char *top = getenv("top_srcdir");
        struct buf text = BUF_NULL;
        char path[512], bytes[4096];
        size_t n;
        FILE *f;

        if (top == NULL)
                skip();
        snprintf(path, sizeof(path), "%s/%s", top, name);
        f = fopen(path, "re");
        assert_non_null(f);
        while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
                buf_append(&text, bytes, n);
        fclose(f);
        return buf_steal(&text);
}

/* The manual and the completions know every command and every option. */
static void told_everywhere(void **state _unused_)
{
        static const struct {
                const char *file, *command, *option;
        } places[] = {
                { "doc/datelinectl.1", "Cm ", "Fl Fl " },
                { "packaging/completion/datelinectl", "", "--" },
                { "packaging/completion/_datelinectl", "'", "--" },
        };

        for (size_t i = 0; i < N_ELEMENTS(places); i++) {
                _cleanup_free_ char *text = read_source(places[i].file);

                for (const struct command *row = command_rows; row->name != NULL; row++) {
                        char wanted[64];

                        snprintf(wanted, sizeof(wanted), "%s%s", places[i].command, row->name);
                        if (strstr(text, wanted) == NULL)
                                fail_msg("%s does not tell '%s'", places[i].file, wanted);
                        for (const struct option_row *option = row->options; option->name != NULL; option++) {
                                snprintf(wanted, sizeof(wanted), "%s%s", places[i].option, option->name);
                                if (strstr(text, wanted) == NULL)
                                        fail_msg("%s does not tell '%s'", places[i].file, wanted);
                        }
                }
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(exit_codes),
                cmocka_unit_test(reload),
                cmocka_unit_test(usage),
                cmocka_unit_test(help),
                cmocka_unit_test(not_there),
                cmocka_unit_test(events),
                cmocka_unit_test(follow),
                cmocka_unit_test(submit),
                cmocka_unit_test(records),
                cmocka_unit_test(several_of_quarantine),
                cmocka_unit_test(quarantine_by_options),
                cmocka_unit_test(status),
                cmocka_unit_test(terminal),
                cmocka_unit_test(told_everywhere),
        };

        setenv("TZ", "UTC", 1);
        text_set_locale();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
