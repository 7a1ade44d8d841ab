"""
What the integration tests stand on: datelined from the build tree with a throw-away directory and a configuration of the
test's own, its control socket, its wire sockets and its spool. Standard library only.

A test is a file test-NAME.py whose functions test_*() run one after the other; harness.main() runs them, cleans up whatever
happens, and ends with 0, 1 or 77 (skipped). Every wait has an end, and only processes that were started here are ended.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SOURCE = os.path.abspath(os.environ.get('top_srcdir', os.path.join(os.path.dirname(__file__), '..', '..')))
BUILD = os.path.abspath(os.environ.get('top_builddir', os.path.join(SOURCE, 'build')))
MODULE = os.path.join(BUILD, 'tests/integration/module-test.so')
# Programs under a sanitizer or valgrind are slower: waits get longer, nothing else changes.
SLOW = float(os.environ.get('DATELINE_TEST_SLOW', '1'))
WRAPPER = os.environ.get('DATELINE_TEST_WRAPPER', '').split()
DAEMON_OPTIONS = os.environ.get('DATELINE_TEST_OPTIONS', '').split()
SANITIZED = bool(os.environ.get('DATELINE_TEST_SANITIZED'))

EX_CONFIG = 78


class Skip(Exception):
    """The test cannot be made here; the text says why."""


class Refused(Exception):
    """An error reply: (name, parameters)."""


def check(condition, *what):
    if not condition:
        raise AssertionError(' '.join(str(w) for w in what))


def equal(got, wanted, what=''):
    if got != wanted:
        raise AssertionError(f'{what}: got {got!r}, wanted {wanted!r}')


def wait_for(condition, seconds=10, what='condition', pause=0.01):
    """Until condition() is true; its value."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'{what}: not within {seconds * SLOW:g} s')
        time.sleep(pause)


# ---- processes ----

