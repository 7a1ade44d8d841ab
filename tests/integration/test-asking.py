#!/usr/bin/env python3
"""datelinectl as people and programs ask it: every command's help, wrong usage, an empty store, pipes, JSON, filters, what is withdrawn."""
import json
import os
import re
import signal
import subprocess

import harness
from harness import BUILD, Daemon, check, equal, story, wait_for

CTL = os.path.join(BUILD, 'datelinectl')


def ctl(*arguments):
    """Without a daemon."""
    return subprocess.run([CTL, '--socket', '/nowhere/control.sock', *arguments], capture_output=True, timeout=30 * harness.SLOW, encoding='utf-8',
                          check=False)


def commands():
    run = ctl('--help')
    equal((run.returncode, run.stderr), (0, ''))
    return re.findall(r'^  ([a-z-]+)(?: |$)', run.stdout.split('Commands:')[1].split('Options:')[0], re.M)


def test_help():
    """Each command says what it does, also without a daemon, in lines that fit; and all its options stand in the man page."""
    names = commands()
    check(len(names) > 15, names)
    with open(os.path.join(harness.SOURCE, 'doc/datelinectl.1'), encoding='utf-8') as f:
        manual = f.read().replace('\\-', '-')
    for name in names:
        run = ctl(name, '--help')
        equal((run.returncode, run.stderr), (0, ''), name)
        check(run.stdout.startswith(f'Usage: datelinectl {name}'), run.stdout)
        check(max(map(len, run.stdout.splitlines())) <= 120, name, run.stdout)
        for option in re.findall(r'--([a-z-]+)', run.stdout):
            check(re.search(rf'Fl {option}\b', manual), f'{name} --{option} is not in the man page')
    equal(ctl('nonsense', '--help').returncode, 2, 'the help of a command that is not there')
    equal(ctl('help', 'events').stdout, ctl('events', '--help').stdout)
    equal(ctl('help').stdout, ctl('--help').stdout)


def test_usage():
    """What is wrong is said in a line, with 2; nothing is asked of anybody."""
    for arguments, words in (
            ((), 'Usage:'), (('evnts',), "did you mean 'events'"), (('events', '--sorce', 'PRK'), "did you mean '--source'"),
            (('events', 'PRK'), 'takes no arguments'), (('event',), 'usage: datelinectl event ID'), (('events', '--since', 'soon'), '--since'),
            (('events', '--quad', 'x'), 'none of 1 to 4'), (('events', '-n', '5000'), '--limit'), (('events', '--from', 'May'), '--from'),
            (('events', '--before', '-3'), '--before'), (('events', '--since'), 'needs a value'), (('timeline', 'A', 'B', 'C'), 'usage'),
            (('timeline', 'A', '--by', 'year'), '--by'), (('timeline', '--directed'), '--directed'), (('export', '--format', 'xls'), '--format'),
            (('quarantine', 'eat'), 'usage'), (('submit',), 'usage')):
        run = ctl(*arguments)
        equal((run.returncode, run.stdout), (2, ''), f'{arguments} {run}')
        check(words in run.stderr, arguments, run.stderr)
    run = ctl('events')
    equal(run.returncode, 3)
    check('is it running?' in run.stderr, run.stderr)


def test_empty():
    """A store with nothing in it: 1 and a word, and nothing on standard output, or the empty document that was asked for."""
    d = Daemon().start()
    for arguments in (('events',), ('alerts',), ('timeline', 'PRK'), ('timeline',), ('pairs',), ('search', 'word'), ('quarantine', 'list'), ('rules',),
                      ('event', '1.1.1'), ('story', '1.1'), ('alert', 'a1'), ('export',), ('events', '--json'), ('events', '-a')):
        run = d.ctl(*arguments, status=1)
        check(run.stdout == '' and len(run.stderr.splitlines()) == 1, arguments, run)
    d.ctl('status')
    d.ctl('sources')
    d.stop()


def filled():
    d = Daemon().start()
    for i in range(40):
        d.submit(story(i, f'FRA CONSULT N{i:05}', 'FRA ASSAULT DEU'))
    d.drain()
    return d


def test_json():
    """What programs read: a document a line, the same things as the text has."""
    d = filled()
    for arguments, n in ((('status',), 1), (('events', '-n', '7'), 7), (('events', '--all'), 41), (('event', '1.1.1'), 1), (('story', '1.1'), 1),
                         (('timeline', 'FRA'), 1), (('pairs',), None), (('search', 'Story'), None), (('sources',), None), (('log-level',), 1)):
        for order in ((*arguments, '--json'), ('--json', *arguments)):
            lines = d.ctl(*order).stdout.splitlines()
            check(all(json.loads(line) is not None for line in lines) and lines, order, lines)
            check(n is None or len(lines) == n, order, len(lines))
    equal(json.loads(d.ctl('log-level', '--json').stdout), {'level': 'debug'} if 'debug' in d.ctl('log-level').stdout else
          {'level': d.ctl('log-level').stdout.strip()})
    d.stop()


