#!/usr/bin/env python3
"""Archives (WARC): by dateline(1), by datelinectl submit, in a directory; how far they are, killed in the middle, and gone on with."""
import contextlib
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import harness
from harness import BUILD, SLOW, Daemon, check, equal, wait_for

SHOW = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, 'stdin': subprocess.DEVNULL, 'encoding': 'utf-8'}


def folder():
    path = tempfile.mkdtemp(prefix='dateline-archive-')
    harness._cleanups.append(lambda: shutil.rmtree(path, ignore_errors=True))
    return path


def record(kind, url, block, type_='application/http; msgtype=response'):
    return (
        f'WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-24T08:00:00Z\r\nContent-Type: {type_}\r\n'
        f'Content-Length: {len(block)}\r\n\r\n').encode() + block + b'\r\n\r\n'


def page(n, words=300):
    """A page whose coding by the test's module is one event."""
    text = ' '.join(f'word{n}x{i} of the story that goes on' for i in range(words // 14))
    return (
        f'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><head><title>Headline number {n}</title></head>'
        f'<body><article><h1>Headline number {n}</h1><p>PARIS (Test) - {text}.</p><p>FRA CONSULT THENUMBEROFSTORY{n}</p><p>And {text}.</p></article></body>'
        '</html>').encode()


def archive(path, numbers, packed='members', words=300):
    """`packed`: each record a member of gzip, all of them one, or none."""
    with open(path, 'wb') as f:
        out = gzip.GzipFile(fileobj=f, mode='wb', mtime=0) if packed == 'one' else f
        for n in numbers:
            for r in (record('request', f'http://news.example/{n}', b'GET / HTTP/1.1\r\n\r\n',
                             'application/http; msgtype=request'),
                      record('response', f'http://news.example/{n}', page(n, words))):
                out.write(gzip.compress(r, mtime=0) if packed == 'members' else r)
        if packed == 'one':
            out.close()
    return path


def dateline(*arguments, **options):
    return subprocess.Popen([os.path.join(BUILD, 'dateline'), *arguments], **{**SHOW, **options})


def run(*arguments, status=0):
    p = dateline(*arguments)
    out, err = p.communicate(timeout=60 * SLOW)
    equal(p.returncode, status, f'dateline {" ".join(arguments)}: {err[-500:]}')
    return out, err


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def end_in_the_middle(command, path, out, how, step=200000):
    """Start, and end it when it has written something, again and again; how often."""
    ends = 0
    while True:
        p = dateline(command, '--output', out, *(['--resume'] if ends else []), path)
        before = os.path.getsize(out) if os.path.exists(out) else 0
        end = time.monotonic() + 60 * SLOW

        def grown():
            with contextlib.suppress(FileNotFoundError):
                return os.path.getsize(out) > before + step
            return False
        while p.poll() is None and not grown() and time.monotonic() < end:
            time.sleep(0.005)
        if p.poll() is None:
            p.send_signal(how)
        _, err = p.communicate(timeout=60 * SLOW)
        if p.returncode == 0:
            return ends
        if how == signal.SIGINT:
            equal(p.returncode, 130, err)
            check('--resume goes on' in err, err)
        ends += 1
        check(ends < 500, 'it does not get on')


# ---- dateline(1) ----

def test_killed_and_resumed():
    d = folder()
    for packed in ('members', 'one', 'none'):
        path = archive(f'{d}/{packed}.warc', range(1500), packed)
        whole, _ = run('decode', path)
        equal(len(whole.splitlines()), 1500, packed)
        for how in (signal.SIGKILL, signal.SIGINT):
            out = f'{d}/{packed}.{how}.jsonl'
            check(end_in_the_middle('decode', path, out, how) > 0, 'it was never ended', packed, how)
            check(read(out).decode() == whole, f'the output is another one: {packed}, {how}')
    # Where it had ended by itself nothing is done again.
    size = os.path.getsize(out)
    run('decode', '--output', out, '--resume', path)
    equal(os.path.getsize(out), size)


def test_code_resumed():
    d = folder()
    stories = 400 if SLOW == 1 else 40   # a sanitizer reads fifty times slower
    path = archive(f'{d}/a.warc.gz', range(stories), words=700)
    whole, _ = run('code', '--quiet', path)
    equal(len(whole.splitlines()), stories)
    out = f'{d}/out'
    check(end_in_the_middle('code', path, out, signal.SIGINT, stories * 150) > 0, 'it was never ended')
    check(read(out).decode() == whole, 'the output is another one')


def test_lines_resumed():
    """JSON Lines, two files of them, the second one gzipped."""
    d = folder()
    for name in 'ab':
        with (gzip.open if name == 'b' else open)(f'{d}/{name}', 'wt', encoding='utf-8') as f:
            for n in range(300):
                f.write(
                    json.dumps({
                        'id': f'{name}{n}', 'text': f'The minister of country {n} met the president in Paris on Monday.'
                    }) + '\n')
    whole, _ = run('code', '--quiet', '--input', 'jsonl', f'{d}/a', f'{d}/b')
    equal(len(whole.splitlines()), 600)
    out, ends = f'{d}/out', 0
    while True:
        p = dateline('code', '--quiet', '--input', 'jsonl', '--output', out, *(['--resume'] if ends else []), f'{d}/a',
                     f'{d}/b')
        before = os.path.getsize(out) if os.path.exists(out) else 0
        while p.poll() is None and (not os.path.exists(out) or os.path.getsize(out) <= before + 100000):
            time.sleep(0.002)
        if p.poll() is None:
            p.send_signal(signal.SIGINT)
        p.communicate(timeout=60 * SLOW)
        if p.returncode == 0:
            break
        equal(p.returncode, 130)
        ends += 1
    check(ends > 0, 'it was never ended')
    check(read(out).decode() == whole, 'the output is another one')


def test_folders():
    """All files of a folder, in order; decode's lines are code's; what is added behind is read by --resume."""
    d = folder()
    os.makedirs(f'{d}/in/b')
    for name in ('c.txt', 'b/x.txt', 'a.txt', '.hidden', 'b/.y'):
        with open(f'{d}/in/{name}', 'w', encoding='utf-8') as f:
            f.write(f'LONDON, May 2 (Reuters) - France accused Germany of spying on {name} on Monday.\n')
    whole, _ = run('code', f'{d}/in')
    equal([json.loads(line)['story'] for line in whole.splitlines()], ['a', 'x', 'c'])
    equal(whole, run('code', f'{d}/in/a.txt', f'{d}/in/b/x.txt', f'{d}/in/c.txt')[0])
    run('decode', '--output', f'{d}/stories', f'{d}/in')
    equal(run('code', '--input', 'jsonl', f'{d}/stories')[0], whole)

    run('code', '--output', f'{d}/out', f'{d}/in')
    with open(f'{d}/in/d.txt', 'w', encoding='utf-8') as f:
        f.write('Norway thanked Sweden.\n')
    run('code', '--output', f'{d}/out', '--resume', f'{d}/in')
    equal(read(f'{d}/out').decode(), run('code', f'{d}/in')[0])
    _, err = run('code', '--output', f'{d}/out', '--resume', f'{d}/in')
    check('nothing is left to do' in err, err)
    _, err = run('code', '--output', f'{d}/out', '--resume', f'{d}/in/b', status=64)
    check('had read other files' in err, err)
    _, err = run('code', '--progress', f'{d}/in')
    check(re.search(r'file 4 of 4 \(100%\), 4 stories, \d+/s', err), err)
    os.makedirs(f'{d}/none')
    _, err = run('code', f'{d}/none', status=66)
    check('no files are in it' in err, err)


def test_second_signal():
    """A story that takes long holds the end up; a second signal does not wait for it."""
    d = folder()
    with open(f'{d}/long.txt', 'w', encoding='utf-8') as f:
        f.writelines(f'France accused Germany of spying on Tuesday, officials number {n} said in Berlin.\n'
                     for n in range(60000))
    p = dateline('code', '--output', f'{d}/out', f'{d}/long.txt')
    wait_for(lambda: os.path.exists(f'{d}/out'), what='it has begun')
    time.sleep(0.5)
    p.send_signal(signal.SIGINT)
    time.sleep(0.1)
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=5 * SLOW)
    check(p.returncode in (-signal.SIGINT, 130), p.returncode)


def test_other_languages():
    d = folder()
    with open(f'{d}/es.txt', 'w', encoding='utf-8') as f:
        f.write('El presidente de México se reunió con el primer ministro de Canadá en Ottawa el martes. '
                'Los dos líderes hablaron del comercio entre los dos países y de la seguridad en la frontera.\n')
    _, err = run('code', f'{d}/es.txt')
    check('1 of 1 stories are not in English' in err, err)
    equal(run('code', '--quiet', f'{d}/es.txt')[1], '')


def test_interrupted_while_nothing_comes():
    """A terminal or a pipe of which nothing comes: Ctrl-C ends it all the same."""
    for command in 'decode', 'code':
        p = subprocess.Popen([os.path.join(BUILD, 'dateline'), command, '-'], **{**SHOW, 'stdin': subprocess.PIPE})
        try:
            def catches(p=p):
                with open(f'/proc/{p.pid}/status', encoding='ascii') as f:
                    return int(re.search(r'SigCgt:\s*(\w+)', f.read()).group(1), 16) & 1 << signal.SIGINT - 1
            wait_for(catches, what='it has begun to read')
            time.sleep(0.3)
            p.send_signal(signal.SIGINT)
            equal(p.wait(10 * SLOW), 130)
        finally:
            p.kill()
            p.communicate()


def test_interrupted_in_a_long_story():
    """A story that takes long is given up; what was printed ends with a whole line, and the same command goes on."""
    d = folder()
    with open(f'{d}/short.txt', 'w', encoding='utf-8') as f:
        f.write(
            'SEOUL, Oct 20 (Test) - South Korean troops attacked rebels near the border on Friday, officials said.\n')
    with open(f'{d}/long.txt', 'w', encoding='utf-8') as f:
        f.write('SEOUL, Oct 20 (Test) - It is long.\n' + 90000 *
                ('South Korean troops attacked rebels near the border on Friday '
                 'and the president of the country said that the people of the town had long left it. \n'))
    for n, more in enumerate(((), ('--explain',), ('--output', f'{d}/out'))):
        shown = f'{d}/out' if n == 2 else f'{d}/shown'
        with open(f'{d}/shown', 'wb') as stdout:
            p = subprocess.Popen([os.path.join(BUILD, 'dateline'), 'code', *more, f'{d}/short.txt', f'{d}/long.txt'],
                                 stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, encoding='utf-8')
        try:
            wait_for(lambda name=shown: os.path.exists(name) and os.path.getsize(name) > 0, 20, 'the first story')
            time.sleep(0.3)                                 # then it is in the middle of the other one,
            p.send_signal(signal.SIGINT if n == 1 else signal.SIGTERM)
            p.send_signal(signal.SIGSTOP)                   # which takes longer than a second
            time.sleep(1.2)
            p.send_signal(signal.SIGCONT)
            _, err = p.communicate(timeout=30 * SLOW)
        finally:
            p.kill()
        equal(p.returncode, 130)
        check('interrupted' in err, err)
        out = read(shown).decode()
        check(out.endswith('\n'), out[-200:])
        if n == 1:
            equal(re.findall('^story (.*)', out, flags=re.M), ['short'])
        else:
            equal([json.loads(line)['story'] for line in out.splitlines()], ['short'])
    with open(f'{d}/long.txt', 'w', encoding='utf-8') as f:
        f.write('SEOUL, Oct 20 (Test) - It is shorter.\n')
    run('code', '--output', f'{d}/out', '--resume', f'{d}/short.txt', f'{d}/long.txt')
    with open(f'{d}/out', encoding='utf-8') as f:
        equal([json.loads(line)['story'] for line in f], ['short', 'long'])


def test_output_that_cannot_be_written():
    """A full disk ends a run with a word, and no place is remembered behind what is on the disk."""
    d = folder()
    path = archive(f'{d}/a.warc.gz', range(300))
    for command in 'decode', 'code':
        with open('/dev/full', 'w', encoding='ascii') as full:
            p = subprocess.run([os.path.join(BUILD, 'dateline'), command, path],
                               stdout=full,
                               stderr=subprocess.PIPE,
                               encoding='utf-8',
                               timeout=60 * SLOW,
                               check=False)
        equal(p.returncode, 74, p.stderr)
        equal(p.stderr.splitlines()[0], 'dateline: the output cannot be written: No space left on device')
    wanted, _ = run('decode', path)
    limit = len(wanted) // 2
    p = subprocess.run(
        ['sh', '-c', f'trap "" XFSZ; ulimit -f {limit // 512}; exec {BUILD}/dateline decode --output {d}/out {path}'],
        stderr=subprocess.PIPE,
        encoding='utf-8',
        timeout=60 * SLOW,
        check=False)
    equal(p.returncode, 74, p.stderr)
    check('File too large; the same command with --resume goes on' in p.stderr, p.stderr)
    run('decode', '--output', f'{d}/out', '--resume', path)
    with open(f'{d}/out', encoding='utf-8') as f:
        equal(f.read(), wanted)


def test_says_how_far_it_is():
    d = folder()
    path = archive(f'{d}/a.warc.gz', range(20))
    out, err = run('decode', '--progress', path)
    equal(len(out.splitlines()), 20)
    check(re.search(r'a\.warc\.gz: [\d.]+ of [\d.]+ MB \(100%\), 20 stories, \d+/s', err), err)
    _, err = run('decode', path)
    equal(err, '', 'without a terminal and the option')


def test_refuses_what_would_lose():
    d = folder()
    path = archive(f'{d}/a.warc.gz', range(1500))
    other = archive(f'{d}/b.warc.gz', range(10))
    p = dateline('decode', '--output', f'{d}/out', path)
    wait_for(lambda: os.path.exists(f'{d}/out') and os.path.getsize(f'{d}/out') > 0, what='output')
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=60)
    equal(p.returncode, 130)
    _, err = run('decode', '--output', f'{d}/out', path, status=64)
    check('an earlier run was interrupted' in err, err)
    _, err = run('decode', '--output', f'{d}/out', '--resume', other, status=64)
    check('another file' in err, err)
    _, err = run('decode', '--resume', path, status=64)
    check('--output' in err, err)


