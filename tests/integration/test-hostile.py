#!/usr/bin/env python3
"""
No decoder does more than linear work, whatever it is given: the instructions for each document of tests/bench/hostile.c are
counted by callgrind, with so many bytes and with twice as many. Counts are the same on a busy machine.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

BYTES = 16384
MOST = 2.7              # times the work for twice the bytes
LEAST = 2000000         # instructions; less is the same for all
TIMEOUT = 900


def main():
    program = os.path.join(os.environ.get('top_builddir', '.'), 'tests/unit/modules/decode/test-hostile')
    if shutil.which('valgrind') is None:
        print('there is no valgrind')
        return 77
    if os.environ.get('DATELINE_TEST_SANITIZED') or os.environ.get('DATELINE_TEST_WRAPPER'):
        print('nothing is counted under a sanitizer or another tool')
        return 77
    with tempfile.TemporaryDirectory(prefix='dateline-count-') as folder:
        done = subprocess.run(['valgrind', '-q', '--tool=callgrind', f'--callgrind-out-file={folder}/out', program],
                              check=False,
                              env={**os.environ, 'DATELINE_COUNT': str(BYTES)},
                              capture_output=True,
                              timeout=TIMEOUT)
        if done.returncode != 0:
            print(done.stdout.decode()[-2000:], done.stderr.decode()[-2000:])
            return 1
        counts = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding='utf-8', errors='replace') as file:
                text = file.read()
            what = re.search(r'^desc: Trigger: Client Request: (\S+) (\d+)$', text, re.M)
            total = re.search(r'^(?:summary|totals): (\d+)', text, re.M)
            if what and total:
                counts[what[1], int(what[2])] = int(total[1])
    names = sorted({name for name, _ in counts})
    if len(names) < 100:
        print(f'only {len(names)} documents were counted: valgrind/callgrind.h was not there when the test was built')
        return 77
    failed = 0
    for name in names:
        half, whole = counts[name, BYTES], counts[name, 2 * BYTES]
        wrong = whole > LEAST and whole > MOST * half
        failed += wrong
        if wrong or '-v' in sys.argv:
            print(
                f'{name}: {half} and {whole} instructions, {whole / half:.2f} times{" <-- not linear" if wrong else ""}'
            )
    print(f'{len(names)} documents, {failed} of them not linear')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
