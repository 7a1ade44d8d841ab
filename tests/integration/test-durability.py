#!/usr/bin/env python3
"""What was acknowledged is there exactly once after kill -9; what could not be finished is finished after the restart."""
import contextlib
import os
import sqlite3
import threading
import time

import harness
from harness import Daemon, check, equal, story, wait_for


def numbers(d):
    """The story numbers of all events, each as often as it is there."""
    return sorted(int(e['target'][0]['code'][1:]) for e in d.events())


class Sender(threading.Thread):
    """Sends stories one a connection until the daemon dies; remembers which were acknowledged."""

    def __init__(self, d, first):
        super().__init__()
        self.d, self.first, self.acked, self.sent = d, first, [], []

    def run(self):
        n = self.first
        with contextlib.suppress(OSError, EOFError):
            while True:
                self.sent.append(n)
                if self.d.send(story(n)).startswith('+'):
                    self.acked.append(n)
                n += 1


def test_killed_under_load():
    d = Daemon(work='processes: 2\nattempts: 3').start()
    senders = [Sender(d, 10000 * k) for k in (1, 2, 3)]
    for s in senders:
        s.start()
    dropped = 0
    end = time.monotonic() + 0.7
    while time.monotonic() < end:
        d.drop(f'{dropped}.txt', story(dropped))
        dropped += 1
    d.kill()
    for s in senders:
        s.join()
    acked = sorted(n for s in senders for n in s.acked)
    sent = {n for s in senders for n in s.sent}
    check(len(acked) > 10, 'acknowledged', len(acked))
    moved = {int(n.split('.')[0]) for n in os.listdir(os.path.join(d.inbox, 'done'))}
    d.start()
    wait_for(lambda: os.listdir(d.inbox) == ['done'], what='the spool is empty')
    d.drain()
    got = numbers(d)
    equal(len(got), len(set(got)), 'none twice')
    equal([n for n in acked if n not in set(got)], [], 'none of the acknowledged lost')
    check(set(got) - set(range(dropped)) <= sent, 'nothing that was not sent')
    equal([n for n in range(dropped) if n not in set(got)], [], f'files ({len(moved)} were moved at the kill)')
    d.stop()


def test_worker_killed_at_work():
    d = Daemon(work='processes: 2\nattempts: 20').start()
    for i in range(60):
        d.submit(story(i, f'FRA CONSULT N{i:05d}', 'do slow'))
        if i % 10 == 9:
            for pid in d.workers():
                with contextlib.suppress(OSError):
                    os.kill(pid, 9)
    d.drain()
    equal(numbers(d), list(range(60)))
    equal(d.quarantined(), {})
    check(d.status()['workers']['lost'] >= 2)
    d.stop()


def test_stopped_with_a_full_queue():
    d = Daemon(work='processes: 1').start()
    for i in range(100):
        d.submit(story(i, f'FRA CONSULT N{i:05d}', 'do slow'))
    waiting = d.status()['queue']
    check(waiting['deliveries'] + waiting['stories'] > 10, 'a queue', waiting)
    took = d.stop()
    check(took < 5 * harness.SLOW, 'it stops within 5 s, not', took)
    d.start()
    d.drain()
    equal(numbers(d), list(range(100)))
    d.stop()


def test_stopped_while_a_worker_hangs():
    d = Daemon(work='processes: 1\ndeadline: 60s').start()
    d.submit(story(1, 'do hang'))
    wait_for(lambda: d.status()['workers']['busy'] == 1, what='a busy worker')
    d.submit(story(2))
    took = d.stop()
    check(took < 5 * harness.SLOW, 'it stops within 5 s, not', took)
    equal(d.sql('SELECT count(*) FROM stories WHERE state = 0')[0][0] +
          d.sql('SELECT count(*) FROM deliveries WHERE state = 0')[0][0], 2, 'both wait')
    equal(d.sql('SELECT max(attempts) FROM stories'), [(0,)], 'a stop is no attempt')


def test_poison_survives_restarts_in_bounds():
    """What kills its worker is quarantined after its attempts, however often the daemon is killed between."""
    d = Daemon(work='processes: 1\nattempts: 3').start()
    d.submit(story(1, 'do segfault'))
    for i in range(3):
        with contextlib.suppress(AssertionError):
            wait_for(lambda: d.status()['workers']['lost'] >= 1, 2)
        time.sleep(0.05)
        d.kill()
        d.start()
    d.submit(story(2))
    d.drain()
    equal(numbers(d), [2])
    equal(list(d.quarantined()), ['1.1'])
    reason = d.quarantined()['1.1']
    check('signal 11' in reason or harness.SANITIZED, reason)
    d.stop()


def test_same_file_after_a_lost_move():
    """Killed between commit and move, the file is known at the restart and moved then."""
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox}').start()
    d.drop('a.txt', story(1))
    wait_for(lambda: os.listdir(d.inbox) == ['done'], what='the move')
    d.stop()
    # A rename changes ctime, so the file that was not moved is made by taking its key back into the store's row.
    os.rename(os.path.join(d.inbox, 'done', 'a.txt'), os.path.join(d.inbox, 'a.txt'))
    st = os.stat(os.path.join(d.inbox, 'a.txt'))
    with contextlib.closing(sqlite3.connect(d.db)) as db:
        key = db.execute('SELECT key FROM deliveries').fetchone()[0]
        parts = key.split('-')
        check(any(str(st.st_ino) in p or f'{st.st_ino:x}' in p for p in parts), 'the key holds the inode', key)
        old = [p for p in parts if p not in (str(st.st_ino), f'{st.st_ino:x}', str(st.st_size), f'{st.st_size:x}')]
        equal(len(old), 1, f'the part of the key that is the ctime ({key})')
        new = f'{st.st_ctime_ns:0{len(old[0])}x}' if len(old[0]) <= 16 else f'{st.st_ctime_ns:0{len(old[0])}d}'
        db.execute('UPDATE deliveries SET key = ?', (key.replace(old[0], new),))
        db.commit()
    d.start()
    wait_for(lambda: os.listdir(d.inbox) == ['done'], what='the move')
    equal(d.source('inbox')['known'], 1)
    equal(d.sql('SELECT count(*) FROM deliveries'), [(1,)])
    d.stop()


def test_newer_store_is_refused():
    d = Daemon().start()
    d.stop()
    with contextlib.closing(sqlite3.connect(d.db)) as db:
        db.execute('PRAGMA user_version = 999')
    d.start(wait=False)
    equal(d.wait_exit(), 73)
    check('newer' in d.log_text() and '999' in d.log_text(), d.log_text())


def test_not_a_database_is_refused():
    d = Daemon()
    with open(d.db, 'w', encoding='utf-8') as f:
        f.write('This is a letter to my aunt.\n' * 100)
    d.start(wait=False)
    equal(d.wait_exit(), 73)
    check('dateline.db' in d.log_text(), d.log_text())


def test_two_daemons_on_one_store():
    d = Daemon().start()
    other = Daemon(store='keep: 30d', watch='- {name: other, directory: {dir}/inbox}')
    other.configure(other.text().replace(other.dir + '/dateline.db', d.db))
    other.start(wait=False)
    equal(other.wait_exit(), 73, 'the second one is refused')
    check('another datelined' in other.log_text(), other.log_text())
    d.submit(story(1))
    d.drain()
    equal(numbers(d), [1])
    d.stop()


if __name__ == '__main__':
    harness.main(globals())
