#!/bin/bash
# The inner side of systemd.sh: runs in the booted system, drives the unit, prints one line a check. Its arguments are
# the parts to run (install and start first), all where there are none.
# shellcheck disable=SC2154 # /mnt/paths sets them
set -u
. /mnt/paths
PATH=$bindir:$sbindir:$PATH
spool=/var/spool/dateline/inbox
failed=0 number=0

ok() { number=$((number + 1)); echo "ok $number - $1"; }
# What has failed this often is not worth the wait for the rest.
not_ok() {
        number=$((number + 1)) failed=$((failed + 1))
        echo "not ok $number - $1"
        [ "$failed" -lt 8 ] || finish 'Bail out! too much fails'
}
finish() {
        journalctl --no-pager -o short-precise >/mnt/journal
        echo "$1"
        [ "$failed" = 0 ]
        exit
}
# check WHAT COMMAND...
check() {
        local what=$1 said
        shift
        if said=$("$@" 2>&1); then
                ok "$what"
        else
                printf '%s\n' "${said:-($*)}" | sed 's/^/# /'
                not_ok "$what"
        fi
}
# Whether a command comes to succeed within ten seconds.
soon() {
        local i
        for ((i = 0; i < 200; i++)); do
                "$@" >/dev/null 2>&1 && return 0
                sleep 0.05
        done
        "$@"
}
refused() { ! "$@"; }
property() { systemctl show -P "$1" "${2:-datelined.service}"; }
is() {
        local value
        value=$(property "$1")
        [ "$value" = "$2" ] && return 0
        echo "$1 is '$value', not '$2'"
        return 1
}
has() { grep -q -- "$1" || return 1; }
journal() { journalctl --no-pager -q -u datelined.service "$@"; }
journal_has() { journal "$@" | has .; }

# As somebody of the group dateline who is not the daemon drops a story.
drop() {
        local name=$1
        shift
        setpriv --reuid=65534 --regid="$(getent group dateline | cut -d: -f3)" --clear-groups sh -c '
                umask 027; printf "%s\n" "$2" >"$1.tmp" && mv "$1.tmp" "$1"' - "$spool/$name" "$*"
}
drop_story() { drop "$1" "PARIS, March 3 (Agence Exemple) - France condemned Russia on Tuesday over $1."; }
found() { datelinectl search "$1" | has .; }
# The store is asked only of a daemon that runs: what comes last may not be the call that starts it.
workers() { pgrep -c -x dateline-worker >/dev/null; }

write_config() {
        mkdir -p "${config%/*}"
        cat >"$config.new" && mv "$config.new" "$config"
}
usual_config() {
        write_config <<YAML
watch:
  - {name: inbox, directory: $spool}
  - {name: wire, listen: /run/dateline/wire.sock}
$(cat)
store: {sqlite: /var/lib/dateline/dateline.db}
outputs:
  - {name: log, journal: yes}
control: {group: dateline}
YAML
}
drop_in() {
        mkdir -p /etc/systemd/system/datelined.service.d
        cat >"/etc/systemd/system/datelined.service.d/$1.conf"
        systemctl daemon-reload
}
no_drop_in() {
        rm -f "/etc/systemd/system/datelined.service.d/$1.conf"
        systemctl daemon-reload
}

part_install() {
        check 'sysusers makes the user' systemd-sysusers
        check 'tmpfiles makes the directories' systemd-tmpfiles --create
        check 'the spool belongs to the group' sh -c "[ \"\$(stat -c '%U:%G %a' $spool)\" = 'root:dateline 2770' ]"
        check 'the catalog is well formed' journalctl --update-catalog
        systemctl daemon-reload
        check 'the units are well formed' \
                systemd-analyze verify --man=no datelined.service dateline-wire.socket dateline-control.socket
        check 'the exposure of the unit is 1.0 or less' \
                systemd-analyze security --no-pager --threshold=10 datelined.service
        systemd-analyze security --no-pager datelined.service | sed -n 's/.*\(Overall exposure.*[0-9]\).*/# \1/p'
        check '... and one that opens more is told from it' refused sh -c '
                mkdir -p /run/systemd/system/datelined.service.d
                printf "[Service]\nProtectSystem=no\nPrivateTmp=no\nRestrictNamespaces=no\nPrivateUsers=no\n" \
                        >/run/systemd/system/datelined.service.d/open.conf
                systemctl daemon-reload
                systemd-analyze security --no-pager --threshold=10 datelined.service >/dev/null 2>&1
                r=$?
                rm -r /run/systemd/system/datelined.service.d; systemctl daemon-reload; exit $r'
        check 'the packaged configuration is right' datelined --check-config
        usual_config </dev/null
}

