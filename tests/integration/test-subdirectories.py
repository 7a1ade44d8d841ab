#!/usr/bin/env python3
"""Folders below a watched directory: every file in them is taken once, wherever and however its folder comes."""
import os
import shutil
import signal
import threading
import time

import harness
from harness import Daemon, Skip, check, equal, story, wait_for

WATCH = '- {name: inbox, directory: {dir}/inbox, subdirectories: yes}'


def numbers(d):
    return sorted(int(e['target'][0]['code'][1:]) for e in d.events())


def files(top, skip=()):
    """The paths of all files below a folder."""
    return sorted(os.path.relpath(os.path.join(folder, name), top) for folder, _, names in os.walk(top) for name in names
                  if os.path.relpath(folder, top).split('/')[0] not in skip)


def put(d, path, n):
    """A story under this path, its folders made where they are missing."""
    folder = os.path.join(d.inbox, os.path.dirname(path))
    os.makedirs(folder, exist_ok=True)
    d.drop(os.path.basename(path), story(n), folder)


def taken(d, n):
    wait_for(lambda: len(files(os.path.join(d.inbox, 'done'))) == n, 15, f'{n} files are taken')
    d.drain()
    equal(numbers(d), list(range(n)))


def test_nested():
    d = Daemon(watch=WATCH)
    put(d, 'a/before.txt', 0)
    put(d, 'a/b/c/before.txt', 1)
    put(d, 'before.txt', 2)
    d.start()
    taken(d, 3)
    put(d, 'a/after.txt', 3)            # into folders that are known
    put(d, 'a/b/c/after.txt', 4)
    put(d, 'late/after.txt', 5)         # into new ones
    put(d, 'late/x/y/z/after.txt', 6)
    taken(d, 7)
    equal(files(os.path.join(d.inbox, 'done')),
          ['a/after.txt', 'a/b/c/after.txt', 'a/b/c/before.txt', 'a/before.txt', 'before.txt', 'late/after.txt',
           'late/x/y/z/after.txt'])
    equal(files(d.inbox, ('done',)), [])
    equal(sorted(r[0] for r in d.sql('SELECT name FROM deliveries')),
          ['a/after.txt', 'a/b/c/after.txt', 'a/b/c/before.txt', 'a/before.txt', 'before.txt', 'late/after.txt',
           'late/x/y/z/after.txt'])
    equal(d.source('inbox')['trouble'], None)
    d.stop()


def test_moved_in_renamed_and_removed():
    d = Daemon(watch=WATCH).start()
    aside = os.path.join(d.dir, 'aside')
    os.makedirs(os.path.join(aside, 'deep/er'))
    for n, name in enumerate(('one', 'deep/two', 'deep/er/three')):
        with open(os.path.join(aside, name), 'w', encoding='utf-8') as f:
            f.write(story(n))
    os.rename(aside, os.path.join(d.inbox, 'came'))
    taken(d, 3)
    # Within the directory: what comes into it is told under the new name, also in what lies below.
    os.rename(os.path.join(d.inbox, 'came'), os.path.join(d.inbox, 'went'))
    put(d, 'went/four', 3)
    put(d, 'went/deep/er/five', 4)
    put(d, 'came/six', 5)               # another folder of the old name
    taken(d, 6)
    check('went/deep/er/five' in files(os.path.join(d.inbox, 'done')), files(d.inbox))
    # Out of it: no business of ours any more.
    os.rename(os.path.join(d.inbox, 'went'), aside)
    put(d, 'marker', 6)
    taken(d, 7)
    d.drop('seven', story(99), os.path.join(aside, 'deep'))
    # Removed, and made again.
    shutil.rmtree(os.path.join(d.inbox, 'came'))
    put(d, 'came/eight', 7)
    taken(d, 8)
    check(os.path.exists(os.path.join(aside, 'deep/seven')), 'what was moved away is left')
    equal(d.source('inbox')['trouble'], None)
    d.stop()


