#!/usr/bin/env python3
"""
Webhooks to a real receiver, which dies, hangs, answers what it should not, and comes back: every event arrives once by its
key, and in order. The receiver checks each signature as Standard Webhooks says, by itself.
"""
import base64
import collections
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time

import harness
from harness import Daemon, Skip, check, equal, story, wait_for

KEY = hashlib.sha256(b'a secret of this test').digest()
SECRET = 'whsec_' + base64.b64encode(KEY).decode()


def sign(key, headers, body):
    text = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.'.encode() + body
    return 'v1,' + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


class Receiver:
    """
    answer(receiver, request) says what becomes of a request: a status, (status, headers), the bytes of a large answer, or None: the connection is cut. What
    it takes (2xx) is in `taken`, whatever came is in `requests`.
    """

    def __init__(self, answer=None, port=0, tls=None):
        self.answer = answer or (lambda *_: 200)
        self.port = port
        self.tls = tls
        self.requests, self.taken = [], []
        self.lock = threading.Lock()
        self.server = None
        self.connections = set()

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def setup(self):
                super().setup()
                receiver.connections.add(self.connection)

            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                request = {'headers': {k.lower(): v for k, v in self.headers.items()}, 'path': self.path, 'body': body,
                           'data': json.loads(body)['data'], 'time': time.monotonic()}
                with receiver.lock:
                    receiver.requests.append(request)
                status = receiver.answer(receiver, request)
                headers, text = {}, b'ok'
                if isinstance(status, bytes):
                    status, text = 200, status
                if isinstance(status, tuple):
                    status, headers = status
                if status is None:
                    self.close_connection = True
                    with contextlib.suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if 200 <= status < 300:
                    with receiver.lock:
                        receiver.taken.append(request)
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header('Content-Length', str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass

        self.server = Server(('127.0.0.1', self.port), Handler)
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True).start()
        harness._cleanups.append(self.stop)
        return self

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self.connections.clear()

    def url(self, scheme='http', host='127.0.0.1'):
        return f'{scheme}://{host}:{self.port}/dateline'

    def events(self):
        """What was taken, each once by its key, in the order of its first coming."""
        with self.lock:
            seen = collections.OrderedDict()
            for request in self.taken:
                for event in request['data']:
                    seen.setdefault((event['id'], event.get('revision', 1)), event)
            return list(seen.values())

    def numbers(self):
        return [int(e['target'][0]['code'][1:]) for e in self.events()]


def check_signatures(requests, key=KEY):
    for r in requests:
        check(hmac.compare_digest(r['headers']['webhook-signature'], sign(key, r['headers'], r['body'])), 'signature',
              r['headers'])
        check(abs(time.time() - int(r['headers']['webhook-timestamp'])) < 120, 'timestamp', r['headers'])
        check('.' not in r['headers']['webhook-id'], r['headers'])


def webhook(url, more='', name='hook'):
    return f'- {{name: {name}, webhook: "{url}", secret: {{dir}}/secret{", " + more if more else ""}}}'


