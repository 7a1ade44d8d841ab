#!/usr/bin/env python3
"""Feeds that name a hub are subscribed to; the hub, and the feed's server, are played here."""
import hashlib
import hmac
import http.client
import http.server
import threading
import time
import urllib.parse

import harness
from harness import Daemon, check, equal, wait_for

ITEM = '<item><title>Headline {n}</title><link>http://news.example/{n}</link><guid>urn:test:{n}</guid>' \
       '<description>&lt;p&gt;PARIS (Test) - This is story {n} with words of its own.&lt;/p&gt;&lt;p&gt;FRA CONSULT N{n:05d}' \
       '&lt;/p&gt;</description></item>'


def rss(*numbers):
    return ('<?xml version="1.0"?><rss version="2.0"><channel><title>Test</title>' + ''.join(ITEM.format(n=n) for n in numbers) +
            '</channel></rss>\n').encode()


class Hub:
    """/feed names /hub. What is subscribed to is verified as soon as it was asked for, on a thread of its own."""

    def __init__(self, lease=3600, links=True):
        self.document, self.lease, self.links = rss(1), lease, links
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
                    self.send_header('Link', f'<{hub.url("hub")}>; rel="hub"')
                    self.send_header('Link', f'<{hub.url("feed")}?topic=1>; rel="self"')
                self.send_header('Content-Length', '0' if known else str(len(hub.document)))
                self.end_headers()
                if not known:
                    self.wfile.write(hub.document)

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers['Content-Length'])).decode()))
                hub.asked.append((time.monotonic(), form, self.headers))
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
        query = {'hub.mode': 'subscribe', 'hub.topic': form['hub.topic'], 'hub.challenge': 'a challenge &=', 'hub.lease_seconds':
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


def daemon(hub, every='1s', every_max='1h', more=''):
    port = free_port()
    watch = f'- {{name: feed, feed: "{hub.url("feed")}", every: {every}, every_max: {every_max}, host_delay: 10ms, ' \
            f'allow_private: yes, websub: yes{more}}}\n'
    d = Daemon(watch=watch)
    d.configure(d.text() + f'websub: {{listen: "127.0.0.1:{port}", url: "http://127.0.0.1:{port}/dateline"}}\n')
    return d.start()


def detail(d):
    return d.source('feed')['detail']


def leased(d):
    return wait_for(lambda: ', with a hub' in detail(d), 20, 'a lease')


def test_discovered_verified_delivered():
    hub = Hub()
    d = daemon(hub)
    leased(d)
    form, headers = hub.asked[0][1:]
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
    equal(hub.bring(rss(3), 'sha1')[0], 202)
    wait_for(lambda: len(d.events()) == 3, what='what the hub brought, signed by sha1')
    d.drain()
    equal(len(d.events()), 3)
    check('brought 3, 0 dropped' in detail(d), detail(d))
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
    equal({f['hub.callback'] for _, f, _ in hub.asked}, {hub.asked[0][1]['hub.callback']})
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


def test_no_hub():
    hub = Hub(links=False)
    d = daemon(hub, every_max='1s')
    wait_for(lambda: hub.polls.count(304) >= 2, 20, 'it is polled as any other')
    equal(hub.polls.count(200), 1)
    equal(hub.asked, [])
    d.stop()


if __name__ == '__main__':
    harness.main(globals(), seconds=180)
