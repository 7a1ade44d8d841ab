#!/bin/bash
# The inner side of package.sh: the package's life in a booted system. Its arguments: the checks before, those that failed.
set -u
number=$1 failed=$2
config=/etc/dateline/dateline.yaml
store=/var/lib/dateline/dateline.db
export DEBIAN_FRONTEND=noninteractive

check() {
        local what=$1 said
        shift
        number=$((number + 1))
        if said=$("$@" 2>&1); then
                echo "ok $number - $what"
        else
                printf '%s\n' "${said:-($*)}" | sed 's/^/# /'
                echo "not ok $number - $what"
                failed=$((failed + 1))
        fi
}
soon() {
        local i
        for ((i = 0; i < 200; i++)); do
                "$@" >/dev/null 2>&1 && return 0
                sleep 0.05
        done
        "$@"
}
refused() { ! "$@"; }
since() { systemctl show -P ActiveEnterTimestampMonotonic "$1"; }
# How many of them the store tells of.
counts() { [ "$(datelinectl "$1" --json | wc -l)" -ge "$2" ]; }
install() { dpkg --force-unsafe-io --force-confold -i "$1" >/mnt/dpkg.log 2>&1 || { cat /mnt/dpkg.log; return 1; }; }
send() {
        printf '%s\n' "$1" | socat -t 10 - UNIX-CONNECT:/run/dateline/wire.sock | grep -q '^+'
}

# What keeps packages of a container from starting their services.
rm -f /usr/sbin/policy-rc.d
# Where a package and its services leave things; not where somebody may be building meanwhile.
ours() { find /etc /lib /opt /run /srv /usr /var -xdev -name '*dateline*' -not -path '/usr/src/*' 2>/dev/null | sort; }
ours >/mnt/before
systemctl start dbus.socket 2>/dev/null

echo '# install'
check 'the version before is installed' install /mnt/old.deb
check '... the user is there' getent passwd dateline
check '... the spool belongs to the group' \
        sh -c '[ "$(stat -c "%U:%G %a" /var/spool/dateline/inbox)" = "root:dateline 2770" ]'
check '... the store is the daemon'\''s' sh -c "[ \"\$(stat -c '%U:%G %a' /var/lib/dateline)\" = 'dateline:dateline 750' ]"
for unit in dateline-wire.socket dateline-control.socket datelined.service; do
        check "... $unit is enabled" systemctl is-enabled "$unit"
        check "... $unit is active" systemctl is-active "$unit"
done
check '... it takes a story' send 'OSLO, June 5 (Agence Exemple) - Norway warned Sweden about walruses.'
check '... datelinectl finds it' soon sh -c 'datelinectl search walruses | grep -q .'

echo '# upgrade while it runs'
sed -i '1i # edited' "$config"
before="$(since dateline-wire.socket) $(since dateline-control.socket)"
/mnt/restart-load.py 8 100 "$store" whole=/run/dateline/wire.sock half=/run/dateline/wire.sock >/mnt/load 2>&1 &
load=$!
sleep 1
pid=$(systemctl show -P MainPID datelined.service)
check 'it is upgraded under load' install /mnt/new.deb
check '... the daemon was restarted' sh -c "[ \"\$(systemctl show -P MainPID datelined.service)\" != $pid ]"
check '... the sockets were not' test "$before" = "$(since dateline-wire.socket) $(since dateline-control.socket)"
wait "$load"     # not in check's subshell, whose child it is not
check '... no sender was refused or broken, none lost, none twice' test $? = 0
sed 's/^/# /' /mnt/load
check '... the edited configuration is kept' grep -q '^# edited' "$config"
check '... the stories are there' sh -c 'datelinectl search walruses | grep -q .'

echo '# upgrade of an older store'
systemctl stop datelined.service 2>/dev/null
dpkg --remove dateline >/dev/null 2>&1
install /mnt/old.deb
systemctl stop datelined.service 2>/dev/null
rm -f "$store"*
/usr/bin/install -o dateline -g dateline -m 600 /mnt/store-2.db "$store"
check 'it is upgraded over a store of schema 2' install /mnt/new.deb
check '... it runs' soon systemctl is-active datelined.service
check '... all stories are there' sh -c '[ "$(datelinectl status --json | jq .totals.stories)" = 3 ]'
check '... and found' sh -c 'datelinectl search otters | grep -q .'
check '... all events are there' sh -c '[ "$(datelinectl events --json | wc -l)" = 2 ]'
check '... and told of as before' sh -c "datelinectl events --json | grep -q '\"event\":\"ACCUSE\".*FRA'"
check '... it takes stories' send 'ROME, May 2 (Agence Exemple) - Italy praised the gondolas of Greece.'
check '... a known one is known' sh -c 'before=$(datelinectl status --json | jq .totals.duplicates)
        printf "%s\n" "OSLO, June 5 (Agence Exemple) - Norway warned Sweden about otters." |
                socat -t 10 - UNIX-CONNECT:/run/dateline/wire.sock >/dev/null
        for i in $(seq 100); do
                [ "$(datelinectl status --json | jq .totals.duplicates)" = $((before + 1)) ] && exit 0; sleep 0.05
        done; exit 1'

echo '# remove and purge'
check 'it is removed' dpkg --remove dateline
check '... nothing of it runs' refused pgrep '^dateline'
check '... no socket is left' refused test -e /run/dateline/wire.sock
check '... configuration and store stay' test -e "$config" -a -e "$store"
check 'it is purged' dpkg --purge dateline
ours >/mnt/after
check '... nothing is left' diff /mnt/before /mnt/after
check '... but the user, whose number is not given away' getent passwd dateline
check '... no unit has failed' sh -c '[ -z "$(systemctl --failed --no-legend)" ]'

journalctl --no-pager -o short-precise >/mnt/journal
echo "1..$number"
[ "$failed" = 0 ]
