#!/usr/bin/env python3
"""A story comes in by each way there is, and what is stored, shown and searched is right."""
import contextlib
import os
import socket
import subprocess
import threading

import harness
from harness import Daemon, Refused, check, equal, read_all, read_lines, story, wait_for

SPIEGEL = '''Headline: Ministers meet in Paris
Guid: urn:test:1

PARIS, Oct 20 (Agency) - The ministers met.
FRA CONSULT DEU
DEU DEMAND RUS
'''


def test_file_to_events():
    d = Daemon().start()
    d.drop('one.txt', SPIEGEL)
    events = wait_for(lambda: len(e := d.events()) == 2 and e, what='two events')
    first = events[0]
    equal(first['event'], 'CONSULT')
    equal([a['code'] for a in first['source']], ['FRA'])
    equal([a['code'] for a in first['target']], ['DEU'])
    equal(first['status'], 'happened')
    equal(first['attribution'][0]['name'], 'Test')
    equal(first['origins'], ['Test'])
    equal(first['reports'], 1)
    equal(first['watch'], 'inbox')
    equal([e['id'] for e in events], ['1.1.1', '1.1.2'])
    s = d.story('1.1')
    equal(s['headline'], 'Ministers meet in Paris')
    start, end = first['trigger']['span']
    check(s['text'].encode()[start:end], 'the span is within the text')
    check('The ministers met.' in s['text'], s['text'])
    found = d.call('Search', words='ministers')['stories']
    equal([f['id'] for f in found], ['1.1'], 'search')
    equal(d.call('Search', words='nothinglikethis')['stories'], [])
    d.drain()
    wait_for(lambda: d.status()['totals'] == {'stories': 1, 'events': 2, 'duplicates': 0, 'quarantined': 0, 'alerts': 0, 'raised': 0},
             what='the totals')
    equal(os.listdir(os.path.join(d.inbox, 'done')), ['one.txt'])
    equal([n for n in os.listdir(d.inbox) if n != 'done'], [])
    src = d.source('inbox')
    equal((src['accepted'], src['refused'], src['bytes']), (1, 0, len(SPIEGEL)))
    path = d.status()['store']['path']
    wait_for(lambda: d.status()['store']['bytes'] == sum(os.path.getsize(path + end) for end in ('', '-wal', '-shm')),
             what='the size of the store is that of all its files')
    d.stop()


def test_directory_leaves_alone_and_scans():
    d = Daemon()
    d.drop('before.txt', story(1))
    for name in ('.hidden', 'half.tmp'):
        with open(os.path.join(d.inbox, name), 'w', encoding='utf-8') as f:
            f.write(story(2))
    d.start()
    wait_for(lambda: len(d.events()) == 1, what='the file that was there at the start')
    # Written in place, slowly: only a closed file is whole.
    with open(os.path.join(d.inbox, 'slow.txt'), 'w', encoding='utf-8') as f:
        text = story(3)
        f.write(text[:20])
        f.flush()
        d.drop('marker.txt', story(4))
        wait_for(lambda: len(d.events()) == 2, what='the marker')
        f.write(text[20:])
    wait_for(lambda: len(d.events()) == 3, what='the slow file')
    check('story number 3' in d.story('3.1')['text'])
    equal(sorted(os.listdir(d.inbox)), ['.hidden', 'done', 'half.tmp'])
    os.rename(os.path.join(d.inbox, 'half.tmp'), os.path.join(d.inbox, 'whole.txt'))
    wait_for(lambda: len(d.events()) == 4, what='the file renamed from .tmp')
    d.stop()


def test_directory_that_deletes_and_one_that_comes_late():
    d = Daemon(watch='- {name: a, directory: {dir}/inbox, done: delete}\n- {name: b, directory: {dir}/later}').start()
    d.drop('x.txt', story(1))
    wait_for(lambda: os.listdir(d.inbox) == [], what='the file is deleted')
    wait_for(lambda: d.source('b')['trouble'], what='trouble of a directory that is not there')
    os.mkdir(os.path.join(d.dir, 'later'))
    d.drop('y.txt', story(2), os.path.join(d.dir, 'later'))
    wait_for(lambda: len(d.events()) == 2, 15, what='the late directory')
    equal(d.source('b')['trouble'], None)
    d.stop()


