#!/usr/bin/env python3
"""Bounds and what happens at them: a full queue, a full disk, slow and malicious clients, age."""
import contextlib
import json
import os
import resource
import socket
import subprocess
import tempfile
import threading
import time

import harness
from harness import Daemon, Skip, check, equal, read_all, read_lines, story, wait_for


FILES = int(os.environ.get('DATELINE_TEST_FILES', '3000'))


def numbers(d):
    return sorted(int(e['target'][0]['code'][1:]) for e in d.events())


def test_full_queue():
    """Intake is held at max_queue: files wait, senders are told or wait, nothing is lost, and it goes on by itself."""
    d = Daemon(store='max_queue: 20', work='processes: 1').start()
    for i in range(60):
        d.drop(f'{i:03}.txt', story(i, f'FRA CONSULT N{i:05d}', 'do slow'))
    held = wait_for(lambda: (q := d.status()['queue'])['intake'] != 'open' and q, what='intake is held')
    check('queue is full' in held['intake'], held)
    check(held['deliveries'] + held['stories'] <= 40, 'the bound holds', held)
    equal(d.source('inbox')['state'], 'held')
    refused = d.send(story(1000))
    check(refused.startswith('-') or refused.startswith('+'), refused)
    try:
        d.submit(story(1001))
        taken = [1001]
    except harness.Refused as e:
        equal(e.args[0], 'io.dateline.Control.NotTaken')
        check('queue is full' in e.args[1]['reason'], e)
        taken = []
    wait_for(lambda: os.listdir(d.inbox) == ['done'], 30, 'the spool is empty')
    d.drain()
    equal(numbers(d), [*range(60), *([1000] if refused.startswith('+') else []), *taken])
    check('intake is closed' in d.log_text() and 'open again' in d.log_text(), d.log_text())
    d.stop()


def test_a_queue_that_is_full_at_the_start():
    """What a former process left counts from the first moment on: nothing is let in that the bound would have kept out."""
    d = Daemon(store='max_queue: 20', work='processes: 1\ndeadline: 10m').start()
    for i in range(60):
        d.drop(f'{i:03}.txt', story(i, 'do hang'))
    wait_for(lambda: d.status()['queue']['intake'] != 'open', what='intake is held')
    wait_for(lambda: d.status()['queue']['stories'] >= 1, what='the worker hangs')
    d.kill()
    d.start()
    equal(d.source('inbox')['state'], 'held')
    queue = d.status()['queue']
    check('queue is full' in queue['intake'], queue)
    try:
        d.submit(story(100))
        raise AssertionError('it was taken')
    except harness.Refused as e:
        check('queue is full' in e.args[1]['reason'], e)
    check(d.sql('SELECT count(*) FROM deliveries')[0][0] <= 20, d.sql('SELECT count(*) FROM deliveries'))
    d.kill()


def test_full_disk():
    """On a small file system of its own: refused with the reason while it is full, taken by itself when there is room."""
    if os.geteuid() != 0:
        raise Skip('mounting a small file system needs root')
    place = tempfile.mkdtemp(prefix='dateline-disk-')
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', place], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        os.rmdir(place)
        raise Skip('mounting a tmpfs is not permitted here')

    def undo():
        subprocess.run(['umount', '-l', place], check=False)
        os.rmdir(place)
    harness._cleanups.append(undo)
    d = Daemon(directory=place, watch='- {name: inbox, directory: {dir}/inbox, done: delete}\n'
                                      '- {name: wire, listen: {dir}/wire.sock}')
    d.log = os.path.join('/tmp', os.path.basename(place) + '.log')
    harness._cleanups.append(lambda: os.path.exists(d.log) and os.unlink(d.log))
    d.start()
    equal(d.send(story(0)), '+1')
    d.drain()
    filler = os.path.join(place, 'filler')
    with contextlib.suppress(OSError):
        fd = os.open(filler, os.O_CREAT | os.O_WRONLY)
        while os.write(fd, b'x' * 4096):
            pass
    os.close(fd)
    acked, refused = [], []
    for i in range(1, 300):
        answer = d.send(story(i) + 'y' * 4000 + '\n')
        (acked if answer.startswith('+') else refused).append(i)
        if refused:
            break
    check(refused, 'a full disk refuses at some time')
    check('full' in answer, answer)
    check('full' in d.log_text(), 'the log says it', d.log_text())
    os.unlink(filler)

    def taken():
        return d.send(story(5000)).startswith('+')
    wait_for(taken, 40, 'it takes stories again by itself', 0.2)
    d.drain(30)
    equal(numbers(d), [0, *acked, 5000])
    check('open again' in d.log_text(), d.log_text())
    d.stop()


