#!/usr/bin/env python3
"""
What breaks around the daemon, one test each; the rule for all: nothing lost, nothing twice, a clear word in the log, recovery
without a person. Where the other faults are tested:

    kill -9 of datelined and workers                    torture.py, test-durability.py
    a failing disk at every single write                tests/unit/store/test-faulty.c
    kill -9 at any moment of a commit                   tests/unit/store/test-kill.c
    disk full: accepting, storing; the files output     test-limits.py, test-files.py; here too: full, quota, EIO, read-only, syncs,
                                                        the log, the rotation of files
    out of descriptors; many files at the start         test-limits.py
    workers that die, hang, leak, flood, lie; poison    test-workers.py, test-durability.py
    clients and peers that are slow, many, malicious    test-limits.py; here 10,000 connections, 16 MB, a byte a second
    restart and reload under load, without and with it  systemd.sh (handover), test-reload.py
    secrets, and what the unit lets libcurl do          systemd.sh (network, secrets), test-webhook.py
    all of it for an hour                               soak.py
"""
import contextlib
import errno
import mmap
import os
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import harness
from harness import Daemon, Skip, check, equal, read_lines, story, wait_for

FAULT = os.path.join(harness.BUILD, 'tests/integration/fault.so')


def numbers(d):
    return sorted(int(e['target'][0]['code'][1:]) for e in d.events())


class Orders:
    """What fault.so is told."""

    def __init__(self):
        if harness.SANITIZED or harness.WRAPPER:
            raise Skip('what is loaded before the libraries does not go with a sanitizer or valgrind')
        self.file = tempfile.NamedTemporaryFile(prefix='dateline-fault-')
        self.file.truncate(4096)
        self.map = mmap.mmap(self.file.fileno(), 4096)
        self.env = {**os.environ, 'LD_PRELOAD': FAULT, 'DATELINE_FAULT': self.file.name}

    def set(self, store=0, files=0, seconds=0, sync=0, read=0):
        self.map[0:16] = struct.pack('=iiq', store, files, seconds)
        self.map[24:32] = struct.pack('=ii', sync, read)

    def hits(self):
        return struct.unpack('=q', self.map[16:24])[0]


def disk_error(word, **order):
    """The store cannot be written for a while: refused with the reason, taken by itself afterwards."""
    orders = Orders()
    d = Daemon().start(env=orders.env)
    equal(d.send(story(0)), '+1')
    d.drain()
    acked, refused = [0], []

    def send(n):
        answer = d.send(story(n))
        (acked if answer.startswith('+') else refused).append(n)
        return answer
    orders.set(**order)
    answer = send(1)
    check(answer.startswith('-') and word in answer, answer)
    d.drop('file.txt', story(2))
    check(orders.hits() > 0)
    held = d.status()['queue']['intake']
    check(word in held, held)
    equal(d.source('inbox')['state'], 'held')
    wait_for(lambda: 'The store cannot write' in d.log_text(), what='the store says it')
    check(word in d.log_text().split('The store cannot write', 1)[1].split('\n', 1)[0], d.log_text())
    hits = orders.hits()
    wait_for(lambda: orders.hits() > hits, 10, 'it is tried again, with the file, and fails again')
    orders.set()
    wait_for(lambda: send(10 + len(acked) + len(refused)).startswith('+'), 40, 'it takes stories again by itself', 0.2)
    wait_for(lambda: os.listdir(d.inbox) == ['done'], 20, 'the file is taken too')
    d.drain()
    equal(numbers(d), sorted([*acked, 2]))
    log = d.log_text()
    at = [log.index(words) for words in ('The store cannot write', 'intake is closed', 'The store writes again', 'open again')]
    check(at == sorted(at), 'in this order', log)
    equal(log.count('The store writes again'), 1, log)
    print(f'  {word}: {len(acked)} acknowledged, {len(refused)} refused, {orders.hits()} writes failed, 0 lost, 0 twice')
    d.stop()


def test_disk_error():
    disk_error('input/output error', store=errno.EIO)


def test_disk_full():
    disk_error('the disk is full', store=errno.ENOSPC)


def test_quota():
    """SQLite knows no quota; it is told from a failing disk all the same."""
    disk_error('quota is used up', store=errno.EDQUOT)


def test_read_only_of_a_sudden():
    """As an ext4 with errors=remount-ro gets."""
    disk_error('read-only', store=errno.EROFS)


