#!/usr/bin/env python3
"""A reload changes everything that may change without losing a story; a wrong one changes nothing."""
import contextlib
import os
import signal
import socket
import threading
import time

import harness
from harness import Daemon, Refused, check, equal, story, wait_for


def refused(d):
    try:
        d.call('Reload')
    except Refused as e:
        equal(e.args[0], 'io.dateline.Control.ConfigurationRefused')
        return e.args[1]['errors']
    raise AssertionError('the reload was not refused')


def works(d, n):
    d.submit(story(n))
    d.drain()
    check(any(e['target'][0]['code'] == f'N{n:05d}' for e in d.events()), n)


def test_good():
    d = Daemon().start()
    first = d.workers()
    d.configure(watch='- {name: inbox, directory: {dir}/inbox}\n- {name: second, directory: {dir}/second}',
                log='debug', modules=harness.TEST_CHAIN.replace('.so}', '.so, settings: {agency: Other}}'))
    os.mkdir(os.path.join(d.dir, 'second'))
    before = d.status()
    equal(before['reloaded'], None)
    d.call('Reload')
    after = d.status()
    check(after['reloaded'], 'the time of the reload')
    equal(after['log_level'], 'debug')
    wait_for(lambda: [s['name'] for s in d.call('Sources')['sources']] == ['inbox', 'second'], what='the new sources')
    d.drop('a.txt', story(1), os.path.join(d.dir, 'second'))
    events = wait_for(d.events, what='an event')
    equal(events[0]['attribution'][0]['name'], 'Other')
    wait_for(lambda: not set(first) & set(d.workers()), what='the old workers are gone')
    check(not os.path.exists(d.wire), 'the socket that is no more is removed')
    d.stop()


def test_by_signal():
    d = Daemon().start()
    d.configure(log='warning')
    d.process.send_signal(signal.SIGHUP)
    wait_for(lambda: d.status()['log_level'] == 'warning', what='the new level')
    d.stop()


def test_by_signals_in_a_row():
    """The last one counts, also where it comes while the one before is under way, or before the start is over."""
    d = Daemon().start(wait=False)

    def answers():
        with contextlib.suppress(OSError):
            return d.status()
        return None
    wait_for(answers, what='an answer')
    d.configure(log='debug')
    d.process.send_signal(signal.SIGHUP)
    wait_for(lambda: d.status()['log_level'] == 'debug', what='the level of before the start was over')
    for level in ('notice', 'warning', 'err'):
        d.configure(log=level)
        d.process.send_signal(signal.SIGHUP)
        # It has read this one when it starts the workers; the next comes before they are up.
        time.sleep(0.15)
    wait_for(lambda: d.status()['log_level'] == 'err', what='the last level')
    d.stop()