def test_control_client_that_does_not_read():
    """One that asks and never reads costs itself; others are served."""
    d = Daemon().start()
    for i in range(200):
        d.submit(story(i, *[f'FRA CONSULT N{k:05d}' for k in range(50)]))
    d.drain()
    bad = [d.client() for _ in range(5)]
    for client in bad:
        client.socket.settimeout(0.2)
        with contextlib.suppress(OSError):
            for _ in range(50):
                client.send('Events', {'limit': None}, more=True)
    follower = d.client()
    follower.send('Events', {'follow': True, 'limit': 0}, more=True)
    began = time.monotonic()
    for i in range(100):
        d.submit(story(1000 + i))
    check(time.monotonic() - began < 5 * harness.SLOW, 'others are served')
    wait_for(lambda: len(d.events(target='N01000')) == 1, what='the event')
    seen = []
    while len(seen) < 100:
        seen += follower.receive()['parameters'].get('events', [])
    equal([e['target'][0]['code'] for e in seen], [f'N{1000 + i:05d}' for i in range(100)])
    check(harness.rss_kib(d.pid()) < 100 * 1024 or harness.SANITIZED, 'memory', harness.rss_kib(d.pid()))
    for client in bad:
        client.close()
    d.stop()


def test_control_nonsense():
    d = Daemon(control='max_message: 64K\nmax_connections: 20').start()
    for data in (b'\0', b'hello\0', b'{}\0', b'[1]\0', b'{"method": 1}\0', b'{"method":"io.dateline.Control.Status"' + b' ' * 100000,
                 b'[' * 60000 + b'\0', b'{"method":"x","parameters":' + b'{"a":' * 5000 + b'1' + b'}' * 5001 + b'\0',
                 b'\xff\xfe\0', json.dumps({'method': 'io.dateline.Control.Nothing'}).encode() + b'\0'):
        with d.connect(d.socket, 5) as s:
            with contextlib.suppress(OSError):
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
            read_all(s)
    crowd = [d.connect(d.socket) for _ in range(40)]
    for s in crowd:
        s.close()
    def served():
        with contextlib.suppress(OSError, EOFError):
            return d.status()['control']['connections'] == 1
    wait_for(served, what='the crowd is gone')
    check(d.status()['control']['refused'] > 0)
    # A message byte by byte.
    with d.connect(d.socket) as s:
        for b in b'{"method":"io.dateline.Control.GetLogLevel"}\0':
            s.sendall(bytes([b]))
        check(b'"level"' in s.recv(1000))
    d.stop()


def test_wire_peers_that_are_slow_or_many():
    d = Daemon(watch='- {name: wire, listen: {dir}/wire.sock, framing: length, max_connections: 10, idle: 1s}').start()
    half = d.connect()
    half.sendall(b'1000\nthe first half')
    crowd = [d.connect() for _ in range(30)]
    refused = 0
    for s in crowd:
        s.settimeout(0.3)
        with contextlib.suppress(OSError):
            refused += s.recv(1000) .startswith(b'-')
    check(refused >= 15, 'those over the bound are refused with a word', refused)
    for s in crowd:
        s.close()
    half.settimeout(10 * harness.SLOW)
    read_all(half)          # until the idle one is closed
    half.close()
    with d.connect() as s:
        text = story(1).encode()
        s.sendall(b'%d\n%s' % (len(text), text))
        equal(len(read_lines(s, 1)), 1)
    # One that sends without end and reads nothing.
    flood = d.connect(timeout=1)
    with contextlib.suppress(OSError):
        for i in range(20000):
            text = story(10 + i).encode()
            flood.sendall(b'%d\n%s' % (len(text), text))
    d.drain(60)
    flood.close()
    got = numbers(d)
    equal(len(got), len(set(got)))
    check(harness.rss_kib(d.pid()) < 100 * 1024 or harness.SANITIZED, 'memory', harness.rss_kib(d.pid()))
    d.stop()


def spent(pid):
    """Processor time of a process, in hundredths of a second."""
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        return sum(int(n) for n in f.read().rsplit(')', 1)[1].split()[11:13])