def start(receiver=None, more='', url=None, **options):
    d = Daemon(outputs='', **options)
    with open(os.open(os.path.join(d.dir, 'secret'), os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='ascii') as f:
        f.write(SECRET + '\n')
    d.configure(outputs=webhook(url or receiver.url(), more))
    return d.start()


def output(d, name='hook'):
    return next(o for o in d.status()['outputs'] if o['name'] == name)


def submit(d, first, last):
    for i in range(first, last):
        d.submit(story(i))


def wait_all(receiver, n, seconds=30):
    """All of n, in order."""
    wait_for(lambda: len(receiver.numbers()) >= n, seconds, f'{n} events')
    equal(receiver.numbers(), list(range(n)), 'what was taken')


# ---- what it sends ----

def test_signed_and_in_order():
    r = Receiver().start()
    d = start(r, 'headers: ["X-Desk: one"]')
    submit(d, 0, 30)
    wait_all(r, 30)
    check_signatures(r.requests)
    h = r.requests[0]['headers']
    equal((h['content-type'], h['x-desk'], r.requests[0]['path']), ('application/json', 'one', '/dateline'))
    equal(json.loads(r.requests[0]['body'])['type'], 'dateline.events')
    equal(len({q['headers']['webhook-id'] for q in r.requests}), len(r.requests), 'message ids')
    o = wait_for(lambda: (o := output(d))['behind'] == 0 and o, what='nothing is behind')
    equal((o['kind'], o['state'], o['sent'], o['given_up']), ('webhook', 'running', 30, 0))
    d.stop()


def test_batch():
    """What waited comes in few requests, none over the batch."""
    r = Receiver()
    r.start()
    r.stop()
    d = start(r, 'batch: 8')
    submit(d, 0, 40)
    d.drain()
    o = wait_for(lambda: (o := output(d))['state'] == 'trouble' and o, what='trouble')
    check('cannot be reached' in o['trouble'], o)
    equal(o['behind'], 40)
    r.start()
    wait_all(r, 40)
    check(max(len(q['data']) for q in r.requests) == 8, [len(q['data']) for q in r.requests])
    check_signatures(r.requests)
    wait_for(lambda: output(d)['state'] == 'running', what='it runs again')
    d.stop()


def test_behind():
    """What is under way to a receiver that has not answered is still behind."""
    go_on = threading.Event()
    r = Receiver(lambda *_: go_on.wait(30) and 200).start()
    d = start(r)
    submit(d, 0, 3)
    d.drain()
    wait_for(lambda: r.requests, what='the request')
    equal(output(d)['behind'], 3)
    go_on.set()
    wait_all(r, 3)
    wait_for(lambda: output(d)['behind'] == 0, what='nothing is behind')
    d.stop()


def test_filter():
    r = Receiver().start()
    d = start(r, 'only: {target: N00007}')
    submit(d, 0, 10)
    d.drain()
    wait_for(lambda: r.numbers() == [7], what='the one')
    wait_for(lambda: output(d)['behind'] == 0, what='nothing is behind')
    equal(len(r.requests), 1)
    d.stop()


def test_changes_are_told():
    """A new version of a story: its event is withdrawn, and the webhook is told, with the next revision; another takes its place."""
    r = Receiver().start()
    news = Receiver().start()
    d = Daemon(outputs='')
    with open(os.path.join(d.dir, 'secret'), 'w', encoding='ascii') as f:
        f.write(SECRET)
    d.configure(outputs='\n'.join([webhook(r.url()), webhook(news.url(), 'only: {change: new}', 'news')]))
    d.start()
    d.submit(story(1, 'FRA CONSULT N1', head='Guid: urn:1\nVersion: 1\n'))
    wait_for(lambda: len(r.events()) == 1, what='the first')
    d.submit(story(2, 'FRA ASSAULT N2', head='Guid: urn:1\nVersion: 2\n'))
    wait_for(lambda: len(r.events()) == 3, what='withdrawn and new')
    first = r.events()[0]
    equal((first['change'], first['revision']), ('new', 1))
    lines = {(e['change'], e['event'], e['revision']) for e in r.events()[1:]}
    equal(lines, {('withdrawn', 'CONSULT', 2), ('new', 'ASSAULT', 1)})
    gone = next(e for e in r.events() if e['change'] == 'withdrawn')
    equal(gone['id'], first['id'])
    check(gone['withdrawn'] is True and 'withdrawn' not in first, gone)
    check(gone['seq'] > first['seq'])
    wait_for(lambda: output(d, 'news')['behind'] == 0, what='nothing is behind')
    equal([(e['change'], e['event']) for e in news.events()], [('new', 'CONSULT'), ('new', 'ASSAULT')])
    d.stop()


def test_alerts():
    """An output with `only: alerts`: each change of an alert once, over a receiver that fails and a restart, and no event."""
    refuse = [True]
    r = Receiver(lambda *_: 503 if refuse[0] else 200).start()
    d = Daemon(outputs='')
    with open(os.path.join(d.dir, 'secret'), 'w', encoding='ascii') as f:
        f.write(SECRET)
    os.mkdir(os.path.join(d.dir, 'rules.d'))
    with open(os.path.join(d.dir, 'rules.d', 'a.yaml'), 'w', encoding='ascii') as f:
        f.write('rules:\n  - {name: fights, severity: high, when: {type: ASSAULT}, text: "{source} fights {target}"}\n')
    d.configure(d.text(outputs=webhook(r.url(), 'only: alerts')) + f'rules: {d.dir}/rules.d\n')
    d.start()
    d.submit(story(1, 'FRA CONSULT DEU', 'FRA ASSAULT DEU'))
    wait_for(lambda: r.requests, what='the first try')
    d.drain()
    d.stop()
    refuse[0] = False
    d.start()
    wait_for(lambda: len(r.events()) == 1, what='the alert')
    raised = r.events()[0]
    equal([raised.get(k) for k in ('id', 'change', 'revision', 'rule', 'severity', 'state', 'text', 'events')],
          ['a1', 'raised', 1, 'fights', 'high', 'raised', 'FRA fights DEU', ['1.1.2']])
    d.ctl('ack', 'a1', '--note', 'on it')
    wait_for(lambda: len(r.events()) == 2, what='that somebody has seen it')
    d.submit(story(2, 'USA CONSULT IRQ'))               # nothing to alert of
    d.drain()
    d.ctl('resolve', 'a1')
    wait_for(lambda: len(r.events()) == 3, what='that it is over')
    equal([(e['id'], e['change'], e['revision']) for e in r.events()], [('a1', 'raised', 1), ('a1', 'acknowledged', 2),
                                                                        ('a1', 'resolved', 3)])
    equal((r.events()[1]['note'], r.events()[1]['state']), ('on it', 'acknowledged'))
    equal(sum(len(q['data']) for q in r.taken), 3, 'each once, and no event')
    equal({json.dumps(q['data'][0])
           for q in r.requests if q['data'][0]['revision'] == 1}, {json.dumps(raised)}, 'each try says the same')
    check_signatures(r.requests)
    wait_for(lambda: output(d)['behind'] == 0, what='nothing is behind')
    d.stop()


def test_filter_place_and_pace_of_their_own():
    """Five outputs, each with a filter of its own, of which two are dead; one comes back, and a restart and a reload lie between."""
    live, late = Receiver().start(), Receiver(lambda *_: 503).start()
    d = Daemon(outputs='')
    with open(os.path.join(d.dir, 'secret'), 'w', encoding='ascii') as f:
        f.write(SECRET)
    lines = os.path.join(d.dir, 'lines')
    os.mkdir(os.path.join(d.dir, 'out'))
    rows = [webhook(live.url(), 'only: {target: N0001}', 'live'), webhook(late.url(), 'only: {target: N0002}', 'late'),
            webhook('http://127.0.0.1:1/', name='dead'),
            f'- {{name: tool, exec: [/bin/sh, -c, "cat >> {lines}"], only: {{target: N0003}}}}',
            '- {name: archive, files: {dir}/out, every: 1s, only: {target: N0004}}']
    d.configure(outputs='\n'.join(rows))
    d.start()
    submit(d, 0, 50)
    d.drain()
    wanted = {c: [i for i in range(50) if i // 10 == int(c)] for c in '1234'}
    wait_for(lambda: live.numbers() == wanted['1'], what='the live one')

    def told(path):
        if not os.path.exists(path):
            return []
        with open(path, encoding='utf-8') as f:
            return [int(json.loads(line)['target'][0]['code'][1:]) for line in f]

    def filed():
        folder = os.path.join(d.dir, 'out')
        return [n for name in sorted(os.listdir(folder)) if name[0] != '.' for n in told(os.path.join(folder, name))]
    wait_for(lambda: told(lines) == wanted['3'], what='the program')
    wait_for(lambda: filed() == wanted['4'], what='the files')
    state = {o['name']: (o['state'], o['behind'] > 0) for o in d.status()['outputs']}
    equal(
        state, {
            'live': ('running', False), 'late': ('trouble', True), 'dead': ('trouble', True),
            'tool': ('running', False), 'archive': ('running', False)
        })
    d.stop()
    d.start()
    d.configure(outputs='\n'.join(rows[:2] + rows[3:]))
    d.call('Reload')
    late.answer = lambda *_: 200
    wait_for(lambda: late.numbers() == wanted['2'], 30, 'what the late one missed')
    submit(d, 105, 106)
    submit(d, 1000, 1001)
    d.submit(story(19, 'FRA ASSAULT N00019'))
    wait_for(lambda: live.numbers() == [*wanted['1'], 19], what='it goes on')
    equal((told(lines), filed()), (wanted['3'], wanted['4']), 'nothing twice')
    d.stop()


def test_secret_is_read_anew():
    r = Receiver().start()
    d = start(r)
    submit(d, 0, 1)
    wait_all(r, 1)
    key = bytes(range(100, 124))
    with open(os.path.join(d.dir, 'secret'), 'w', encoding='ascii') as f:
        f.write('whsec_' + base64.b64encode(key).decode())
    submit(d, 1, 2)
    wait_all(r, 2)
    check_signatures(r.requests[:1])
    check_signatures(r.requests[1:], key)
    for text, words in (('whsec_AAAA', 'not \'whsec_\''), ('none', 'not \'whsec_\''), (None, 'No such file')):
        path = os.path.join(d.dir, 'secret')
        os.unlink(path)
        if text:
            with open(path, 'w', encoding='ascii') as f:
                f.write(text)
        n = len(d.events())
        submit(d, n, n + 1)
        wait_for(lambda w=words: w in (output(d)['trouble'] or ''), what=f'trouble with the secret: {words}')
        equal(len(r.requests), n, 'nothing goes out unsigned')
        with open(path, 'w', encoding='ascii') as f:
            f.write(SECRET)
        wait_all(r, n + 1)
    d.stop()


def test_secret_is_missed_at_once():
    """A secret that is not there is told at the start, not with the first event; and that it is there does not wait for one either."""
    r = Receiver().start()
    d = Daemon(outputs=webhook(r.url()))
    d.start()
    path = os.path.join(d.dir, 'secret')
    for text, words in ((None, 'No such file'), ('none', 'not \'whsec_\'')):
        if text:
            with open(path, 'w', encoding='ascii') as f:
                f.write(text)
        wait_for(lambda w=words: w in (output(d)['trouble'] or ''), 20, f'trouble with the secret: {words}')
    with open(path, 'w', encoding='ascii') as f:
        f.write(SECRET)
    wait_for(lambda: output(d)['trouble'] is None, 20, 'no trouble any more')
    equal(r.requests, [], 'and nothing was sent')
    submit(d, 0, 1)
    wait_all(r, 1)
    equal(output(d)['trouble'], None)
    d.stop()


def test_systemd_credential():
    r = Receiver().start()
    d = Daemon(outputs='')
    folder = os.path.join(d.dir, 'credentials')
    os.mkdir(folder, 0o700)
    with open(os.path.join(folder, 'hook-secret'), 'w', encoding='ascii') as f:
        f.write(SECRET)
    d.configure(outputs=f'- {{name: hook, webhook: "{r.url()}", secret: hook-secret}}')
    d.start(env={**os.environ, 'CREDENTIALS_DIRECTORY': folder})
    submit(d, 0, 3)
    wait_all(r, 3)
    check_signatures(r.requests)
    d.stop()


# ---- receivers as they are ----

def troubled(*moods):
    """A receiver that has these moods, one after the other, while events go on coming."""
    moods = collections.deque(moods)

    def answer(receiver, request):
        if not moods:
            return 200
        mood = moods.popleft()
        if mood == 'hang':
            time.sleep(3)
            return None
        if mood == 'slow':
            time.sleep(0.5)
            return 200
        return mood
    r = Receiver(answer).start()
    d = start(r, 'timeout: 1s')
    for i in range(40):
        submit(d, i, i + 1)
        time.sleep(0.02)
    wait_all(r, 40, 40)
    check(not moods, moods)
    check_signatures(r.requests)
    # A message that is tried again has the same id and the same events.
    first = [q for q in r.requests if q['headers']['webhook-id'] == r.requests[0]['headers']['webhook-id']]
    check(len(first) > 3 and len({json.dumps(q['data']) for q in first}) == 1, [q['headers'] for q in first])
    equal(output(d)['given_up'], 0)
    return d, r


def test_fails():
    d, _ = troubled(500, 503, 404, 401, 400, 'slow')
    d.stop()


def test_hangs_and_cuts():
    d, _ = troubled('hang', None, 'hang', None)
    d.stop()


def test_wants_to_be_left_alone():
    d, r = troubled(500, (429, {'Retry-After': '2'}), (503, {'Retry-After': '1'}), 500)
    check(r.requests[2]['time'] - r.requests[1]['time'] >= 2, 'Retry-After')
    d.stop()


def test_dies_and_comes_back():
    r = Receiver().start()
    d = start(r)
    submit(d, 0, 20)
    wait_all(r, 20)
    for round_ in range(1, 4):
        r.stop()
        submit(d, 20 * round_, 20 * round_ + 20)
        d.drain()
        o = wait_for(lambda: (o := output(d))['state'] == 'trouble' and o, what='trouble')
        equal(o['behind'], 20)
        r.start()
        wait_all(r, 20 * round_ + 20)
    check_signatures(r.requests)
    d.stop()


def test_killed_between():
    """kill -9 of the daemon, again and again, under load, with a receiver that fails now and then."""
    n = [0]

    def answer(receiver, request):
        n[0] += 1
        return (500, 200, 200, None, 200)[n[0] % 5]
    r = Receiver(answer).start()
    d = start(r, 'batch: 5')
    for round_ in range(6):
        submit(d, 20 * round_, 20 * round_ + 20)
        time.sleep(0.05 * round_)
        d.kill()
        d.start()
    wait_all(r, 120, 60)
    keys = collections.Counter((e['id'], e.get('revision', 1)) for q in r.taken for e in q['data'])
    equal(len(keys), 120)
    check_signatures(r.requests)
    d.stop()


def test_reload_keeps_its_place():
    r, s = Receiver().start(), Receiver().start()
    d = start(r)
    submit(d, 0, 10)
    wait_all(r, 10)
    # The answers have come, too: what is under way when an output goes is sent again.
    wait_for(lambda: d.sql("SELECT seq FROM cursors WHERE output = 'hook'") == d.sql('SELECT max(seq) FROM changes'),
             what='its place')
    d.configure(outputs=webhook(s.url()))       # the same name at another address: it goes on there
    d.call('Reload')
    submit(d, 10, 20)
    wait_for(lambda: len(s.numbers()) >= 10, what='ten at the new address')
    equal(s.numbers(), list(range(10, 20)))
    equal(len(r.numbers()), 10)
    r.stop()
    s.stop()
    submit(d, 20, 25)
    d.drain()
    d.configure(outputs=webhook(s.url(), 'batch: 2'))
    d.call('Reload')                            # while it is in trouble
    s.start()
    wait_for(lambda: len(s.numbers()) >= 15, what='what it missed')
    equal(s.numbers(), list(range(10, 25)))
    d.stop()


def test_dead_one_delays_nobody():
    r, dead = Receiver().start(), Receiver(lambda *_: time.sleep(30)).start()
    d = Daemon(outputs='')
    with open(os.path.join(d.dir, 'secret'), 'w', encoding='ascii') as f:
        f.write(SECRET)
    d.configure(outputs='\n'.join([
        webhook(dead.url(), 'timeout: 20s', 'dead'),
        webhook('http://127.0.0.1:1/', name='refused'),
        webhook(r.url(), name='hook')
    ]))
    d.start()
    submit(d, 0, 20)
    wait_all(r, 20)
    named = lambda: {o['name']: o for o in d.status()['outputs']}
    o = wait_for(lambda: (o := named())['hook']['behind'] == 0 and o, what='its last answer')
    equal((o['refused']['state'], o['refused']['behind'], o['dead']['behind']), ('trouble', 20, 20))
    began = time.monotonic()
    d.stop()                                    # a request that hangs does not hold it up
    check(time.monotonic() - began < 5 * harness.SLOW, 'it stops')


# ---- what a receiver refuses ----

def test_refused_events_are_given_up():
    """422 to one event of many: that one is given up and counted; the others arrive."""
    r = Receiver(lambda _, q: 422 if any(e['target'][0]['code'] in ('N00005', 'N00017') for e in q['data']) else 200)
    r.start()
    r.stop()
    d = start(r, 'batch: 32')
    submit(d, 0, 32)
    d.drain()
    r.start()
    wait_for(lambda: len(r.numbers()) >= 30, 40, 'the others')
    equal(r.numbers(), [i for i in range(32) if i not in (5, 17)])
    o = wait_for(lambda: (o := output(d))['state'] == 'running' and o['behind'] == 0 and o, what='it runs')
    equal(o['given_up'], 2)
    check(d.log_text().count('will not get it') == 2, d.log_text())
    check('2' in next(line for line in d.ctl('status').stdout.splitlines() if line.startswith('hook')))
    d.stop()


def test_refusing_everything_is_no_loss():
    """A receiver that answers 422 to all is wrong: after ten events nothing more is given up."""
    wrong = [True]
    r = Receiver(lambda *_: 422 if wrong[0] else 200).start()
    d = start(r, 'batch: 1')
    submit(d, 0, 15)
    o = wait_for(lambda: (o := output(d))['state'] == 'trouble' and 'one event after the other' in o['trouble'] and o,
                 30, 'trouble')
    equal((o['given_up'], o['behind']), (10, 5))
    wrong[0] = False
    wait_for(lambda: r.numbers() == list(range(10, 15)), 30, 'the rest')
    d.stop()


def test_gone_and_redirects():
    r = Receiver(lambda *_: 410).start()
    d = start(r)
    submit(d, 0, 1)
    o = wait_for(lambda: (o := output(d))['state'] == 'trouble' and o, what='trouble')
    check('gone for good' in o['trouble'], o)
    time.sleep(1.5)
    equal(len(r.requests), 1, 'it is left alone')
    other = Receiver().start()
    r.answer = lambda *_: (307, {'Location': other.url()})
    d.configure(outputs=webhook(r.url(), 'batch: 7'))
    d.call('Reload')
    wait_for(lambda: 'redirect' in (output(d)['trouble'] or ''), what='the redirect')
    equal(other.requests, [], 'a redirect is not followed')
    d.stop()


def test_large_answers_are_bounded():
    """It said 200: that is all that is wanted of it, and no megabytes are."""
    r = Receiver(lambda *_: b'x' * (64 << 20)).start()
    d = start(r)
    submit(d, 0, 3)
    wait_all(r, 3)
    wait_for(lambda: output(d)['behind'] == 0, what='nothing is behind')
    check(harness.rss_kib(d.pid()) < 40000 or harness.SANITIZED or harness.WRAPPER, harness.rss_kib(d.pid()))
    d.stop()


# ---- TLS, and what must stay secret ----

def openssl(*arguments):
    if shutil.which('openssl') is None:
        raise Skip('there is no openssl')
    subprocess.run(['openssl', *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def certificate(folder, name, names):
    cert, key = os.path.join(folder, f'{name}.pem'), os.path.join(folder, f'{name}.key')
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key,
            '-out', cert, '-days', '2', '-subj', '/CN=test', '-addext', f'subjectAltName={names}')
    return cert, key


def test_tls():
    """Over nginx: the right certificate is taken, a wrong one and one for another name are not."""
    program = shutil.which('nginx') or ('/usr/sbin/nginx' if os.path.exists('/usr/sbin/nginx') else None)
    if program is None:
        raise Skip('there is no nginx')
    r = Receiver().start()
    d = Daemon(outputs='')
    with open(os.path.join(d.dir, 'secret'), 'w', encoding='ascii') as f:
        f.write(SECRET)
    right = certificate(d.dir, 'right', 'IP:127.0.0.1')
    named = certificate(d.dir, 'named', 'DNS:elsewhere.example')
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    places = ''.join(f'{n}_temp_path {d.dir}/{n};' for n in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))

    def nginx(cert):
        with open(os.path.join(d.dir, 'nginx.conf'), 'w', encoding='utf-8') as f:
            f.write(
                f'{"user root;" if os.geteuid() == 0 else ""} daemon off; pid {d.dir}/pid; worker_processes 1; '
                f'error_log {d.dir}/error; events {{ worker_connections 64; }} http {{ {places} access_log off; server {{ '
                f'listen 127.0.0.1:{port} ssl; ssl_certificate {cert[0]}; ssl_certificate_key {cert[1]}; '
                f'location / {{ proxy_pass http://127.0.0.1:{r.port}; }} }} }}\n')
        p = subprocess.Popen(
            [program, '-p', d.dir, '-c',
             os.path.join(d.dir, 'nginx.conf'), '-e',
             os.path.join(d.dir, 'error')],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        harness._cleanups.append(p.kill)

        def listens():
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1):
                return True
            return False
        wait_for(listens, 10, 'nginx listens')
        return p
    url = f'https://127.0.0.1:{port}/dateline'
    p = nginx(right)
    d.configure(outputs=webhook(url))           # the system's certificates do not know it
    d.start()
    submit(d, 0, 3)
    wait_for(lambda: 'ertificate' in (output(d)['trouble'] or '') or 'SSL' in (output(d)['trouble'] or ''),
             what='it is not trusted')
    equal(r.requests, [], 'nothing is sent to a stranger')
    d.configure(outputs=webhook(url, f'ca: {right[0]}'))
    d.call('Reload')
    wait_all(r, 3)
    check_signatures(r.requests)
    p.terminate()
    p.wait()
    p = nginx(named)                            # trusted, but somebody else's
    d.configure(outputs=webhook(url, f'ca: {named[0]}'))
    d.call('Reload')
    submit(d, 3, 4)
    wait_for(lambda: output(d)['state'] == 'trouble', what='the wrong name is refused')
    equal(len(r.numbers()), 3)
    p.terminate()
    p.wait()
    d.stop()


def memory(pid):
    """All that a process has in its memory and may be read."""
    with open(f'/proc/{pid}/maps', encoding='ascii', errors='replace') as maps, open(f'/proc/{pid}/mem', 'rb',
                                                                                     0) as mem:
        for line in maps:
            fields = line.split()
            if 'r' not in fields[1] or fields[-1] in ('[vvar]', '[vsyscall]'):
                continue
            begin, end = (int(x, 16) for x in fields[0].split('-'))
            with contextlib.suppress(OSError):
                mem.seek(begin)
                yield mem.read(end - begin)


def test_secret_stays_secret():
    """It is in no log, on no command line, in no environment, in no file of the store, and, between messages, not in memory."""
    r = Receiver().start()
    d = start(r, log='debug')
    submit(d, 0, 40)
    wait_all(r, 40)
    r.answer = lambda *_: 500
    submit(d, 40, 42)
    wait_for(lambda: output(d)['state'] == 'trouble', what='trouble')
    wait_for(lambda: len(r.requests) > 3, what='some tries')
    time.sleep(0.1)
    needles = (SECRET.encode(), SECRET[6:].encode(), KEY)
    for pid in [d.pid(), *d.workers()]:
        for name in ('cmdline', 'environ'):
            with open(f'/proc/{pid}/{name}', 'rb') as f:
                text = f.read()
            check(not any(n in text for n in needles), f'the secret is in {name} of {pid}')
    if not harness.WRAPPER and not harness.SANITIZED:
        try:
            areas = list(memory(d.pid()))
        except PermissionError:
            areas = [r.url().encode()]
        check(any(r.url().encode() in area for area in areas), 'what is no secret is found')
        equal([len(area) for area in areas if any(n in area for n in needles)], [],
              'areas of memory with the secret in them')
    answers = json.dumps([d.status(), d.call('Sources')]) + d.ctl('status').stdout
    check(SECRET not in answers and SECRET[6:] not in answers, 'in what it tells')
    d.stop()
    for folder, _, files in os.walk(d.dir):
        for name in files:
            if name == 'secret':
                continue
            with open(os.path.join(folder, name), 'rb') as f:
                text = f.read()
            check(not any(n in text for n in needles), f'the secret is in {name}')


if __name__ == '__main__':
    harness.main(globals(), seconds=90)
