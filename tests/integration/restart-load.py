#!/usr/bin/env python3
"""
What senders see of a restart: load on datelined's sockets while somebody restarts or reloads it, then counts.

    restart-load.py SECONDS RATE DATABASE KIND=ADDRESS... [-- TIMES COMMAND...]

KIND says how a sender talks: `whole` opens a connection for each story; `length` and `lines` keep one connection with that
framing and do not wait for answers; `slow` and `half` are as `lines` and `whole`, and send a few bytes at a time;
`figures` asks for /metrics instead, ten times a second. ADDRESS is a path or 127.0.0.1:PORT. All together send RATE
stories a second. COMMAND is run TIMES times meanwhile. Ends with 0 if it never failed, no connection was refused or
broken, nothing was refused, and every story that was sent is in the store exactly once; prints the counts and the longest
times in which no story was acknowledged: around each run, and between the runs.
"""
import collections
import contextlib
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time


def connect(address):
    if address.startswith('/'):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.connect(address)
    else:
        host, port = address.rsplit(':', 1)
        s = socket.create_connection((host, int(port)))
    s.settimeout(60)
    return s


COUNTRIES = ('France', 'Russia', 'Norway', 'Sweden', 'Italy', 'Greece', 'Peru', 'Chile', 'Kenya', 'Japan', 'Canada', 'Spain',
             'Poland', 'Egypt', 'India', 'Turkey', 'Mexico', 'Cuba', 'Mali', 'Nepal', 'Qatar', 'Ghana', 'Haiti')
ACTS = ('condemned', 'praised', 'warned', 'thanked', 'criticized', 'invaded', 'helped')


def text(sender, n):
    """Acts that differ, so that few of them are joined into one event."""
    who, whom = COUNTRIES[n % 23], COUNTRIES[(n + 1 + n // 23 % 22) % 23]
    return (f'Report {sender}-{n}\n\nPARIS, March 3 (Agence Exemple) - {who} {ACTS[(n + hash(sender)) % 7]} {whom} on Tuesday over '
            f'report {sender}-{n}.\n').encode()


class Sender(threading.Thread):
    def __init__(self, number, kind, address, end, rate):
        super().__init__()
        self.number, self.kind, self.address, self.end, self.rate = number, kind, address, end, rate
        self.sent = 0
        self.acks = []          # when
        self.troubles = collections.Counter()

    def run(self):
        try:
            while time.monotonic() < self.end:
                if self.kind in ('whole', 'half'):
                    self.whole()
                elif self.kind == 'figures':
                    self.figures()
                else:
                    self.stream()
        except ConnectionRefusedError:
            self.troubles['refused'] += 1
        except FileNotFoundError:
            self.troubles['refused (no socket)'] += 1
        except OSError as e:
            self.troubles[f'broken ({e})'] += 1

    def answer(self, line):
        if line.startswith(b'+'):
            self.acks.append(time.monotonic())
        else:
            self.troubles[line.decode(errors='replace').strip() or 'closed'] += 1

    def whole(self):
        began = time.monotonic()
        with connect(self.address) as s:
            self.put(s, text(self.number, self.sent + 1), self.kind == 'half')
            s.shutdown(socket.SHUT_WR)
            self.sent += 1
            self.answer(s.makefile('rb').readline())
        time.sleep(max(0, began + 1 / self.rate - time.monotonic()))

    def figures(self):
        with connect(self.address) as s:
            s.sendall(b'GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n')
            line = s.makefile('rb').readline()
        if not line.startswith(b'HTTP/1.1 200 '):
            self.troubles[line.decode(errors='replace').strip() or 'closed without an answer'] += 1
        time.sleep(0.1)

    @staticmethod
    def put(s, data, slowly):
        if not slowly:
            s.sendall(data)
            return
        for i in range(0, len(data), 20):
            s.sendall(data[i:i + 20])
            time.sleep(0.08)

    def stream(self):
        with connect(self.address) as s:
            reader = threading.Thread(target=self.read, args=(s,))
            reader.start()
            began = time.monotonic()
            while (now := time.monotonic()) < self.end and not self.troubles:
                data = text(self.number, self.sent + 1)
                data = b'%d\n%s' % (len(data), data) if self.kind == 'length' else data + b'##\n'
                self.put(s, data, self.kind == 'slow')
                self.sent += 1
                time.sleep(max(0, began + self.sent / self.rate - now))
            s.shutdown(socket.SHUT_WR)
            reader.join()

    def read(self, s):
        try:
            with s.makefile('rb') as lines:
                for line in lines:
                    self.answer(line)
        except OSError as e:
            self.troubles[f'broken ({e})'] += 1
        if len(self.acks) != self.sent:
            self.troubles[f'closed with {self.sent - len(self.acks)} unanswered'] += 1


def stored(path):
    """How often each report is there, once nothing waits any more."""
    for _ in range(2400):
        with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True, timeout=10)) as db:
            waiting = db.execute('SELECT (SELECT count(*) FROM deliveries WHERE state = 0) + '
                                 '(SELECT count(*) FROM stories WHERE state = 0)').fetchone()[0]
            if waiting == 0:
                return collections.Counter(r[0] for r in db.execute(
                    'SELECT headline FROM texts JOIN stories USING (id) WHERE headline LIKE \'Report %\''))
        time.sleep(0.1)
    sys.exit(f'{waiting} wait for ever')


