#!/usr/bin/env python3
"""The end of one process and the beginning of the next: who notices, and what is left over."""
import contextlib
import os
import signal
import socket
import subprocess
import time

import harness
from harness import Client, Daemon, Keeper, check, equal, read_all, read_lines, story, wait_for

WATCH = """- {name: inbox, directory: {dir}/inbox}
- {name: wire, listen: {dir}/wire.sock}
- {name: lines, listen: {dir}/lines.sock, framing: separator, separator: "##\\n"}"""
SLOW_CHAIN = harness.TEST_CHAIN.replace('.so}', '.so, settings: {spend: 1s}}')
METRICS = 'metrics: {dir}/metrics.sock\n'


def configured(d, text):
    """The usual configuration and one more section."""
    d.configure(d.text() + text.replace('{dir}', d.dir))


def connect(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(20 * harness.SLOW)
    s.connect(path)
    return s


def half(d, text, name='lines.sock'):
    s = connect(os.path.join(d.dir, name))
    s.sendall(text.encode())
    return s


def n_fds(d):
    return len(os.listdir(f'/proc/{d.pid()}/fd'))


def figures(s):
    s.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    return read_all(s)


def come_to(d, wanted):
    """Each event once. What workers had at the end of the one before may be pending still, so the events are waited for."""
    wait_for(lambda: len(d.events()) >= len(wanted), what='all events')
    d.drain()
    equal(sorted(e['target'][0]['code'] for e in d.events()), sorted(wanted))


def test_ctl_says_what_it_waits_for():
    """systemd holds the socket and datelined does not come: whoever asks is told so while it waits."""
    d = Daemon()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(d.socket)
        listener.listen()
        with subprocess.Popen([os.path.join(harness.BUILD, 'datelinectl'), '--socket', d.socket, 'status'], stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE, encoding='utf-8') as ctl:
            said = ctl.stderr.readline()
            check('waiting for datelined' in said and 'systemctl status datelined' in said, said)
            equal(ctl.poll(), None, 'it waits')
            connection, _ = listener.accept()
            connection.close()
            check('closed the connection' in ctl.stderr.read(), 'it says how that ended')
            equal(ctl.wait(), 3)


def test_ctl_is_silent_while_it_is_served():
    """What was read is being worked at: nothing is said, however long it takes."""
    d = Daemon()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(d.socket)
        listener.listen()
        with subprocess.Popen([os.path.join(harness.BUILD, 'datelinectl'), '--socket', d.socket, 'log-level'],
                              stderr=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8') as ctl:
            connection, _ = listener.accept()
            check(b'GetLogLevel' in connection.recv(1000))
            time.sleep(1.5 * harness.SLOW)
            connection.sendall(b'{"parameters":{"level":"info"}}\0')
            equal((ctl.stdout.read(), ctl.stderr.read(), ctl.wait()), ('info\n', '', 0))
            connection.close()


def test_taken_in_while_workers_finish():
    """What they run takes its second; meanwhile stories are acknowledged, and the control socket answers."""
    d = Daemon(modules=SLOW_CHAIN, work='processes: 1').start()
    d.submit(story(1))
    wait_for(lambda: d.status()['workers']['busy'] == 1, what='a busy worker')
    d.process.send_signal(signal.SIGTERM)
    wait_for(lambda: d.status()['state'] == 'stopping', what='it stops')
    equal(d.send(story(2)), '+2')
    equal(d.wait_exit(), 0)
    check('a bug of datelined' not in d.log_text(), 'handles are left')
    d.configure(modules=harness.TEST_CHAIN)
    d.start()
    come_to(d, ['N00001', 'N00002'])
    d.stop()


def test_output_that_goes_while_it_stops():
    """The end of one that a reload took away is not the end of the stage that stops all of them."""
    d = Daemon(modules=SLOW_CHAIN, work='processes: 1',
               outputs='- {name: tool, exec: [/bin/sh, -c, "cat >/dev/null; sleep 0.3"]}').start()
    d.submit(story(1))
    wait_for(d.events, what='an event')
    d.submit(story(2))
    wait_for(lambda: d.status()['workers']['busy'] == 1, what='a busy worker')
    d.configure(outputs='')
    d.call('Reload')
    d.stop()
    check('a bug of datelined' not in d.log_text(), 'handles are left')
    d.start()
    come_to(d, ['N00001', 'N00002'])
    d.stop()


def test_nobody_is_refused():
    """Sockets of its own wait in the store: who comes while nobody is there is served by the next process."""
    d = Daemon(watch=WATCH)
    configured(d, METRICS)
    keeper = Keeper(d.dir)
    d.start(keeper=keeper)
    kept = ['@control', '@metrics', 'lines@listen', 'wire@listen']
    wait_for(lambda: keeper.names() == kept, what='the listeners are in the store')
    before = None
    for i in range(4):
        sender = half(d, f'Story {i} of one and another sender\n\nPARIS (Test) - Text.\n')
        deaf = half(d, story(i + 1), 'wire.sock')
        d.stop()
        equal(keeper.names(), sorted([*kept, 'lines@connection', 'lines@state', 'wire@connection', 'wire@state']))
        client = Client(d.socket)
        client.send('Status')
        page = connect(os.path.join(d.dir, 'metrics.sock'))
        late = half(d, story(10 + i), 'wire.sock')
        for s in (late, deaf):
            s.shutdown(socket.SHUT_WR)
        sender.sendall(f'FRA CONSULT N1000{i}\n##\n'.encode())
        d.start(keeper=keeper)
        equal(client.receive()['parameters']['state'] in ('starting', 'running'), True)
        check(b'dateline_' in figures(page), 'the figures')
        for s in (deaf, late):
            check(read_all(s).startswith(b'+'), 'acknowledged')
        equal(len(read_lines(sender, 1)), 1)
        for s in (sender, late, deaf, page):
            s.close()
        client.close()
        wait_for(lambda: keeper.names() == kept, what='nothing is left over')
        d.drain()
        count = wait_for(lambda: (n := n_fds(d)) == n_fds(d) and n)
        before = before or count
        check(abs(count - before) <= 2, f'{count} descriptors, {before} after the first restart')
    come_to(d, [f'{start}{i}' for i in range(4) for start in ('N0001', 'N1000')] + [f'N0000{i + 1}' for i in range(4)])
    d.stop()


def test_killed():
    """The listeners outlive that too."""
    d = Daemon(watch=WATCH)
    keeper = Keeper(d.dir)
    d.start(keeper=keeper)
    wait_for(lambda: len(keeper.names()) == 3, what='the listeners are in the store')
    d.kill()
    client = Client(d.socket)
    client.send('Status')
    late = half(d, story(1), 'wire.sock')
    late.shutdown(socket.SHUT_WR)
    d.start(keeper=keeper)
    check(client.receive()['parameters']['state'] in ('starting', 'running'), 'an answer')
    equal(read_all(late), b'+1\n')
    late.close()
    client.close()
    d.stop()


def test_stale_and_strange():
    """Another configuration, and a store with things in it that nobody wants: they go, with their files."""
    d = Daemon(watch=WATCH)
    configured(d, METRICS)
    keeper = Keeper(d.dir)
    d.start(keeper=keeper)
    wait_for(lambda: len(keeper.names()) == 4, what='the listeners are in the store')
    sender = half(d, 'half of a story')
    d.stop()
    pair = socket.socketpair()
    for name, fd in (('gone@connection', pair[0].detach()), ('gone@state', os.memfd_create('state')),
                     ('gone@listen', os.pipe()[0]), ('wire@state', os.open('/dev/null', os.O_RDONLY)),
                     ('wire@connection', socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).detach()),
                     ('wire@listen', os.open('/dev/null', os.O_RDONLY)), ('@control', os.memfd_create('control'))):
        keeper.keep(name, fd)
    old = d.socket
    d.sections['watch'] = '- {name: inbox, directory: {dir}/inbox}\n- {name: wire, listen: {dir}/other.sock}'
    d.socket = os.path.join(d.dir, 'moved.sock')
    d.configure(d.text().replace('control.sock', 'moved.sock'))
    d.start(keeper=keeper)
    wait_for(lambda: keeper.names() == ['@control', 'wire@listen'], what='only what is used is left')
    for path in (old, d.wire, os.path.join(d.dir, 'lines.sock'), os.path.join(d.dir, 'metrics.sock')):
        check(not os.path.exists(path), f'{path} is still there')
    equal(read_all(sender), b'', 'its source is gone')
    equal(pair[1].recv(1), b'')
    equal(d.send(story(1), os.path.join(d.dir, 'other.sock')), '+1')
    d.stop()
    # And back, with nothing in the store any more, as after systemctl stop.
    keeper.hear('FDSTOREREMOVE=1\nFDNAME=@control', [])
    keeper.hear('FDSTOREREMOVE=1\nFDNAME=wire@listen', [])
    d.start(keeper=keeper)
    equal(d.send(story(2), os.path.join(d.dir, 'other.sock')), '+2')
    d.stop()


def test_control_moves_at_a_reload():
    d = Daemon()
    keeper = Keeper(d.dir)
    d.start(keeper=keeper)
    old, d.socket = d.socket, os.path.join(d.dir, 'moved.sock')
    d.configure(d.text().replace('control.sock', 'moved.sock'))
    with Client(old) as client:
        client.call('Reload')
    check(not os.path.exists(old), 'the old one is gone')
    wait_for(lambda: keeper.names() == ['@control', 'wire@listen'], what='both are in the store')
    d.stop()
    client = Client(d.socket)
    client.send('Status')
    d.start(keeper=keeper)
    check(client.receive()['parameters'], 'an answer')
    client.close()
    d.stop()


def test_no_room():
    """A store that takes one descriptor: the rest is as without it, and the next start finds its way."""
    d = Daemon(watch=WATCH)
    keeper = Keeper(d.dir, room=1)
    d.start(keeper=keeper)
    equal(keeper.names(), ['@control'])
    sender = half(d, 'half of a story')
    d.stop()
    equal(keeper.names(), ['@control'])
    equal(read_all(sender), b'-dateline stops, send it again\n')
    client = Client(d.socket)
    client.send('Status')
    d.start(keeper=keeper)
    check(client.receive()['parameters'], 'an answer')
    client.close()
    equal(d.send(story(1)), '+1')
    d.stop()


def changes(d, sender, **sections):
    """A reload while the sender is in the middle of a story."""
    d.configure(**sections)
    d.call('Reload')
    wait_for(lambda: d.source('lines')['state'] == 'running', what='the new one runs')
    sender.sendall(b' N00001\n##\n')
    return read_lines(sender, 1)


def test_half_a_story_over_a_reload():
    """It goes on under the new settings; the listener refuses nobody while one watcher takes the other's place."""
    for keeper in (None, True):
        d = Daemon(watch=WATCH)
        keeper = keeper and Keeper(d.dir)
        d.start(keeper=keeper)
        sender = half(d, story(1, 'FRA CONSULT'))
        sender2 = half(d, '12 bytes the')
        sender.sendall(b'')
        fds = n_fds(d)
        plain = WATCH.replace('framing: separator', 'framing: separator, format: plain')
        equal(changes(d, sender, watch=plain), ['+1'])
        # Settings that do not go together with what it had sent, and its source's end: it is told.
        d.configure(watch=WATCH.replace('framing: separator, separator: "##\\n"', 'framing: length'))
        d.call('Reload')
        for s in (sender, sender2):
            check(read_all(s).startswith(b'-the framing of this source has changed, send it again'), 'told')
            s.close()
        sender = half(d, '100\nabc')
        d.configure(watch=WATCH.replace('lines', 'other'))
        d.call('Reload')
        check(read_all(sender).endswith(b', send it again\n'), 'told')
        wait_for(lambda d=d: not os.path.exists(os.path.join(d.dir, 'lines.sock')), what='the file is gone')
        sender.close()
        wait_for(lambda fds=fds, d=d: n_fds(d) <= fds, what='no descriptor is left over')
        if keeper:
            wanted = ['@control', 'other@listen', 'wire@listen']
            wait_for(lambda keeper=keeper: keeper.names() == wanted, what='nor in the store')
        d.stop()


def test_reloads_refuse_nobody():
    d = Daemon(watch=WATCH).start()
    end = time.monotonic() + 3
    n = 0
    tcp = socket.socket()
    tcp.bind(('127.0.0.1', 0))
    port = tcp.getsockname()[1]
    tcp.close()
    plain = f'- {{name: wire, listen: {{dir}}/wire.sock}}\n- {{name: tcp, listen: "127.0.0.1:{port}"}}'
    formats = [plain, plain.replace('}', ', format: plain}').replace('{dir, format: plain}', '{dir}')]
    d.configure(watch=plain)
    d.call('Reload')
    while time.monotonic() < end:
        with d.client() as client:
            d.configure(watch=formats[n // 2 % 2])
            client.send('Reload')
            for _ in range(2):
                n += 1
                equal(d.send(story(n)), f'+{2 * n - 1}')
                with socket.create_connection(('127.0.0.1', port)) as s:
                    s.sendall(story(10000 + n).encode())
                    s.shutdown(socket.SHUT_WR)
                    equal(read_all(s), b'+%d\n' % (2 * n))
            client.receive()
    check('cannot listen' not in d.log_text(), 'the address is taken over')
    d.stop()


if __name__ == '__main__':
    harness.main(globals())