# ---- datelinectl submit ----

def ctl(d, *arguments):
    return subprocess.Popen([os.path.join(BUILD, 'datelinectl'), '--socket', d.socket, *arguments], **SHOW)


def test_submit_goes_on():
    d = Daemon(watch='').start()
    path = archive(f'{d.dir}/big.warc.gz', range(900), words=3000)
    p = ctl(d, 'submit', path)
    wait_for(lambda: d.sql('SELECT count(*) FROM deliveries')[0][0] >= 2, what='two slices')
    p.kill()
    p.communicate()
    taken = d.sql('SELECT count(*) FROM deliveries')[0][0]
    d.drain()
    p = ctl(d, 'submit', '--progress', path)
    out, err = p.communicate(timeout=60 * SLOW)
    equal(p.returncode, 0, err)
    found = re.search(r': 900 records in (\d+) deliveries, (\d+) of them known already', out)
    check(found and int(found.group(2)) >= taken - 1 and int(found.group(1)) > int(found.group(2)), out, taken)
    check('(100%), 900 records' in err, err)
    d.drain(60)
    wait_for(
        lambda: d.status()['totals'] ==
        {'stories': 900, 'events': 900, 'duplicates': 0, 'quarantined': 0, 'alerts': 0, 'raised': 0}, 5, 'the totals')
    p = ctl(d, '--json', 'submit', path)
    again = json.loads(p.communicate(timeout=60 * SLOW)[0])
    equal((again['known'], again['records'], again['damaged']), (again['deliveries'], 900, 0))
    equal(d.sql('SELECT count(*) FROM deliveries')[0][0], again['deliveries'])
    d.stop()