def _stat(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as f:
            return f.read().rsplit(')', 1)[1].split()
    except OSError:
        return None


def descendants(pid):
    """[(pid, start time)] of what a process and its children started."""
    parents = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            fields = _stat(name)
            if fields:
                parents.setdefault(int(fields[1]), []).append((int(name), fields[19]))
    found, todo = [], [pid]
    while todo:
        for child in parents.get(todo.pop(), []):
            found.append(child)
            todo.append(child[0])
    return found


def alive(pid, started):
    fields = _stat(pid)
    return fields is not None and fields[19] == started and fields[0] != 'Z'


def rss_kib(pid):
    with open(f'/proc/{pid}/status', encoding='ascii', errors='replace') as f:
        for line in f:
            if line.startswith('VmRSS:'):
                return int(line.split()[1])
    return 0


# ---- Varlink ----

class Client:
    """One connection to the control socket."""

    def __init__(self, path, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout * SLOW)
        self.socket.connect(path)
        self.rest = b''

    def send(self, method, parameters=None, **flags):
        if '.' not in method:
            method = 'io.dateline.Control.' + method
        message = {'method': method, 'parameters': parameters or {}, **flags}
        self.socket.sendall(json.dumps(message).encode() + b'\0')

    def receive(self):
        while b'\0' not in self.rest:
            data = self.socket.recv(1 << 16)
            if not data:
                raise EOFError('datelined closed the control connection')
            self.rest += data
        message, self.rest = self.rest.split(b'\0', 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.send(method, parameters)
        reply = self.receive()
        if 'error' in reply:
            raise Refused(reply['error'], reply.get('parameters', {}))
        return reply.get('parameters', {})

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# ---- systemd ----

class Keeper:
    """
    A stand-in for systemd: hears what the daemon tells, keeps the descriptors that it puts into the store, and passes
    them to the next process beside the sockets `passed` [(name, descriptor)].
    """

    LAUNCH = """
import fcntl, os, sys
n = int(sys.argv[1])
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 500) for fd in sys.argv[2:2 + n]]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i)
os.closerange(3 + n, 2000)
if n:
    os.environ['LISTEN_PID'] = str(os.getpid())
os.execvp(sys.argv[2 + n], sys.argv[2 + n:])
"""

    def __init__(self, folder, room=100):
        self.folder, self.room = folder, room
        self.passed, self.kept, self.heard = [], [], []
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.join(folder, 'notify'))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        _cleanups.append(self.close)

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                data, fds, _, _ = socket.recv_fds(self.socket, 4096, 253)
                if data == b'end':
                    return
                with self.lock:
                    self.hear(data.decode(), fds)

    def hear(self, text, fds):
        fields = dict(line.split('=', 1) for line in text.splitlines())
        self.heard.append(fields)
        if fields.get('FDSTORE') == '1':
            for fd in fds:
                same = any(os.path.samestat(os.fstat(fd), os.fstat(k)) for _, k in self.kept)
                if same or len(self.kept) >= self.room:
                    os.close(fd)
                else:
                    self.kept.append((fields.get('FDNAME', 'stored'), fd))
            return
        if fields.get('FDSTOREREMOVE') == '1':
            for name, fd in self.kept:
                if name == fields['FDNAME']:
                    os.close(fd)
            self.kept = [k for k in self.kept if k[0] != fields['FDNAME']]
        for fd in fds:
            os.close(fd)

    def names(self):
        with self.lock:
            return sorted(name for name, _ in self.kept)

    def keep(self, name, fd):
        with self.lock:
            self.kept.append((name, fd))

    def launch(self, command, env):
        with self.lock:
            fds = [*self.passed, *self.kept]
        env = {**(os.environ if env is None else env), 'NOTIFY_SOCKET': os.path.join(self.folder, 'notify'),
               'FDSTORE': str(self.room), 'LISTEN_FDS': str(len(fds)),
               'LISTEN_FDNAMES': ':'.join(name for name, _ in fds)}
        numbers = [fd for _, fd in fds]
        launch = [sys.executable, '-S', '-E', '-c', self.LAUNCH, str(len(fds)), *map(str, numbers)]
        return [*launch, *command], env, numbers

    def close(self):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(b'end', os.path.join(self.folder, 'notify'))
        self.thread.join(5)
        self.socket.close()
        for _, fd in [*self.passed, *self.kept]:
            with contextlib.suppress(OSError):
                os.close(fd)
        self.passed = self.kept = []


# ---- the daemon ----

TEST_CHAIN = '\n    - decode\n    - load: {file: %s}' % MODULE

_cleanups = []


class Daemon:
    """
    A throw-away directory with dateline.yaml in it, and datelined while it runs. Sections of the configuration are given as
    YAML text; {dir} in them is the directory. `modules` is the list behind work.modules; the test's own coder (module-test.c)
    is the default, since it is quick and says what it is told.
    """

    def __init__(self, watch=None, work='processes: 2', modules=TEST_CHAIN, outputs='', store='', control='', log='info',
                 directory=None):
        self.dir = directory or tempfile.mkdtemp(prefix='dateline-test-')
        if directory is None:
            _cleanups.append(lambda: shutil.rmtree(self.dir, ignore_errors=True))
        self.inbox = os.path.join(self.dir, 'inbox')
        self.socket = os.path.join(self.dir, 'control.sock')
        self.wire = os.path.join(self.dir, 'wire.sock')
        self.db = os.path.join(self.dir, 'dateline.db')
        self.config = os.path.join(self.dir, 'dateline.yaml')
        self.log = os.path.join(self.dir, 'log')
        os.makedirs(self.inbox, exist_ok=True)
        self.process = None
        self.children = []
        self.sections = {'watch': watch if watch is not None else '- {name: inbox, directory: {dir}/inbox}\n'
                                                                 '- {name: wire, listen: {dir}/wire.sock}',
                         'work': work, 'modules': modules, 'outputs': outputs, 'store': store, 'control': control,
                         'log': log}
        self.configure()
        _cleanups.append(self.kill)

    # -- configuration --

    def text(self, **changes):
        s = {**self.sections, **changes}
        out = f'log: {{level: {s["log"]}}}\n'
        for name, own in (('watch', ''), ('outputs', '')):
            if s[name]:
                out += f'{name}:\n' + ''.join(f'  {line}\n' for line in s[name].splitlines())
        out += 'work:\n' + ''.join(f'  {line}\n' for line in s['work'].splitlines())
        if s['modules']:
            out += f'  modules: {s["modules"]}\n'
        out += 'store:\n  sqlite: {dir}/dateline.db\n' + ''.join(f'  {line}\n' for line in s['store'].splitlines())
        out += 'control:\n  socket: {dir}/control.sock\n' + ''.join(f'  {line}\n' for line in s['control'].splitlines())
        return out.replace('{dir}', self.dir)

    def configure(self, text=None, **changes):
        """Put a new dateline.yaml into place, in one step."""
        if text is None:
            self.sections.update(changes)
            text = self.text()
        with open(self.config + '.new', 'w', encoding='utf-8') as f:
            f.write(text)
        os.rename(self.config + '.new', self.config)

    # -- life --

    def start(self, wait=True, options=(), env=None, keeper=None):
        """`keeper`: systemd, as far as the daemon sees it."""
        check(self.process is None, 'it runs already')
        command = [*WRAPPER, os.path.join(BUILD, 'datelined'), '-c', self.config, *DAEMON_OPTIONS, *options]
        pass_fds = ()
        if keeper is not None:
            command, env, pass_fds = keeper.launch(command, env)
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, env=env, pass_fds=pass_fds)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            status = self.process.poll()
            if status is not None:
                raise AssertionError(f'datelined ended with {status} while starting:\n{self.log_text()[-3000:]}')
            with contextlib.suppress(OSError, EOFError):
                return self.status()['state'] == 'running'
            return False
        wait_for(ready, 30, 'datelined answers', 0.02)

    def pid(self):
        return self.process.pid

    def workers(self):
        found = []
        for pid, started in descendants(self.process.pid):
            with contextlib.suppress(OSError):
                with open(f'/proc/{pid}/comm', encoding='ascii', errors='replace') as f:
                    if f.read().strip().startswith('dateline-worker'):
                        found.append(pid)
        return found

    def _remember(self):
        if self.process is not None:
            self.children += [c for c in descendants(self.process.pid) if c not in self.children]

    def stop(self, seconds=6, status=0):
        """SIGTERM; the time that it took."""
        self._remember()
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            got = self.process.wait(seconds * SLOW)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'datelined did not stop within {seconds * SLOW:g} s:\n{self.log_text()[-2000:]}') from None
        took = time.monotonic() - began
        self.process = None
        equal(got, status, f'exit status (log: {self.log_text()[-2000:]})')
        return took

    def wait_exit(self, seconds=10):
        status = self.process.wait(seconds * SLOW)
        self.process = None
        return status

    def kill(self):
        """SIGKILL; its children see their sockets close, and are ended too where they do not."""
        if self.process is not None:
            self._remember()
            self.process.kill()
            self.process.wait()
            self.process = None
        end = time.monotonic() + 2 * SLOW
        while any(alive(*c) for c in self.children) and time.monotonic() < end:
            time.sleep(0.01)
        for pid, started in self.children:
            if alive(pid, started):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        self.children = []

    def log_text(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return f.read()

    # -- asking --

    def client(self, **options):
        return Client(self.socket, **options)

    def call(self, method, **parameters):
        with self.client() as client:
            return client.call(method, **parameters)

    def status(self):
        return self.call('Status')

    def source(self, name):
        return next(s for s in self.call('Sources')['sources'] if s['name'] == name)

    def events(self, **filters):
        """All of them, in their sequence."""
        with self.client() as client:
            client.send('Events', {'limit': None, **filters}, more=True)
            events = []
            while True:
                reply = client.receive()
                if 'error' in reply:
                    raise Refused(reply['error'], reply.get('parameters', {}))
                events += reply['parameters']['events']
                if not reply.get('continues'):
                    return events

    def story(self, story):
        return self.call('Story', id=story)['story']

    def ctl(self, *arguments, status=0, text=None):
        run = subprocess.run([os.path.join(BUILD, 'datelinectl'), '--socket', self.socket, *arguments], input=text,
                             capture_output=True, timeout=30 * SLOW, encoding='utf-8', check=False)
        if status is not None:
            equal(run.returncode, status, f'datelinectl {" ".join(arguments)}: {run.stdout[-500:]} {run.stderr}')
        return run

    def idle(self, status=None):
        q = (status or self.status())['queue']
        return q['deliveries'] + q['stories'] + q['in_hand'] == 0 and q['intake'] == 'open'

    def drain(self, seconds=20):
        """Until nothing waits; what was acknowledged before is coded then. It fails when nothing has ended for so long."""
        ended, end = None, 0
        while True:
            status = self.status()
            if self.idle(status):
                return
            now = (status['queue']['deliveries'], status['workers']['jobs'])
            if now != ended:
                ended, end = now, time.monotonic() + seconds * SLOW
            elif time.monotonic() > end:
                raise AssertionError(f'{status["queue"]} wait, and nothing has ended within {seconds * SLOW:g} s')
            time.sleep(0.02)

    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(f'file:{self.db}?mode=ro', uri=True, timeout=10)) as db:
            return db.execute(statement, values).fetchall()

    def quarantined(self):
        """{story or delivery id: reason}"""
        return {i['id']: i['reason'] for i in self.call('QuarantineList', limit=1000)['items']}

    # -- handing in --

    def drop(self, name, text, folder=None):
        folder = folder or self.inbox
        hidden = os.path.join(folder, f'.{name}')
        with open(hidden, 'wb') as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.rename(hidden, os.path.join(folder, name))

    def submit(self, text, **parameters):
        return self.call('Submit', text=text, **parameters)

    def connect(self, path=None, timeout=20):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(timeout * SLOW)
        s.connect(path or self.wire)
        return s

    def send(self, data, path=None):
        """One story on a connection of its own; the line that comes back."""
        with self.connect(path) as s:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                s.sendall(data if isinstance(data, bytes) else data.encode())
                s.shutdown(socket.SHUT_WR)
            return read_all(s).decode().rstrip('\n')


