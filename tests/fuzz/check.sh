#!/bin/sh
# Each fuzz target with libFuzzer and sanitizers for a few seconds, as a part of `make check`. DATELINE_FUZZ_SECONDS=0 leaves it
# out; so does distcheck, which would build it all once more.
seconds=${DATELINE_FUZZ_SECONDS:-5}
case $seconds:$top_builddir in
0:*) echo 'SKIP: DATELINE_FUZZ_SECONDS is 0'; exit 77 ;;
*/_build/sub) echo 'SKIP: make distcheck does without'; exit 77 ;;
esac
exec "$top_srcdir/tests/fuzz/run" "$top_srcdir" "$top_builddir/build-fuzz" "$seconds"
