#!/usr/bin/env python3
"""Feeds that name a hub are subscribed to; the hub, and the feed's server, are played here."""
import contextlib
import hashlib
import hmac
import http.client
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse

import harness
from harness import Daemon, Skip, check, equal, wait_for

ITEM = '<item><title>Headline {n}</title><link>http://news.example/{n}</link><guid>urn:test:{n}</guid>' \
       '<description>&lt;p&gt;PARIS (Test) - This is story {n} with words of its own.&lt;/p&gt;&lt;p&gt;FRA CONSULT N{n:05d}' \
       '&lt;/p&gt;</description></item>'


def rss(*numbers, head=''):
    return ('<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Test</title>' + head +
            ''.join(ITEM.format(n=n) for n in numbers) + '</channel></rss>\n').encode()


class Hub:
    """/feed names /hub. What is subscribed to is verified as soon as it was asked for, on a thread of its own."""

    def __init__(self, lease=3600, links=True, document=None):
        self.document, self.lease, self.links, self.hub_name = document or rss(1), lease, links, 'hub'
        self.polls, self.asked, self.verified, self.down, self.verifies = [], [], [], False, True
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                tag = f'"{hashlib.md5(hub.document).hexdigest()}"'
                known = self.headers.get('If-None-Match') == tag
                hub.polls.append(304 if known else 200)
                self.send_response(304 if known else 200)
                self.send_header('ETag', tag)
                if hub.links and not known:
                    self.send_header('Link', f'<{hub.url(hub.hub_name)}>; rel="hub"')
                    self.send_header('Link', f'<{hub.url("feed")}?topic=1>; rel="self"')
                self.send_header('Content-Length', '0' if known else str(len(hub.document)))
                self.end_headers()
                if not known:
                    self.wfile.write(hub.document)

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers['Content-Length'])).decode()))
                hub.asked.append((time.monotonic(), form, self.headers, self.path))
                self.send_response(503 if hub.down else 202)
                self.send_header('Content-Length', '0')
                self.end_headers()
                if not hub.down and hub.verifies:
                    threading.Thread(target=lambda: hub.verified.append(hub.verify(form)), daemon=True).start()

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        harness._cleanups.append(self.server.shutdown)

    def url(self, name):
        return f'http://127.0.0.1:{self.server.server_port}/{name}'

    def verify(self, form, **changes):
        query = {'hub.mode': form['hub.mode'], 'hub.topic': form['hub.topic'], 'hub.challenge': 'a challenge &=', 'hub.lease_seconds':
                 str(self.lease)} | {f'hub.{k}': v for k, v in changes.items()}
        return ask('GET', form['hub.callback'] + '?' + urllib.parse.urlencode(query))

    def bring(self, document, method='sha256', key=None, head=None):
        form = self.asked[-1][1]
        signature = hmac.new((key or form['hub.secret']).encode(), document, method).hexdigest()
        return ask('POST', form['hub.callback'], document, {'Content-Type': 'application/rss+xml',
                                                            'X-Hub-Signature': f'{method}={signature}'} if head is None else head)


def ask(method, url, body=None, headers=None):
    """(status, body)"""
    parts = urllib.parse.urlsplit(url)
    c = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        c.request(method, parts.path + ('?' + parts.query if parts.query else ''), body, headers or {})
        answer = c.getresponse()
        return answer.status, answer.read().decode()
    finally:
        c.close()


def free_port():
    with http.server.socketserver.TCPServer(('127.0.0.1', 0), None) as s:
        return s.server_address[1]


def watch(hub, every='1s', every_max='1h', more=''):
    return f'- {{name: feed, feed: "{hub.url("feed")}", every: {every}, every_max: {every_max}, host_delay: 10ms, ' \
           f'allow_private: yes, websub: yes{more}}}\n'


def daemon(hub, listen=None, url=None, before=None, **options):
    port = free_port()
    d = Daemon(watch=watch(hub, **options))
    d.websub = f'websub: {{listen: "{(listen or f"127.0.0.1:{port}").replace("{dir}", d.dir)}", ' \
               f'url: "{url or f"http://127.0.0.1:{port}/dateline"}"}}\n'
    d.configure(d.text() + d.websub)
    if before:
        before(d)
    return d.start()