def read_all(s):
    out = b''
    with contextlib.suppress(ConnectionResetError):
        while data := s.recv(65536):
            out += data
    return out


def read_lines(s, n):
    """n lines from a socket."""
    out = b''
    while out.count(b'\n') < n:
        data = s.recv(65536)
        if not data:
            break
        out += data
    return out.decode().splitlines()


def story(n, *lines, head=''):
    """A story for module-test.c, unlike every other one: each line 'SOURCE TYPE TARGET' is an event, 'do THING' an order."""
    return f'{head}Headline number {n}\n\nPARIS (Test) - This is the body of story number {n}.\n' + \
        ''.join(line + '\n' for line in lines or (f'FRA CONSULT N{n:05d}',))


# ---- running ----

def _cleanup():
    while _cleanups:
        with contextlib.suppress(Exception):
            _cleanups.pop()()


def _interrupted(number, _):
    raise SystemExit(128 + number)


def _too_long(*_):
    raise AssertionError('the test takes too long')


def main(namespace, seconds=60):
    """Run all test_*() of a module (or those named on the command line), each within `seconds`."""
    signal.signal(signal.SIGTERM, _interrupted)
    signal.signal(signal.SIGINT, signal.default_int_handler)    # a shell's background job ignores it, and its children would
    signal.signal(signal.SIGALRM, _too_long)
    chosen = sys.argv[1:]
    tests = [(n, f) for n, f in namespace.items() if n.startswith('test_') and callable(f)]
    failed = skipped = 0
    for name, function in tests:
        if chosen and not any(c in name for c in chosen):
            continue
        began = time.monotonic()
        signal.alarm(int(seconds * SLOW))
        try:
            function()
            verdict = 'ok'
        except Skip as e:
            verdict = f'SKIP: {e}'
            skipped += 1
        except Exception:   # every failure is told, then the next test runs
            traceback.print_exc()
            for cleanup in _cleanups:
                owner = getattr(cleanup, '__self__', None)
                if isinstance(owner, Daemon) and os.path.exists(owner.log):
                    print(f'---- log of {owner.dir}\n{owner.log_text()[-4000:]}', file=sys.stderr)
            verdict = 'FAILED'
            failed += 1
        finally:
            signal.alarm(0)
            _cleanup()
        print(f'{name}: {verdict} ({time.monotonic() - began:.1f} s)', flush=True)
    if failed:
        sys.exit(1)
    sys.exit(77 if skipped and skipped == len(tests) else 0)