def test_sync_fails():
    """Bytes that are written and cannot be synced are not acknowledged; so a full network file system tells it."""
    disk_error('input/output error', sync=errno.EIO)
    disk_error('quota is used up', sync=errno.EDQUOT)


def test_disk_fails_while_results_come():
    """What workers made cannot be stored for a while."""
    orders = Orders()
    d = Daemon(work='processes: 2\nattempts: 2').start(env=orders.env)
    for i in range(40):
        d.submit(story(i, f'FRA CONSULT N{i}', 'do slow'))
    orders.set(store=errno.EIO)
    time.sleep(1.5)
    check(orders.hits() > 0)
    orders.set()
    d.drain(40)
    equal(numbers(d), list(range(40)))
    equal(d.quarantined(), {})
    check('store' in d.log_text(), d.log_text())
    d.stop()


def test_store_cannot_be_read():
    """Stories that wait, events that somebody asks for, while reading fails: an error where one asked, and then all of it."""
    orders = Orders()
    d = Daemon(work='processes: 1').start(env=orders.env)
    text = 'x' * 30000 + '\n'
    for i in range(60):
        d.submit(story(i, text, f'FRA CONSULT N{i}', 'do slow'))
    orders.set(read=errno.EIO)
    hits = orders.hits()
    refused, acked = 0, []
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            d.events()
            d.call('Search', words='number', limit=50)
        except harness.Refused:
            refused += 1
        n = 100 + len(acked)
        if d.send(story(n)).startswith('+'):
            acked.append(n)
        time.sleep(0.1)
    check(orders.hits() > hits, 'something was read')
    check(refused > 0, 'who asks is told')
    orders.set()
    d.drain(40)
    wait_for(lambda: d.send(story(1000)).startswith('+'), 40, 'it takes stories', 0.2)
    d.drain(40)
    equal(numbers(d), [*range(60), *acked, 1000])
    equal(d.quarantined(), {})
    check('input/output error' in d.log_text(), d.log_text())
    print(f'  {orders.hits() - hits} reads failed, {refused} questions refused, {len(acked)} stories taken meanwhile')
    d.stop()
    # SQLite calls a file damaged that cannot be read: nobody shall restore a copy over it for that.
    for order, word in (({'read': errno.EIO}, 'input/output error'), ({'store': errno.EDQUOT}, 'quota is used up'),
                        ({'store': errno.ENOSPC}, 'the disk is full')):
        orders.set(**order)
        if 'read' not in order:
            for suffix in ('', '-wal', '-shm'):         # a new one: what is there already need not be written
                with contextlib.suppress(FileNotFoundError):
                    os.rename(d.db + suffix, d.db + suffix + '.aside')
        d.start(wait=False, env=orders.env)
        equal(d.wait_exit(), 73)
        check(word in d.log_text().splitlines()[-1], d.log_text())
        check('damaged' not in d.log_text(), d.log_text())
        if os.path.exists(d.db + '.aside'):
            os.rename(d.db + '.aside', d.db)
    orders.set()
    d.start()
    equal(numbers(d), [*range(60), *acked, 1000])
    d.stop()


def test_stopped_while_the_disk_fails():
    """It stops in its time all the same, and whatever was acknowledged is read after the next start."""
    orders = Orders()
    d = Daemon(work='processes: 1').start(env=orders.env)
    for i in range(30):
        d.submit(story(i, f'FRA CONSULT N{i}', 'do slow'))
    orders.set(store=errno.EIO)
    check(d.send(story(100)).startswith('-'))
    check(orders.hits() > 0)
    d.stop()
    orders.set()
    d.start(env=orders.env)
    d.drain(40)
    equal(numbers(d), list(range(30)))
    equal(d.quarantined(), {})
    d.stop()


def test_log_cannot_be_written():
    """The disk of the log is full; of the files output, too. Both catch up, the daemon goes on."""
    orders = Orders()
    d = Daemon(outputs='- {name: out, files: {dir}/out, every: 1s}')
    os.mkdir(os.path.join(d.dir, 'out'))
    d.start(env=orders.env)
    d.submit(story(0))
    orders.set(files=errno.ENOSPC)
    for i in range(1, 30):
        d.submit(story(i))
        time.sleep(0.05)
    d.call('Reload')
    d.drain()
    check(orders.hits() > 0)
    orders.set()
    told = d.log_text().count('reloaded ')
    d.call('Reload')
    wait_for(lambda: d.log_text().count('reloaded ') > told, what='the log goes on')

    def lines():
        folder, out = os.path.join(d.dir, 'out'), []
        for name in sorted(os.listdir(folder)):
            if not name.startswith('.'):
                with open(os.path.join(folder, name), encoding='utf-8') as f:
                    out += f.read().splitlines()
        return out
    wait_for(lambda: len(lines()) >= 30, 40, 'the output catches up', 0.2)
    equal(len(lines()), len(set(lines())), 'none twice')
    equal(len(lines()), 30)
    equal(numbers(d), list(range(30)))
    d.stop()