def reload(d, rows):
    d.sections['watch'] = rows
    d.configure(d.text() + d.websub)
    d.call('Reload')


def orders(hub):
    return [(form['hub.mode'], path) for _, form, _, path in hub.asked]


def detail(d):
    return d.source('feed')['detail']


def leased(d):
    return wait_for(lambda: ', with a hub' in detail(d), 20, 'a lease')


def test_discovered_verified_delivered():
    hub = Hub()
    d = daemon(hub)
    leased(d)
    form, headers = hub.asked[0][1:3]
    equal((form['hub.mode'], form['hub.topic']), ('subscribe', hub.url('feed') + '?topic=1'))
    check(len(form['hub.secret']) == 64 and len(form['hub.callback'].rsplit('/', 1)[1]) == 32, form)
    equal(headers['Content-Type'], 'application/x-www-form-urlencoded')
    equal(hub.verified, [(200, 'a challenge &=')])
    wait_for(lambda: len(d.events()) == 1, what='the polled event')
    d.drain()
    polls = len(hub.polls)
    document = rss(1, 2)
    equal(hub.bring(document)[0], 202)
    wait_for(lambda: len(d.events()) == 2, what='what the hub brought')
    equal(hub.bring(document)[0], 202, 'the same again')
    for n, method in enumerate(('sha1', 'sha384', 'sha512'), 3):
        equal(hub.bring(rss(n), method)[0], 202)
        wait_for(lambda n=n: len(d.events()) == n, what=f'what the hub brought, signed by {method}')
    d.drain()
    equal(len(d.events()), 5)
    check('brought 5, 0 dropped' in detail(d), detail(d))
    check(len(hub.polls) - polls <= 1, 'it is hardly polled while the lease runs', hub.polls)
    equal(len(hub.asked), 1, 'asked once')
    d.stop()


def test_refused():
    hub = Hub()
    hub.verifies = False
    d = daemon(hub)
    wait_for(lambda: hub.asked, what='a subscription')
    form = hub.asked[0][1]
    wrong = dict(form) | {'hub.callback': form['hub.callback'][:-1] + ('0' if form['hub.callback'][-1] != '0' else '1')}
    equal(hub.verify(wrong)[0], 404, 'a wrong token')
    equal(hub.verify(form, topic=hub.url('other'))[0], 404, 'another topic')
    equal(hub.verify(form, mode='unsubscribe')[0], 404, 'what was not asked for')
    equal(hub.verify(form), (200, 'a challenge &='))
    equal(hub.verify(form)[0], 404, 'verified already')
    leased(d)
    wait_for(lambda: len(d.events()) == 1, what='the polled event')
    equal(hub.bring(rss(7), key='another')[0], 202)
    equal(hub.bring(rss(7), head={})[0], 202)
    equal(hub.bring(rss(7), head={'X-Hub-Signature': 'sha256='})[0], 202)
    equal(hub.bring(rss(7), head={'X-Hub-Signature': 'md5=' + hmac.new(form['hub.secret'].encode(), rss(7), 'md5').hexdigest()})[0], 202)
    check('brought 0, 4 dropped' in detail(d), detail(d))
    equal(ask('POST', wrong['hub.callback'], rss(7))[0], 413, 'a body for nobody')
    equal(ask('PUT', form['hub.callback'], b'x')[0], 405)
    equal(ask('POST', form['hub.callback'], b'x' * (9 << 20), {'X-Hub-Signature': 'sha1=0'})[0], 413)
    equal(ask('GET', form['hub.callback'])[0], 404)
    d.drain()
    equal(len(d.events()), 1)
    d.stop()


def test_renewed():
    hub = Hub(lease=4)
    d = daemon(hub)
    wait_for(lambda: len(hub.asked) >= 3, 30, 'two renewals')
    equal({f['hub.callback'] for _, f, _, _ in hub.asked}, {hub.asked[0][1]['hub.callback']})
    check(all(b[0] - a[0] > 2.5 for a, b in zip(hub.asked, hub.asked[1:])), [a[0] for a in hub.asked])
    check(', with a hub' in detail(d), detail(d))
    check('lease has ended' not in d.log_text(), d.log_text())
    d.stop()


