#!/bin/bash
# boot.sh TREE DIR COMMAND [ARG]...
#
# Boot this machine's systemd as the first process of namespaces of its own and run COMMAND there as a service. Over
# the machine's root directory lie TREE (what 'make install DESTDIR=' made) and a layer in memory, so nothing of what
# happens stays; DIR is at /mnt, and COMMAND's output goes to DIR/output. The system ends with COMMAND, and this script
# with its status; 77 and a reason where the machine does not allow it. BOOT_LIMIT: seconds for all of it (120).
#
# Of the machine's own units none is started: the folders that want them are covered. So the system is up at once, and
# the same everywhere.
set -euo pipefail

skip() { echo "SKIP: $*"; exit 77; }

# The first process of the new namespaces: build the root directory, become systemd.
become_systemd() {
        local work=$1 tree=$2 dir=$3 root=$1/root wants
        shift 3
        mount -t tmpfs -o mode=755 layers "$work"
        mkdir "$work"/{root,tree,upper,work,none}
        cp -a "$tree/." "$work/tree/"
        mount -t overlay -o "lowerdir=$work/tree:/,upperdir=$work/upper,workdir=$work/work" root "$root"
        mount -t proc proc "$root/proc"
        mount --bind "$root/proc/sys" "$root/proc/sys"
        mount -o remount,bind,ro "$root/proc/sys"
        mount -t sysfs -o ro sys "$root/sys"
        mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
        mount -t tmpfs -o mode=755 dev "$root/dev"
        cp -a /dev/{null,zero,full,random,urandom,tty} "$root/dev/"
        mkdir "$root"/dev/{pts,shm}
        mount -t devpts -o newinstance,ptmxmode=0666 pts "$root/dev/pts"
        ln -s pts/ptmx "$root/dev/ptmx"
        for wants in dev/shm run tmp; do mount -t tmpfs -o mode=1777 tmp "$root/$wants"; done
        chmod 755 "$root/run"
        mount --bind "$dir" "$root/mnt"

        for wants in "$root"/usr/lib/systemd/system/*.wants "$root"/{usr/lib,etc}/systemd/system-generators; do
                [ ! -d "$wants" ] || mount --bind "$work/none" "$wants"
        done
        mount -t tmpfs -o mode=755 units "$root/etc/systemd/system"
        rm -rf "$root"/etc/systemd/{system,journald}.conf.d "$root/etc/machine-id"
        tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
        mkdir "$root/etc/systemd/journald.conf.d"
        printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitBurst=0\n' \
                >"$root/etc/systemd/journald.conf.d/test.conf"
        {
                cat <<UNIT
[Unit]
SuccessAction=exit
FailureAction=exit
Wants=systemd-journald.service
After=systemd-journald.service
[Service]
Type=oneshot
TimeoutStartSec=infinity
StandardInput=null
StandardOutput=append:/mnt/output
StandardError=inherit
WorkingDirectory=/mnt
Environment=LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
UNIT
                printf 'ExecStart='
                printf '"%s" ' "$@"
        } >"$root/etc/systemd/system/boot-test.service"

        cd "$root"
        mkdir -p run/old
        pivot_root . run/old
        umount -l /run/old
        mount --make-rshared /
        exec env -i container=boot setpriv --bounding-set=-sys_boot,-sys_module,-sys_rawio,-sys_time \
                /usr/lib/systemd/systemd --system --unit=boot-test.service --show-status=no --log-target=journal
}

# In a control group of its own, which is then the root of what the system sees.
enter_cgroup() {
        local work=$1
        mount -t cgroup2 cgroup "$work/cgroup"
        mkdir "$work/cgroup/dateline-boot-${work##*.}"
        echo 0 >"$work/cgroup/dateline-boot-${work##*.}/cgroup.procs"
        umount "$work/cgroup"
        exec unshare --cgroup --fork --pid --kill-child --net --uts --ipc -- "$0" --inside "$@"
}

# Remove the control groups that the system left, and the folder.
clean_up() {
        local work=$1
        unshare --mount --propagation private sh -c '
                mount -t cgroup2 cgroup "$1/cgroup" || exit 0
                for try in 1 2 3 4 5 6 7 8 9 10; do
                        [ -d "$2" ] || exit 0
                        find "$2" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
                done' - "$work" "$work/cgroup/dateline-boot-${work##*.}"
        rm -rf --one-file-system "$work"
}

case ${1:-} in
--cgroup) shift; enter_cgroup "$@";;
--inside) shift; become_systemd "$@";;
esac

[ $# -ge 3 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 64; }
tree=$(realpath -e "$1") dir=$(realpath -e "$2")
shift 2
[ "$(id -u)" = 0 ] || skip 'to boot systemd takes root'
[ -x /usr/lib/systemd/systemd ] || skip 'systemd is not installed'
for program in unshare setpriv pivot_root; do
        command -v "$program" >/dev/null || skip "there is no $program (util-linux)"
done
unshare --mount --pid --fork --net --uts --ipc --cgroup true 2>/dev/null || skip 'namespaces may not be made here'
work=$(mktemp -d "${TMPDIR:-/tmp}/dateline-boot.XXXXXX")
mkdir "$work/cgroup"
trap 'clean_up "$work"' EXIT
unshare --mount --propagation private sh -c 'mount -t cgroup2 cgroup "$1" && mkdir "$1/$2" && rmdir "$1/$2"' - \
        "$work/cgroup" "dateline-boot-${work##*.}" 2>/dev/null || skip 'control groups (version 2) may not be made here'

# In the background, so that a signal is heard while it runs. Whatever ends it ends all that is inside.
: >"$dir/output"
timeout --kill-after=2 "${BOOT_LIMIT:-120}" unshare --mount --propagation private -- \
        "$0" --cgroup "$work" "$tree" "$dir" "$@" >"$work/boot.log" 2>&1 &
trap 'kill -TERM $! 2>/dev/null; wait; exit 143' TERM INT HUP
status=0
wait $! || status=$?
[ "$status" = 0 ] || cat "$work/boot.log"
[ "$status" != 124 ] || echo "boot.sh: not over after ${BOOT_LIMIT:-120} s"
exit "$status"
