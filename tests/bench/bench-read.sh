#!/bin/sh
# make bench-read: speeds, instructions a token, and the accuracy of the model on the treebanks in ../shared/ud.
# usage: bench-read.sh BENCH-READ DATELINE-TRAIN MODEL
set -eu
bench=$1 train=$2 model=$3
shared=${DATELINE_SHARED:-$top_srcdir/../shared}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! [ -d "$shared/ud" ]; then
        echo "bench-read: there is no $shared/ud; set DATELINE_SHARED" >&2
        exit 77
fi

# The raw text of the development treebank, eight sentences a paragraph.
sed -n 's/^# text = //p' "$shared/ud/en_ewt-dev.conllu" | paste -d ' ' - - - - - - - - >"$work/text"
"$bench" "$model" "$work/text"

if command -v valgrind >/dev/null; then
        head -c 20000 "$work/text" >"$work/part"
        for kernel in sse avx2; do
                count() {
                        valgrind --tool=callgrind --callgrind-out-file="$work/out" \
                                "$bench" "$model" "$work/part" $kernel "$1" 2>&1 >/dev/null |
                                sed -n 's/.*Collected : //p'
                }
                once=$(count 1) twice=$(count 2)
                tokens=$("$bench" "$model" "$work/part" $kernel 1)
                echo "$kernel: $(((twice - once) / tokens)) instructions a token"
        done
fi

ls -l "$model" | awk '{ print "model file: " $5 " bytes" }'
"$train" eval "$model" "$shared/ud/en_ewt-dev.conllu"
