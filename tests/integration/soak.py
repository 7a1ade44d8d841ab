#!/usr/bin/env python3
"""
A long run of what happens to a daemon in months, then counts: `make soak HOURS=1`, `make soak MINUTES=10`.

    soak.py MINUTES [SEED]

About 50 stories a second come from a directory, two sockets, a feed and a command. Meanwhile workers are killed, stories kill them,
the configuration is reloaded, half-written, wrong; peers and clients send halves and vanish, followers do not read, descriptors run
out. In the first fifth and at the end datelined itself is stopped, killed and started; the three fifths between are one
life, over which its memory and its descriptors are looked at every five seconds. Printed: a line a minute, the slope of
its memory (least squares, from ten minutes after the life's start, or a third of a short one), its descriptors, and the
counts. It stops by itself, also when it hangs.
"""
import collections
import contextlib
import os
import random
import resource
import signal
import stat
import sys
import threading
import time

import harness
import importlib
from harness import Daemon, check, story, wait_for

feeds = importlib.import_module('test-feed')

RATES = {'files': 15, 'wire': 15, 'stream': 15}         # a second; the feed and the command bring about five more
FIRST = {'wire': 1000000, 'stream': 2000000, 'poison': 3000000, 'feed': 5000000, 'command': 6000000, 'late': 7000000}
SLOPE_MAX = 2048        # KiB an hour, where it was looked at for half an hour at least; the aim is 100
SETTLE = 600


class Load:
    def __init__(self, d, nginx):
        self.d, self.nginx = d, nginx
        self.over = threading.Event()
        self.acked, self.sent = [], set()
        self.dropped, self.published, self.poisoned = 0, 0, []
        self.failed = None
        self.threads = [threading.Thread(target=self.guard, args=(f,)) for f in
                        (self.files, self.wire, self.stream, self.feed)]
        for t in self.threads:
            t.start()

    def guard(self, function):
        try:
            while not self.over.is_set():
                try:
                    function()
                except (OSError, EOFError):     # no daemon just now
                    time.sleep(0.05)
        except Exception as e:  # told at the end
            self.failed = e

    def next(self, kind):
        n = FIRST[kind] + len(self.sent)
        self.sent.add(n)
        return n

    def files(self):
        while not self.over.is_set():
            if len(os.listdir(self.d.inbox)) < 500:
                self.d.drop(f'{self.dropped}.txt', story(self.dropped))
                self.dropped += 1
            time.sleep(1 / RATES['files'])

    def wire(self):
        while not self.over.is_set():
            n = self.next('wire')
            if self.d.send(story(n)).startswith('+'):
                self.acked.append(n)
            time.sleep(1 / RATES['wire'])

    def stream(self):
        with self.d.connect(os.path.join(self.d.dir, 'stream.sock'), timeout=10) as s:
            lines = s.makefile('rb')
            while not self.over.is_set():
                numbers = [self.next('stream') for _ in range(5)]
                s.sendall(b''.join(b'%d\n%s' % (len(t), t) for t in (story(n).encode() for n in numbers)))
                for n in numbers:
                    line = lines.readline()
                    if not line:
                        return
                    if line.startswith(b'+'):
                        self.acked.append(n)
                time.sleep(5 / RATES['stream'])

    def feed(self):
        self.published += 20
        last = FIRST['feed'] + self.published
        self.nginx.put('feed.rss', feeds.rss(*range(last - 59 if self.published >= 60 else FIRST['feed'] + 1, last + 1)))
        self.over.wait(5)

    def end(self):
        self.over.set()
        for t in self.threads:
            t.join()
        if self.failed:
            raise self.failed


