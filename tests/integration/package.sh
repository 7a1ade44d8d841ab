#!/bin/sh
# The Debian package: built from what is distributed, checked by lintian, then taken through its life in a booted system
# (boot.sh) by package-guest.sh: installed, upgraded from the version before with data, removed, purged. What it holds is
# compared with what 'make install' alone makes. DATELINE_DEBS names a folder with packages that are built already.
set -eu
: "${top_srcdir:?run it with make check}" "${top_builddir:?run it with make check}"
here=$(cd "$top_srcdir" && pwd)/tests/integration
unset MAKEFLAGS MFLAGS MAKELEVEL
for program in dpkg-buildpackage dh lintian fakeroot sqlite3; do
        command -v "$program" >/dev/null || { echo "SKIP: there is no $program"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo 'SKIP: to install a package takes root'; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/dateline-package.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 143' TERM INT HUP
mkdir "$work/tree" "$work/dir" "$work/new" "$work/old"
number=0 failed=0
ok() { number=$((number + 1)); echo "ok $number - $1"; }
not_ok() { number=$((number + 1)) failed=$((failed + 1)); echo "not ok $number - $1"; }

debs=${DATELINE_DEBS:-}
if [ -z "$debs" ]; then
        debs=$top_builddir/deb
        # Its tests are run elsewhere, and how small it gets is no matter here.
        XZ_OPT=-0 DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=$(nproc)" \
                make -s -C "$top_builddir" deb DEB_FLAGS='-us -uc -b' >"$work/build.log" 2>&1 || {
                tail -n 50 "$work/build.log"
                echo 'Bail out! the package does not build'
                exit 1
        }
fi
set -- "$debs"/dateline_*.deb
[ -e "$1" ] || { echo "Bail out! there is no package in $debs"; exit 1; }
ok 'the package builds'

if lintian --allow-root --fail-on error "$debs"/dateline*.deb >"$work/lintian" 2>&1; then
        ok 'lintian has no errors'
else
        not_ok 'lintian has no errors'
fi
sed 's/^/# /' "$work/lintian"

# What make install does with Debian's places, without what only Debian adds.
dpkg-deb --fsys-tarfile "$1" | tar t | sed 's|^\./|/|; /\/$/d' >"$work/in-package"
dpkg-deb --fsys-tarfile "$debs"/dateline-dev_*.deb | tar t | sed 's|^\./|/|; /\/$/d' >>"$work/in-package"
make -s -C "$top_builddir" install DESTDIR="$work/install" >"$work/install.log" 2>&1 ||
        { cat "$work/install.log"; echo 'Bail out! make install fails'; exit 1; }
(cd "$work/install" && find . ! -type d) | sed 's|^\.||' >"$work/installed"
same_places() {
        sed -E 's|^/usr/local/|/usr/|; s|^/usr/lib/systemd/system/|/lib/systemd/system/|; s|^/usr/lib/[^/]*-linux-[^/]*/|/usr/lib/|
                s|^(/usr/share/man/.*)\.gz$|\1|; \|^/usr/share/doc/[^/]*/(changelog.*\|copyright\|NEWS.gz)$|d
                s|\.gz$||; /\.la$/d; s|^/usr/share/lintian/.*||; /^$/d' "$1" | sort -u
}
same_places "$work/in-package" >"$work/a"
same_places "$work/installed" >"$work/b"
if diff "$work/b" "$work/a" >"$work/diff"; then
        ok "make install alone makes the same $(wc -l <"$work/a") files"
else
        sed 's/^/# /' "$work/diff"
        not_ok 'make install alone makes the same files (< make install, > package)'
fi

# The version before: the same with a smaller number. Its store is of the older schema, see package-guest.sh.
cp "$1" "$work/dir/new.deb"
dpkg-deb -R "$1" "$work/old"
sed -i 's/^Version: .*/Version: 0.0.1-1/' "$work/old/DEBIAN/control"
dpkg-deb -Znone -b "$work/old" "$work/dir/old.deb" >/dev/null
cp "$here/package-guest.sh" "$here/restart-load.py" "$work/dir/"
sqlite3 "$work/dir/store-2.db" <"$here/store-2.sql"
# As if it were of today: what is older than store.keep would go.
sqlite3 "$work/dir/store-2.db" "UPDATE deliveries SET received = strftime('%s', 'now') * 1000000;
        UPDATE stories SET received = strftime('%s', 'now') * 1000000"

status=0
BOOT_LIMIT=400 "$here/boot.sh" "$work/tree" "$work/dir" /mnt/package-guest.sh "$number" "$failed" &
trap 'kill -TERM $! 2>/dev/null; wait; exit 143' TERM INT HUP
wait $! || status=$?
[ "$status" != 77 ] || exit 77
cat "$work/dir/output"
if [ "$status" != 0 ] && [ -e "$work/dir/journal" ]; then
        echo '---- the journal'
        tail -n 200 "$work/dir/journal"
fi
exit "$status"
