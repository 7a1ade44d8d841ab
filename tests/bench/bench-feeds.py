#!/usr/bin/env python3
"""
What polling costs: 10,000 feeds, each at a host of its own (an address of 127.0.0.0/8) of one loopback server, each polled
every ten minutes, two polls in a hundred with something new. Prints datelined's CPU time, memory and longest turn of its
loop, over a stretch of SECONDS (120) from which the start is left out. The workers' share is not in it. Of a turn two times
are printed: by the clock, with what else the machine did in between, and the processor's alone.
"""
import contextlib
import os
import random
import re
import selectors
import socket
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration'))
import harness  # noqa: E402

FEEDS = int(os.environ.get('FEEDS', '10000'))
SECONDS = int(os.environ.get('SECONDS', '120'))
EVERY = int(os.environ.get('EVERY', '600'))
CHANGED = 0.02


class Server(threading.Thread):
    """304 to whoever has the validator, but now and then a document with a new item."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(('0.0.0.0', 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.polls = self.documents = 0

    def answer(self, request):
        self.polls += 1
        tag = re.search(rb'If-None-Match: (\S+)', request)
        if tag and random.random() >= CHANGED:
            return b'HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n'
        self.documents += 1
        n = self.polls
        items = ''.join(f'<item><title>Item {i} of {n}</title><guid>urn:{n}:{i}</guid><description>PARIS (Test) - Words of '
                        f'item {i} of {n}.</description></item>' for i in range(1 if tag else 3))
        body = f'<rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'.encode()
        return b'HTTP/1.1 200 OK\r\nConnection: close\r\nETag: "%d"\r\nContent-Length: %d\r\n\r\n%s' % (n, len(body), body)

    def run(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is self.listener:
                    peer, _ = self.listener.accept()
                    selector.register(peer, selectors.EVENT_READ)
                    continue
                with contextlib.suppress(OSError):
                    data = key.fileobj.recv(65536)
                    if data:
                        key.fileobj.sendall(self.answer(data))
                selector.unregister(key.fileobj)
                key.fileobj.close()


def cpu_seconds(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def turn(d):
    loop = d.status()['loop']
    return f'{loop["longest_us"] / 1e3:.1f} ms ({loop["longest_cpu_us"] / 1e3:.1f} of the processor)'


def scrape(path):
    """How many sources the figures tell of."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
        out = b''
        while data := s.recv(1 << 20):
            out += data
    return out.count(b'\ndateline_source_trouble{')


def main():
    server = Server()
    server.start()
    watch = ''.join(f'- {{name: f{i}, feed: "http://127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}:{server.port}/", '
                    f'every: {EVERY}s, every_max: {EVERY}s, allow_private: yes}}\n' for i in range(FEEDS))
    d = harness.Daemon(watch=watch, log='warning')
    metrics = os.path.join(d.dir, 'metrics.sock')
    d.configure(d.text() + f'metrics: {metrics}\n')
    d.start()                           # makes the rows
    harness.wait_for(lambda: d.sql('SELECT count(*) FROM feeds')[0][0] == FEEDS, 60, 'all feeds are known')
    d.stop(seconds=20)
    now = time.time()
    with contextlib.closing(sqlite3.connect(d.db)) as db:
        db.executemany('UPDATE feeds SET etag = ?, success = ?, change = ?, hash = 1, next = ?, size = 10000 WHERE rowid = ?',
                       [('"seed"', int((now - 300) * 1e6), int((now - 3600) * 1e6),
                         int((now + 10 + EVERY * random.random()) * 1e6), row[0])
                        for row in db.execute('SELECT rowid FROM feeds').fetchall()])
        db.commit()
    began = time.monotonic()
    d.start()
    print(f'{FEEDS} feeds: running after {time.monotonic() - began:.1f} s, {harness.rss_kib(d.pid()) / 1024:.1f} MB')
    time.sleep(15)
    start = turn(d)
    polls, documents, cpu, began = server.polls, server.documents, cpu_seconds(d.pid()), time.monotonic()
    time.sleep(SECONDS)
    seconds, used = time.monotonic() - began, cpu_seconds(d.pid()) - cpu
    polls, documents = server.polls - polls, server.documents - documents
    print(f'{polls} polls in {seconds:.0f} s ({polls / seconds:.1f} a second), {documents} documents')
    print(f'datelined: {100 * used / seconds:.2f} % of a core, {1e3 * used / max(polls, 1):.2f} ms a poll, '
          f'{harness.rss_kib(d.pid()) / 1024:.1f} MB')
    print(f'longest turn of the loop: {start} at the start')
    print(f'                          {turn(d)} within the last minute')
    for what, ask in (('Sources', lambda: len(d.call('Sources')['sources'])), ('metrics', lambda: scrape(metrics))):
        began = time.monotonic()
        n = [ask() for _ in range(5)][-1]
        print(f'                          {turn(d)} with five answers to {what} ({n} sources, '
              f'{200 * (time.monotonic() - began):.0f} ms each for the client, {harness.rss_kib(d.pid()) / 1024:.1f} MB)')
    d.stop(seconds=20)


if __name__ == '__main__':
    try:
        main()
    finally:
        harness._cleanup()
