#!/usr/bin/env python3
"""
make bench: what datelined as a whole does on this machine, beside the aims of the project. The programs are those of the build
tree; the loads are made by load.c. Rounds alternate and medians are taken, since machines have moods; run it on an
otherwise idle one.

    bench.py [--quick]      --quick: fewer rounds, and a tenth of the million stories
"""
import contextlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))
import harness
from harness import BUILD, Daemon, rss_kib, wait_for

LOAD = os.path.join(BUILD, 'tests/bench/load')
QUICK = '--quick' in sys.argv
ROUNDS = 3 if QUICK else 5
STORIES = 20000
MANY = 100000 if QUICK else 1000000
WATCH = '''- {name: inbox, directory: {dir}/inbox, done: delete}
- {name: wire, listen: {dir}/wire.sock, framing: length}'''
# What intake alone costs: deliveries are decoded and no more, so that the workers do not take the processors.
DECODE = '\n    - decode'
rows = []


def row(what, figure, aim, ok):
    rows.append((what, figure, aim, {True: 'reached', False: 'NOT REACHED', None: ''}[ok]))
    print(f'{what:<58} {figure:<26} {aim:<14} {rows[-1][3]}', flush=True)


def load(*arguments):
    out = subprocess.run([LOAD, *map(str, arguments)], stdout=subprocess.PIPE, encoding='utf-8', check=True).stdout
    return float(out) if out else None


def median(values):
    return statistics.median(values)


def fresh(**options):
    return Daemon(watch=WATCH, log='warning', **options)


def by_directory(d, n):
    """Files are there when it resumes: stories a second until the spool is empty."""
    d.call('Pause', name='inbox')
    load('directory', d.inbox, n, 0)
    before = d.source('inbox')['accepted']
    began = time.monotonic()
    d.call('Resume', name='inbox')
    with d.client(timeout=120) as client:
        while sum(s['accepted'] for s in client.call('Sources')['sources'] if s['name'] == 'inbox') - before < n:
            time.sleep(0.01)
    return n / (time.monotonic() - began)


def by_socket(d, n):
    return n / load('socket', d.wire, n, 0)


def intake():
    """Beside SQLite alone with the same bytes, in the batches that the store took."""
    figures = {'directory': [], 'socket': [], 'sqlite': []}
    for _ in range(ROUNDS):
        d = fresh(modules=DECODE, work='processes: 1', store='max_queue: 10000000').start()
        before = d.status()['store']
        figures['socket'].append(by_socket(d, STORIES))
        after = d.status()['store']
        batch = max(1, min(256, round(STORIES / max(1, after['commits'] - before['commits']))))
        d.stop()
        d = fresh(modules=DECODE, work='processes: 1', store='max_queue: 10000000').start()
        figures['directory'].append(by_directory(d, STORIES))
        d.stop()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(d.dir + '/plain.db')
        figures['sqlite'].append(STORIES / load('sqlite', d.dir + '/plain.db', STORIES, batch))
    alone = median(figures['sqlite'])
    print(f'SQLite alone: {alone:.0f} stories/s in batches of {batch}')
    for way in ('directory', 'socket'):
        ratio = median([a / b for a, b in zip(figures[way], figures['sqlite'])])
        row(f'durable stories/s through the {way}, decoding beside it', f'{median(figures[way]):.0f} ({ratio:.2f})', '0.70',
            ratio >= 0.7)


