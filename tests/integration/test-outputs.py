#!/usr/bin/env python3
"""Outputs outside systemd, each with a place of its own that survives a restart; and the demo of ./quickstart."""
import os
import re
import subprocess

import harness
from harness import Daemon, check, equal, story, wait_for


def written(d):
    """The numbers of the events that the journal output has written to standard error."""
    return [int(n) for n in re.findall(r'-> N(\d+) \(N\d+\): CONSULT', d.log_text())]


def test_journal_output():
    d = Daemon(outputs='- {name: journal, journal: yes}').start()
    for i in range(20):
        d.submit(story(i))
    d.drain()
    wait_for(lambda: len(written(d)) >= 20, what='twenty lines')
    equal(written(d), list(range(20)))
    out = d.status()['outputs'][0]
    equal((out['name'], out['state'], out['behind']), ('journal', 'running', 0))
    d.stop()
    # While it is away events come; it gets them at the next start, and none again.
    d.configure(outputs='')
    d.start()
    for i in range(20, 30):
        d.submit(story(i))
    d.drain()
    d.configure(outputs='- {name: journal, journal: yes}')
    d.call('Reload')
    wait_for(lambda: len(written(d)) >= 30, what='what it missed')
    equal(written(d), list(range(30)))
    d.stop()


def test_output_filter():
    d = Daemon(outputs='- {name: journal, journal: yes, only: {target: N00007}}').start()
    for i in range(10):
        d.submit(story(i))
    d.drain()
    wait_for(lambda: written(d), what='the line')
    equal(written(d), [7])
    d.stop()


def test_no_systemd_is_no_loss():
    """Without NOTIFY_SOCKET and JOURNAL_STREAM it runs and writes plain lines."""
    env = {k: v for k, v in os.environ.items() if k not in ('NOTIFY_SOCKET', 'JOURNAL_STREAM', 'INVOCATION_ID')}
    d = Daemon().start(env=env)
    d.submit(story(1))
    d.drain()
    d.stop()
    check('datelined' in d.log_text() and 'has stopped' in d.log_text(), d.log_text())


def test_notify():
    """READY=1 comes once it answers, RELOADING and STOPPING when they are true."""
    import socket
    d = Daemon()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.settimeout(20 * harness.SLOW)
        s.bind(os.path.join(d.dir, 'notify'))
        d.start(wait=False,
                env={**os.environ, 'NOTIFY_SOCKET': os.path.join(d.dir, 'notify'), 'WATCHDOG_USEC': '400000'})

        def until(word):
            said = []
            while True:
                said.append(s.recv(4096).decode())
                if word in said[-1]:
                    return said
        check('STATUS=' in until('READY=1')[-1], 'it says what it does')
        equal(d.status()['state'], 'running')
        until('WATCHDOG=1')
        d.call('Reload')
        check('MONOTONIC_USEC=' in until('RELOADING=1')[-1])
        until('READY=1')
        d.process.terminate()
        until('STOPPING=1')
        equal(d.wait_exit(), 0)


def test_demo():
    run = subprocess.run([os.path.join(harness.SOURCE, 'tests/demo'), harness.BUILD, '--once'], capture_output=True,
                         timeout=60 * harness.SLOW, encoding='utf-8', stdin=subprocess.DEVNULL, check=False)
    equal(run.returncode, 0, run.stderr)
    rows = [line for line in run.stdout.splitlines() if re.match(r'\s*\d', line)]
    check(len(rows) >= 8, run.stdout + run.stderr)
    check('has stopped' in run.stderr, 'it ends its daemon', run.stderr)


if __name__ == '__main__':
    harness.main(globals())