def test_submit_waits_for_room():
    """A full queue does not end it."""
    d = Daemon(watch='', store='max_queue: 3', work='processes: 1').start()
    path = archive(f'{d.dir}/big.warc.gz', range(400), words=3000)
    p = ctl(d, 'submit', path)
    _, err = p.communicate(timeout=60 * SLOW)
    equal(p.returncode, 0, err)
    d.drain(60)
    wait_for(lambda: d.status()['totals']['stories'] == 400, 5, 'all stories')
    d.stop()


# ---- in a directory ----

def test_directory():
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox, max_size: 64K}').start()
    path = archive(f'{d.dir}/big.warc.gz', range(600), words=3000)
    os.rename(path, f'{d.inbox}/big.warc.gz')
    done = f'{d.inbox}/done/big.warc.gz'
    wait_for(lambda: os.path.exists(done), 60, 'it is taken away')
    d.drain(60)
    wait_for(
        lambda: {'stories': 600, 'events': 600, 'duplicates': 0, 'quarantined': 0}.items() <= d.status()['totals'].
        items(), 5, 'the totals')
    check(d.source('inbox')['accepted'] > 3, 'slices', d.source('inbox'))
    # An archive with no news in it, and a damaged one.
    d.drop('empty.warc', record('request', 'http://news.example/', b'GET / HTTP/1.0\r\n\r\n'))
    wait_for(lambda: os.path.exists(f'{d.inbox}/done/empty.warc'), what='the one without news')
    whole = read(archive(f'{d.dir}/x', [1000, 1001, 1002]))
    d.drop('cut.warc.gz', whole[:-100])
    wait_for(lambda: os.path.exists(f'{d.inbox}/done/cut.warc.gz'), what='the damaged one')
    d.drain()
    wait_for(lambda: d.status()['totals']['stories'] == 602, 5, 'what is whole in it')
    check('of its records could not be read whole' in d.log_text(), 'said')
    d.stop()