def test_read_only():
    """A store on a read-only file system is refused with a word, and taken once that is over."""
    if os.geteuid() != 0:
        raise Skip('mounting needs root')
    place = tempfile.mkdtemp(prefix='dateline-ro-')
    if subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', place], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        os.rmdir(place)
        raise Skip('mounting a tmpfs is not permitted here')

    def undo():
        subprocess.run(['umount', '-l', place], check=False)
        os.rmdir(place)
    harness._cleanups.append(undo)
    d = Daemon()
    d.configure(d.text().replace(d.db, f'{place}/dateline.db'))
    d.db = f'{place}/dateline.db'
    d.start()
    d.submit(story(0))
    d.drain()
    d.stop()
    subprocess.run(['mount', '-o', 'remount,ro', place], check=True)
    d.start(wait=False)
    equal(d.wait_exit(), 73)
    check(f'{place}/dateline.db' in d.log_text() and ('read-only' in d.log_text() or 'Read-only' in d.log_text() or
                                                      'writ' in d.log_text()), d.log_text())
    subprocess.run(['mount', '-o', 'remount,rw', place], check=True)
    d.start()
    d.submit(story(1))
    d.drain()
    equal(numbers(d), [0, 1])
    d.stop()


def test_clock_jumps():
    """Days back, months ahead, and back again under load: nobody waits for the time to come, nothing is removed early."""
    orders = Orders()
    d = Daemon(store='keep: 30d').start(env=orders.env)
    acked = []
    for k, seconds in enumerate((0, -2 * 86400, 100 * 86400, 0)):
        orders.set(seconds=seconds)
        began = time.monotonic()
        for i in range(20):
            check(d.send(story(100 * k + i)).startswith('+'))
            acked.append(100 * k + i)
        d.drop(f'{k}.txt', story(100 * k + 50))
        acked.append(100 * k + 50)
        d.submit(story(100 * k + 60, f'FRA CONSULT N{100 * k + 60}', 'do slow'))
        acked.append(100 * k + 60)
        d.drain()
        check(time.monotonic() - began < 15 * harness.SLOW, 'nobody waits')
        time.sleep(1.2)
    equal(numbers(d), acked)
    log = d.log_text()
    equal(log.count('the clock was set'), 3, log)
    check('set back by 172' in log and 'set forward by 88' in log, log)
    equal(d.sql('SELECT count(*) FROM stories'), [(len(acked),)])
    d.stop()


def test_clock_far_ahead_and_retention():
    """A clock that is a hundred days ahead while retention is looked at, which is once a minute: nothing is old by it."""
    orders = Orders()
    d = Daemon(store='keep: 30d').start(env=orders.env)
    for i in range(5):
        d.submit(story(i))
    d.drain()
    orders.set(seconds=100 * 86400)
    wait_for(lambda: 'the clock was set forward by' in d.log_text(), what='it is seen')
    d.submit(story(5))
    time.sleep(62)              # by the clock that nobody sets
    d.drain()
    equal(numbers(d), list(range(6)))
    orders.set()
    wait_for(lambda: 'the clock was set back by' in d.log_text(), what='it is seen')
    d.submit(story(6))
    d.drain()
    equal(numbers(d), list(range(7)))
    d.stop()


def test_time_zone():
    """Whatever TZ says, now or after a restart: the same records."""
    text = 'PARIS, March 3 (Test) - France met Germany yesterday at 23:30.\nFRA CONSULT N{n}\n'
    records = []
    for zone in ('UTC', 'Pacific/Kiritimati', 'America/Los_Angeles'):
        d = Daemon(modules='').start(env={**os.environ, 'TZ': zone})
        d.submit('Headline\n\n' + text.format(n=1), name='x')
        d.drain(30)
        records.append([[e.get(k) for k in ('id', 'event', 'source', 'target', 'status', 'when', 'where', 'confidence')]
                        for e in d.events()])
        d.stop()
    check(records[0], 'there is an event')
    equal(records[1], records[0], 'Kiritimati')
    equal(records[2], records[0], 'Los Angeles')


