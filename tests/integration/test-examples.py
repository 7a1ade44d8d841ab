#!/usr/bin/env python3
"""The modules of examples/: built as a stranger builds them, run by datelined, and what they add is in the event."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import harness
from harness import BUILD, SOURCE, Daemon, check, equal, wait_for

EXAMPLES = os.path.join(SOURCE, 'examples')
WATCHWORDS = os.path.join(BUILD, 'examples/watchwords.so')
STORY = 'PARIS, March 3 (Agence Exemple) - France condemned Russia on Tuesday over the Embargo.\n'


def modules(words='[missile, embargo]', file=WATCHWORDS):
    return f'''
    - decode
    - read
    - code
    - load:
        file: {file}
        settings: {{words: {words}}}
    - exec:
        name: desks
        command: [{sys.executable}, {EXAMPLES}/module-desks.py, "europe=FRA,DEU", "east=RUS", "asia=CHN"]'''


def test_both_add_their_member():
    d = Daemon(modules=modules()).start()
    d.drop('one', STORY)
    event = wait_for(d.events, what='an event')[0]
    equal(event['event'], 'ACCUSE')
    equal(event['watchwords'], ['embargo'])
    equal(event['desks'], ['east', 'europe'])
    d.stop()


def test_the_settings_are_checked_by_the_module():
    for words, message in (('[missile, ""]', 'words: a word is empty'),
                           ('[a], case: perhaps', 'case: '),
                           ('[a], word: b', "unknown key (did you mean 'words'?)")):
        d = Daemon(modules=modules(words))
        run = subprocess.run([os.path.join(BUILD, 'datelined'), '-c', d.config, '--check-config'], capture_output=True,
                             encoding='utf-8', timeout=30, check=False)
        equal(run.returncode, harness.EX_CONFIG, words)
        check('work.modules[3].load.settings' in run.stderr and message in run.stderr, run.stderr)


def test_it_builds_with_what_is_installed():
    folder = tempfile.mkdtemp(prefix='dateline-test-')
    try:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(('MAKE', 'MFLAGS'))}
        subprocess.run(['make', '-s', '-C', BUILD, 'install-data', f'DESTDIR={folder}'], env=environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=120)
        found = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
        pc = next(path for path in found if path.endswith('dateline-module.pc'))
        for path in found:
            if '/examples/' in path:
                shutil.copy(path, folder)
        environment |= {'PKG_CONFIG_PATH': os.path.dirname(pc), 'PKG_CONFIG_SYSROOT_DIR': folder}
        subprocess.run(['make', '-s', '-f', 'module.mk', 'watchwords.so', 'CFLAGS=-O2 -Wall -Wextra -Werror'],
                       cwd=folder, env=environment, check=True, timeout=60)
        d = Daemon(modules=modules(file=os.path.join(folder, 'watchwords.so'))).start()
        d.drop('one', STORY)
        equal(wait_for(d.events, what='an event')[0]['watchwords'], ['embargo'])
        d.stop()
    finally:
        shutil.rmtree(folder)


def test_the_program_keeps_to_the_protocol():
    run = subprocess.Popen([sys.executable, os.path.join(EXAMPLES, 'module-desks.py'), 'home=NOR'],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8')
    for story in ({'text': 'no events, Å'},
                  {'text': 'x', 'events': [{'source': [{'code': 'NORGOV'}], 'target': [{'name': 'nobody'}]}]}):
        run.stdin.write(json.dumps(story) + '\n')
        run.stdin.flush()
        answer = json.loads(run.stdout.readline())
        equal(answer['text'], story['text'])
        equal([e['desks'] for e in answer.get('events', [])], [['home']] if 'events' in story else [])
    run.stdin.close()
    equal(run.wait(10), 0)


if __name__ == '__main__':
    harness.main(globals())
