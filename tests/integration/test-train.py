#!/usr/bin/env python3
"""
The commands that made data/en.model, as data/en.model.md has them, over a few sentences and epochs: every option is taken,
every stage goes on where the one before stopped, and what comes out is a model that dateline reads with.

The treebanks lie beside the tree (../shared/ud, or $DATELINE_SHARED/ud); without them the test is skipped.
"""
import os
import re
import shutil
import subprocess
import tempfile

import harness
from harness import check, equal

SHARED = os.environ.get('DATELINE_SHARED', os.path.join(harness.SOURCE, '..', 'shared'))
FEWER = {'--epochs 40': '--epochs 3', '--epochs 22': '--epochs 2', '--epochs 32': '--epochs 2', '--epochs 105': '--epochs 5',
         '--epochs 156 --stop 121': '--epochs 8 --stop 7'}


def commands():
    with open(os.path.join(harness.SOURCE, 'data', 'en.model.md'), encoding='utf-8') as f:
        text = f.read()
    script = '\n'.join(line[4:] for line in text.split('## The commands')[1].split('\n## ')[0].splitlines()
                       if line.startswith('    '))
    check('dateline-train export' in script, script)
    return script


def cut(name, out, n):
    """The first sentences of a treebank."""
    path = os.path.join(SHARED, 'ud', name)
    if not os.path.exists(path):
        raise harness.Skip(f'{path} is not there')
    with open(path, encoding='utf-8') as f:
        sentences = f.read(2000000).split('\n\n')[:n]
    with open(out, 'w', encoding='utf-8') as f:
        f.write('\n\n'.join(sentences) + '\n\n')


def test_commands_of_the_model():
    folder = tempfile.mkdtemp(prefix='dateline-test-')
    try:
        for name, out, n in (('en_ewt-train.conllu', 'EWT', 60), ('en_gum-train.conllu', 'GUM', 40),
                             ('en_ewt-dev.conllu', 'DEV', 20)):
            cut(name, os.path.join(folder, out), n)
        script = commands()
        for many, few in FEWER.items():
            check(many in script, f'{many} stands in data/en.model.md no more: change FEWER here too')
            script = script.replace(many, few)
        script = re.sub(r'\bdateline-train\b', os.path.join(harness.BUILD, 'dateline-train'), script)
        script = script.replace('data/abbreviations.en', os.path.join(harness.SOURCE, 'data', 'abbreviations.en'))
        script = script.replace('data/en.model', 'en.model')
        done = subprocess.run(['sh', '-ec', script], cwd=folder, capture_output=True, text=True, check=False)
        equal(done.returncode, 0, done.stdout + done.stderr)
        for line in 'epoch 3/3', 'epoch 2/2', 'epoch 5/5', 'epoch 7/8':
            check(line in done.stdout + done.stderr, line, done.stdout + done.stderr)
        check('epoch 8/8' not in done.stdout + done.stderr, 'the last stage is stopped')
        read = subprocess.run([os.path.join(harness.BUILD, 'dateline'), 'read', '--model', 'en.model', '-'], cwd=folder,
                              input='Two ministers met.\n', capture_output=True, text=True, check=False)
        equal(read.returncode, 0, read.stderr)
        words = [line.split('\t')[1] for line in read.stdout.splitlines() if line[:1].isdigit()]
        equal(words, ['Two', 'ministers', 'met', '.'])
        scores = subprocess.run([os.path.join(harness.BUILD, 'dateline-train'), 'eval', 'en.model', 'DEV'], cwd=folder,
                                capture_output=True, text=True, check=False)
        equal(scores.returncode, 0, scores.stderr)
        check(re.search(r'^DEV +tokens +100\.00', scores.stdout, re.M), scores.stdout)
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    harness.main(globals(), 300)