def test_bad_changes_nothing():
    d = Daemon().start()
    workers = d.workers()
    good = d.text()
    for text, wanted in (
            (good.replace('directory:', 'directroy:'), 'unknown key'),
            (good[:len(good) // 2], 'dateline.yaml:'),
            ('', 'dateline.yaml'),
            (good.replace('.so}', '.so, settings: {fail: yes}}'), 'was asked to fail'),
            (good.replace('dateline.db', 'other.db'), 'store.sqlite: cannot change at a reload')):
        d.configure(text)
        errors = refused(d)
        check(any(wanted in e for e in errors), f'{errors}, wanted {wanted!r}')
        equal(d.status()['state'], 'running')
        equal(d.status()['reload_refused']['error'], errors[0], 'status tells of it')
        check(wanted in d.log_text(), 'the log says it')
    equal(d.ctl('reload', status=None).returncode, 5)
    quiet = d.ctl('reload', '--quiet', status=5)
    equal((quiet.stdout, quiet.stderr), ('', ''))
    os.unlink(d.config)
    refused(d)
    # Those that tried the modules' settings may still be on their way out.
    wait_for(lambda: sorted(d.workers()) == sorted(workers), 10, 'the workers go on')
    works(d, 1)
    d.drop('a.txt', story(2))
    wait_for(lambda: len(d.events()) == 2, what='the spool')
    check('reload refused' in d.ctl('status').stdout)
    d.configure(good)
    d.call('Reload')
    equal(d.status()['reload_refused'], None)
    works(d, 3)
    d.stop()


def test_again_and_again_under_load():
    """Modules, watchers, outputs and numbers of workers change while stories stream in: each is coded exactly once."""
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox, done: delete}\n- {name: wire, listen: {dir}/wire.sock}').start()
    stop, acked = threading.Event(), []

    def stream(first):
        n = first
        while not stop.is_set():
            try:
                if d.send(story(n)).startswith('+'):
                    acked.append(n)
                    n += 1
            except OSError:     # the socket changes hands
                time.sleep(0.002)
    threads = [threading.Thread(target=stream, args=(n,)) for n in (10000, 20000)]
    for t in threads:
        t.start()
    dropped = 0
    variants = [
        {'work': 'processes: 1'},
        {'work': 'processes: 3', 'outputs': '- {name: log, journal: yes, only: {type: FIGHT}}'},
        {'watch': '- {name: inbox, directory: {dir}/inbox, done: delete, format: plain}\n'
                  '- {name: wire, listen: {dir}/wire.sock, format: plain}'},
        {'modules': harness.TEST_CHAIN.replace('.so}', '.so, settings: {agency: Other}}'), 'outputs': ''},
        {'watch': '- {name: inbox, directory: {dir}/inbox, done: delete}\n- {name: wire, listen: {dir}/wire.sock}',
         'store': 'max_queue: 5000'},
        {'log': 'nonsense'},
        {'log': 'info', 'modules': harness.TEST_CHAIN, 'work': 'processes: 2'},
    ]
    for i in range(14):
        for _ in range(20):
            d.drop(f'{dropped}.txt', story(dropped))
            dropped += 1
        d.configure(**variants[i % len(variants)])
        if variants[i % len(variants)].get('log') == 'nonsense':
            refused(d)
        else:
            d.call('Reload')
        before = len(acked)
        wait_for(lambda before=before: len(acked) > before + 4, what='stories go on')
    stop.set()
    for t in threads:
        t.join()
    wait_for(lambda: os.listdir(d.inbox) == [], what='the spool is empty')
    d.drain()
    got = sorted(int(e['target'][0]['code'][1:]) for e in d.events())
    # A connection cut by the reload is not acknowledged; its story may be in, and is sent again under the same number.
    duplicates = d.status()['totals']['duplicates']
    equal(len(got), len(set(got)), f'none twice (duplicates: {duplicates})')
    equal([n for n in [*range(dropped), *acked] if n not in set(got)], [], 'none lost')
    d.stop()


def test_what_has_changed_is_told():
    """A file that is right by itself, but cut: what it takes away is in the answer and in the log."""
    d = Daemon(outputs='- {name: desk, journal: yes}').start()
    whole = d.text()
    equal(d.ctl('reload').stdout, 'nothing has changed\n')
    equal(d.ctl('reload', '--quiet').stdout, '')
    d.configure(whole.replace('- {name: wire,', '- {name: line,'))
    equal(d.call('Reload')['changes'], 'watch: 1 added (line), 1 removed (wire)')
    lines = whole.splitlines(keepends=True)
    d.configure(''.join(line for line in lines if 'desk' not in line and 'outputs' not in line))
    equal(d.ctl('reload').stdout, 'watch: 1 added (wire), 1 removed (line); outputs: 1 removed (desk)\n')
    for words in ('warning: reloaded', 'outputs: 1 removed (desk): was the file whole?'):
        check(words in d.log_text(), words)
    d.stop()


def test_half_written():
    """A file that is written in place, slowly, and right by itself at many a moment: it is taken when it is whole."""
    d = Daemon().start()
    d.sections['watch'] += ''.join(f'\n- {{name: late{i}, directory: {{dir}}/late{i}}}' for i in range(20))
    text = d.text()
    answers = []

    def reload():
        with d.client() as client:
            answers.append(client.call('Reload')['changes'])
    with open(d.config, 'w', encoding='utf-8', buffering=1) as f:
        lines = text.splitlines(keepends=True)
        cut = next(i for i, line in enumerate(lines) if 'wire' in line) + 2     # a whole list, as far as it goes
        f.writelines(lines[:cut])
        f.flush()
        thread = threading.Thread(target=reload)
        thread.start()
        for line in lines[cut:]:
            time.sleep(0.02)
            f.write(line)
            f.flush()
    thread.join()
    equal(answers, ['watch: 20 added (' + ', '.join(f'late{i}' for i in range(10)) + ', ...)'])
    equal(len(d.call('Sources')['sources']), 22)
    # One that does not come to rest is refused, with a word.
    stop = threading.Event()

    def scribble():
        with open(d.config, 'r+', encoding='utf-8') as f:
            while not stop.is_set():
                f.seek(0)
                f.write(text)
                f.flush()
                time.sleep(0.01)
    thread = threading.Thread(target=scribble)
    thread.start()
    time.sleep(0.05)
    errors = refused(d)
    stop.set()
    thread.join()
    check('is being written again and again' in errors[0], errors)
    d.stop()


def test_renamed():
    """A source of another name takes the address over as soon as the one before has let it go, though systemd has it."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    rows = '- {{name: {0}, listen: {{dir}}/wire.sock}}\n- {{name: tcp{0}, listen: "127.0.0.1:{1}"}}'
    d = Daemon(watch=rows.format('wire', port))
    keeper = harness.Keeper(d.dir)
    d.start(keeper=keeper)
    half = d.connect()
    half.sendall(b'half a story')
    for name in ('line', 'wire', 'line'):
        d.configure(watch=rows.format(name, port))
        with keeper.lock:               # systemd is slow
            d.call('Reload')
            wait_for(lambda name=name: {s['name'] for s in d.call('Sources')['sources'] if not s.get('trouble')} ==
                     {name, f'tcp{name}'}, what='the other names')
            time.sleep(0.1)
        wanted = sorted(['@control', f'{name}@listen', f'tcp{name}@listen'])
        wait_for(lambda wanted=wanted: keeper.names() == wanted, what='the sockets')
    check(harness.read_all(half).endswith(b', send it again\n'), 'told')
    half.close()
    equal(d.send(story(1)), '+1')
    with socket.create_connection(('127.0.0.1', port)) as s:
        s.sendall(story(2).encode())
        s.shutdown(socket.SHUT_WR)
        equal(harness.read_all(s), b'+2\n')
    check('warning' not in d.log_text(), 'without a word')
    d.stop()


def test_pause_outlives_a_reload():
    d = Daemon().start()
    for name in ('inbox', 'wire'):
        d.call('Pause', name=name)
    changed = d.sections['watch'].replace('}\n', ', format: plain}\n')
    d.configure(watch=changed.replace('wire.sock}', 'wire.sock, format: plain}'))
    equal(d.call('Reload')['changes'], 'watch: 2 changed (inbox, wire)')
    for name in ('inbox', 'wire'):
        wait_for(lambda name=name: d.source(name)['state'] == 'paused', what='still paused')
        d.call('Resume', name=name)
    equal(d.send(story(1)), '+1')
    d.stop()


def test_hanging_worker_does_not_hold_a_reload():
    d = Daemon(work='processes: 1\ndeadline: 30s\nattempts: 1').start()
    d.submit(story(1, 'do hang'))
    wait_for(lambda: d.status()['workers']['busy'] == 1, what='a busy worker')
    d.configure(work='processes: 1\ndeadline: 1s\nattempts: 1')
    began = time.monotonic()
    d.call('Reload')
    check(time.monotonic() - began < 5 * harness.SLOW, 'the reload is quick')
    d.submit(story(2))
    wait_for(d.events, what='the new worker works')
    equal(d.quarantined(), {}, 'the old one may go on until its own deadline')
    d.stop()


if __name__ == '__main__':
    harness.main(globals())