class Watch(threading.Thread):
    """Looks at one life of the daemon."""

    def __init__(self, pid):
        super().__init__()
        self.pid, self.over, self.rows = pid, threading.Event(), []
        self.began = time.monotonic()

    def run(self):
        while not self.over.wait(5):
            with contextlib.suppress(OSError):
                self.rows.append((time.monotonic() - self.began, harness.rss_kib(self.pid),
                                  len(os.listdir(f'/proc/{self.pid}/fd'))))

    def verdict(self):
        self.over.set()
        self.join()
        settle = min(SETTLE, self.rows[-1][0] / 3)
        rows = [r for r in self.rows if r[0] >= settle]
        n, seconds = len(rows), rows[-1][0] - rows[0][0]
        mean_t, mean_m = sum(r[0] for r in rows) / n, sum(r[1] for r in rows) / n
        slope = sum((t - mean_t) * (m - mean_m) for t, m, _ in rows) / sum((t - mean_t) ** 2 for t, _, _ in rows) * 3600
        quarter = max(1, n // 4)
        first = sorted(r[2] for r in rows[:quarter])[quarter // 2]
        last = sorted(r[2] for r in rows[-quarter:])[quarter // 2]
        print(f'memory: {rows[0][1]} KiB at {settle:.0f} s, {rows[-1][1]} KiB {seconds:.0f} s later, least '
              f'{min(r[1] for r in rows)}, most {max(r[1] for r in rows)}; slope {slope:.0f} KiB an hour over {n} looks\n'
              f'descriptors: {first} in the first quarter, {last} in the last (medians), most {max(r[2] for r in rows)}',
              flush=True)
        check(seconds < 1800 or slope < SLOPE_MAX, 'memory grows', slope)
        check(last <= first + 4, 'descriptors grow', first, last)


class Faults:
    """One a call, chosen at random."""

    def __init__(self, d, load, chance):
        self.d, self.load, self.chance = d, load, chance
        self.counts = collections.Counter()
        self.held = []          # clients and peers that hang on

    def one(self):
        fault = self.chance.choice([self.worker, self.worker, self.worker, self.poison, self.reload, self.half_config,
                                    self.wrong_config, self.half_peer, self.half_client, self.deaf_follower,
                                    self.descriptors, self.misbehave])
        with contextlib.suppress(OSError, EOFError, harness.Refused):
            fault()
            self.counts[fault.__name__] += 1
        while len(self.held) > 5:
            self.held.pop(0).close()

    def worker(self):
        for pid in self.d.workers()[:1]:
            os.kill(pid, signal.SIGKILL)

    def submit(self, order):
        n = FIRST['poison'] + len(self.load.poisoned)
        if self.d.send(story(n, f'do {order}')).startswith('+'):
            self.load.poisoned.append(n)

    def poison(self):
        self.submit('segfault')

    def misbehave(self):
        self.submit(self.chance.choice(['leak', 'flood', 'garbage', 'exit', 'hang']))

    def reload(self):
        self.d.configure(self.d.text() + f'# {self.counts["reload"]}\n')
        self.d.process.send_signal(signal.SIGHUP)

    def half_config(self):
        """A text editor that writes in place, and a reload in the middle."""
        text = self.d.text()
        with open(self.d.config, 'w', encoding='utf-8') as f:
            f.write(text[:len(text) // 2])
            f.flush()
            self.d.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)
            f.write(text[len(text) // 2:])

    def wrong_config(self):
        self.d.configure('watch: [{name: x, directroy: /x}]')
        self.d.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        self.d.configure()

    def half_peer(self):
        s = self.d.connect(os.path.join(self.d.dir, 'stream.sock'))
        s.sendall(b'100000\n' + b'x' * self.chance.randrange(50000))
        self.held.append(s)

    def half_client(self):
        client = self.d.client()
        client.socket.sendall(b'{"method":"io.dateline.Control.Status"')
        self.held.append(client)

    def deaf_follower(self):
        client = self.d.client()
        client.send('Events', {'follow': True, 'limit': 1000}, more=True)
        self.held.append(client)

    def descriptors(self):
        pid = self.d.pid()
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f'/proc/{pid}/fd')) + 2, before[1]))
        crowd = []
        with contextlib.suppress(OSError):
            crowd = [self.d.connect(timeout=1) for _ in range(10)]
        time.sleep(0.5)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for s in crowd:
            s.close()


def restart(d, chance):
    """Once by SIGTERM, once by SIGKILL; the time between lives is short."""
    if chance.random() < 0.5:
        d.stop()
    else:
        d.kill()
    d.start()


def minutes_of(d, load, faults, end, every, act):
    """Until `end`: act() again and again, a line a minute."""
    said = time.monotonic()
    while time.monotonic() < end:
        time.sleep(min(every * faults.chance.uniform(0.5, 1.5), max(0.0, end - time.monotonic())))
        act()
        if time.monotonic() > said + 60:
            said += 60
            print(f'{time.strftime("%H:%M:%S")} {len(load.acked) + load.dropped} stories taken by directory and sockets, '
                  f'{harness.rss_kib(d.pid())} KiB, {sum(faults.counts.values())} faults', flush=True)


def soak(minutes, seed):
    chance = random.Random(seed)
    nginx = feeds.Nginx().start()
    nginx.put('feed.rss', feeds.rss())
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox, done: delete}\n'
                     '- {name: wire, listen: {dir}/wire.sock}\n'
                     '- {name: stream, listen: {dir}/stream.sock, framing: length, idle: 30s}\n'
                     '- {name: command, command: [{dir}/command], every: 2s}\n' + feeds.feed(nginx.url('feed.rss')),
               work='processes: 2\nattempts: 3\ndeadline: 2s\nmemory: 512M', outputs='- {name: log, files: {dir}/out}',
               log='warning')
    os.mkdir(os.path.join(d.dir, 'out'))
    program = os.path.join(d.dir, 'command')
    with open(program, 'w', encoding='utf-8') as f:
        text = story('$n', 'FRA CONSULT N$n')
        f.write(f'#!/bin/sh\nn=$(($(cat {d.dir}/count 2>/dev/null || echo {FIRST["command"]}) + 1))\n'
                f'echo $n >{d.dir}/count\ncat <<STORY\n{text}STORY\n')
    os.chmod(program, os.stat(program).st_mode | stat.S_IXUSR)
    d.start()
    load = Load(d, nginx)
    try:
        run(d, load, Faults(d, load, chance), minutes * 60)
    finally:
        load.over.set()