# Workers that take until there is a file.
slow_workers() {
        rm -f /var/lib/dateline/go
        mv "$pkglibexecdir/dateline-worker" "$pkglibexecdir/dateline-worker.real"
        printf '#!/bin/sh\nwhile [ ! -e /var/lib/dateline/go ]; do sleep 0.05; done\nexec %s.real\n' \
                "$pkglibexecdir/dateline-worker" >"$pkglibexecdir/dateline-worker"
        chmod 755 "$pkglibexecdir/dateline-worker"
}
quick_workers() { mv -f "$pkglibexecdir/dateline-worker.real" "$pkglibexecdir/dateline-worker"; }

# READY=1 only when all is there.
part_start() {
        local pid
        slow_workers
        check 'the start is asked for' systemctl start --no-block datelined.service
        check 'the store is made' soon test -s /var/lib/dateline/dateline.db
        sleep 0.5
        check 'it is not ready before its workers are' is ActiveState activating
        touch /var/lib/dateline/go
        check 'it is ready when they are' soon is ActiveState active
        quick_workers
        systemctl stop datelined.service

        check 'it starts' systemctl start datelined.service
        check 'ready: the sources are there' sh -c "datelinectl sources | grep -q '^inbox.*running'"
        check 'ready: the sockets are systemd'\''s' sh -c "datelinectl sources | grep -q '^wire.*running'"
        check 'ready: workers run' workers
        check 'the status is a sentence' sh -c "systemctl show -P StatusText datelined | grep -q '^Running: 2 sources'"
        pid=$(pgrep -x -n dateline-worker)
        check 'a worker is locked in (no new privileges, seccomp)' sh -c "
                grep -q '^NoNewPrivs:.1' /proc/$pid/status && grep -q '^Seccomp:.2' /proc/$pid/status"
        check 'it runs as the user dateline' sh -c "[ \"\$(ps -o user= -p $pid)\" = dateline ]"
}

part_story() {
        drop_story trains
        check 'a story that lands is stored' soon found trains
        check 'it brings an event' soon sh -c 'datelinectl events --json | grep -q FRA'
        check 'its file is in done' soon test -e "$spool/done/trains"
        check 'the status tells of it' soon sh -c "systemctl show -P StatusText datelined | grep -q ' 1 stories'"
        check 'the journal has the event with its fields' soon \
                journal_has MESSAGE_ID=ee6aee3c47ce4f79a29e6200091fd6ad STORY_ID=1.1
        install -m 000 /dev/null "$spool/secret.tmp"
        echo 'BONN, May 1 (Agence Exemple) - Germany praised nobody.' >"$spool/secret.tmp"
        mv "$spool/secret.tmp" "$spool/secret"
        check 'a file that may not be read is told under its source' soon \
                journal_has SOURCE=inbox MESSAGE_ID=c2b583978a02487f9f6ca7dccdd7d2dd
        rm -f "$spool/secret"
        check 'somebody else may ask' setpriv --reuid=65534 --regid=65534 --clear-groups datelinectl status
        check '... but change nothing' refused setpriv --reuid=65534 --regid=65534 --clear-groups datelinectl reload
        check 'the refusal is in the journal' soon journal_has MESSAGE_ID=14cd7289e6674d0187832ad806a3e99f
        check 'a member of the group may' setpriv --reuid=65534 --regid=65534 \
                --groups="$(getent group dateline | cut -d: -f3)" datelinectl reload
}