def test_directory_killed():
    """Between two slices: what was taken is not taken again, and nothing is missing."""
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox}').start()
    path = archive(f'{d.dir}/big.warc.gz', range(900), words=3000)
    os.rename(path, f'{d.inbox}/big.warc.gz')
    for n in (2, 5, 9):
        wait_for(lambda: d.sql('SELECT count(*) FROM deliveries')[0][0] >= n, 30, f'{n} slices')
        d.kill()
        lies = os.path.exists(f'{d.inbox}/big.warc.gz')
        d.start()
        if lies:
            wait_for(lambda: d.source('inbox')['known'] > 0, 30, 'slices that are known')
    wait_for(lambda: os.path.exists(f'{d.inbox}/done/big.warc.gz'), 60, 'it is taken away')
    d.drain(60)
    equal(d.sql('SELECT count(*) FROM stories'), [(900,)])
    equal(d.sql('SELECT count(*) FROM stories WHERE state = 4'), [(0,)], 'duplicates')
    d.stop()


def test_directory_held():
    """A full queue and a pause make it wait; a stop ends it."""
    d = Daemon(watch='- {name: inbox, directory: {dir}/inbox}', store='max_queue: 3', work='processes: 1').start()
    d.call('Pause', name='inbox')
    os.rename(archive(f'{d.dir}/big.warc.gz', range(900), words=3000), f'{d.inbox}/big.warc.gz')
    time.sleep(0.3)
    equal(d.sql('SELECT count(*) FROM deliveries'), [(0,)])
    d.call('Resume', name='inbox')
    wait_for(lambda: d.sql('SELECT count(*) FROM deliveries')[0][0] >= 2, what='two slices')
    d.stop()
    check(os.path.exists(f'{d.inbox}/big.warc.gz'), 'it was taken away before its end')
    d.start()
    wait_for(lambda: os.path.exists(f'{d.inbox}/done/big.warc.gz'), 60, 'it is taken away')
    d.drain(60)
    equal(d.sql('SELECT count(*) FROM stories'), [(900,)])
    d.stop()


if __name__ == '__main__':
    harness.main(globals(), seconds=120)
