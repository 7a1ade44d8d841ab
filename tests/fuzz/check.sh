#!/bin/sh
# Each fuzz target with libFuzzer and sanitizers for a few seconds, as a part of `make check`.
exec "$top_srcdir/tests/fuzz/run" "$top_srcdir" "$top_builddir/build-fuzz" "${DATELINE_FUZZ_SECONDS:-5}"