part_reload() {
        local pid
        pid=$(property MainPID)
        usual_config <<<"  - {name: other, directory: /var/spool/dateline/other}"
        check 'a reload is over when systemctl is' systemctl reload datelined.service
        check '... the journal has what changed, once' \
                sh -c "[ \"\$(journalctl --no-pager -u datelined -o cat | grep -c 'watch: 1 added (other)')\" = 1 ]"
        check '... and has the new source' sh -c "datelinectl sources | grep -q ^other"
        check 'its missing directory is told, by name' soon \
                journal_has SOURCE=other MESSAGE_ID=c2b583978a02487f9f6ca7dccdd7d2dd
        check 'the catalog explains it' \
                sh -c "journalctl --no-pager -x -u datelined SOURCE=other | grep -q 'The source other cannot'"

        usual_config <<<"  - {name: wrong, directroy: /var/spool/dateline/other}"
        check 'a wrong configuration fails the reload' refused systemctl reload datelined.service
        check '... it goes on' is ActiveState active
        check '... with the old configuration' sh -c "datelinectl sources | grep -q ^other"
        check '... and file, line and column are in the journal' \
                sh -c "journalctl --no-pager -u datelined -o cat | grep -q 'dateline.yaml:4:.*directroy'"

        usual_config </dev/null
        slow_workers
        kill -HUP "$pid"
        check 'SIGHUP reloads too, and systemd is told of it' soon is ActiveState reloading
        touch /var/lib/dateline/go
        check '... also of its end' soon is ActiveState active
        quick_workers
        check '... the source is gone' soon sh -c "! datelinectl sources | grep -q ^other"
        check 'it is the same process after all' is MainPID "$pid"
}

# What the configuration names runs within the limits of the unit.
part_programs() {
        mkdir -p /usr/libexec
        cp /mnt/module-desks.py /mnt/watchwords.so /usr/libexec/
        cat >/usr/libexec/fetch <<'SH'
#!/bin/sh
touch /usr/leak 2>/dev/null && a=leaky || a=watertight
b=stands
for folder in /var/lib/dateline /var/spool/dateline/inbox /run/dateline /tmp /var/tmp /dev/shm; do
        cp /bin/true "$folder/true.tmp" && "$folder/true.tmp" 2>/dev/null && b=runs
        rm -f "$folder/true.tmp"
done
echo "ROME, May 2 (Agence Exemple) - Italy praised the $a ferries, which $b, with crew $(id -u)."
SH
        chmod 755 /usr/libexec/fetch
        usual_config <<YAML
  - {name: fetched, command: [/usr/libexec/fetch], every: 1s}
work:
  modules:
    - decode
    - read
    - code
    - load: {file: /usr/libexec/watchwords.so, settings: {words: ferries}}
    - exec: {name: desks, command: [/usr/bin/python3, /usr/libexec/module-desks.py, home=ITA]}
YAML
        check 'a command, a loaded and an exec module are taken in' systemctl reload datelined.service
        check 'the command is run' soon found ferries
        check '... it writes where the unit lets it, no more' found watertight
        check '... and runs nothing that it wrote' found stands
        check 'the loaded module works' soon sh -c "datelinectl events --json | grep -q '\"watchwords\":\[\"ferries\"\]'"
        check 'the exec module works' soon sh -c "datelinectl events --json | grep -q '\"desks\":\[\"home\"\]'"
        usual_config </dev/null
        check 'they are let go' systemctl reload datelined.service
        check '... and the exec module has ended' soon refused pgrep -f module-desks.py
}

