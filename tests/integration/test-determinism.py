#!/usr/bin/env python3
"""The same input and configuration give the same output, to the byte, for one worker and for eight."""
import json
import re

import harness
from harness import Daemon, check, equal, read_lines, story

SENTENCES = ('Germany condemned Russia on Friday, a spokesman for the foreign ministry said.',
             'The United States will impose sanctions on Iran, Secretary of State John Smith told reporters.',
             'Israeli troops killed three militants in Gaza, witnesses said.',
             'China denied that it had attacked Taiwan.',
             'Protesters clashed with police in Cairo.',
             'France and Britain signed an agreement in London on Monday.')


def state(line):
    """What an event is, without times, and without what tells of its last change, not of itself."""
    event = json.loads(line)
    for key in ('seq', 'change', 'revision', 'joined', 'left'):
        event.pop(key, None)
    return event['number'], re.sub(r'"((?:first_|last_)?seen|first|last)": ?"[^"]*"', r'"\1":""', json.dumps(event))


def shown(modules, processes, texts):
    """What datelinectl --json events prints for these stories, by the events' numbers."""
    d = Daemon(work=f'processes: {processes}', modules=modules,
               watch="- {name: wire, listen: {dir}/wire.sock, framing: length}").start()
    with d.connect() as s:
        s.sendall(b''.join(b'%d\n%s' % (len(t.encode()), t.encode()) for t in texts))
        equal(read_lines(s, len(texts)), [f'+{i + 1}' for i in range(len(texts))])
    d.drain(60)
    out = d.ctl('--json', 'events', '--all').stdout
    equal(d.quarantined(), {})
    d.stop()
    return '\n'.join(text for _, text in sorted(map(state, out.splitlines())))


def same(modules, texts, least):
    one, eight = shown(modules, 1, texts), shown(modules, 8, texts)
    check(len(one.splitlines()) >= least, 'there are events', len(one.splitlines()))
    if one != eight:
        for a, b in zip(one.splitlines(), eight.splitlines()):
            if a != b:
                raise AssertionError(f'one worker: {json.loads(a)}\neight workers: {json.loads(b)}')
    equal(one, eight)


def test_uneven_stories():
    """Some take fifty times as long as others, so that eight workers finish out of turn."""
    same(harness.TEST_CHAIN, [story(i, f'FRA CONSULT N{i:05d}', *(['do slow'] if i % 7 == 0 else [])) for i in range(150)], 150)


def test_duplicates_and_versions():
    texts = [story(i % 40, head=f'Guid: g{i % 20}\nVersion: {i // 20}\n' if i % 3 else '') for i in range(160)]
    same(harness.TEST_CHAIN, [t if i % 5 else t + 'do slow\n' for i, t in enumerate(texts)], 40)


def test_shipped_modules():
    texts = []
    for i in range(120):
        chosen = [SENTENCES[(i * 5 + k) % len(SENTENCES)] for k in range(1 + i % 5)]
        texts.append(f'Story number {i}\n\nPARIS, Oct {1 + i % 28} (Agency) - ' + ' '.join(chosen) + '\n')
    same('', texts, 6)


if __name__ == '__main__':
    harness.main(globals(), 120)