def test_pipes():
    """A reader that has enough ends it without a word; one that never was is trouble on this side."""
    d = filled()
    for arguments in (('events', '--all', '--json'), ('export',), ('story', '1.1'), ('events', '--follow')):
        reader, writer = os.pipe()
        run = subprocess.Popen([CTL, '--socket', d.socket, *arguments], stdout=writer, stderr=subprocess.PIPE, encoding='utf-8')
        os.close(writer)
        os.close(reader)
        _, error = run.communicate(timeout=30 * harness.SLOW)
        equal((run.returncode, error), (-signal.SIGPIPE, ''), str(arguments))
    with open('/dev/full', 'w', encoding='utf-8') as full:
        run = subprocess.run([CTL, '--socket', d.socket, 'events'], stdout=full, stderr=subprocess.PIPE, encoding='utf-8', check=False)
        equal(run.returncode, 6)
        check('No space left' in run.stderr, run.stderr)
    d.stop()


def test_filters():
    """One filter for lists, counts and exports."""
    d = Daemon().start()
    d.submit(story(1, 'FRA CONSULT DEU', 'FRA ASSAULT GBR', 'GBR CONSULT DEU'))
    d.drain()
    events = lambda *a: [json.loads(line) for line in d.ctl('events', '--json', *a).stdout.splitlines()]
    equal(len(events('--actor', 'FRA')), 2)
    equal(len(events('--actor', 'FRA', '--type', 'ASSAULT')), 1)
    d.ctl('events', '--from', '2030-01-01', status=1)
    d.ctl('events', '--type', 'assault', status=2)
    d.ctl('events', '--place', 'nowhere', status=1)
    d.ctl('events', '--before', '1', status=1)
    equal(len(events('--before', str(events()[-1]['seq']))), 2)
    count = lambda *a: sum(json.loads(line)['count'] for line in d.ctl('timeline', '--json', *a).stdout.splitlines())
    equal((count(), count('FRA'), count('FRA', 'DEU'), count('--target', 'DEU'), count('FRA', '--type', 'ASSAULT')), (3, 2, 1, 2, 1))
    equal((count('DEU', 'FRA'), count('FRA', 'DEU', '--directed')), (1, 1))
    d.ctl('timeline', 'DEU', 'FRA', '--directed', status=1)
    pairs = lambda *a: {tuple(json.loads(line)['pair']) for line in d.ctl('pairs', '--json', *a).stdout.splitlines()}
    equal(pairs(), {('DEU', 'FRA'), ('FRA', 'GBR'), ('DEU', 'GBR')})
    equal(pairs('--actor', 'FRA'), {('DEU', 'FRA'), ('FRA', 'GBR')})
    equal(pairs('--type', 'CONSULT', '--source', 'GBR'), {('DEU', 'GBR')})
    d.stop()


def test_withdrawn():
    """It is marked, in lists and for who follows, also where the follower has a filter."""
    d = Daemon().start()
    d.submit(story(1, 'FRA CONSULT N1', head='Guid: urn:1\nVersion: 1\n'))
    d.drain()
    with d.client() as plain, d.client() as picky, d.client() as other:
        plain.send('Events', {'follow': True, 'limit': 0}, more=True)
        picky.send('Events', {'follow': True, 'limit': 0, 'actor': 'N1'}, more=True)
        other.send('Events', {'follow': True, 'limit': 0, 'actor': 'N2'}, more=True)
        for client in (plain, picky, other):
            equal(client.receive()['parameters'], {'events': []})
        d.submit(story(2, 'FRA ASSAULT N2', head='Guid: urn:1\nVersion: 2\n'))
        got = []
        while len(got) < 2:
            got += plain.receive()['parameters']['events']
        gone = next(e for e in got if e['change'] == 'withdrawn')
        check(gone['withdrawn'] is True and all('withdrawn' not in e for e in got if e != gone), got)
        equal(picky.receive()['parameters']['events'], [gone])
        equal([e['change'] for e in other.receive()['parameters']['events']], ['new'])
    d.ctl('events', '--actor', 'N1', status=1)
    check(' withdrawn ' in d.ctl('events', '--withdrawn').stdout)
    equal([e.get('withdrawn') for e in map(json.loads, d.ctl('events', '--withdrawn', '--json').stdout.splitlines())].count(True), 1)
    check('withdrawn' in d.ctl('event', gone['id']).stdout)
    d.stop()


def test_completion():
    """bash completes commands and options; and both shells know each option of each command."""
    files = [os.path.join(harness.SOURCE, 'packaging/completion', name) for name in ('datelinectl', '_datelinectl')]
    for path in files:
        with open(path, encoding='utf-8') as f:
            text = f.read()
        for name in commands():
            check(name in text, name, path)
            for option in re.findall(r'--([a-z-]+)', ctl(name, '--help').stdout):
                check(re.search(rf'--{option}\b', text), f'{name} --{option}', path)

    def words(line):
        script = f'. {files[0]}; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _datelinectl; printf "%s\\n" "${{COMPREPLY[@]}}"'
        return subprocess.run(['bash', '-c', script], capture_output=True, encoding='utf-8', check=True,
                              env={**os.environ, 'PATH': f'{BUILD}:{os.environ["PATH"]}'}).stdout.split()
    check({'events', 'event', 'export'} <= set(words('datelinectl e')), words('datelinectl e'))
    equal(words('datelinectl timel'), ['timeline'])
    equal(words('datelinectl events --mi'), ['--min-origins', '--min-reports'])
    equal(words('datelinectl quarantine dr'), ['drop'])


if __name__ == '__main__':
    harness.main(globals())