def test_out_of_descriptors():
    """
    With no descriptor left it says so, spins on nothing and goes on when there are some: files wait and are taken, a worker that
    is killed meanwhile is replaced, whoever was sent away was not acknowledged.
    """
    if harness.WRAPPER:
        raise Skip('the wrapper needs descriptors of its own')
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox}\n- {name: wire, listen: {dir}/wire.sock, max_connections: 4096}',
               control='max_connections: 4096')
    # Whoever is not root may not look at its descriptors otherwise.
    d.start(options=['--no-sandbox'] if os.geteuid() != 0 else [])
    equal(d.send(story(0)), '+1')
    resource.prlimit(d.pid(), resource.RLIMIT_NOFILE, (len(os.listdir(f'/proc/{d.pid()}/fd')) + 8,) * 2)
    crowd = []
    for _ in range(50):
        with contextlib.suppress(OSError):
            crowd.append(d.connect(timeout=1))
    wait_for(lambda: 'no file descriptor is left' in d.log_text(), what='it says so')
    for i in range(1, 4):
        d.drop(f'{i}.txt', story(i))
    wait_for(lambda: 'cannot read 3.txt now' in d.log_text(), what='the files cannot be read')
    equal(sorted(os.listdir(d.inbox)), ['1.txt', '2.txt', '3.txt', 'done'], 'the files wait')
    answers = []
    for _ in range(3):
        with contextlib.suppress(OSError):
            answers.append(d.send(story(10)))
    check(not [a for a in answers if a.startswith('+')], 'who is sent away is not acknowledged', answers)
    os.kill(d.workers()[0], 9)      # whose descriptors become free
    before = spent(d.pid())
    time.sleep(1)
    check(spent(d.pid()) - before < 50, 'it does not spin', spent(d.pid()) - before)
    equal(d.process.poll(), None, 'it runs')
    for s in crowd:
        s.close()
    wait_for(lambda: d.send(story(20)).startswith('+'), 10, 'it serves again', 0.1)
    wait_for(lambda: os.listdir(d.inbox) == ['done'], 20, 'the files are taken')
    wait_for(lambda: len(d.workers()) == 2, 20, 'the worker is replaced')
    d.drain()
    equal(numbers(d), [0, 1, 2, 3, 20])
    wait_for(lambda: 'there are file descriptors again' in d.log_text(), what='it says so')
    d.stop()


def test_a_spool_of_many_files_at_the_start():
    """3000, or as many as DATELINE_TEST_FILES says: make torture takes 100,000. Memory does not follow their number."""
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox, done: delete}')
    for i in range(FILES):
        d.drop(f'{i}.txt', story(i))
    d.start()
    before, most, began = harness.rss_kib(d.pid()), [0], time.monotonic()

    def is_empty():
        most[0] = max(most[0], harness.rss_kib(d.pid()))
        return os.listdir(d.inbox) == []
    wait_for(is_empty, 40 + FILES / 100, 'the spool is empty', 0.1)
    d.drain(60 + FILES / 100)
    print(f'  {FILES} files in {time.monotonic() - began:.0f} s, {before} KiB at the start, {most[0]} KiB at most')
    check(most[0] < 64 * 1024 or harness.SANITIZED, 'memory', most)
    equal(numbers(d), list(range(FILES)))
    d.stop()


def test_retention():
    """What is older than store.keep goes, with its events and its words, and is not found any more."""
    d = Daemon(store='keep: 60s').start()
    for i in range(250):
        d.submit(story(i))
    d.drain()
    d.stop()
    import sqlite3
    with contextlib.closing(sqlite3.connect(d.db)) as db:
        for table, column in (('deliveries', 'received'), ('stories', 'received'), ('events', 'first_seen')):
            db.execute(f'UPDATE {table} SET {column} = {column} - 3600 * 1000000 WHERE '
                       + ('id' if table == 'deliveries' else 'delivery' if table == 'stories' else 'seq') + ' <= 200')
        db.commit()
    d.start()

    def gone():
        return d.sql('SELECT count(*) FROM stories')[0][0] == 50
    wait_for(gone, 15, 'the old ones are gone', 0.5)
    equal(numbers(d), list(range(200, 250)))
    equal(len(d.call('Search', words='number', limit=1000)['stories']), 50)
    equal(d.sql('SELECT count(*) FROM texts'), [(50,)])
    d.stop()


if __name__ == '__main__':
    harness.main(globals(), 120 + FILES / 30)
