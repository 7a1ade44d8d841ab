#!/usr/bin/env python3
"""exec modules: programs beside the workers, before read or behind code, that answer, die, hang or talk nonsense."""
import os
import sys
import time

import harness
from harness import Daemon, check, equal, story, wait_for

# One program for all: what it does is in the story's text.
PROGRAM = r'''
import json, os, sys, time
for line in sys.stdin:
    doc = json.loads(line)
    text = doc.get('text', '')
    open(os.path.join(os.path.dirname(__file__), 'runs'), 'a').write(sys.argv[1] + '\n')
    if 'ex die' in text:
        sys.exit(3)
    if 'ex hang' in text:
        time.sleep(60)
    if 'ex once' in text and not os.path.exists(os.path.join(os.path.dirname(__file__), 'once')):
        open(os.path.join(os.path.dirname(__file__), 'once'), 'w')
        os._exit(4)
    if 'ex nonsense' in text:
        print('this is no JSON', flush=True)
        continue
    if 'ex list' in text:
        print('[1, 2]', flush=True)
        continue
    if 'ex two' in text:
        print('{}\n{}', flush=True)
        continue
    if sys.argv[1] == 'before':
        doc['text'] = text.replace('FRA', 'XXX') + '\nBEL CONSULT LUX'
        doc['keywords'] = ['translated']
    else:
        for event in doc['events']:
            event['confidence'] = 0.5
        doc['statements'] = [{'by': 'exec'}]
    print(json.dumps(doc), flush=True)
    if 'ex double' in text:
        time.sleep(0.05)
        print(json.dumps(doc), flush=True)
'''


def make(modules, work='processes: 2\nattempts: 2'):
    d = Daemon(work=work, modules=None)
    with open(os.path.join(d.dir, 'program.py'), 'w', encoding='utf-8') as f:
        f.write(PROGRAM)
    row = '- exec: {name: %s, command: [' + sys.executable + ', {dir}/program.py, %s], timeout: 700ms}'
    steps = {'decode': '- decode', 'code': '- load: {file: %s}' % harness.MODULE, 'before': row % ('before', 'before'),
             'after': row % ('after', 'after')}
    d.configure(modules=''.join('\n    ' + steps[m] for m in modules.split()))
    return d.start()


def runs(d):
    with open(os.path.join(d.dir, 'runs'), encoding='utf-8') as f:
        return f.read().split()


def test_before():
    d = make('decode before code')
    d.submit(story(1))
    d.drain()
    equal([(e['source'][0]['code'], e['target'][0]['code']) for e in d.events()], [('XXX', 'N00001'), ('BEL', 'LUX')])
    text = d.story('1.1')['text']
    check('XXX' in text and 'FRA' not in text, 'the text that was coded is the one that is shown', text)
    start, end = d.events()[1]['trigger']['span']
    check('BEL CONSULT LUX'.startswith(text[start:start + 3]) and end - start == 7, 'spans count in it')
    equal([s['id'] for s in d.call('Search', words='XXX')['stories']], ['1.1'])
    d.stop()


def test_after():
    d = make('decode code after')
    d.submit(story(1))
    d.drain()
    equal([e['confidence'] for e in d.events()], [0.5])
    equal(runs(d), ['after'])
    d.stop()


def test_both_and_many():
    d = make('decode before code after')
    for i in range(40):
        d.submit(story(i))
    d.drain()
    equal(sorted(e['reports'] for e in d.events()), [1] * 40 + [40], 'one of all stories, one of each')
    equal(sorted(runs(d)), ['after'] * 40 + ['before'] * 40)
    check(all(e['confidence'] == 0.5 for e in d.events()))
    d.stop()


def fails(order, wanted, modules='decode before code'):
    d = make(modules)
    d.submit(story(0))
    d.submit(story(1, order))
    d.submit(story(2))
    wait_for(d.quarantined, 15, 'quarantine')
    d.drain()
    (name, reason), = d.quarantined().items()
    equal(name, '2.1')
    check(wanted in reason, f'{reason!r}, wanted {wanted!r}')
    bad = d.status()['quarantined']
    equal((bad['id'], bad['reason']), ('2.1', reason), 'status tells of the last one')
    equal(sorted(e['target'][0]['code'] for e in d.events() if e['target'][0]['code'] != 'LUX'), ['N00000', 'N00002'])
    d.stop()
    return d


def test_dies():
    d = fails('ex die', 'exec before: ended with status 3')
    check('source submit: story 2.1: exec before: ended with status 3 at it; it is restarted' in d.log_text(),
          d.log_text())
    fails('ex die', 'exec after: ended with status 3', 'decode code after')


def test_hangs():
    fails('ex hang', 'no answer within 0.7 s')


def test_nonsense():
    fails('ex nonsense', 'no JSON object')
    fails('ex list', 'no JSON object')
    fails('ex nonsense', 'no JSON object', 'decode code after')
    fails('ex two', 'more than one line')


def test_answers_twice():
    """The second answer comes when the next story is with the program, and is not taken for that one's."""
    for modules in 'decode before code', 'decode code after', 'decode before code after':
        d = make(modules)
        for i in range(6):
            d.submit(story(i, f'FRA CONSULT N0000{i}', 'ex double' if i == 1 else ''))
        d.drain()
        equal(sorted(e['target'][0]['code'] for e in d.events() if e['target'][0]['code'] != 'LUX'),
              [f'N0000{i}' for i in range(6)])
        equal(d.quarantined(), {})
        check('another story' in d.log_text() or 'more than one line' in d.log_text(), d.log_text())
        for i in range(6):
            check(f'N0000{i}' in d.story(f'{i + 1}.1')['text'], i, d.story(f'{i + 1}.1')['text'])
        d.stop()


def test_dies_once():
    d = make('decode before code')
    d.submit(story(1, 'FRA CONSULT N1', 'ex once'))
    d.drain()
    equal(len(d.events()), 2)
    equal(d.quarantined(), {})
    equal(runs(d), ['before', 'before'])
    d.stop()


def test_program_that_is_no_program():
    d = Daemon(modules='\n    - decode\n    - exec: {name: x, command: [{dir}/x]}\n    - load: {file: %s}' %
               harness.MODULE)
    path = os.path.join(d.dir, 'x')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('#!/nowhere/at/all\n')
    os.chmod(path, 0o755)
    d.start()
    d.submit(story(1))
    wait_for(d.quarantined, 15, 'quarantine')
    check('cannot run' in d.quarantined()['1.1'], d.quarantined())
    d.stop()


def test_stop_and_reload_while_it_hangs():
    d = make('decode before code')
    d.submit(story(1, 'ex hang'))
    wait_for(lambda: d.status()['queue']['in_hand'] == 1, what='in hand')
    d.configure(modules=harness.TEST_CHAIN)
    d.call('Reload')
    d.drain()
    equal(d.quarantined(), {}, 'given back, then coded by the new chain')
    d.stop()
    d = make('decode before code')
    d.submit(story(1, 'ex hang'))
    time.sleep(0.2)
    check(d.stop() < 5 * harness.SLOW, 'it stops in time')
    d.start()
    d.submit(story(2))
    wait_for(d.events, what='it works again')
    d.stop()


if __name__ == '__main__':
    harness.main(globals())