def latency():
    """From rename(2) to the line at datelinectl events --follow, the whole pipeline with the modules as shipped."""
    d = fresh(modules='').start()
    follower = subprocess.Popen([os.path.join(BUILD, 'datelinectl'), '--socket', d.socket, '--json', 'events', '--follow',
                                 '--limit', '0'], stdout=subprocess.PIPE)
    seen = {}

    def follow():
        for line in follower.stdout:
            now = time.monotonic()
            story = json.loads(line)['story']
            seen.setdefault(int(story.split('.')[0]), now)
    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    time.sleep(0.5)
    n, sent = 100 if QUICK else 300, {}
    text = ('Talks number %d\n\nPARIS, Oct 20 (Agency) - France condemned Germany on Friday, Chancellor Olaf Scholz said in '
            'letter number %d.\n' + 'The two sides have met several times since the spring without a result.\n' * 20)
    for i in range(n):
        hidden = os.path.join(d.inbox, '.x')
        with open(hidden, 'w', encoding='utf-8') as f:
            f.write(text % (i, i))
        time.sleep(0.1)
        sent[i + 1] = time.monotonic()
        os.rename(hidden, os.path.join(d.inbox, f'{i}.txt'))
    wait_for(lambda: len(seen) >= n, 10, 'all lines')
    times = sorted((seen[i] - sent[i]) * 1000 for i in sent)
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    row('rename to event line, 10 stories/s: p50', f'{p50:.1f} ms', '10 ms', p50 <= 10)
    row('                                    p99', f'{p99:.1f} ms', '30 ms', p99 <= 30)
    d.stop()
    follower.wait(10)


def memory():
    d = fresh(modules='').start()
    for i in range(50):
        d.submit(f'Story {i}\n\nPARIS, Oct 20 (Agency) - France condemned Germany on Friday in letter {i}.\n' * 3)
    d.drain()
    time.sleep(2)
    own, workers = rss_kib(d.pid()) / 1024, [rss_kib(pid) / 1024 for pid in d.workers()]
    row('RSS of datelined, idle after 50 stories', f'{own:.1f} MB', '12 MB', own <= 12)
    row('RSS of a worker after 50 stories', f'{max(workers):.1f} MB', '24 MB', max(workers) <= 24)
    d.stop()


def loop_turn():
    """1,000 stories a second by socket and directory, for ten seconds; status has the longest turn."""
    d = fresh(modules='').start()
    n = 1000 * (3 if QUICK else 10)
    a = subprocess.Popen([LOAD, 'socket', d.wire, str(n // 2), '500'], stdout=subprocess.DEVNULL)
    b = subprocess.Popen([LOAD, 'directory', d.inbox, str(n // 2), '500'])
    a.wait()
    b.wait()
    turn = d.status()['loop']['longest_us'] / 1000
    row('longest turn of the loop, 1,000 stories/s', f'{turn:.1f} ms', '5 ms', turn <= 5)
    waiting = d.status()['queue']
    print(f'(of {n} stories {waiting["deliveries"] + waiting["stories"]} still waited for a worker at the end)')
    d.drain(300)
    d.stop()


def filled():
    d = fresh(modules=DECODE, work='processes: 1', store='max_queue: 10000000')
    print(f'filling a store with {MANY} stories ...', flush=True)
    load('fill', d.db, MANY)
    times = []
    for i in range(ROUNDS):
        began = time.monotonic()
        d.start(wait=False)
        while True:
            with contextlib.suppress(OSError, EOFError):
                if d.status()['state'] == 'running':
                    break
            time.sleep(0.001)
        times.append((time.monotonic() - began) * 1000)
        if i + 1 < ROUNDS:
            d.stop()
    ready = median(times)
    row(f'start to READY with {MANY} stories (decode alone)', f'{ready:.0f} ms', '200 ms', ready <= 200)
    rates = {'full': [], 'empty': []}
    for _ in range(ROUNDS):
        rates['full'].append(by_socket(d, STORIES))
        d.drain(300)
        e = fresh(modules=DECODE, work='processes: 1', store='max_queue: 10000000').start()
        rates['empty'].append(by_socket(e, STORIES))
        e.drain(300)
        e.stop()
    ratio = median([f / e for f, e in zip(rates['full'], rates['empty'])])
    row(f'intake by socket with {MANY} stories / empty', f'{median(rates["full"]):.0f} ({ratio:.2f})', '0.80', ratio >= 0.8)
    d.stop()
    d.configure(modules='', work='processes: auto')
    began = time.monotonic()
    d.start()
    row('  the same with the modules as shipped', f'{(time.monotonic() - began) * 1000:.0f} ms', '', None)
    d.stop()


def main():
    for part in (intake, latency, memory, loop_turn, filled):
        try:
            part()
        finally:
            harness._cleanup()


if __name__ == '__main__':
    main()
