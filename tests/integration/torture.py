#!/usr/bin/env python3
"""
Kills datelined and its workers at random under load from directory and sockets, then counts: every delivery that was
acknowledged is coded exactly once, none is lost, none is there twice.

    torture.py [KILLS [SEED]]       12 kills where nothing is said

What may be in doubt is counted apart: a story that was sent and not acknowledged (the daemon died before) may be there once
or not at all, since nobody was promised anything.
"""
import collections
import contextlib
import os
import random
import sys
import threading
import time

import harness
from harness import Daemon, check, read_lines, story, wait_for

WATCH = '''- {name: inbox, directory: {dir}/inbox, done: delete}
- {name: wire, listen: {dir}/wire.sock}
- {name: stream, listen: {dir}/stream.sock, framing: length}'''
WORK = '''processes: 2
attempts: 20
deadline: 2s'''


class Load:
    """Threads that send as long as they are told to, over any number of lives of the daemon."""

    def __init__(self, d):
        self.d = d
        self.stop = threading.Event()
        self.acked, self.sent, self.dropped = [], set(), 0
        self.counts = collections.Counter()
        self.threads = [threading.Thread(target=self.guard, args=(f, n)) for f, n in (
            (self.one_a_connection, 1), (self.one_a_connection, 2), (self.many_a_connection, 3), (self.files, 0))]
        self.failed = None
        for t in self.threads:
            t.start()

    def guard(self, function, number):
        try:
            while not self.stop.is_set():
                try:
                    function(number)
                except (OSError, EOFError):     # the daemon is dead: its next life will be there
                    time.sleep(0.005)
        except Exception as e:
            self.failed = e

    def next(self, number):
        """A story never sent before: whoever sends owns a million numbers."""
        self.counts[number] += 1
        n = number * 1000000 + self.counts[number]
        self.sent.add(n)
        return n

    def one_a_connection(self, number):
        while not self.stop.is_set():
            n = self.next(number)
            answer = self.d.send(story(n))
            if answer.startswith('+'):
                self.acked.append(n)

    def many_a_connection(self, number):
        with self.d.connect(os.path.join(self.d.dir, 'stream.sock'), timeout=5) as s:
            while not self.stop.is_set():
                numbers = [self.next(number) for _ in range(random.randint(1, 20))]
                s.sendall(b''.join(b'%d\n%s' % (len(t), t) for t in (story(n).encode() for n in numbers)))
                for n, line in zip(numbers, read_lines(s, len(numbers))):
                    if line.startswith('+') and line[1:].isdigit():
                        self.acked.append(n)

    def files(self, _):
        while not self.stop.is_set():
            if len(os.listdir(self.d.inbox)) < 500:
                self.d.drop(f'{self.dropped}.txt', story(self.dropped))
                self.dropped += 1
            time.sleep(0.002)

    def end(self):
        self.stop.set()
        for t in self.threads:
            t.join()
        if self.failed:
            raise self.failed


def torture(kills, seed):
    chance = random.Random(seed)
    d = Daemon(watch=WATCH, work=WORK, log='warning')
    d.start()
    load = Load(d)
    try:
        under_load(d, load, kills, chance)
    finally:
        load.stop.set()


def under_load(d, load, kills, chance):
    worker_kills = 0
    began = time.monotonic()
    for i in range(kills):
        end = time.monotonic() + chance.uniform(0.01, 0.5)
        while time.monotonic() < end:
            time.sleep(chance.uniform(0, 0.1))
            if chance.random() < 0.5:
                for pid in d.workers()[:chance.randint(0, 2)]:
                    with contextlib.suppress(OSError):
                        os.kill(pid, 9)
                        worker_kills += 1
        d.kill()
        # Some lives end before they are ready.
        d.start(wait=chance.random() < 0.7)
        if (i + 1) % 20 == 0:
            print(f'{i + 1} kills, {len(load.acked)} acknowledged by sockets, {load.dropped} files', flush=True)
    d.wait_ready()
    load.end()
    try:
        wait_for(lambda: os.listdir(d.inbox) == [], 60, 'the spool is empty')
        d.drain(120)
    except AssertionError:
        print('left in the spool:', sorted(os.listdir(d.inbox))[:10], '\n', d.status(), flush=True)
        raise
    verdict(d, load, kills, worker_kills, time.monotonic() - began)
    d.stop()


def verdict(d, load, kills, worker_kills, seconds):
    count = collections.Counter(int(e['target'][0]['code'][1:]) for e in d.events())
    promised = [*load.acked, *range(load.dropped)]
    lost = [n for n in promised if count[n] == 0]
    twice = [n for n, times in count.items() if times > 1]
    unknown = [n for n in count if n not in load.sent and n >= load.dropped]
    in_doubt = len(load.sent) - len(load.acked)
    open_ = d.sql('SELECT (SELECT count(*) FROM deliveries WHERE state NOT IN (1, 4)),'
                  ' (SELECT count(*) FROM stories WHERE state NOT IN (1, 4))')[0]
    print(f'{kills} kills of datelined and {worker_kills} of workers in {seconds:.0f} s: {len(load.acked)} acknowledged by '
          f'sockets, {load.dropped} files; {len(lost)} lost, {len(twice)} twice; {in_doubt} were not acknowledged, '
          f'{len([n for n in load.sent if count[n]]) - len(load.acked)} of these are there', flush=True)
    check(not lost, 'lost:', lost[:20])
    check(not twice, 'twice:', twice[:20])
    check(not unknown, 'from nowhere:', unknown[:20])
    check(open_ == (0, 0), 'not done:', open_, d.quarantined())
    check(len(promised) > 10 * kills, 'too little load:', len(promised))


def test_torture():
    torture(KILLS, SEED)


if __name__ == '__main__':
    KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    SEED = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    sys.argv[1:] = []
    print(f'seed {SEED}')
    harness.main({'test_torture': test_torture}, 60 + 8 * KILLS)