def test_memory_pressure():
    """A FIFO and a socket in systemd's place: caches are given back and idle workers replaced, stories go on."""
    d = Daemon()
    fifo, path = os.path.join(d.dir, 'pressure'), os.path.join(d.dir, 'pressure.sock')
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        listener.settimeout(10 * harness.SLOW)
        for watch in (fifo, path):
            first = len(numbers(d)) if d.process else 0
            d.start(env={**os.environ, 'MEMORY_PRESSURE_WATCH': watch, 'MEMORY_PRESSURE_WRITE': 'c29tZSAxMDAgMTAwMAA='})
            base = 100 if watch == path else 0
            for i in range(first, 10):
                d.submit(story(base + i))
            d.drain()
            before = d.workers()
            if watch == fifo:
                with open(fifo, 'r+b', buffering=0) as f:
                    f.write(b'x')
            else:
                peer, _ = listener.accept()
                equal(peer.recv(100), b'some 100 1000\0', 'the order')
                peer.send(b'x')
            wait_for(lambda: 'memory is scarce' in d.log_text(), what='it is heard')
            for i in range(10, 20):
                check(d.send(story(base + i)).startswith('+'))
            d.drain()
            wait_for(lambda: len(d.workers()) == 2, what='two workers')
            check(set(d.workers()) != set(before), 'they are others', before, d.workers())
            equal(d.status()['workers']['lost'], 0)
            d.stop()
            os.unlink(d.log)
        d.start()
        equal(numbers(d), [*range(20), *range(100, 120)])
        d.stop()


def test_memory_pressure_of_the_kernel():
    """The kernel's own file takes the order that systemd gives, and is no pressure by itself; a wrong order is told."""
    path = '/proc/pressure/memory'
    try:
        with open(path, 'r+b', buffering=0) as f:
            f.write(b'some 500000 2000000\0')
    except OSError as e:
        raise Skip(f'{path}: {e.strerror}') from None
    for order, told in (('c29tZSA1MDAwMDAgMjAwMDAwMAA=', False), ('bm9uZSAx', True), ('!', True)):
        d = Daemon().start(env={**os.environ, 'MEMORY_PRESSURE_WATCH': path, 'MEMORY_PRESSURE_WRITE': order})
        equal('memory pressure is not watched' in d.log_text(), told, order)
        d.submit(story(1))
        d.drain()
        time.sleep(0.5)
        if not told:
            links = {os.readlink(f'/proc/{d.pid()}/fd/{n}') for n in os.listdir(f'/proc/{d.pid()}/fd')}
            check(path in links, 'it is watched', links)
            with open(f'/proc/{d.pid()}/stat', encoding='ascii') as f:
                spent = sum(int(n) for n in f.read().rsplit(')', 1)[1].split()[11:13])
            check(spent < 100, 'the loop does not spin on it', spent)
        equal(numbers(d), [1])
        d.stop()


def test_inotify_overflow():
    """More happens in the directory than the kernel remembers: it is looked through anew."""
    with open('/proc/sys/fs/inotify/max_queued_events', encoding='ascii') as f:
        most = int(f.read())
    if most > 100000:
        raise Skip(f'the kernel remembers {most} events')
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox, done: delete}').start()
    d.drop('0.txt', story(0))
    wait_for(lambda: os.listdir(d.inbox) == [], what='the first file')
    os.kill(d.pid(), signal.SIGSTOP)
    # Events of what is no concern of the source, so that nothing but the overflow makes it look: two hidden files, in turns,
    # since the kernel makes one of several that are the same.
    hidden = [os.path.join(d.inbox, name) for name in ('.a', '.b')]
    for path in hidden:
        with open(path, 'w', encoding='utf-8') as f:
            f.write('x')
    for i in range(most + 100):
        os.chmod(hidden[i % 2], 0o600)
    for i in range(1, 50):          # nobody is told of these
        d.drop(f'{i}.txt', story(i))
    check('than the kernel remembers' not in d.log_text(), d.log_text())
    os.kill(d.pid(), signal.SIGCONT)
    wait_for(lambda: 'than the kernel remembers' in d.log_text(), 20, 'the kernel dropped events')
    # Long before it would look by itself, once a minute.
    wait_for(lambda: sorted(os.listdir(d.inbox)) == ['.a', '.b'], 20, 'the files that nobody told of')
    d.drain()
    equal(numbers(d), list(range(50)))
    d.stop()