def test_restart():
    hub = Hub()
    d = daemon(hub)
    leased(d)
    wait_for(lambda: len(d.events()) == 1, what='the polled event')
    form = hub.asked[0][1]
    d.stop()
    hub.verifies = False
    d.start()
    equal(hub.bring(rss(2))[0], 202, 'by the subscription of before')
    wait_for(lambda: len(d.events()) == 2, what='what the hub brought after the restart')
    d.stop()
    d.start()
    equal(hub.asked[-1][1]['hub.secret'], form['hub.secret'])
    equal(hub.asked[-1][1]['hub.callback'], form['hub.callback'])
    d.stop()


def test_hub_dies():
    hub = Hub(lease=4)
    d = daemon(hub)
    leased(d)
    hub.down = True
    wait_for(lambda: ', without a hub' in detail(d), 30, 'the end of the lease')
    polls = len(hub.polls)
    hub.document = rss(1, 2)
    wait_for(lambda: len(d.events()) == 2, 60, 'the second story by a poll')
    check(len(hub.polls) > polls)
    log = d.log_text()
    check('did not take the subscription (status 503)' in log and 'lease has ended' in log, log)
    d.stop()


def test_denied():
    """A hub may take back what it had agreed to."""
    hub = Hub()
    d = daemon(hub)
    leased(d)
    form = hub.asked[0][1]
    equal(hub.verify(form, mode='denied', topic=hub.url('other'))[0], 404)
    polls = len(hub.polls)
    equal(hub.verify(form, mode='denied', reason='no more')[0], 200)
    wait_for(lambda: ', without a hub' in detail(d), what='no lease')
    wait_for(lambda: len(hub.polls) > polls + 1, 20, 'it is polled as often as before')
    check('denied the subscription' in d.log_text(), d.log_text())
    d.stop()


def test_named_by_the_document():
    """Without Link headers the document counts, which a worker reads; also one that is known from before a restart."""
    hub = Hub(links=False)
    hub.document = rss(1, head=f'<atom:link rel="hub" href="{hub.url("hub")}"/><atom:link rel="self" href="/feed?topic=2"/>')
    d = daemon(hub)
    leased(d)
    equal((hub.asked[0][1]['hub.topic'], hub.asked[0][3]), (hub.url('feed?topic=2'), '/hub'))
    equal(hub.bring(rss(1, 2))[0], 202)
    wait_for(lambda: len(d.events()) == 2, what='what the hub brought')
    d.drain()
    d.stop()
    equal(len(hub.asked), 1, 'asked once')
    d.start()
    wait_for(lambda: len(hub.asked) == 2, 20, 'asked again after the restart')
    leased(d)
    d.drain()
    equal(len(d.events()), 2, 'the same document again brings nothing new')
    d.stop()


def test_headers_go_first():
    hub = Hub()
    hub.document = rss(1, head='<atom:link rel="hub" href="http://127.0.0.1:1/"/><atom:link rel="self" href="http://no.example/"/>')
    d = daemon(hub)
    leased(d)
    d.drain()
    equal([(f['hub.topic'], path) for _, f, _, path in hub.asked], [(hub.url('feed') + '?topic=1', '/hub')])
    d.stop()


def test_another_hub():
    hub = Hub()
    d = daemon(hub, every_max='2s')
    leased(d)
    hub.hub_name, hub.document = 'hub2', rss(1, 2)
    wait_for(lambda: len(hub.asked) == 3, 20, 'the one is told, the other asked')
    equal(sorted(orders(hub)), [('subscribe', '/hub'), ('subscribe', '/hub2'), ('unsubscribe', '/hub')])
    told = next(form for _, form, _, _ in hub.asked if form['hub.mode'] == 'unsubscribe')
    equal({k: told[k] for k in told if k != 'hub.mode'}, {k: hub.asked[0][1][k] for k in ('hub.topic', 'hub.callback')})
    wait_for(lambda: hub.verified == [(200, 'a challenge &=')] * 3, what='all is verified')
    leased(d)
    equal(hub.verify(told)[0], 404, 'verified already')
    hub.links, hub.document = False, rss(1, 2, 3)
    wait_for(lambda: orders(hub)[-1] == ('unsubscribe', '/hub2'), 20, 'no hub is named any more')
    wait_for(lambda: ', without a hub' in detail(d), what='no lease')
    d.stop()


