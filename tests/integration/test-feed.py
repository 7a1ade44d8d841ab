#!/usr/bin/env python3
"""Feeds are polled from a real nginx on loopback, which plays what servers do."""
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import harness
from harness import Daemon, Skip, check, equal, wait_for

ITEM = '<item><title>Headline {n}</title><link>http://news.example/{n}</link><guid>{guid}</guid>' \
       '<description>&lt;p&gt;PARIS (Test) - This is story {n} with words of its own.&lt;/p&gt;&lt;p&gt;FRA CONSULT N{n}' \
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


if __name__ == '__main__':
    harness.main(globals())
