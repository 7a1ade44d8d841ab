#!/bin/sh
# The corpus of the desk through the real coder and the desk: joining, copies, kills, and the order of arrival. See judge.c.
#
#   test-corpus.sh [ORDERS]
set -eu
here=${top_srcdir:-.}/tests/desk build=${top_builddir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -B "$here/corpus.py" "$here"/acts-*.txt >"$work/stories.jsonl"
"$build/dateline" code --input jsonl --quiet --dictionaries "${top_srcdir:-.}/data/dictionaries" \
        --model "${top_srcdir:-.}/data/en.model" "$work/stories.jsonl" >"$work/coded.jsonl"
"$build/tests/desk/judge" "$work/stories.jsonl" "$work/coded.jsonl" "${1:-6}"