def test_unreadable_file_is_told_once():
    d = Daemon().start()
    d.drop('empty.txt', '')
    os.mkdir(os.path.join(d.inbox, 'folder'))
    os.symlink('/nowhere', os.path.join(d.inbox, 'link'))
    big = Daemon(watch='- {name: inbox, directory: {dir}/inbox, max_size: 1K}').start()
    big.drop('big.txt', 'x' * 2000)
    for i in range(5):
        d.drop(f'{i}.txt', story(i))
        big.drop(f'{i}.txt', 'y' + 'z' * i)
    d.drain()
    wait_for(lambda: len(d.events()) == 5, what='the rest flows on')
    wait_for(lambda: big.source('inbox')['accepted'] == 5, what='the rest flows on')
    equal(big.log_text().count('big.txt'), 1, big.log_text())
    check(d.log_text().count('empty.txt') <= 1, d.log_text())
    d.stop()
    big.stop()


def test_socket_connection_framing():
    d = Daemon().start()
    equal(d.send(story(1)), '+1')
    equal(d.send(story(2)), '+2')
    equal(d.send(''), '', 'a connection without a byte')
    check(d.send(' \n \n').startswith('-'), 'a story without a word')
    d.drain()
    equal(len(d.events(watch='wire')), 2)
    d.stop()


def test_socket_separator_framing_over_tcp():
    with contextlib.closing(socket.socket()) as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    d = Daemon(watch="- {name: wire, listen: '127.0.0.1:%d', framing: separator, separator: '\\x03'}" % port).start()
    s = socket.create_connection(('127.0.0.1', port), 20)
    s.sendall((story(1) + '\x03' + story(2) + '\x03' + story(3)[:10]).encode())
    equal(read_lines(s, 2), ['+1', '+2'])
    s.sendall((story(3)[10:] + '\x03').encode())
    equal(read_lines(s, 1), ['+3'])
    s.sendall(story(4).encode())        # the last one ends with the connection
    s.shutdown(socket.SHUT_WR)
    equal(read_all(s), b'+4\n')
    s.close()
    d.drain()
    equal(len(d.events()), 4)
    d.stop()


def test_socket_length_framing_byte_by_byte():
    d = Daemon(watch='- {name: wire, listen: {dir}/wire.sock, framing: length, max_size: 4K}').start()
    s = d.connect()
    text = story(1).encode()
    for b in b'%d\n%s' % (len(text), text):
        s.sendall(bytes([b]))
    equal(read_lines(s, 1), ['+1'])
    s.sendall(b''.join(b'%d\r\n%s\r\n' % (len(story(i).encode()), story(i).encode()) for i in range(2, 102)))
    equal(read_lines(s, 100), [f'+{i}' for i in range(2, 102)])
    s.sendall(b'5000\n' + b'x' * 5000 + b'%d\n%s' % (len(story(200)), story(200).encode()))
    lines = read_lines(s, 2)
    check(lines[0].startswith('-') and lines[1] == '+102', lines)
    s.sendall(b'nonsense\n')
    check(read_all(s).startswith(b'-'), 'not a length')
    d.drain()
    equal(len(d.events()), 102)
    d.stop()


def test_command_watcher():
    d = Daemon(watch="- {name: tick, command: [/bin/sh, -c, 'echo x >>{dir}/count; n=$(wc -l <{dir}/count); printf"
                     ' "Headline $n\\n\\nThis is run $n.\\nFRA CONSULT N$n\\n"' + "'], every: 1s}\n"
                     "- {name: bad, command: [/bin/false], every: 1s}\n"
                     "- {name: slow, command: [/bin/sleep, '100'], every: 1s, timeout: 300ms}").start()
    wait_for(lambda: len(d.events(watch='tick')) >= 2, what='two runs')
    wait_for(lambda: d.source('bad')['trouble'], what='a command that fails')
    wait_for(lambda: d.source('slow')['trouble'], what='a command that takes too long')
    d.stop()


def test_submit_and_ctl():
    d = Daemon().start()
    equal(d.submit(story(1), name='mine'), {'id': 1, 'known': False})
    d.ctl('submit', '-', text=story(2))
    path = os.path.join(d.dir, 'three')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(story(3))
    d.ctl('submit', path)
    d.drain()
    lines = d.ctl('--json', 'events').stdout.splitlines()
    equal(len(lines), 3)
    table = d.ctl('events').stdout
    check('CONSULT' in table and 'FRA' in table and 'Test' in table, table)
    check('body of story number 2' in d.ctl('story', '2.1').stdout)
    check('1.1' in d.ctl('search', 'number').stdout)
    check('submit' in d.ctl('--json', 'events').stdout)
    check('inbox' in d.ctl('status').stdout and 'inbox' in d.ctl('sources').stdout)
    equal(d.ctl('story', '99.1', status=None).returncode, 1)
    equal(d.ctl('events', '--type', 'FIGHT', status=None).stdout.strip(), '')
    equal(len(d.ctl('--json', 'events', '--source', 'FRA', '--target', 'N00002').stdout.splitlines()), 1)
    equal(len(d.ctl('--json', 'events', '--limit', '2').stdout.splitlines()), 2)
    d.stop()