def test_configuration_half_written():
    """An editor that writes in place, a reload in the middle: refused with the place, the old one goes on, nothing is lost."""
    d = Daemon().start()
    pid, text = d.pid(), d.text() + 'outputs: []\n'
    # (What ends behind the name of the store may be a whole configuration.)
    cuts = range(1, text.index('sqlite:') + 20, 17)
    for cut in cuts:
        with open(d.config, 'w', encoding='utf-8') as f:
            f.write(text[:cut])
            f.flush()
            with contextlib.suppress(harness.Refused):
                d.call('Reload')
            check(d.send(story(cut)).startswith('+') or 'wire' not in text[:cut])
            f.write(text[cut:])
        d.call('Reload')
        wait_for(lambda: d.send(story(10000 + cut)).startswith('+'), 10, 'the socket is there')
    d.drain()
    got = numbers(d)
    equal(len(got), len(set(got)))
    equal(len([n for n in got if n > 10000]), len(cuts))
    check('refused' in d.log_text() and 'dateline.yaml:' in d.log_text(), d.log_text())
    equal(d.pid(), pid)
    d.stop()


def dumps_core(folder, *command, env=None):
    """Whether a process that is ended by SIGABRT leaves a core, where nothing but itself forbids it."""
    with open(os.path.join(folder, 'log'), 'ab') as log, subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env=env, start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)) as process:
        time.sleep(1)
        equal(process.poll(), None, 'it runs')
        with open(f'/proc/{process.pid}/limits', encoding='ascii') as f:
            check('Max core file size        unlimited' in f.read(), 'cores may be written')
        os.kill(process.pid, signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGABRT
        equal(os.WTERMSIG(status), signal.SIGABRT)
        return os.WCOREDUMP(status)


def test_no_core():
    """Nobody finds news and keys in a core: none is written, though one is of a process that does not care."""
    if harness.SANITIZED or harness.WRAPPER:
        raise Skip('a sanitizer and valgrind need a process that can be looked at')
    d = Daemon()
    try:
        if not dumps_core(d.dir, 'sleep', '60'):
            raise Skip('no process leaves a core here')
    except (PermissionError, ValueError, subprocess.SubprocessError):
        raise Skip('the limit for cores may not be raised here') from None
    binary = os.path.join(harness.BUILD, 'datelined')
    equal(dumps_core(d.dir, binary, '-c', d.config), False, 'a core of datelined')
    equal(dumps_core(d.dir, binary, '-c', d.config, '--no-sandbox'), True, 'a core of datelined for debuggers')


def test_ten_thousand_clients():
    """Connections to the control socket that come, say half a message, and stay; as many as may be are held, others are served."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    d = Daemon(control='max_connections: 100').start(options=['--no-sandbox'] if os.geteuid() != 0 else [])
    before, held, made, sent, most = harness.rss_kib(d.pid()), [], 0, [], 0
    descriptors = len(os.listdir(f'/proc/{d.pid()}/fd'))
    end = time.monotonic() + 40 * harness.SLOW
    while made < 10000 and time.monotonic() < end:
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.connect(d.socket)         # waits while the kernel's queue is full; with a time limit it would fail then
        s.settimeout(5 * harness.SLOW)
        with contextlib.suppress(OSError):
            s.send(b'{"method":"io.datel')
        made += 1
        held.append(s)
        if made % 500 == 0:
            check(d.send(story(made)).startswith('+'), 'news is taken meanwhile')
            sent.append(made)
            most = max(most, len(os.listdir(f'/proc/{d.pid()}/fd')))
        if len(held) > 2000:
            held.pop(0).close()
    check(most <= descriptors + 100 + 20, 'descriptors', descriptors, most)
    for s in held:
        s.close()

    def served():
        with contextlib.suppress(OSError, EOFError):
            return d.status()['control']['connections'] == 1 and d.status()
    status = wait_for(served, 20, 'the crowd is gone', 0.1)
    d.drain()
    equal(numbers(d), sent)
    after = harness.rss_kib(d.pid())
    print(f'  {made} connections, {status["control"]["refused"]} refused, {before} KiB before, {after} KiB after')
    equal(made, 10000)
    check(status['control']['refused'] > 5000, 'most of them are refused', status['control'])
    check('too many connections' in d.log_text(), 'and that is told')
    check(len(d.log_text()) < 50000, 'in few words', len(d.log_text()))
    check(after < before + 20 * 1024 or harness.SANITIZED, 'memory', before, after)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    d.stop()


def test_large_messages():
    """16 MB in one message, in pieces, without end: closed at the bound, and memory does not follow."""
    d = Daemon(control='max_message: 1M\nmax_connections: 20').start()
    before = harness.rss_kib(d.pid())
    most = before
    for data in (b'x' * 65536, b'{"method":"' + b'y' * 65536, b'[' * 65536):
        for _ in range(3):
            with d.connect(d.socket, 5) as s:
                taken = 0
                with contextlib.suppress(OSError):
                    for taken in range(256):
                        s.sendall(data)
                        if taken % 8 == 0:
                            most = max(most, harness.rss_kib(d.pid()))
                check(taken < 64, 'closed at the bound, not after', taken, 'times 64 KiB')
    equal(d.status()['state'], 'running')
    print(f'  {before} KiB before, {most} KiB at most')
    check(most < before + 8 * 1024 or harness.SANITIZED, 'memory', before, most)
    d.stop()


def test_a_byte_a_second():
    """Thirty peers of the wire that send one byte a second; others are served as if they were not there."""
    seconds, over = 12, threading.Event()
    d = Daemon(watch='- {name: wire, listen: {dir}/wire.sock, framing: length, max_connections: 64, idle: 5s}').start()
    texts = [story(i).encode() for i in range(30)]
    slow = [d.connect() for _ in texts]
    gaps, sent = [], []
    for s, text in zip(slow, texts):
        s.sendall(b'%d\n%s' % (len(text), text[:-seconds]))

    def others():
        with d.connect() as s:
            while not over.is_set():
                text, began = story(100 + len(gaps)).encode(), time.monotonic()
                s.sendall(b'%d\n%s' % (len(text), text))
                check(read_lines(s, 1)[0].startswith('+'))
                sent.append(100 + len(gaps))
                gaps.append(time.monotonic() - began)
                time.sleep(0.02)
    thread = threading.Thread(target=others)
    thread.start()
    for left in range(seconds, 0, -1):
        time.sleep(1)
        check(not set(numbers(d)) & set(range(30)), 'none of the slow ones is whole')
        for s, text in zip(slow, texts):
            at = len(text) - left
            s.sendall(text[at:at + 1])
    for s in slow:
        check(read_lines(s, 1)[0].startswith('+'))
        s.close()
    over.set()
    thread.join()
    d.drain()
    equal(numbers(d), [*range(30), *sent])
    check(len(sent) > 50, 'others were served meanwhile', len(sent))
    print(f'  {len(sent)} others meanwhile, the slowest answered after {max(gaps) * 1000:.0f} ms')
    d.stop()


def test_rotation_without_an_inode():
    """The files output cannot make its next file: nothing is lost, it goes on by itself once there is one."""
    if os.geteuid() != 0:
        raise Skip('mounting needs root')
    d = Daemon(outputs='- {name: out, files: {dir}/out, every: 1s}')
    folder = os.path.join(d.dir, 'out')
    os.mkdir(folder)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'nr_inodes=20', 'tmpfs', folder], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        raise Skip('mounting a tmpfs is not permitted here')
    harness._cleanups.append(lambda: subprocess.run(['umount', '-l', folder], check=False))

    def lines():
        out = []
        for name in sorted(os.listdir(folder)):
            if not name.startswith(('.', 'ballast')):
                with open(os.path.join(folder, name), encoding='utf-8') as f:
                    out += f.read().splitlines()
        return out

    def trouble():
        return next(o for o in d.status()['outputs'] if o['name'] == 'out')['trouble'] or ''
    d.start()
    d.submit(story(0))
    wait_for(lambda: len(lines()) == 1, 10, 'the first file')
    ballast = []
    with contextlib.suppress(OSError):
        while True:
            ballast.append(os.path.join(folder, f'ballast{len(ballast)}'))
            with open(ballast[-1], 'x', encoding='utf-8'):
                pass
    for i in range(1, 30):
        d.submit(story(i))
    wait_for(lambda: 'No space left' in trouble(), 10, 'it is told')
    check('out' in d.log_text() and 'No space left' in d.log_text(), d.log_text())
    for path in ballast[:-1]:
        os.unlink(path)
    wait_for(lambda: len(lines()) == 30, 40, 'all of it, once there are inodes', 0.2)
    equal(len(set(lines())), 30, 'none twice')
    d.stop()


if __name__ == '__main__':
    harness.main(globals(), 90)