# Feeds over https and webhooks within the limits of the unit: libcurl with its TLS and its thread for names, which come once from
# /etc/hosts and once from a name server. The server that both talk to is nginx; behind it, receiver.py keeps what is posted.
tls_server() {
        local folder=/srv/tls
        mkdir -p $folder/root
        openssl req -x509 -newkey rsa:2048 -nodes -keyout $folder/key -out $folder/cert -days 3 -subj /CN=feeds.example \
                -addext 'subjectAltName=DNS:feeds.example,DNS:news.dateline.test,DNS:localhost' 2>/dev/null
        cp $folder/cert /etc/dateline/ca.pem
        chmod 644 /etc/dateline/ca.pem
        echo '127.0.0.1 feeds.example' >>/etc/hosts
        rm -f /etc/resolv.conf
        echo 'nameserver 127.0.0.1' >/etc/resolv.conf
        cat >$folder/conf <<NGINX
user root; pid $folder/pid; error_log $folder/error; events {}
http {
        access_log $folder/access;
        server {
                listen 127.0.0.1:8443 ssl;
                ssl_certificate $folder/cert; ssl_certificate_key $folder/key;
                root $folder/root; types { application/rss+xml rss; }
                location = /private.rss { auth_basic x; auth_basic_user_file $folder/users; }
                location /hook { proxy_pass http://127.0.0.1:8444; }
        }
}
NGINX
        echo "reader:{PLAIN}f33d-password" >$folder/users
        nginx -p $folder -c $folder/conf -e $folder/error &&
                { systemd-run -q --unit=receiver /usr/bin/python3 /mnt/receiver.py 8444 /srv/hooks 53 news.dateline.test; }
}
rss() {
        printf '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><item><title>About %s</title>%s</item></channel></rss>' \
                "$1" "<guid>urn:$1</guid><description>PARIS, March 3 (Agence Exemple) - France condemned Russia on Tuesday over $1.</description>" \
                >"/srv/tls/root/$2.rss"
}
feed() {
        echo "  - {name: $1, feed: 'https://$2', every: 1s, every_max: 1s, host_delay: 10ms, allow_private: yes, ca: /etc/dateline/ca.pem${3:+, $3}}"
}
hook_secret=whsec_$(head -c 32 /dev/urandom | base64 -w0)
part_network() {
        if ! command -v nginx >/dev/null || ! command -v openssl >/dev/null; then
                echo '# SKIP: there is no nginx or no openssl'
                return
        fi
        tls_server || echo '# the server does not start'
        rss lemons hosts
        rss plums names
        rss cherries local
        rss quinces private
        install -m 600 /dev/null /etc/dateline/hook-secret
        install -m 600 /dev/null /etc/dateline/feed-password
        echo "$hook_secret" >/etc/dateline/hook-secret
        echo 'reader:f33d-password' >/etc/dateline/feed-password
        drop_in secrets <<<$'[Service]\nLoadCredential=hook-secret:/etc/dateline/hook-secret
LoadCredential=feed-password:/etc/dateline/feed-password'
        write_config <<YAML
log: {level: debug}
watch:
$(feed hosts feeds.example:8443/hosts.rss)
$(feed names news.dateline.test:8443/names.rss)
$(feed local localhost:8443/local.rss)
$(feed private feeds.example:8443/private.rss 'credentials: feed-password')
store: {sqlite: /var/lib/dateline/dateline.db}
outputs:
  - {name: hook, webhook: 'https://news.dateline.test:8443/hook', secret: hook-secret, ca: /etc/dateline/ca.pem}
control: {group: dateline}
YAML
        check 'feeds and a webhook are taken in' systemctl restart datelined.service
        systemctl -q is-active datelined.service || return
        check 'a feed is fetched over https, its name from /etc/hosts' soon found lemons
        check '... from a name server' soon found plums
        check '... from localhost' soon found cherries
        check '... with a credential of systemd' soon found quinces
        check 'a webhook brings the events' soon sh -c 'grep -q RUS /srv/hooks/*'
        check '... all of them' soon sh -c '[ "$(datelinectl status --json | jq ".outputs[] | select(.name == \"hook\") | .behind")" = 0 ]'
        check '... signed with the credential' /usr/bin/python3 /mnt/receiver.py --verify /srv/hooks "$hook_secret"
        check 'the unit is still 1.0 or less with it' \
                systemd-analyze security --no-pager --threshold=10 datelined.service
}

# After part_network, whose secrets are in use: they are where they were put, and nowhere else.
nowhere() {
        local what=$1 text
        text=$(cat)
        [ -n "$text" ] || { echo "$what is empty"; return 1; }
        case $text in
        *f33d-password* | *"${hook_secret#whsec_}"*) echo "a secret is in $what"; return 1;;
        esac
}
of_dateline() { pgrep -u dateline | while read -r pid; do tr '\0' '\n' <"/proc/$pid/$1"; done 2>/dev/null; }
part_secrets() {
        local pid
        [ -e /srv/hooks ] && systemctl -q is-active datelined.service || return
        pid=$(property MainPID)
        echo wrong >/srv/tls/users             # the password is refused, and that is told
        systemctl reload datelined.service
        rss medlars private
        check 'a refused password is told' soon journal_has SOURCE=private MESSAGE_ID=c2b583978a02487f9f6ca7dccdd7d2dd
        journalctl --no-pager -o export | strings >/mnt/secrets-journal
        check 'the search for secrets finds what is there' refused nowhere test <<<"x f33d-password y"
        check 'no secret is in the journal' nowhere 'the journal' </mnt/secrets-journal
        check '... is told by ps' nowhere ps < <(ps -eo args; of_dateline cmdline)
        check '... is in an environment' nowhere 'an environment' < <(of_dateline environ; systemctl show datelined.service)
        check '... is in the store' nowhere 'the store' < <(cat /var/lib/dateline/* | tr -d '\0')
        check '... is told at the control socket' nowhere control \
                < <(datelinectl status --json; datelinectl sources --json; datelinectl sources; datelinectl status)
        check 'of what datelined has in memory its own user sees nothing' refused setpriv --reuid=dateline --regid=dateline \
                --clear-groups cat "/proc/$pid/environ"
        check '... (which a process that does not care lets him see)' sh -c '
                setpriv --reuid=dateline --regid=dateline --clear-groups sleep 20 &
                sleep 0.2; setpriv --reuid=dateline --regid=dateline --clear-groups grep -q . /proc/$!/environ'
        check 'no core is written of it' grep -q 'Max core file size *0 *0' "/proc/$pid/limits"
        check 'nobody else may read the credentials' refused setpriv --reuid=65534 --regid=65534 --clear-groups \
                cat /run/credentials/datelined.service/hook-secret
        rm -f /mnt/secrets-journal
        no_drop_in secrets
        usual_config </dev/null
        systemctl restart datelined.service
}

part_watchdog() {
        local pid
        drop_in watchdog <<<$'[Service]\nWatchdogSec=1s'
        systemctl restart datelined.service
        pid=$(property MainPID)
        sleep 1.5
        check 'a loop that turns keeps the watchdog quiet' is MainPID "$pid"
        kill -STOP "$pid"
        drop_story barges
        check 'a loop that is stuck is killed and started again' soon is NRestarts 1
        check '... within its limit' soon journalctl --no-pager -q -u datelined.service --grep 'Watchdog timeout'
        check '... what landed meanwhile is stored' soon found barges
        check '... and what was stored is still there' found trains
        check 'no worker is left of the old one' refused pgrep -x -P 1 dateline-worker
        no_drop_in watchdog
        systemctl restart datelined.service
}

part_sockets() {
        check 'it stops within 5 s' sh -c '
                systemctl set-property --runtime datelined.service TimeoutStopSec=5s 2>/dev/null
                timeout 5 systemctl stop datelined.service 2>/dev/null'
        check '... and ends with 0' is ExecMainStatus 0
        check '... called a success' is Result success
        check 'the sockets stay' systemctl is-active dateline-wire.socket dateline-control.socket
        check 'nothing is left of it' refused pgrep -u dateline
        check 'a client of the control socket starts it' sh -c "datelinectl status | grep -q '^datelined '"
        check '... it is up' soon is ActiveState active
        systemctl stop datelined.service 2>/dev/null
        check 'a sender starts it, and is told that the story is safe' sh -c '
                printf "%s\n" "OSLO, June 5 (Agence Exemple) - Norway warned Sweden about otters." |
                        socat -t 10 - UNIX-CONNECT:/run/dateline/wire.sock | grep -q "^+"'
        check '... and it is stored' soon found otters
        check 'the socket is the group'\''s alone' refused setpriv --reuid=65534 --regid=65534 --clear-groups \
                socat -u OPEN:/dev/null UNIX-CONNECT:/run/dateline/wire.sock
        systemctl restart datelined.service
        check 'the sockets live through a restart' sh -c '
                printf "%s\n" "OSLO, June 6 (Agence Exemple) - Norway thanked Sweden for beavers." |
                        socat -t 10 - UNIX-CONNECT:/run/dateline/wire.sock | grep -q "^+"'
}

# Senders of every kind, 200 stories a second, while a command is run so often within so many seconds.
under_load() {
        local what=$1 seconds=$2 said=0
        shift 2
        /mnt/restart-load.py "$seconds" 200 /var/lib/dateline/dateline.db whole=/run/dateline/wire.sock \
                length=127.0.0.1:7902 lines=/run/dateline/lines.sock slow=/run/dateline/lines.sock slow=127.0.0.1:7903 \
                half=/run/dateline/wire.sock figures=/run/dateline/metrics.sock -- "$@" >/mnt/load 2>&1 || said=1
        if [ "$said" = 0 ]; then ok "$what"; else not_ok "$what"; fi
        sed 's/^/# /' /mnt/load
}
handover_config() {
        usual_config <<YAML
  - {name: stream, listen: '127.0.0.1:7902', framing: length}
  - {name: lines, listen: /run/dateline/lines.sock, framing: separator, separator: "##\n"}
  - {name: tcplines, listen: '127.0.0.1:7903', framing: separator, separator: "##\n"}
metrics: /run/dateline/metrics.sock
YAML
}
part_handover() {
        handover_config
        systemctl restart datelined.service
        check 'the listeners are in the store' soon is NFileDescriptorStore 4
        under_load 'restarted 4 times under load: none refused, none broken, none lost, none twice' 10 \
                4 systemctl restart datelined.service
        check '... nothing of it is left in the store' soon is NFileDescriptorStore 4
        under_load 'reloaded 4 times under load: likewise' 5 4 systemctl reload datelined.service
        under_load 'reloaded 4 times, each time with other settings for every source: likewise' 5 \
                4 /mnt/systemd-guest.sh --turn-settings
        check '... nothing of it is left in the store' soon is NFileDescriptorStore 4
        usual_config </dev/null
        systemctl reload datelined.service
        check 'sources that go leave no listener behind' soon is NFileDescriptorStore 0

        drop_in store <<<$'[Service]\nFileDescriptorStoreMax=0\nEnvironment=FDSTORE=0'
        check 'without the store it restarts too' systemctl restart datelined.service
        check '... and takes stories' sh -c '
                printf "%s\n" "OSLO, June 6 (Agence Exemple) - Norway thanked Sweden for elks." |
                        socat -t 10 - UNIX-CONNECT:/run/dateline/wire.sock | grep -q "^+"'
        no_drop_in store
        systemctl restart datelined.service
}

# make bench-restart: how long nothing is acknowledged, and where the time goes.
part_bench() {
        handover_config
        systemctl restart datelined.service
        under_load "restarted $restarts times" $((restarts * 3)) "$restarts" systemctl restart datelined.service
        journalctl --no-pager -o short-unix -u datelined.service | python3 -c '
import statistics, sys
steps = (("systemd stops it", "Stopping datelined"), ("it has stopped", "has stopped"), ("systemd starts it", "Starting datelined"),
         ("its sources are there", "connections go on"), ("it is ready", "Started datelined"))
runs = []
for line in sys.stdin:
    for name, text in steps:
        if text in line:
            if name == steps[0][0]:
                runs.append({})
            if runs:
                runs[-1].setdefault(name, float(line.split()[0]))
runs = [run for run in runs if len(run) == len(steps)]
print("# median of %d runs, ms since systemd began to stop it:" % len(runs))
for name, _ in steps[1:]:
    print("# %7.0f  %s" % (1000 * statistics.median(run[name] - run[steps[0][0]] for run in runs), name))'
}

part_refused() {
        systemctl stop datelined.service 2>/dev/null
        write_config <<<'watch: [{name: inbox, directroy: /x}]'
        check 'with a wrong configuration it does not start' refused systemctl start datelined.service
        check '... status 78' is ExecMainStatus 78
        check '... and is not tried again' is SubState failed
        check '... the reason is in the journal' \
                sh -c "journalctl --no-pager -u datelined KIND=not-started -o cat | grep -q 'dateline.yaml:1:.*directroy'"
        write_config <<YAML
watch: [{name: inbox, directory: $spool}]
store: {sqlite: /var/lib/dateline/dateline.db}
control: {group: dateline}
YAML
        systemctl reset-failed datelined.service
        check 'put right, it starts' systemctl start datelined.service
        check '... and tells of a socket that no source takes' soon journal_has SOURCE=wire
        usual_config </dev/null
        check 'a restart puts that right' systemctl restart datelined.service
}

# What only later ones know, an older systemd tells of and goes on.
part_newer() {
        local version
        version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
        drop_in restart <"/mnt/restart-254.conf"
        check "systemd $version takes the drop-in for 254" systemctl restart datelined.service
        check '... and systemd-analyze finds nothing wrong in it' systemd-analyze verify --man=no datelined.service
        if [ "$version" -ge 254 ]; then
                check '... and heeds it' is RestartSteps 6
        else
                check '... and says that it does not know it' sh -c '
                        journalctl --no-pager -q _PID=1 | grep -q "Unknown key.*RestartSteps"'
        fi
        no_drop_in restart
        drop_in reload <"$examples/notify-reload.conf"
        check "systemd $version takes the drop-in for 253" systemctl restart datelined.service
        if [ "$version" -ge 253 ]; then
                check '... and reloads by it' systemctl reload datelined.service
        else
                check '... and it stays Type=notify' is Type notify
                check '... and is reloaded by datelinectl' datelinectl reload
        fi
        no_drop_in reload
}

# As dateline-operations(7) tells it.
part_backup() {
        mkdir -p /srv/backup
        drop_story lighthouses
        check 'a story before the backup' soon found lighthouses
        check 'a backup is made while it runs' sqlite3 /var/lib/dateline/dateline.db ".backup '/srv/backup/dateline.db'"
        drop_story windmills
        check 'a story after the backup' soon found windmills
        systemctl stop dateline-wire.socket dateline-control.socket datelined 2>/dev/null
        (cd /var/lib/dateline && mkdir -p broken && mv dateline.db* broken/ &&
                install -o dateline -g dateline -m 600 /srv/backup/dateline.db .)
        check 'the backup is put in place and it starts' \
                systemctl start dateline-wire.socket dateline-control.socket datelined
        check '... with what was there' found lighthouses
        check '... without what came after' refused found windmills
        mv "$spool/done/windmills" "$spool/"
        check '... which is taken in again from done' soon found windmills
        mv "$spool/done/lighthouses" "$spool/again"
        check '... and what is known is recognised' soon sh -c \
                "datelinectl sources --json | grep -q . && [ ! -e $spool/again ]"
        check '... once' sh -c '[ "$(datelinectl search lighthouses --json | wc -l)" = 1 ]'
}

part_dynamic() {
        local uid
        drop_story locks
        soon found locks
        systemctl stop datelined.service 2>/dev/null
        drop_in dynamic <"$examples/dynamic-user.conf"
        check 'with DynamicUser= it starts' systemctl start datelined.service
        uid=$(stat -c %u "/proc/$(property MainPID)")
        check "... as a user of the moment ($uid)" test "$uid" -ge 61184 -a "$uid" -le 65519
        check '... the store came along' found locks
        drop_story canals
        check '... the spool is read' soon found canals
        check '... a sender is heard' sh -c '
                printf "%s\n" "LIMA, June 7 (Agence Exemple) - Peru thanked Chile for herons." |
                        socat -t 10 - UNIX-CONNECT:/run/dateline/wire.sock | grep -q "^+"'
        usual_config <<<"  - {name: fetched, command: [/usr/libexec/fetch], every: 1s}"
        check '... root may reload' systemctl reload datelined.service
        check '... a command is run' soon found "crew $uid"
        check '... and is held as before' sh -c "datelinectl search crew $uid --json | grep -q 'watertight.*stands'"
        usual_config </dev/null
        systemctl stop datelined.service 2>/dev/null
        no_drop_in dynamic
        check 'and back to the user dateline' systemctl start datelined.service
        check '... with its store' soon found canals
}

part_end() {
        systemctl stop dateline-wire.socket dateline-control.socket datelined.service 2>/dev/null
        check 'stopped with its sockets, nothing answers' refused datelinectl status
        check '... no process is left' refused pgrep '^dateline'
        check '... and no socket' refused test -e /run/dateline/control.sock -o -e /run/dateline/wire.sock
        check 'no unit has failed' sh -c '[ -z "$(systemctl --failed --no-legend)" ]'
}

# Each source gets a size that it had not before.
if [ "${1:-}" = --turn-settings ]; then
        sed -i "s/^  - {name: \([a-z]*\), \(max_size: [0-9]*, \)\?listen/  - {name: \1, max_size: $((1000000 + RANDOM)), listen/" "$config"
        exec systemctl reload datelined.service
fi
[ $# != 0 ] || set -- install start story reload programs network secrets watchdog sockets handover refused newer backup dynamic end
for part; do
        echo "# $part"
        "part_$part"
done
finish "1..$number"
