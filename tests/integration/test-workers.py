#!/usr/bin/env python3
"""What a worker may do to us: each misdeed costs its own story its attempts, is told, and the rest flows on."""
import os
import re

import harness
from harness import Daemon, check, equal, story, wait_for


def misbehave(order, wanted, **options):
    """A story whose worker misbehaves between two good ones; it ends in quarantine with its reason and its bytes."""
    d = Daemon(**{'work': 'processes: 2\nattempts: 2\ndeadline: 500ms', **options}).start()
    bad = story(1, 'FRA CONSULT N1', order)
    d.submit(story(0))
    d.submit(bad, name='bad.txt')
    d.submit(story(2))
    wait_for(lambda: len(d.events()) == 2, what='the good ones')
    wait_for(d.quarantined, 15, 'the bad one is in quarantine')
    d.drain()
    equal(sorted(e['target'][0]['code'] for e in d.events()), ['N00000', 'N00002'], 'the good ones, once')
    (name, reason), = d.quarantined().items()
    equal(name, '2.1')
    # A sanitizer takes the signals and ends the process with a status.
    check(wanted in reason or (harness.SANITIZED and 'signal' in wanted and 'the worker ' in reason),
          f'{reason!r}, wanted {wanted!r}')
    item = d.call('QuarantineShow', id=name)['item']
    check(order in d.ctl('quarantine', 'show', name).stdout or 'base64' in str(item), item)
    check('2.1' in d.log_text() and 'quarantine' in d.log_text(), 'the log says so')
    return d


def test_dies():
    d = misbehave('do segfault', 'signal 11')
    equal(d.status()['workers']['lost'], 2)
    equal(d.status()['workers']['running'], 2)
    check(re.search(r"source submit: story 2\.1: worker \d+ is lost at it \('bad\.txt'\): the worker ", d.log_text()), d.log_text())
    d.stop()
    misbehave('do crash', 'signal 4').stop()
    misbehave('do exit', 'status 7').stop()


def test_hangs():
    misbehave('do hang', 'did not answer within 0.5 s').stop()


def test_wants_too_much_memory():
    if harness.SANITIZED:
        raise harness.Skip('a sanitizer needs the address space that the limit takes away')
    misbehave('do leak', 'work.memory', work='processes: 2\nattempts: 2\nmemory: 128M').stop()


def test_leaks_slowly():
    """A worker that loses 8 MB a story ends in the midst of stories that are not to blame: none of them is lost or given up."""
    if harness.SANITIZED:
        raise harness.Skip('a sanitizer needs the address space that the limit takes away')
    d = Daemon(work='processes: 2\nattempts: 3\nmemory: 128M').start()
    for i in range(60):
        d.submit(story(i, f'FRA CONSULT N{i:05d}', 'do drip'))
    d.drain(60)
    equal(sorted(int(e['target'][0]['code'][1:]) for e in d.events()), list(range(60)))
    equal(d.quarantined(), {})
    lost = d.status()['workers']['lost']
    print(f'  60 stories, {lost} workers lost')
    check(lost >= 3, 'they grew until they ended', lost)
    check('is lost' in d.log_text() and 'is replaced' in d.log_text(), d.log_text())
    d.stop()


def test_answers_nonsense():
    misbehave('do nonsense', 'nonsense').stop()
    misbehave('do bad event', 'event: not a type').stop()
    misbehave('do many', 'too many').stop()


def test_breaks_the_protocol():
    misbehave('do garbage', 'broke the protocol').stop()
    misbehave('do frame', 'nobody asked for').stop()


def test_floods():
    misbehave('do flood', 'protocol').stop()
    d = misbehave('do chatter', 'did not answer within')
    check(len(d.log_text()) < 100000, 'its log lines are limited', len(d.log_text()))
    d.stop()


def test_refuses():
    d = misbehave('do refuse it is not my language', 'it is not my language')
    equal(d.status()['workers']['lost'], 0)
    d.stop()


def test_speaks_on_standard_error():
    d = Daemon().start()
    d.submit(story(1, 'do stderr', 'FRA CONSULT N1'))
    d.drain()
    wait_for(lambda: 'a line on standard error' in d.log_text(), what='the line in the log')
    equal(len(d.events()), 1)
    d.stop()