class Runner(threading.Thread):
    def __init__(self, seconds, times, command):
        super().__init__()
        self.seconds, self.times, self.command = seconds, times, command
        self.failed = 0
        self.runs = []          # when each began, and when what it did was over

    def run(self):
        first = time.monotonic()
        for i in range(self.times):
            time.sleep(max(0, first + (i + 0.5) * self.seconds / self.times - time.monotonic()))
            began = time.monotonic()
            self.failed += subprocess.run(self.command, check=False).returncode != 0
            self.runs.append((began, time.monotonic() + 0.5))


def print_gaps(acks, runs):
    """Each gap belongs to the run that it overlaps, or to the quiet time between."""
    gaps = [(a, b) for a, b in zip(acks, acks[1:])]
    around = [max((b - a for a, b in gaps if b > began and a < over), default=0) for began, over in runs]
    quiet = max((b - a for a, b in gaps if not any(b > began and a < over for began, over in runs)), default=0)
    if around:
        print(f'longest gap between two acknowledgements around each of {len(around)} runs: median '
              f'{statistics.median(around) * 1000:.0f} ms, maximum {max(around) * 1000:.0f} ms (all: '
              f'{" ".join(f"{g * 1000:.0f}" for g in around)})')
    print(f'longest gap in quiet time {quiet * 1000:.0f} ms')


def main():
    args, _, after = ' '.join(sys.argv[1:]).partition(' -- ')
    args, after = args.split(), after.split()
    seconds, rate, path = float(args[0]), float(args[1]), args[2]
    kinds = [a.split('=', 1) for a in args[3:]]
    runner = Runner(seconds, int(after[0]) if after else 0, after[1:])
    quick = sum(kind not in ('slow', 'half', 'figures') for kind, _ in kinds)
    base, end = int(time.time()), time.monotonic() + seconds
    senders = [Sender(f'{base}-{i}', kind, address, end, rate / quick) for i, (kind, address) in enumerate(kinds)]
    for s in (*senders, runner):
        s.start()
    for s in (*senders, runner):
        s.join()
    acks = sorted(t for s in senders for t in s.acks)
    within = [t for t in acks if t < end]       # after it the slow ones finish
    there = stored(path)
    lost = twice = 0
    troubles = collections.Counter()
    for s in senders:
        troubles += s.troubles
        counts = [there[f'Report {s.number}-{n}'] for n in range(1, s.sent + 1)]
        lost += sum(c == 0 for c in counts)
        twice += sum(c > 1 for c in counts)
    sent = sum(s.sent for s in senders)
    print(f'{sent} sent by {len(senders)} senders in {seconds:g} s, {len(acks)} acknowledged, {lost} lost, {twice} twice, '
          f'{sum(troubles.values())} refused or broken')
    print_gaps(within, runner.runs)
    for what, n in troubles.items():
        print(f'  {n} times: {what}')
    if runner.failed:
        print(f'  {runner.failed} times the command failed')
    few = sent < rate * seconds * 0.2
    sys.exit(runner.failed + lost + twice + sum(troubles.values()) + (len(acks) != sent) + few > 0)


main()