def test_left_alone():
    d = Daemon(watch=WATCH)
    outside = os.path.join(d.dir, 'outside')
    os.mkdir(outside)
    d.drop('x', story(90), outside)
    for path in ('.hidden/x', 'part.tmp/x', 'a/.hidden/x', 'done/old/x', 'a/.x'):
        put(d, path, 91)
    os.symlink(outside, os.path.join(d.inbox, 'link'))
    os.symlink('.', os.path.join(d.inbox, 'a', 'loop'))
    before = files(d.inbox)
    put(d, 'a/yes', 0)
    d.start()
    wait_for(lambda: len(d.events()) == 1, what='the one file')
    put(d, '.hidden/y', 92)
    put(d, 'part.tmp/y', 93)
    put(d, 'done/old/y', 94)
    put(d, 'b/yes', 1)
    wait_for(lambda: len(d.events()) == 2, what='the other one')
    d.drain()
    equal(numbers(d), [0, 1])
    equal(files(d.inbox), sorted([*before, '.hidden/y', 'part.tmp/y', 'done/old/y', 'done/a/yes', 'done/b/yes']))
    check(os.path.exists(os.path.join(outside, 'x')), 'a symbolic link is not followed')
    os.rename(os.path.join(d.inbox, 'part.tmp'), os.path.join(d.inbox, 'whole'))
    wait_for(lambda: len(d.events()) == 4, what='the folder is whole')
    d.stop()


def test_off_unless_asked_for():
    d = Daemon()
    put(d, 'a/no', 1)
    put(d, 'yes', 0)
    d.start()
    wait_for(lambda: len(d.events()) == 1, what='the one file')
    put(d, 'a/no2', 2)
    d.drop('yes2', story(3))
    wait_for(lambda: len(d.events()) == 2, what='the other one')
    equal(files(d.inbox, ('done',)), ['a/no', 'a/no2'])
    # Taken over by a reload.
    d.configure(watch=WATCH)
    d.call('Reload')
    wait_for(lambda: len(d.events()) == 4, what='those in the folder')
    equal(numbers(d), [0, 1, 2, 3])
    d.stop()


def test_other_done():
    """A done folder deep within, names that are taken there, and none at all."""
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox, subdirectories: yes, done: x/old}').start()
    put(d, 'x/a', 0)
    put(d, 'x/y/a', 1)
    old = os.path.join(d.inbox, 'x/old')
    wait_for(lambda: files(old) == ['x/a', 'x/y/a'], what='both are taken')
    put(d, 'x/a', 2)
    put(d, 'f', 3)
    wait_for(lambda: files(old) == ['f', 'x/a', 'x/a.3', 'x/y/a'] or len(files(old)) == 4, what='the same name')
    put(d, 'f/b', 4)                    # a folder where a file lies
    wait_for(lambda: files(old) == ['f', 'f.5/b', 'x/a', files(old)[3], 'x/y/a'], what='a folder where a file lies')
    d.configure(watch='- {name: inbox, directory: {dir}/inbox, subdirectories: yes, done: delete}')
    shutil.rmtree(old)
    d.call('Reload')
    put(d, 'x/z/c', 5)
    put(d, 'c', 6)
    wait_for(lambda: files(d.inbox) == [], what='all are deleted')
    d.drain()
    equal(numbers(d), list(range(7)))
    d.stop()