def test_follow():
    d = Daemon().start()
    d.submit(story(1))
    d.drain()
    follower = subprocess.Popen([os.path.join(harness.BUILD, 'datelinectl'), '--socket', d.socket, '--json', 'events',
                                 '--follow', '--limit', '10'], stdout=subprocess.PIPE, encoding='utf-8')
    check('N00001' in follower.stdout.readline())
    d.submit(story(2))
    check('N00002' in follower.stdout.readline())
    d.submit(story(3, 'FRA CONSULT N00003', 'FRA CONSULT N00004'))
    check('N00003' in follower.stdout.readline() and 'N00004' in follower.stdout.readline())
    d.stop()
    follower.wait(10)


def test_pause_and_resume():
    d = Daemon().start()
    d.call('Pause', name='inbox')
    d.drop('a.txt', story(1))
    d.submit(story(2))
    d.drain()
    equal(len(d.events()), 1)
    equal(d.source('inbox')['state'], 'paused')
    d.call('Resume', name='inbox')
    wait_for(lambda: len(d.events()) == 2, what='the file')
    try:
        d.call('Pause', name='nobody')
        check(False, 'NoSuchSource')
    except Refused as e:
        equal(e.args[0], 'io.dateline.Control.NoSuchSource')
    d.stop()


def test_default_chain():
    """decode, read and code as they are shipped."""
    d = Daemon(modules='').start()
    d.submit('BERLIN, Oct 20 (Reuters) - Germany condemned Russia on Friday, Chancellor Olaf Scholz said.\n')
    d.drain()
    equal(d.quarantined(), {})
    equal(d.story('1.1')['dateline']['place'], 'BERLIN')
    events = d.events()
    check(events, 'an event')
    check(any(e['attribution'] for e in events), 'its attribution', events)
    d.stop()


def test_many_from_all_sides():
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox, done: delete}\n- {name: wire, listen: {dir}/wire.sock}')
    d.start()

    def by_wire(first):
        for i in range(first, first + 100):
            check(d.send(story(i)).startswith('+'))
    threads = [threading.Thread(target=by_wire, args=(n,)) for n in (1000, 2000, 3000)]
    for t in threads:
        t.start()
    for i in range(300):
        d.drop(f'{i}.txt', story(i))
    for t in threads:
        t.join()
    wait_for(lambda: os.listdir(d.inbox) == [], what='the spool is empty')
    d.drain()
    equal(sorted(int(e['target'][0]['code'][1:]) for e in d.events()),
          [*range(300), *range(1000, 1100), *range(2000, 2100), *range(3000, 3100)])
    d.stop()


def test_wire_framing():
    """IPTC 7901 as it comes over a line: noise between messages, an end that was lost; each is answered when it is durable."""
    d = Daemon(watch='- {name: wire, listen: {dir}/wire.sock, framing: wire}').start()

    def message(n, end='\x03\r\n231204 Nov 26\r\n\x04'):
        return (f'\x01dpa000{n} 3 i 93 dpa 1888\r\n\r\nNews/\r\n\x02Headline number {n} =\r\n\r\n   PARIS (Test) - This is story {n}.\r\n\r\n'
                f'   FRA CONSULT N0000{n}\r\n{end}')
    with d.connect() as s:
        s.sendall(('\x7f\x7f\r\n' + message(1) + 'noise \x7f' + message(2, '') + message(3)).encode())
        s.shutdown(socket.SHUT_WR)
        lines = read_all(s).decode().split()
    equal([line[0] for line in lines], ['+'] * 3, lines)
    d.drain()
    wait_for(lambda: d.status()['totals']['stories'] == 3, 5, 'three stories')
    equal(sorted(r[0] for r in d.sql("SELECT json_extract(head, '$.format') FROM stories")), ['iptc7901'] * 3)
    d.stop()


if __name__ == '__main__':
    harness.main(globals())