def run(d, load, faults, seconds):
    began, lives = time.monotonic(), 0

    def again():
        nonlocal lives
        restart(d, faults.chance)
        lives += 1
    minutes_of(d, load, faults, began + seconds / 5, min(10, seconds / 25), again)
    watch = Watch(d.pid())
    watch.start()
    minutes_of(d, load, faults, began + 4 * seconds / 5, 3, faults.one)
    watch.over.set()
    minutes_of(d, load, faults, began + seconds, min(10, seconds / 25), again)
    d.wait_ready()
    load.end()
    for held in faults.held:
        held.close()
    d.configure()
    wait_for(lambda: os.listdir(d.inbox) == [], 120, 'the spool is empty', 0.2)
    wait_for(lambda: d.source('feed')['errors'] == 0, 60, 'the feed is read', 0.5)
    time.sleep(4)
    d.drain(240)
    print('faults:', ', '.join(f'{n} {what}' for what, n in sorted(faults.counts.items())), f'{lives} restarts', flush=True)
    counts(d, load, lives)
    watch.verdict()
    d.stop()


def counts(d, load, lives):
    count = collections.Counter(int(e['target'][0]['code'][1:]) for e in d.events())
    published = range(FIRST['feed'] + 1, FIRST['feed'] + load.published + 1)
    with open(os.path.join(d.dir, 'count'), encoding='ascii') as f:
        commands = range(FIRST['command'] + 1, int(f.read()) + 1)
    promised = [*load.acked, *range(load.dropped), *published]
    lost = [n for n in promised if count[n] == 0]
    twice = [n for n, times in count.items() if times > 1]
    missing = [n for n in commands if count[n] == 0]
    known = load.sent | set(range(load.dropped)) | set(published) | set(commands) | set(load.poisoned)
    unknown = [n for n in count if n not in known]
    poisoned = len(d.quarantined())
    waiting = d.sql('SELECT (SELECT count(*) FROM deliveries WHERE state = 0), (SELECT count(*) FROM stories WHERE state = 0)')
    print(f'counts: {len(load.acked)} acknowledged by sockets, {load.dropped} files, {load.published} in the feed: {len(lost)} '
          f'lost, {len(twice)} twice, {len(unknown)} from nowhere; {len(commands)} by the command, {len(missing)} of them ended with '
          f'a life of the daemon; {len(load.poisoned)} that kill workers, {poisoned} in quarantine; {waiting[0]} wait', flush=True)
    check(not lost, 'lost:', lost[:20])
    check(not twice, 'twice:', twice[:20])
    check(not unknown, 'from nowhere:', unknown[:20])
    check(len(missing) <= lives + 1, 'commands:', missing[:20])
    check(poisoned <= len(load.poisoned), 'quarantined:', poisoned, len(load.poisoned))
    check(waiting == [(0, 0)], 'waiting:', waiting)


def test_soak():
    soak(MINUTES, SEED)


if __name__ == '__main__':
    MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    SEED = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    sys.argv[1:] = []
    print(f'{MINUTES:g} minutes, seed {SEED}', flush=True)
    harness.main({'test_soak': test_soak}, MINUTES * 60 + 600)