def test_too_many_and_too_deep():
    d = Daemon(watch=WATCH).start()
    put(d, '/'.join(map(str, range(16))) + '/x', 0)
    taken(d, 1)
    equal(d.source('inbox')['trouble'], None)
    put(d, '/'.join(map(str, range(17))) + '/x', 99)
    wait_for(lambda: 'at most' in (d.source('inbox')['trouble'] or ''), what='trouble')
    check('0/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16 is not watched' in d.source('inbox')['trouble'],
          d.source('inbox')['trouble'])
    shutil.rmtree(os.path.join(d.inbox, '0'))
    for i in range(1100):
        os.mkdir(os.path.join(d.inbox, f'f{i:04}'))
    d.stop()
    d.start()
    wait_for(lambda: 'at most 1024 folders' in (d.source('inbox')['trouble'] or ''), what='trouble')
    put(d, 'f0000/x', 1)
    put(d, 'y', 2)
    taken(d, 3)
    equal(d.log_text().count('at most'), 2, 'said once each')
    for i in range(500):
        os.rmdir(os.path.join(d.inbox, f'f{i + 100:04}'))
    d.stop()
    put(d, 'f1099/x', 3)
    d.start()
    taken(d, 4)
    equal(d.source('inbox')['trouble'], None)
    d.stop()


def test_overflow():
    """More happens than the kernel remembers, in folders that nobody was told of: all are looked through anew."""
    with open('/proc/sys/fs/inotify/max_queued_events', encoding='ascii') as f:
        most = int(f.read())
    if most > 100000:
        raise Skip(f'the kernel remembers {most} events')
    d = Daemon(watch=WATCH).start()
    put(d, 'a/first', 0)
    put(d, 'gone/first', 1)
    taken(d, 2)
    os.kill(d.pid(), signal.SIGSTOP)
    aside = os.path.join(d.dir, 'aside')
    for i in range(2):
        with open(f'{aside}{i}', 'w', encoding='utf-8') as f:
            f.write('x')
    for i in range(most // 2 + 100):
        for k in range(2):
            os.rename(f'{aside}{k}', os.path.join(d.inbox, 'a', f'x{k}'))
            os.rename(os.path.join(d.inbox, 'a', f'x{k}'), f'{aside}{k}')
    os.rename(os.path.join(d.inbox, 'gone'), os.path.join(d.inbox, 'there'))
    for i in range(2, 50):              # nobody is told of these
        put(d, f'{("a", "there", "gone", "new/deep")[i % 4]}/{i}.txt', i)
    os.kill(d.pid(), signal.SIGCONT)
    taken(d, 50)
    for i in range(50, 58):             # and all of them are watched again
        put(d, f'{("a", "there", "gone", "new/deep")[i % 4]}/{i}.txt', i)
    taken(d, 58)
    d.stop()


def test_killed():
    """kill -9 again and again while files come into folders that come and are renamed: none is lost, none is there twice."""
    d = Daemon(watch=WATCH).start()
    stop, made = threading.Event(), []

    def write():
        n = 0
        while not stop.is_set():
            folder = f'{n // 7 % 5}/{n // 21}'
            put(d, f'{folder}/{n}.txt', n)
            made.append(n)
            n += 1
            if n % 50 == 0:             # the whole of it under another name
                os.rename(os.path.join(d.inbox, folder), os.path.join(d.inbox, f'moved{n}'))
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(4):
        time.sleep(0.4 * harness.SLOW)
        d.kill()
        d.start()
    time.sleep(0.2)
    stop.set()
    writer.join()
    check(len(made) > 100, len(made))
    wait_for(lambda: files(d.inbox, ('done',)) == [], 20, 'the folders are empty')
    d.drain()
    equal(numbers(d), made, 'each once')
    equal(len(files(os.path.join(d.inbox, 'done'))), len(made))
    d.stop()


def test_moved_while_it_is_taken():
    """Folders that are renamed back and forth under the files that are taken out of them."""
    d = Daemon(watch=WATCH).start()
    n = 0
    for i in range(40):
        for _ in range(10):
            put(d, f'a/in/{n}.txt', n)
            n += 1
        os.rename(os.path.join(d.inbox, 'a'), os.path.join(d.inbox, f'b{i}'))
    wait_for(lambda: files(d.inbox, ('done',)) == [], 20, 'the folders are empty')
    taken(d, n)
    d.stop()


if __name__ == '__main__':
    harness.main(globals())
