#!/usr/bin/env python3
"""The configuration is checked whole before anything starts: what is said, where, and the exit status."""
import os
import shutil
import subprocess

import harness
from harness import Daemon, check, equal


def checked(d, text, *options):
    """--check-config on a text: (status, what it says, the file's path shortened to its name)."""
    d.configure(text.replace('{dir}', d.dir))
    run = subprocess.run([os.path.join(harness.BUILD, 'datelined'), '-c', d.config, *options], capture_output=True,
                         timeout=60 * harness.SLOW, encoding='utf-8', check=False)
    return run.returncode, (run.stderr + run.stdout).replace(d.config, 'dateline.yaml')


GOOD = '''watch:
  - name: inbox
    directory: {dir}/inbox
work:
  modules:
    - decode
    - load: {file: %s}
store: {sqlite: {dir}/dateline.db}
control: {socket: {dir}/control.sock}
''' % harness.MODULE


def test_good():
    d = Daemon()
    equal(checked(d, GOOD, '--check-config'), (0, ''))
    check(not os.path.exists(d.db), '--check-config makes no store')


def test_a_check_takes_one_worker():
    """However many are configured. They are counted by a worker of ours, beside a copy of the daemon."""
    d = Daemon()
    started = os.path.join(d.dir, 'started')
    shutil.copy(os.path.join(harness.BUILD, 'datelined'), d.dir)
    worker = os.path.join(d.dir, 'dateline-worker')
    with open(worker, 'w', encoding='utf-8') as f:
        f.write(f'#!/bin/sh\necho started >>{started}\nexec {harness.BUILD}/dateline-worker "$@"\n')
    os.chmod(worker, 0o755)
    d.configure(GOOD.replace('{dir}', d.dir).replace('work:\n', 'work:\n  processes: 4\n'))
    run = subprocess.run([os.path.join(d.dir, 'datelined'), '-c', d.config, '--check-config'], capture_output=True,
                         timeout=60 * harness.SLOW, encoding='utf-8', check=False)
    equal((run.returncode, run.stderr), (0, ''))
    with open(started, encoding='utf-8') as f:
        equal(f.read(), 'started\n')


def test_example_is_good():
    """etc/dateline.yaml as it ships (its folders need not be there for a check)."""
    with open(os.path.join(harness.SOURCE, 'etc/dateline.yaml'), encoding='utf-8') as f:
        equal(checked(Daemon(), f.read(), '--check-config'), (0, ''))


def test_all_errors_at_once_with_their_places():
    d = Daemon()
    text = '''watch:
  - name: inbox
    directroy: {dir}/inbox
  - name: inbox2
    listen: {dir}/wire.sock
    mode: 99
    name: inbox3
work: {processes: 1000, attempts: many}
store: [sqlite]
colour: red
'''
    status, said = checked(d, text, '--check-config')
    equal(status, harness.EX_CONFIG)
    lines = said.splitlines()
    for line in lines:
        check(line.startswith('dateline.yaml:'), line)
        check(all(part.isdigit() for part in line.split(':')[1:3]), line)
    equal(lines[0], "dateline.yaml:3:5: watch[0].directroy: unknown key (did you mean 'directory'?)")
    for start in ("dateline.yaml:7:5: double key 'name'", 'dateline.yaml:6:11: watch[1].mode:',
                  'dateline.yaml:8:19: work.processes:', 'dateline.yaml:8:35: work.attempts:',
                  'dateline.yaml:9:8: store:', 'dateline.yaml:10:1: colour: unknown key'):
        check(any(line.startswith(start) for line in lines), f'no line begins with {start!r}:\n{said}')
    # The same at the start: nothing runs.
    equal(checked(d, text), (harness.EX_CONFIG, said))


def test_double_key_and_broken_yaml():
    d = Daemon()
    status, said = checked(d, 'log: {level: info}\nlog: {level: info}\n', '--check-config')
    equal(status, harness.EX_CONFIG)
    equal(said, "dateline.yaml:2:1: double key 'log' (it stands at 1:1 too)\n")
    status, said = checked(d, 'watch: [\n', '--check-config')
    equal(status, harness.EX_CONFIG)
    check(said.startswith('dateline.yaml:'), said)