def test_taken_out():
    """A feed that is taken out of the configuration is given up; one that is only changed, or stopped with datelined, is not."""
    hub = Hub()
    d = daemon(hub)
    leased(d)
    form = hub.asked[0][1]
    equal(hub.verify(dict(form) | {'hub.mode': 'unsubscribe'})[0], 404, 'nobody asked for that')
    reload(d, watch(hub, more=', quiet_after: 1h'))
    wait_for(lambda: detail(d).startswith('0 polls') and ', with a hub' in detail(d), what='it goes on as it was')
    time.sleep(4)
    equal(orders(hub), [('subscribe', '/hub')])
    d.stop()
    d.start()
    wait_for(lambda: len(hub.asked) == 2, 20, 'asked again after the restart')
    leased(d)
    equal(orders(hub), [('subscribe', '/hub')] * 2)
    reload(d, '')
    wait_for(lambda: len(hub.asked) == 3, 20, 'it is told')
    equal(orders(hub)[2], ('unsubscribe', '/hub'))
    wait_for(lambda: len(hub.verified) == 3, what='it has verified')
    equal(hub.verified[2], (200, 'a challenge &='))
    equal(hub.bring(rss(9), key=form['hub.secret'])[0], 413, 'nothing more is taken')
    # A hub that does not verify, and one that is not there, do not keep datelined from stopping.
    reload(d, watch(hub))
    leased(d)
    hub.verifies = False
    reload(d, '')
    wait_for(lambda: orders(hub)[-1][0] == 'unsubscribe' and len(hub.asked) == 5, 20, 'it is told')
    d.stop()


def test_behind_a_proxy():
    """The hub reaches a web server, which passes what comes on to a Unix socket."""
    program = shutil.which('nginx') or ('/usr/sbin/nginx' if os.path.exists('/usr/sbin/nginx') else None)
    if program is None:
        raise Skip('there is no nginx')
    hub, port = Hub(), free_port()
    folder = tempfile.mkdtemp(prefix='dateline-nginx-')
    harness._cleanups.append(lambda: shutil.rmtree(folder, ignore_errors=True))

    def listens():
        with contextlib.suppress(OSError):
            return ask('GET', f'http://127.0.0.1:{port}/')[0] > 0
        return False

    def start_proxy(d):
        places = ''.join(f'{n}_temp_path {folder}/{n};' for n in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        with open(os.path.join(folder, 'conf'), 'w', encoding='utf-8') as f:
            f.write(f'{"user root;" if os.geteuid() == 0 else ""} daemon off; pid {folder}/pid; error_log {folder}/error; '
                    f'worker_processes 1; events {{ worker_connections 64; }}\nhttp {{ {places} access_log off; client_max_body_size '
                    f'32m; server {{ listen 127.0.0.1:{port}; location /news/ {{ proxy_pass http://unix:{d.dir}/websub.sock:/; }} }} }}\n')
        process = subprocess.Popen([program, '-p', folder, '-c', os.path.join(folder, 'conf'), '-e', os.path.join(folder, 'error')])
        harness._cleanups.append(lambda: (process.terminate(), process.wait(10)))
        wait_for(listens, 10, 'nginx')
    d = daemon(hub, listen='{dir}/websub.sock', url=f'http://127.0.0.1:{port}/news', before=start_proxy)
    leased(d)
    equal(hub.bring(rss(1, 2))[0], 202)
    wait_for(lambda: len(d.events()) == 2, what='what the hub brought')
    large = rss(*range(3, 400))
    equal(hub.bring(large)[0], 202, 'more than one read')
    wait_for(lambda: len(d.events()) == 399, 20, 'all of it')
    equal(hub.bring(rss(500), key='another')[0], 202)
    check('1 dropped' in detail(d), detail(d))
    d.stop()
    check(not os.path.exists(os.path.join(d.dir, 'websub.sock')), 'the socket is removed')


def test_no_hub():
    hub = Hub(links=False)
    d = daemon(hub, every_max='1s')
    wait_for(lambda: hub.polls.count(304) >= 2, 20, 'it is polled as any other')
    equal(hub.polls.count(200), 1)
    equal(hub.asked, [])
    d.stop()


if __name__ == '__main__':
    harness.main(globals(), seconds=180)
