#!/usr/bin/env python3
"""
make bench-warc [SIZE=1G] [SECONDS=60]: the peak memory (VmHWM) of every process while an archive goes through dateline decode,
dateline code, datelinectl submit, and a watched directory. The archive is made here: pages of words, one gzip member a record. Decoding
and handing in take all of it; coding a whole crawl takes hours, so what codes is looked at for SECONDS and then ended.
"""
import os
import random
import re
import signal
import subprocess
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))
import harness
from harness import BUILD, Daemon, descendants

AIM = 32.0
SECONDS = float(os.environ.get('SECONDS', '60'))
WORDS = ('the minister said that talks with officials of France and Germany on trade were held in Paris while police arrested '
         'protesters near parliament after government troops attacked rebels in the northern town of Mopti and Kenya sent aid').split()


def size_of(text):
    found = re.fullmatch(r'(\d+)([KMG]?)', text)
    return int(found.group(1)) << {'': 0, 'K': 10, 'M': 20, 'G': 30}[found.group(2)]


def make(path, size):
    """Requests, pictures and pages of 4 to 40 paragraphs, as crawls hold them; how many pages."""
    rng = random.Random(1)
    paragraphs = [('<p>' + ' '.join(rng.choice(WORDS) for _ in range(rng.randrange(20, 90))).capitalize() + '.</p>').encode()
                  for _ in range(3000)]
    n = written = 0

    def record(kind, url, block):
        head = f'WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype={kind}\r\n' \
               f'Content-Length: {len(block)}\r\n\r\n'
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        return packer.compress(head.encode() + block + b'\r\n\r\n') + packer.flush()

    with open(path, 'wb') as f:
        while written < size:
            n += 1
            body = b''.join(rng.choices(paragraphs, k=rng.randrange(4, 40)))
            url = f'http://news.example/{n}'
            block = (f'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><head><title>Story number {n}</title>'
                     f'</head><body><article><h1>Story number {n} of the day</h1>').encode() + body + b'</article></body></html>'
            data = record('request', url, b'GET / HTTP/1.1\r\n\r\n') + record('response', url, block)
            if n % 50 == 0:
                data += record('response', url + '.jpg', b'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n' + rng.randbytes(100000))
            f.write(data)
            written += len(data)
    return n


def peak(pid):
    """MB, 0 once it is gone."""
    try:
        with open(f'/proc/{pid}/status', encoding='ascii', errors='replace') as f:
            return next((int(line.split()[1]) * 1024 / 1e6 for line in f if line.startswith('VmHWM:')), 0.0)
    except OSError:
        return 0.0


def name(pid):
    try:
        with open(f'/proc/{pid}/cmdline', encoding='utf-8', errors='replace') as f:
            arguments = f.read().split('\0')
    except OSError:
        return '?'
    return ' '.join([os.path.basename(arguments[0]), *(a for a in arguments[1:2] if a in ('decode', 'code', '--slices'))])


class Peaks:
    """The greatest peak of each kind of process."""

    def __init__(self):
        self.of = {}

    def look(self, *roots):
        for root in roots:
            for pid in [root, *(p for p, _ in descendants(root))]:
                mb, kind = peak(pid), name(pid)
                if mb and kind not in ('?', ''):
                    self.of[kind] = max(mb, self.of.get(kind, 0.0))

    def tell(self, what):
        for kind, mb in sorted(self.of.items()):
            print(f'{what:<34} {kind:<28} {mb:7.1f} MB   {"reached" if mb <= AIM else "NOT REACHED"}', flush=True)


def offline(command, path, seconds):
    began, peaks = time.monotonic(), Peaks()
    p = subprocess.Popen([os.path.join(BUILD, 'dateline'), command, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    harness._cleanups.append(lambda: p.poll() is None and p.kill())
    while p.poll() is None and (seconds is None or time.monotonic() - began < seconds):
        peaks.look(p.pid)
        time.sleep(0.05)
    whole = p.poll() is not None
    if not whole:
        p.send_signal(signal.SIGINT)
        p.wait(20)
    took = time.monotonic() - began
    peaks.tell(f'dateline {command}, ' + ('all of it' if whole else f'{took:.0f} s of it'))
    return took


def daemon(path, how, size):
    """All of it handed in, with the modules as shipped working beside it; then SECONDS more of their work."""
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox}', modules='', log='warning', store='max_queue: 10000000').start()
    peaks, began = Peaks(), time.monotonic()
    if how == 'submit':
        p = subprocess.Popen([os.path.join(BUILD, 'datelinectl'), '--socket', d.socket, 'submit', path], stdout=subprocess.DEVNULL)
        over = lambda: p.poll() is not None  # noqa: E731
        roots = (d.pid(), p.pid)
    else:
        os.link(path, f'{d.inbox}/archive.warc.gz')
        over = lambda: os.path.exists(f'{d.inbox}/done/archive.warc.gz')  # noqa: E731
        roots = (d.pid(),)
    while not over():
        peaks.look(*roots)
        time.sleep(0.1)
    took = time.monotonic() - began
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and not d.idle():
        peaks.look(d.pid())
        time.sleep(0.2)
    peaks.tell({'submit': 'datelinectl submit', 'directory': 'a watched directory'}[how])
    s = d.status()
    print(f'{"":<34} {size / 1e6 / took:.1f} MB/s taken in; {s["totals"]["stories"]} stories decoded meanwhile; '
          f'longest turn of the loop {s["loop"]["longest_ever_us"] / 1000:.1f} ms', flush=True)
    d.kill()


def main():
    size = size_of(os.environ.get('SIZE') or '1G')
    d = Daemon(watch='')                # for its folder
    path = os.path.join(d.dir, 'archive.warc.gz')
    began = time.monotonic()
    n = make(path, size)
    real = os.path.getsize(path)
    print(f'An archive of {real / 1e6:.0f} MB with {n} pages, made in {time.monotonic() - began:.0f} s; the aim is {AIM:.0f} MB in any process',
          flush=True)
    took = offline('decode', path, None)
    print(f'{"":<34} {real / 1e6 / took:.1f} MB/s, {n / took:.0f} stories/s')
    offline('code', path, SECONDS)
    daemon(path, 'submit', real)
    daemon(path, 'directory', real)


if __name__ == '__main__':
    try:
        main()
    finally:
        harness._cleanup()