def test_sandbox():
    """The module tries what the sandbox forbids. (Under a sanitizer it is wider, since its run time needs more.)"""
    if harness.SANITIZED or '--no-sandbox' in harness.DAEMON_OPTIONS:
        raise harness.Skip('the sandbox is wider under a sanitizer, and open under valgrind')
    for order in ('open', 'socket', 'unix socket', 'fork', 'exec', 'map code', 'kill'):
        misbehave(f'do {order}', 'SIGSYS').stop()


def test_sandbox_as_the_kernel_shows_it():
    if '--no-sandbox' in harness.DAEMON_OPTIONS:
        raise harness.Skip('the sandbox is open')
    d = Daemon().start()
    for pid in d.workers():
        with open(f'/proc/{pid}/status', encoding='ascii') as f:
            status = dict(line.split(':\t', 1) for line in f.read().splitlines() if ':\t' in line)
        equal((status['NoNewPrivs'], status['Seccomp']), ('1', '2'))
        fds = sorted(int(n) for n in os.listdir(f'/proc/{pid}/fd')) if os.geteuid() == 0 else [0, 1, 2, 3]
        if not harness.SANITIZED:
            equal(fds, [0, 1, 2, 3], 'its descriptors')
    d.stop()


def test_quarantine_orders():
    d = misbehave('do refuse once', 'once')
    equal(len(d.ctl('--json', 'quarantine', 'list').stdout.splitlines()), 1)
    d.ctl('quarantine', 'retry', '2.1')
    d.drain()
    equal(list(d.quarantined()), ['2.1'], 'it is refused again')
    d.ctl('quarantine', 'drop', '2.1')
    equal(d.quarantined(), {})
    equal(d.ctl('quarantine', 'drop', '2.1', status=None).returncode, 1)
    if harness.SANITIZED:
        return          # the address space is not limited
    # What could not be coded is coded once the configuration lets it.
    d.configure(modules=harness.TEST_CHAIN, work='processes: 1\nattempts: 1\nmemory: 128M')
    d.call('Reload')
    d.submit(story(5, 'do leak'))
    wait_for(d.quarantined, 15, 'quarantine')
    d.configure(modules='\n    - decode')
    d.call('Reload')
    d.ctl('quarantine', 'retry', '4.1')
    d.drain()
    equal(d.quarantined(), {})
    d.stop()


def test_bytes_that_cannot_be_decoded():
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox, encoding: martian}').start()
    d.drop('a.txt', b'\x00\xff\xfe nothing')
    wait_for(d.quarantined, what='quarantine')
    (name, reason), = d.quarantined().items()
    equal(name, '1')
    check('encoding' in reason, reason)
    check(d.ctl('quarantine', 'show', '1').stdout)
    d.stop()


def test_poison_at_the_head():
    """Fifty that kill their worker, then fifty good ones: the good ones do not wait until all the bad are given up."""
    d = Daemon(work='processes: 2\nattempts: 3')
    for i in range(50):
        d.drop(f'{i:03}', story(i, 'do segfault'))
    for i in range(50, 100):
        d.drop(f'{i:03}', story(i))
    d.start()
    wait_for(lambda: len(d.events()) == 50, 20, 'the good ones')
    given_up = len(d.quarantined())
    print(f'  {given_up} of 50 were given up when the good ones were through')
    check(given_up < 32 or harness.SANITIZED, 'the good ones wait for the bad', given_up)
    d.drain(60)
    equal(len(d.quarantined()), 50)
    d.stop()


def test_worker_that_cannot_start():
    """At the start it ends the daemon with a reason; at a reload the old workers go on."""
    dies = harness.TEST_CHAIN.replace('.so}', '.so, settings: {die: yes}}')
    d = Daemon(modules=dies).start(wait=False)
    equal(d.wait_exit(40), 71)
    check('signal 6' in d.log_text() or harness.SANITIZED, d.log_text())
    d.configure(modules=harness.TEST_CHAIN)
    d.start()
    workers = d.workers()
    d.configure(modules=dies)
    equal(d.ctl('reload', status=None).returncode, 5)
    wait_for(lambda: sorted(d.workers()) == sorted(workers), what='the new ones are gone, the old ones are there')
    d.submit(story(1))
    d.drain()
    equal(len(d.events()), 1)
    d.stop()


if __name__ == '__main__':
    harness.main(globals(), 90)
