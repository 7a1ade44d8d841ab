#!/bin/sh
# The gate for the exposure of the unit: 1.0 or less by systemd-analyze, which needs no running system for it. The unit as it is
# installed, with the drop-in that is, is measured once more in a booted system by systemd-guest.sh.
set -eu
: "${top_builddir:?run it with make check}"
unit=$top_builddir/packaging/systemd/datelined.service
command -v systemd-analyze >/dev/null || { echo 'SKIP: there is no systemd-analyze'; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/dateline-exposure.XXXXXX")
trap 'rm -rf "$work"' EXIT

figure() { LC_ALL=C systemd-analyze security --offline=true --no-pager "$1" | sed -n 's/.*Overall exposure level.*: \([0-9.]*\).*/\1/p'; }
cp "$unit" "$work/datelined.service"
now=$(figure "$work/datelined.service") || true
[ -n "$now" ] || { echo 'SKIP: this systemd-analyze cannot look at a unit that is not installed'; exit 77; }
echo "exposure of datelined.service: $now"
systemd-analyze security --offline=true --no-pager --threshold=10 "$work/datelined.service" >/dev/null ||
        { echo 'it is over 1.0'; exit 1; }

# A gate that lets everything through is none.
grep -v '^\(ProtectSystem\|PrivateUsers\|RestrictNamespaces\|IPAddressDeny\)=' "$unit" >"$work/datelined.service"
echo "... without four of its lines: $(figure "$work/datelined.service")"
if systemd-analyze security --offline=true --no-pager --threshold=10 "$work/datelined.service" >/dev/null; then
        echo 'the gate lets it pass all the same'
        exit 1
fi
