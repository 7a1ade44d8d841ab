#!/usr/bin/env python3
"""
What followers cost, beside the aims of the project: the time from an event's commit to its line at a subscriber, at 200 stories a
second; and what 5,000 subscribers, one of which never reads, take from intake.

Committed is what another connection to the database sees, which is looked at every millisecond.
"""
import bisect
import contextlib
import os
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))
import harness
from harness import BUILD, Daemon, rss_kib, wait_for

LOAD = os.path.join(BUILD, 'tests/bench/load')
ROUNDS = 3
STORIES = {True: 10000, False: 1000}    # filtered; all to all is five million lines a thousand stories
FOLLOWERS = 5000
WATCH = '- {name: wire, listen: {dir}/wire.sock, framing: length}'


def daemon():
    return Daemon(watch=WATCH, log='warning', work='processes: 1', store='max_queue: 10000000',
                  control='max_connections: 16384').start()


class Followers:
    def __init__(self, d, n, filtered):
        self.process = subprocess.Popen([LOAD, 'follow', d.socket, str(n), '1' if filtered else '0'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, encoding='utf-8')
        line = self.process.stdout.readline()
        if line != 'ready\n':
            sys.exit(f'bench-followers: no followers: {line}')

    def end(self):
        """{sequence: when it came, wall clock us}"""
        out, _ = self.process.communicate(timeout=60)
        return {int(a): int(b) for a, b in (line.split() for line in out.splitlines())}


def events(d, n, rate):
    run = subprocess.run([LOAD, 'events', d.wire, str(n), str(rate)], stdout=subprocess.PIPE, encoding='utf-8', check=True)
    return float(run.stdout)


class Commits(threading.Thread):
    """When the change log was seen to have reached what."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.ends = path, False
        self.reached, self.at = [0], [0]
        self.start()

    def run(self):
        with contextlib.closing(sqlite3.connect(f'file:{self.path}?mode=ro', uri=True, timeout=10)) as db:
            while not self.ends:
                row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").fetchone()
                if row and row[0] > self.reached[-1]:
                    self.at.append(time.time_ns() // 1000)
                    self.reached.append(row[0])
                time.sleep(0.001)

    def of(self, seq):
        return self.at[bisect.bisect_left(self.reached, seq)]


def latency(followers, filtered):
    d = daemon()
    f = Followers(d, followers, filtered)
    commits = Commits(d.db)
    events(d, 2000, 200)
    d.drain(60)
    time.sleep(1)
    rss = rss_kib(d.pid()) // 1024
    longest = d.status()['loop']['longest_ever_us'] / 1000
    came = f.end()
    commits.ends = True
    commits.join()
    seqs = [s for s, in d.sql('SELECT seq FROM changes')]
    d.stop()
    times = sorted(max(0, came[s] - commits.of(s)) / 1000 for s in seqs if s in came)
    if len(times) != len(seqs):
        sys.exit(f'bench-followers: {len(seqs)} lines, {len(times)} came')
    return times[len(times) // 2], times[int(len(times) * 0.99)], rss, longest


def worked(pid):
    """Seconds of the processor, of all threads: others on the machine do not count."""
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def intake(followers, filtered):
    """Stories a second, and what datelined worked for each until its events were told, ms."""
    d = daemon()
    f = Followers(d, followers, filtered) if followers else None
    began = worked(d.pid())
    rate = STORIES[filtered] / events(d, STORIES[filtered], 0)
    wait_for(d.idle, 600, 'nothing waits', 0.05)
    work = (worked(d.pid()) - began) / STORIES[filtered] * 1000
    if f is not None:
        f.process.kill()
        f.process.wait()
    d.stop(30)
    return rate, work


def main():
    for n, filtered, what in ((2, False, 'one subscriber, and one that never reads'),
                              (FOLLOWERS, True, f'{FOLLOWERS} subscribers, each with a filter of its own, one of which never reads')):
        p50, p99, rss, longest = latency(n, filtered)
        print(f'{what}, 200 stories/s: commit to line p50 {p50:.1f} ms, p99 {p99:.1f} ms (aim 20); datelined {rss} MB, longest turn '
              f'of its loop {longest:.1f} ms', flush=True)
    for filtered, what in ((True, 'each with a filter of its own'), (False, 'each of which takes all')):
        alone, beside = [], []
        for _ in range(ROUNDS):
            alone.append(intake(0, filtered))
            beside.append(intake(FOLLOWERS, filtered))
        ratio = statistics.median(b[0] / a[0] for a, b in zip(alone, beside))
        work = [statistics.median(rate[1] for rate in rates) for rates in (alone, beside)]
        print(f'durable intake, {STORIES[filtered]} stories at once: {statistics.median(a[0] for a in alone):.0f}/s alone, '
              f'{statistics.median(b[0] for b in beside):.0f}/s with {FOLLOWERS} subscribers, {what}, one of which never reads: '
              f'{ratio:.2f} (aim 0.90); datelined worked {work[0]:.3f} ms a story alone, {work[1]:.3f} ms beside them', flush=True)


if __name__ == '__main__':
    main()
    while harness._cleanups:
        harness._cleanups.pop()()