def test_missing_file():
    d = Daemon()
    os.unlink(d.config)
    run = subprocess.run([os.path.join(harness.BUILD, 'datelined'), '-c', d.config], capture_output=True, timeout=60,
                         encoding='utf-8', check=False)
    equal(run.returncode, harness.EX_CONFIG)
    check(d.config in run.stderr and 'No such file' in run.stderr, run.stderr)


def test_module_settings():
    """They are checked by the module's own schema, in the worker, and told with their places all the same."""
    d = Daemon()
    for settings, wanted in (
            ('agenzy: x', "dateline.yaml:7:%d: work.modules[1].load.settings.agenzy: unknown key (did you mean 'agency'?)"),
            ('spend: 11s', 'dateline.yaml:7:%d: work.modules[1].load.settings.spend:'),
            ('fail: yes', 'dateline.yaml:7:%d: work.modules[1].load.settings.fail: was asked to fail')):
        text = GOOD.replace('.so}', '.so, settings: {%s}}' % settings)
        status, said = checked(d, text, '--check-config')
        equal(status, harness.EX_CONFIG, said)
        line = text.replace('{dir}', d.dir).splitlines()[6]
        column = line.index(settings) + 1
        # Of the key, of the value, of the section.
        places = (column, column + settings.index(' ') + 1, column - 1)
        check(any(said.startswith(wanted % place) for place in places), f'{said!r}, wanted {wanted % column!r}')
        equal(checked(d, text)[0], harness.EX_CONFIG, 'the same at the start')
    status, said = checked(d, GOOD.replace('- decode', '- decode: {max_size: 1}'), '--check-config')
    equal(status, harness.EX_CONFIG)
    check(said.startswith('dateline.yaml:6:26: work.modules[0].decode.max_size:'), said)
    status, said = checked(d, GOOD.replace('- decode', '- decode\n    - reed'), '--check-config')
    equal(status, harness.EX_CONFIG)
    check("did you mean 'read'?" in said, said)


def test_shared_object_that_is_none():
    d = Daemon()
    status, said = checked(d, GOOD.replace(harness.MODULE, os.path.join(harness.SOURCE, 'LICENSE')), '--check-config')
    equal(status, harness.EX_CONFIG)
    check(said.startswith('dateline.yaml:7:'), said)
    status, said = checked(d, GOOD.replace(harness.MODULE, '/nowhere/x.so'), '--check-config')
    equal(status, harness.EX_CONFIG)
    check('/nowhere/x.so' in said and 'No such file' in said, said)


def test_options():
    for options, status in ((['--help'], 0), (['--version'], 0), (['--nothing'], 64), (['argument'], 64),
                            (['--log-level', 'loud'], 64)):
        run = subprocess.run([os.path.join(harness.BUILD, 'datelined'), *options], capture_output=True, timeout=60,
                             encoding='utf-8', check=False)
        equal(run.returncode, status, ' '.join(options))


def test_control_socket_that_cannot_be_had():
    d = Daemon().start()
    other = Daemon()
    other.configure(other.text().replace(other.socket, d.socket))
    other.start(wait=False)
    equal(other.wait_exit(), 69)
    check(d.socket in other.log_text(), other.log_text())
    d.stop()


def test_wire_socket_that_is_taken():
    """The daemon runs all the same, says it, and takes the socket once it is free."""
    d = Daemon().start()
    other = Daemon()
    other.configure(other.text().replace(other.wire, d.wire))
    other.start()
    trouble = other.source('wire')['trouble']
    check(trouble, 'trouble')
    d.stop()
    harness.wait_for(lambda: other.source('wire')['trouble'] is None, 20, 'the socket is taken over')
    check(other.send(harness.story(1), d.wire).startswith('+'))
    other.stop()


if __name__ == '__main__':
    harness.main(globals())
