#!/usr/bin/env python3
"""Feeds are polled from a real nginx on loopback, which plays what servers do."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import zlib

import harness
from harness import Daemon, Skip, check, equal, wait_for

ITEM = '<item><title>Headline {n}</title><link>http://news.example/{n}</link><guid>{guid}</guid>' \
       '<description>&lt;p&gt;PARIS (Test) - This is story {n} with words of its own.&lt;/p&gt;&lt;p&gt;FRA CONSULT N{n:05d}' \
       '&lt;/p&gt;</description></item>'
NEVER = 3600


def rss(*numbers, guid='urn:test:{n}', channel=''):
    items = ''.join(ITEM.format(n=n, guid=guid.format(n=n)) for n in numbers)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Test</title>{channel}{items}</channel></rss>\n'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Nginx:
    """One nginx over a folder; `locations` is put into its server."""

    def __init__(self, locations='', extra='', tls=''):
        self.program = shutil.which('nginx') or ('/usr/sbin/nginx' if os.path.exists('/usr/sbin/nginx') else None)
        if self.program is None:
            raise Skip('there is no nginx')
        self.dir = tempfile.mkdtemp(prefix='dateline-nginx-')
        harness._cleanups.append(lambda: shutil.rmtree(self.dir, ignore_errors=True))
        self.root = os.path.join(self.dir, 'root')
        os.mkdir(self.root)
        self.port = free_port()
        user = 'user root;' if os.geteuid() == 0 else ''
        places = ''.join(f'{n}_temp_path {self.dir}/{n};' for n in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        with open(os.path.join(self.dir, 'conf'), 'w', encoding='utf-8') as f:
            f.write(f'{user} daemon off; pid {self.dir}/pid; error_log {self.dir}/error; worker_processes 1;\n'
                    f'events {{ worker_connections 512; }}\n'
                    f'http {{ {places} types {{ application/rss+xml rss; text/html html; }}\n'
                    f'log_format all \'$request_uri|$status|$http_if_none_match|$http_if_modified_since|$http_user_agent|'
                    f'$remote_user|$http_x_key|$http_authorization|$msec|$server_protocol\'; access_log {self.dir}/access all;\n'
                    f'server {{ listen 127.0.0.1:{self.port}; {tls.replace("{dir}", self.dir)} root {self.root};\n'
                    f'{locations.replace("{dir}", self.dir)} }}\n{extra} }}\n')
        self.process = None

    def start(self):
        self.process = subprocess.Popen([self.program, '-p', self.dir, '-c', os.path.join(self.dir, 'conf'), '-e',
                                         os.path.join(self.dir, 'error')], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        harness._cleanups.append(self.stop)

        def listens():
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.port), 1):
                return True
            return False
        wait_for(listens, 10, 'nginx listens')
        return self

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def put(self, name, text):
        path = os.path.join(self.root, name)
        with open(path + '.new', 'wb') as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.rename(path + '.new', path)

    def url(self, name):
        return f'http://127.0.0.1:{self.port}/{name}'

    def requests(self, name=None):
        """[[uri, status, if-none-match, if-modified-since, user agent, user, x-key, authorization, time, protocol]]"""
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(self.dir, 'access'), encoding='utf-8') as f:
                rows = [line.rstrip('\n').split('|') for line in f]
            return [r for r in rows if r[0] != '' and (name is None or r[0] == '/' + name)]
        return []


def feed(url, name='feed', more='', every='1s', every_max='1s', private='allow_private: yes'):
    return f'- {{name: {name}, feed: "{url}", every: {every}, every_max: {every_max}, host_delay: 10ms, {private}' \
           f'{", " + more if more else ""}}}\n'


def polls(source):
    return int(source['detail'].split()[0])


def wait_polls(d, n, name='feed', seconds=20):
    return wait_for(lambda: polls(s := d.source(name)) >= n and s, seconds, f'{n} polls of {name}')


# ---- what is polled ----

def test_from_nginx_to_events():
    n = Nginx().start()
    n.put('feed.rss', rss(1, 2))
    d = Daemon(watch=feed(n.url('feed.rss'))).start()
    wait_for(lambda: len(d.events()) == 2, what='two events')
    d.drain()
    wait_for(lambda: len([r for r in n.requests() if r[1] == '304']) >= 2, what='not modified, twice')
    rows = n.requests()
    equal([r[1] for r in rows[:3]], ['200', '304', '304'])
    equal((rows[0][2], rows[0][3]), ('-', '-'), 'validators of the first request')
    check(rows[1][2] not in ('-', '') and rows[1][3] not in ('-', ''), 'validators come back', rows[1])
    check(rows[0][4].startswith('dateline/'), rows[0])
    n.put('feed.rss', rss(1, 2, 3))
    wait_for(lambda: len(d.events()) == 3, what='the third event')
    d.drain()
    s = wait_for(lambda: (s := d.source('feed'))['items'] == 3 and s, what='the items')
    equal((s['kind'], s['place'], s['errors'], s['trouble'], s['accepted']), ('feed', n.url('feed.rss'), 0, None, 2))
    check(s['success'] and s['change'] and s['next'] and s['saved'] > 0, s)
    wait_for(lambda: d.status()['totals']['duplicates'] == 2, what='items that were known')
    d.stop()


def test_state_survives():
    n = Nginx().start()
    n.put('feed.rss', rss(1))
    d = Daemon(watch=feed(n.url('feed.rss'))).start()
    wait_for(lambda: [r for r in n.requests() if r[1] == '304'], what='not modified')
    before = d.source('feed')
    d.stop()
    count = len(n.requests())
    d.start()
    wait_for(lambda: len(n.requests()) > count, what='a poll after the restart')
    equal(n.requests()[count][1], '304', 'the first answer after the restart')
    equal(d.source('feed')['items'], before['items'])
    check(d.source('feed')['saved'] >= before['saved'])
    d.kill()
    d.start()
    wait_for(lambda: polls(d.source('feed')) >= 1, what='a poll after a kill')
    equal({r[1] for r in n.requests()[1:]}, {'304'})
    equal(len(d.events()), 1)
    d.stop()


# ---- what servers answer ----

def test_validators_only_of_what_was_decoded():
    n = Nginx().start()
    n.put('feed.rss', rss(1))
    d = Daemon(watch=feed(n.url('feed.rss'))).start()
    wait_for(lambda: [r for r in n.requests() if r[1] == '304'], what='not modified')
    good = n.requests()[-1][2]
    n.put('feed.rss', '<html><body><h1>Sorry, we are closed</h1><p>Come back later, please.</p></body></html>')
    s = wait_for(lambda: (s := d.source('feed'))['errors'] > 0 and s, what='the page is an error')
    check('an HTML page, not a feed' in s['trouble'], s)
    equal(len(d.quarantined()), 1, 'quarantined')
    count = len(n.requests())
    s = wait_for(lambda: (s := d.source('feed'))['errors'] > 1 and s, what='the page is still an error')
    check('could not be read before' in s['trouble'], s)
    equal(n.requests()[count][2], good, 'the validator of what was decoded')
    equal(len(d.quarantined()), 1, 'the same page is quarantined once')
    n.put('feed.rss', rss(1, 2))
    wait_for(lambda: (s := d.source('feed'))['errors'] == 0 and s['trouble'] is None, what='it works again')
    wait_for(lambda: len(d.events()) == 2, what='the second story')
    d.stop()


def test_moved():
    n = Nginx('location = /old.rss { return 301 /new.rss; } location = /for-now.rss { return 302 /new.rss; } '
              'location = /half.rss { return 302 /old.rss; } location = /loop.rss { return 301 /loop.rss; } '
              'location = /file.rss { return 301 file:///etc/passwd; } location = /307.rss { return 307 /new.rss; } '
              'location = /308.rss { return 308 /new.rss; }').start()
    n.put('new.rss', rss(1))
    d = Daemon(watch=''.join(feed(n.url(f'{name}.rss'), name) for name in ('old', 'for-now', 'half', 'loop', 'file', '307', '308'))).start()
    for name in ('old', 'for-now', 'half', '307', '308'):
        wait_polls(d, 3, name)
    equal(len(n.requests('old.rss')) - len(n.requests('half.rss')), 1, 'a permanent redirect is followed once')
    check(len(n.requests('for-now.rss')) >= 3, 'another one is asked again')
    check(len(n.requests('307.rss')) >= 3 and len(n.requests('308.rss')) == 1, n.requests())
    check('moved' in d.source('old')['detail'] and 'moved' not in d.source('for-now')['detail'], d.call('Sources'))
    for name, words in (('loop', 'redirects again and again'), ('file', 'no plain http')):
        check(words in wait_for(lambda n=name: d.source(n)['trouble'], what='trouble'), d.source(name))
    d.stop()
    count = len(n.requests('old.rss'))
    half = len(n.requests('half.rss'))
    d.start()
    wait_polls(d, 2, 'old')
    equal(len(n.requests('old.rss')) - count, len(n.requests('half.rss')) - half, 'it is remembered over a restart')
    os.unlink(os.path.join(n.root, 'new.rss'))      # the move led nowhere: the first address again
    count = len(n.requests('old.rss')) - len(n.requests('half.rss'))
    wait_for(lambda: len(n.requests('old.rss')) - len(n.requests('half.rss')) > count, what='the old address is asked again')
    d.stop()


def test_gone():
    n = Nginx('location = /gone.rss { return 410; }').start()
    d = Daemon(watch=feed(n.url('gone.rss'))).start()
    s = wait_for(lambda: (s := d.source('feed'))['trouble'] and s, what='trouble')
    check('gone for good' in s['trouble'], s)
    equal(s['next'], None)
    time.sleep(2.5)
    equal(len(n.requests()), 1, 'polls')
    d.stop()
    d.start()
    wait_for(lambda: d.source('feed')['trouble'], what='trouble after the restart')
    time.sleep(1.5)
    equal(len(n.requests()), 1, 'polls after the restart')
    d.ctl('pause', 'feed')
    d.ctl('resume', 'feed')
    wait_for(lambda: len(n.requests()) == 2, what='a person asks for another try')
    d.stop()


def test_retry_after():
    n = Nginx(''.join(f'location = /{status}.rss {{ add_header Retry-After {after} always; return {status}; }} '
                      for status, after in ((429, 5), (403, 5), (503, 5), (404, 0), (500, 0)))).start()
    d = Daemon(watch=''.join(feed(n.url(f'{status}.rss').replace('127.0.0.1', f'127.0.0.{i + 1}'), str(status))
                             for i, status in enumerate((403, 404, 500))) +
               feed(n.url('429.rss'), '429')).start()
    wait_for(lambda: all(d.source(str(s))['errors'] >= 1 for s in (403, 429)), what='errors')
    check('status 429 and wants to be left alone until' in d.source('429')['trouble'], d.source('429'))
    time.sleep(3)
    equal(len(n.requests('429.rss')), 1, '429 is honoured')
    equal(len(n.requests('403.rss')), 1, '403 is honoured')
    wait_for(lambda: len(n.requests('429.rss')) == 2, 10, 'never given up')
    times = [float(r[8]) for r in n.requests('429.rss')]
    check(times[1] - times[0] >= 4.9, times)
    d.stop()


def test_retry_after_a_date():
    until = int(time.time()) + 6
    n = Nginx('location = /503.rss { add_header Retry-After "%s" always; return 503; }'
              % time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(until))).start()
    d = Daemon(watch=feed(n.url('503.rss'))).start()
    wait_for(lambda: len(n.requests()) == 2, 20, 'a second poll')
    times = [float(r[8]) for r in n.requests()]
    check(times[0] < until - 2, 'the first one came in time', times, until)
    check(times[1] >= until - 1, 'it was left alone', times, until)     # whole seconds
    d.stop()


def brotli(data):
    """Stored, not packed: RFC 7932, 9.2."""
    return (1 << 20 | (len(data) - 1) << 4).to_bytes(3, 'little') + data + b'\3'


def test_compressed():
    n = Nginx('gzip on; gzip_types application/rss+xml; gzip_min_length 0; gzip_proxied any;').start()
    n.put('feed.rss', rss(*range(50)))
    text = {name: rss(100 + i).encode() for i, name in enumerate(('br', 'deflate', 'zlib', 'nonsense'))}
    packer = zlib.compressobj(wbits=-15)
    packed = {'br': brotli(text['br']), 'zlib': zlib.compress(text['zlib']), 'nonsense': b'\x1f\x8b\x08 this is no gzip',
              'deflate': packer.compress(text['deflate']) + packer.flush()}
    names = {'br': 'br', 'zlib': 'deflate', 'deflate': 'deflate', 'nonsense': 'gzip'}
    raws = {name: Raw(b'HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n'
                      % (names[name].encode(), len(packed[name])) + packed[name]) for name in names}
    d = Daemon(watch=feed(n.url('feed.rss'), 'gzip') + ''.join(feed(r.url(), name) for name, r in raws.items())).start()
    wait_for(lambda: len(d.events()) == 53, 20, 'all that can be unpacked')
    for name in ('gzip', 'br', 'deflate', 'zlib'):
        equal(d.source(name)['trouble'], None, name)
    check('could not be fetched' in wait_for(lambda: d.source('nonsense')['trouble'], what='trouble'), d.source('nonsense'))
    for name in ('gzip', 'deflate', 'br'):
        check(f'{name}' in raws['br'].requests[0].lower().split('accept-encoding: ')[1].split('\r')[0], raws['br'].requests[0])
    wait_for(lambda: d.source('gzip')['saved'] > 0, what='a 304')
    saved, times = d.source('gzip')['saved'], int(d.source('gzip')['detail'].split()[2])
    check(saved < times * len(rss(*range(50))), 'what is spared is counted as it comes over the wire', saved, times)
    d.stop()


def test_proxy():
    origin = Nginx().start()
    origin.put('feed.rss', rss(1))
    n = Nginx('location / { proxy_pass http://127.0.0.1:%d; }' % origin.port).start()
    proxy = f'http://127.0.0.1:{n.port}'
    # The name is the proxy's to find; the environment is not asked.
    d = Daemon(watch=feed('http://feeds.invalid/feed.rss', 'by-proxy', f'proxy: "{proxy}"') +
               feed('http://other.invalid/feed.rss', 'without'))
    d.start(env={**os.environ, 'http_proxy': proxy, 'ALL_PROXY': proxy})
    wait_for(lambda: len(d.events()) == 1, what='the story')
    check('could not be fetched' in wait_for(lambda: d.source('without')['trouble'], 20, 'trouble'), d.source('without'))
    check({r[0] for r in n.requests()} <= {'/feed.rss', 'http://feeds.invalid/feed.rss'}, n.requests())
    d.stop()


def test_backoff():
    n = Nginx('location = /500.rss { return 500; }').start()
    d = Daemon(watch=feed(n.url('500.rss'))).start()
    wait_for(lambda: d.source('feed')['errors'] == 4, 20, 'four errors')
    times = [float(r[8]) for r in n.requests()]
    gaps = [b - a for a, b in zip(times, times[1:])]
    for gap, least in zip(gaps, (0.99, 1.75, 3.5)):
        check(gap >= least, gaps)
    d.stop()
    d.start()
    equal(wait_for(lambda: d.source('feed')['errors'], what='errors after a restart'), 4)
    d.stop()


def test_limits():
    n = Nginx('location = /slow.rss { limit_rate 100; } location = /large.rss { } '
              'location = /bomb.rss { default_type application/rss+xml; add_header Content-Encoding gzip; } '
              'location = /empty.rss { return 200 ""; }').start()
    n.put('slow.rss', rss(*range(20)))
    with open(os.path.join(n.root, 'large.rss'), 'wb') as f:
        f.truncate(1 << 30)
    import gzip
    n.put('bomb.rss', gzip.compress(bytes(64 << 20)))
    d = Daemon(watch=feed(n.url('slow.rss'), 'slow', 'timeout: 2s') + feed(n.url('large.rss'), 'large') +
               feed(n.url('bomb.rss'), 'bomb') + feed(n.url('empty.rss'), 'empty')).start()
    before = harness.rss_kib(d.pid())
    for name, words in (('slow', 'longer than its timeout'), ('large', 'larger than max_size'),
                        ('bomb', 'larger than max_size'), ('empty', 'nothing else')):
        check(words in wait_for(lambda n=name: d.source(n)['trouble'], 20, f'trouble of {name}'), d.source(name))
    check(d.status()['loop']['longest_ever_us'] < 500000, d.status()['loop'])
    check(harness.SANITIZED or harness.rss_kib(d.pid()) - before < 60000, 'memory', before, harness.rss_kib(d.pid()))
    d.stop()


class Raw:
    """A server that says what it is told and nothing else."""

    def __init__(self, *answers):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.answers = list(answers)
        self.requests = []
        threading.Thread(target=self.serve, daemon=True).start()
        harness._cleanups.append(self.socket.close)

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.socket.accept()
                with peer:
                    data = b''
                    while b'\r\n\r\n' not in data and (more := peer.recv(65536)):
                        data += more
                    self.requests.append(data.decode('latin-1'))
                    answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                    with contextlib.suppress(OSError):
                        for piece in answer if isinstance(answer, list) else [answer]:
                            peer.sendall(piece)

    def url(self):
        return f'http://127.0.0.1:{self.port}/feed'


def test_broken_servers():
    text = rss(1).encode()
    short = Raw(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % (len(text) + 10) + text)
    endless = Raw([b'HTTP/1.1 200 OK\r\n\r\n'] + [b'<rss>' + bytes(65536)] * 400)
    headers = Raw([b'HTTP/1.1 200 OK\r\n'] + [b'X-Filler: ' + b'x' * 1000 + b'\r\n'] * 2000)
    noise = Raw(b'\x16\x03\x01 what is this\r\n\r\n')
    # Validators that make no sense come back as they were; an encoding that does not exist is not believed.
    odd = Raw(b'HTTP/1.1 200 OK\r\nETag: not quoted at all \r\nLast-Modified: someday\r\n'
              b'Content-Type: text/html; charset=nonsense-1\r\nContent-Length: %d\r\n\r\n' % len(text) + text,
              b'HTTP/1.1 304 Not Modified\r\n\r\n')
    uncalled = Raw(b'HTTP/1.1 304 Not Modified\r\n\r\n')
    d = Daemon(watch=''.join(feed(s.url(), name) for name, s in (('short', short), ('endless', endless), ('headers', headers),
                                                                ('noise', noise), ('odd', odd), ('uncalled', uncalled)))).start()
    for name in ('short', 'endless', 'headers', 'noise', 'uncalled'):
        wait_for(lambda n=name: d.source(n)['trouble'], 20, f'trouble of {name}')
    wait_polls(d, 2, 'odd')
    check('\r\nIf-None-Match: not quoted at all\r\n' in odd.requests[1], odd.requests)
    check('\r\nIf-Modified-Since: someday\r\n' in odd.requests[1], odd.requests)
    wait_for(lambda: len(d.events()) == 1, what='the one good document')
    d.stop()


def test_same_document():
    """A server without validators: what is the same to the byte is not taken again; changing guids are new stories."""
    n = Nginx('etag off; if_modified_since off; location / { add_header Last-Modified ""; }').start()
    n.put('feed.rss', rss(1))
    d = Daemon(watch=feed(n.url('feed.rss'))).start()
    wait_polls(d, 4)
    equal(d.source('feed')['accepted'], 1)
    equal({r[1] for r in n.requests()}, {'200'})
    n.put('feed.rss', rss(1, guid='urn:other:{n}'))
    wait_for(lambda: d.source('feed')['accepted'] == 2, what='another document')
    wait_for(lambda: d.source('feed')['items'] == 2, what='a new identity is a new story')
    d.stop()


def test_private_addresses():
    n = Nginx('location = /away.rss { return 302 http://localhost:$server_port/feed.rss; }').start()
    n.put('feed.rss', rss(1))
    d = Daemon(watch=feed(n.url('feed.rss'), 'plain', private='timeout: 5s') +
               feed(f'http://localhost:{n.port}/feed.rss', 'name', private='timeout: 5s') +
               feed(f'http://[::ffff:127.0.0.1]:{n.port}/feed.rss', 'mapped', private='timeout: 5s') +
               feed(f'http://2130706433:{n.port}/feed.rss', 'number', private='timeout: 5s')).start()
    for name in ('plain', 'name', 'mapped', 'number'):
        check('private' in wait_for(lambda n=name: d.source(n)['trouble'], what=f'trouble of {name}'), d.source(name))
    equal(n.requests(), [])
    d.stop()


def test_tls():
    if shutil.which('openssl') is None:
        raise Skip('there is no openssl')
    n = Nginx(tls='ssl_certificate {dir}/cert; ssl_certificate_key {dir}/key;')
    with open(os.path.join(n.dir, 'conf'), encoding='utf-8') as f:
        conf = f.read().replace(f'listen 127.0.0.1:{n.port};', f'listen 127.0.0.1:{n.port} ssl http2;')
    with open(os.path.join(n.dir, 'conf'), 'w', encoding='utf-8') as f:
        f.write(conf)
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days',
                    '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout',
                    os.path.join(n.dir, 'key'), '-out', os.path.join(n.dir, 'cert')], check=True, capture_output=True)
    n.start()
    n.put('feed.rss', rss(1))
    ca = f'ca: {n.dir}/cert'
    d = Daemon(watch=feed(f'https://localhost:{n.port}/feed.rss', 'right', ca) +
               feed(f'https://127.0.0.1:{n.port}/feed.rss', 'wrong-name', ca) +
               feed(f'https://localhost:{n.port}/feed.rss', 'unknown')).start()
    wait_for(lambda: len(d.events()) == 1, what='the story')
    for name in ('wrong-name', 'unknown'):
        check('could not be fetched' in wait_for(lambda n=name: d.source(n)['trouble'], what=f'trouble of {name}'))
    equal({r[9] for r in n.requests()}, {'HTTP/2.0'})
    d.stop()


def test_credentials():
    n = Nginx('location = /away.rss { return 302 http://localhost:$server_port/feed.rss; }').start()
    n.put('feed.rss', rss(1))
    folder = tempfile.mkdtemp(prefix='dateline-credentials-')
    harness._cleanups.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    for name, text in (('basic', 'reader:s3cret pass\n'), ('bearer', 'Bearer t0ken-of-mine'), ('odd', 'nothing')):
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
            f.write(text)
    d = Daemon(watch=feed(n.url('feed.rss'), 'basic', f'credentials: {folder}/basic, headers: ["X-Key: abc"], user_agent: me/1') +
               feed(n.url('feed.rss') + '?b', 'bearer', 'credentials: bearer') +
               feed(n.url('away.rss'), 'away', 'credentials: bearer, headers: ["X-Key: abc"]') +
               feed(n.url('feed.rss') + '?o', 'odd', 'credentials: odd') +
               feed(n.url('feed.rss') + '?m', 'missing', 'credentials: missing'))
    d.start(env={**os.environ, 'CREDENTIALS_DIRECTORY': folder})
    for name in ('basic', 'bearer', 'away'):
        wait_polls(d, 1, name)
    rows = n.requests()
    basic = next(r for r in rows if r[0] == '/feed.rss' and r[5] != '-')
    equal((basic[4], basic[5], basic[6]), ('me/1', 'reader', 'abc'))
    equal(next(r for r in rows if r[0] == '/feed.rss?b')[7], 'Bearer t0ken-of-mine')
    away = next(r for r in rows if r[0] == '/away.rss')
    equal((away[6], away[7]), ('abc', 'Bearer t0ken-of-mine'))
    check([r for r in rows if r[0] == '/feed.rss' and (r[6], r[7]) == ('-', '-')], 'none of it goes to another host', rows)
    for name, words in (('odd', 'neither USER:PASSWORD'), ('missing', 'No such file')):
        check(words in wait_for(lambda n=name: d.source(n)['trouble'], what=f'trouble of {name}'), d.source(name))
    with open(f'/proc/{d.pid()}/cmdline', 'rb') as f:
        shown = f.read()
    d.stop()
    with open(d.db, 'rb') as f:
        shown += f.read()
    shown += d.log_text().encode()
    for secret in (b's3cret', b't0ken', b'reader:'):
        check(secret not in shown, 'a secret is kept', secret)


def test_quiet():
    n = Nginx().start()
    n.put('feed.rss', rss(1))
    d = Daemon(watch=feed(n.url('feed.rss'), more='quiet_after: 3s')).start()
    check('nothing new since' in wait_for(lambda: d.source('feed')['trouble'], 20, 'it is told of'), d.source('feed'))
    n.put('feed.rss', rss(1, 2))
    wait_for(lambda: d.source('feed')['trouble'] is None, what='it is over')
    d.stop()


def test_hints():
    n = Nginx('location = /max.rss { add_header Cache-Control "public, max-age=3600"; } '
              'location = /expires.rss { add_header Expires "%s"; } location = /old.rss { expires epoch; }'
              % time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(time.time() + 3600))).start()
    n.put('max.rss', rss(1))
    n.put('expires.rss', rss(4))
    n.put('old.rss', rss(5))
    n.put('sy.rss', rss(6, channel='<sy:updatePeriod>hourly</sy:updatePeriod>').replace(
        '<rss ', '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '))
    n.put('ttl.rss', rss(2, channel='<ttl>60</ttl>'))
    hour = time.gmtime(time.time() + 1).tm_hour
    n.put('skip.rss', rss(3, channel=f'<skipHours><hour>{hour}</hour><hour>{(hour + 1) % 24}</hour></skipHours>'))
    d = Daemon(watch=''.join(feed(n.url(f'{name}.rss'), name, every_max='8s') for name in ('max', 'ttl', 'skip', 'expires', 'old', 'sy'))).start()
    wait_for(lambda: len(d.events()) == 6, what='six stories')
    d.drain()
    time.sleep(4)
    equal([len(n.requests(f'{name}.rss')) for name in ('max', 'ttl', 'skip', 'expires', 'sy')], [1] * 5, 'polls within four seconds')
    check(len(n.requests('old.rss')) > 1, 'what was never fresh is polled as often as it may be')
    wait_for(lambda: len(n.requests('ttl.rss')) == 2, what='no longer than every_max')
    equal(len(n.requests('skip.rss')), 1)
    d.stop()


def test_reload_and_pause():
    n = Nginx().start()
    n.put('feed.rss', rss(1))
    n.put('other.rss', rss(2))
    d = Daemon(watch=feed(n.url('feed.rss'))).start()
    wait_polls(d, 2)
    d.call('Pause', name='feed')
    time.sleep(0.3)
    count = len(n.requests())
    time.sleep(2)
    equal(len(n.requests()), count, 'polls while it is paused')
    d.call('Resume', name='feed')
    wait_for(lambda: len(n.requests()) > count, what='a poll after the pause')
    d.configure(watch=feed(n.url('other.rss')))
    d.call('Reload')
    wait_for(lambda: len(d.events()) == 2, what='the story of the other address')
    other = n.requests('other.rss')
    equal((other[0][1], other[0][2]), ('200', '-'), 'nothing of the first address is sent to the other')
    d.configure(watch='')
    d.call('Reload')
    equal(d.call('Sources')['sources'], [])
    d.stop()


def test_stop_in_the_midst():
    n = Nginx('location / { limit_rate 200; }').start()
    n.put('feed.rss', rss(*range(30)))
    d = Daemon(watch=feed(n.url('feed.rss'))).start()
    wait_for(lambda: 'under way' in d.source('feed')['detail'], what='a poll is under way')
    check(d.stop() < 3 * harness.SLOW, 'it stops at once')


# ---- what people do ----

def test_sources_and_test():
    n = Nginx('location = /410.rss { return 410; }').start()
    n.put('feed.rss', rss(1, 2, channel='<ttl>90</ttl>'))
    n.put('page.rss', '<html><body><p>Not found</p></body></html>')
    d = Daemon(watch=feed(n.url('feed.rss')) + '- {name: inbox, directory: {dir}/inbox}\n').start()
    wait_for(lambda: len(d.events()) == 2, what='two events')
    wait_for(lambda: d.source('feed')['items'] == 2, what='the items')
    check('items' not in d.source('inbox'), d.source('inbox'))
    lines = d.ctl('sources').stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith('FEED'))
    equal(lines[head].split(), ['FEED', 'SUCCESS', 'CHANGE', 'NEXT', 'POLL', 'ITEMS', 'ERRORS', 'SAVED'])
    check(re.match(r'feed +(just now|\d.* ago) .* in ', lines[head + 1]), lines)
    before = d.sql('SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM stories)')
    shown = d.ctl('sources', 'test', 'feed').stdout
    for words in ('200', 'Headline 1', 'urn:test:2', '1 h 30 min', 'stories      2'):
        check(words in shown, words, 'is missing in', shown)
    shown = d.ctl('sources', 'test', '--private', n.url('page.rss'), status=5).stdout
    check('an HTML page, not a feed' in shown, shown)
    check('private' in d.ctl('sources', 'test', n.url('feed.rss'), status=5).stdout)
    check('410' in d.ctl('sources', 'test', '--private', n.url('410.rss'), status=5).stdout)
    d.ctl('sources', 'test', 'nobody', status=1)
    d.ctl('sources', 'test', 'inbox', status=1)
    d.ctl('sources', 'test', 'https://me:pw@news.example/', status=2)
    d.ctl('sources', 'test', status=2)
    equal(d.sql('SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM stories)'), before, 'nothing is stored')
    d.stop()


def test_sources_test_in_the_midst_of_a_stop():
    n = Nginx('location / { limit_rate 200; }').start()
    n.put('feed.rss', rss(*range(30)))
    d = Daemon(watch='').start()
    with d.client() as client:
        client.send('TestSource', {'url': n.url('feed.rss'), 'allow_private': True})
        wait_for(lambda: n.process.poll() is None and time.sleep(0.3) is None, what='a moment')
        check(d.stop() < 3 * harness.SLOW, 'it stops at once')


def dateline_opml(text, status=0):
    run = subprocess.run([os.path.join(harness.BUILD, 'dateline'), 'opml', '-'], input=text, capture_output=True, check=False,
                         timeout=20 * harness.SLOW)
    equal(run.returncode, status, run.stderr)
    return run.stdout.decode()


def test_opml():
    rows = dateline_opml(b'<?xml version="1.0"?><opml version="2.0"><body><outline text="Folder">'
                         b'<outline text="News &amp; World" type="rss" xmlUrl="https://news.example/a?b=1&amp;c=2"/>'
                         b'<outline title="News / World" xmlUrl="https://news.example/d"/></outline>'
                         b'<outline text="again" xmlUrl="https://news.example/d"/>'
                         b'<outline text="x\n  - name: evil # &#10;feed: y" xmlUrl="http://odd.example/"/>'
                         b'<outline text="bad" xmlUrl="file:///etc/passwd"/><outline text="bad" xmlUrl="http://a:b@c/"/>'
                         b'<outline text="bad" xmlUrl="http://a/\'&#10;- x"/><outline xmlUrl="http://\xc3\xa9.example/"/>'
                         b'<outline text="\xe4\xb8\xad" xmlUrl="http://last.example/"></body>')
    d = Daemon(watch='')
    d.configure(d.text(watch='').replace('log:', rows + 'log:', 1))
    run = subprocess.run([os.path.join(harness.BUILD, 'datelined'), '--check-config', '-c', d.config], capture_output=True,
                         check=False, timeout=20 * harness.SLOW)
    equal(run.returncode, 0, run.stderr.decode() + rows)
    names = [line.split()[2] for line in rows.splitlines() if line.startswith('  - name: ')]
    urls = [line.split("'")[1] for line in rows.splitlines() if line.startswith('    feed: ')]
    equal(names[:3], ['news-world', 'news-world-2', 'x-name-evil-feed-y'])
    equal(urls, ['https://news.example/a?b=1&c=2', 'https://news.example/d', 'http://odd.example/', 'http://\xe9.example/',
                 'http://last.example/'])
    equal(len(rows.splitlines()), 1 + 2 * len(urls))
    dateline_opml(b'no list at all', status=1)


def test_opml_there_and_back():
    n = Nginx().start()
    watch = ''.join(feed(n.url(f'{i}.rss?a=1&b={i}'), f'f{i}', every='1h', every_max='1h') for i in range(5))
    d = Daemon(watch=watch + '- {name: inbox, directory: {dir}/inbox}\n').start()
    rows = dateline_opml(d.ctl('sources', 'opml').stdout.encode())
    for i in range(5):
        check(f"  - name: f{i}  # f{i}\n    feed: '{n.url(f'{i}.rss?a=1&b={i}')}'\n" in rows, rows)
    d.stop()


# ---- full text ----

def page(n, words=60):
    text = ''.join(f'<p>Paragraph {i} of the whole story number {n}, with the words that the summary does not have.</p>' for i in range(words // 10))
    return f'<html><head><title>Page {n}</title></head><body><nav><a href="/">Home</a></nav><article><h1>Page {n}</h1>{text}' \
           f'<p>FRA CONSULT THEWHOLEPAGEOFSTORY{n}</p>{text}</article></body></html>'


def linked(n, *numbers):
    return rss(*numbers).replace('http://news.example/', n.url('pages/'))


def targets(d):
    return sorted(e['target'][0]['code'] for e in d.events())


def test_full_text():
    n = Nginx(locations='location /pages/ { default_type text/html; }').start()
    os.mkdir(os.path.join(n.root, 'pages'))
    n.put('pages/1', page(1))
    n.put('pages/2', 'no article at all')
    n.put('pages/4', page(4))
    n.put('feed.rss', linked(n, 1, 2, 3))
    d = Daemon(watch=feed(n.url('feed.rss'), more='full_text: auto')).start()
    wait_for(lambda: targets(d) == ['N00002', 'N00003', 'THEWHOLEPAGEOFSTORY1'], 20, 'one with its page, two as the feed has them')
    d.drain()
    equal(sorted(r[0] for r in n.requests() if r[0].startswith('/pages')), ['/pages/1', '/pages/2', '/pages/3'])
    story = next(s for s in [d.story(e['story']) for e in d.events()] if 'whole story' in s['text'])
    equal((story['headline'], story['guid']), ('Headline 1', 'urn:test:1'))
    # The same items again are known, and their pages are not fetched again.
    n.put('feed.rss', linked(n, 1, 2, 3, 4))
    wait_for(lambda: 'THEWHOLEPAGEOFSTORY4' in targets(d), 20, 'a new item')
    equal(targets(d), ['N00002', 'N00003', 'THEWHOLEPAGEOFSTORY1', 'THEWHOLEPAGEOFSTORY4'])
    equal(len([r for r in n.requests() if r[0].startswith('/pages')]), 4)
    check('4 pages' not in d.source('feed')['detail'] and 'pages, 1 not had' in d.source('feed')['detail'], d.source('feed')['detail'])
    equal(d.quarantined(), {})
    d.stop()


def test_full_text_restart():
    """Killed between the item and its page; and an item whose page waits for its turn does not stop datelined from stopping."""
    n = Nginx(locations='location /pages/ { default_type text/html; limit_rate 1; }').start()
    os.mkdir(os.path.join(n.root, 'pages'))
    n.put('pages/1', page(1))
    n.put('feed.rss', linked(n, 1))
    d = Daemon(watch=feed(n.url('feed.rss'), more='full_text: yes')).start()
    wait_for(lambda: d.sql('SELECT count(*) FROM stories WHERE state = 7') == [(1,)], what='it waits')
    wait_for(lambda: d.source('feed')['detail'].split()[0] != '0', what='a poll')
    d.kill()
    equal(d.sql('SELECT count(*) FROM stories WHERE state = 7'), [(1,)])
    d.start()
    d.stop()
    n.stop()
    with open(os.path.join(n.dir, 'conf'), encoding='utf-8') as f:
        conf = f.read().replace('limit_rate 1;', '')
    with open(os.path.join(n.dir, 'conf'), 'w', encoding='utf-8') as f:
        f.write(conf)
    n.start()
    d.start()
    wait_for(lambda: targets(d) == ['THEWHOLEPAGEOFSTORY1'], 20, 'its page')
    d.stop()


def test_full_text_of_another_kind():
    """A link to something else than http and https is not followed; the item goes on without."""
    n = Nginx().start()
    n.put('feed.rss', rss(1).replace('http://news.example/1', 'ftp://127.0.0.1/1'))
    d = Daemon(watch=feed(n.url('feed.rss'), more='full_text: yes')).start()
    wait_for(lambda: targets(d) == ['N00001'], 20, 'the item')
    d.stop()


if __name__ == '__main__':
    harness.main(globals(), 90)
