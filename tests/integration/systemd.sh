#!/bin/sh
# The unit under a real systemd: install the tree, boot (boot.sh), let systemd-guest.sh drive the unit from inside, and
# print what it found.
set -eu
: "${top_srcdir:?run it with make check}" "${top_builddir:?run it with make check}"
here=$(cd "$top_srcdir" && pwd)/tests/integration
# What 'make check' was told is not for these.
unset MAKEFLAGS MFLAGS MAKELEVEL
variable() {
        # shellcheck disable=SC2016 # make expands it
        make -s --no-print-directory -C "$top_builddir" --eval='print-it: ; @echo $($(NAME))' print-it NAME="$1" | tail -n 1
}

# systemd finds units in these two alone.
prefix=$(variable prefix)
case $prefix in
/usr | /usr/local) ;;
*) echo "SKIP: systemd finds no units below $prefix: configure with --prefix=/usr"; exit 77;;
esac
case $(variable SANITIZER_FLAGS) in
*-fsanitize*) echo 'SKIP: built with sanitizers, which the unit does not let work'; exit 77;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/dateline-systemd.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work/tree" "$work/dir"
make -s -C "$top_builddir" install DESTDIR="$work/tree" >"$work/install.log" 2>&1 || {
        cat "$work/install.log"
        echo 'Bail out! make install fails'
        exit 99
}
cp "$here/systemd-guest.sh" "$here/restart-load.py" "$here/receiver.py" "$top_srcdir/packaging/systemd/restart-254.conf" "$top_srcdir/examples/module-desks.py" \
        "$top_builddir/examples/watchwords.so" "$work/dir/"
cat >"$work/dir/paths" <<PATHS
sbindir=$(variable sbindir)
bindir=$(variable bindir)
pkglibexecdir=$(variable pkglibexecdir)
config=$(variable sysconfdir)/dateline/dateline.yaml
unitdir=$(variable systemdsystemunitdir)
examples=$(variable systemdexamplesdir)
restarts=${RESTARTS:-12}
PATHS

status=0
BOOT_LIMIT=${BOOT_LIMIT:-400} "$here/boot.sh" "$work/tree" "$work/dir" /mnt/systemd-guest.sh "$@" &
trap 'kill -TERM $! 2>/dev/null; wait; rm -rf --one-file-system "$work"; exit 143' TERM INT HUP
wait $! || status=$?
[ "$status" != 77 ] || exit 77
cat "$work/dir/output"
if [ "$status" != 0 ] && [ -e "$work/dir/journal" ]; then
        echo '---- the journal'
        tail -n 300 "$work/dir/journal"
fi
exit "$status"
