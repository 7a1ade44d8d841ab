"""
Outputs into files and programs, exports, and metrics: the files are whole, nothing is missing or twice in them whatever is killed,
trouble of the disk or the program is survived, and delays nobody else.
"""
import contextlib
import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from harness import BUILD, SLOW, Daemon, Skip, check, descendants, equal, main, story, wait_for   # noqa: E402

GDELT = 61
MENTIONS = 16


def finished(folder, suffix='.events.jsonl'):
    return sorted(n for n in os.listdir(folder) if not n.startswith('.') and n.endswith(suffix))


def lines(folder, suffix='.events.jsonl'):
    out = []
    for name in finished(folder, suffix):
        with open(os.path.join(folder, name), encoding='utf-8') as f:
            text = f.read()
        check(text.endswith('\n') or (text == '' and 'CSV' in suffix), name,
              'is not whole')  # GDELT's files come in pairs
        out += text.splitlines()
    return out


def ids(folder):
    return [json.loads(line)['id'] for line in lines(folder)]


def wanted(daemon):
    return [e['id'] for e in daemon.events()]


def output(daemon, name):
    return next(o for o in daemon.status()['outputs'] if o['name'] == name)


def feed(daemon, begin, end, *events):
    for n in range(begin, end):
        daemon.submit(story(n, *events))


def folder_of(daemon, name='out'):
    folder = os.path.join(daemon.dir, name)
    os.makedirs(folder, exist_ok=True)
    return folder


FILES = '- {name: archive, files: {dir}/out, every: 1s}'


def test_rotation():
    d = Daemon(outputs=FILES)
    folder = folder_of(d)
    umask = os.umask(0o077)
    d.start()
    os.umask(umask)
    for begin in range(0, 40, 10):
        feed(d, begin, begin + 10)
        time.sleep(0.7)
    d.drain()
    wait_for(lambda: len(ids(folder)) == 40, 10, 'all are in finished files')
    equal(ids(folder), wanted(d), 'in order, each once')
    check(len(finished(folder)) >= 2, 'files are divided by time:', finished(folder))
    for name in finished(folder):
        time.strptime(name.split('.')[0], '%Y%m%d%H%M%S')
        equal(os.stat(os.path.join(folder, name)).st_mode & 0o777, 0o644, 'it may be read, whatever the umask')
    equal([n for n in os.listdir(folder) if n.startswith('.')], [], 'nothing hidden is left')
    equal(output(d, 'archive')['behind'], 0)
    equal(output(d, 'archive')['state'], 'running')
    d.stop()


def test_killed():
    """Ten times, at any moment: nothing missing, nothing twice."""
    d = Daemon(outputs=FILES)
    folder = folder_of(d)
    n = 0
    for k in range(10):
        d.start()
        for _ in range(4):
            feed(d, n, n + 5)
            n += 5
            time.sleep(0.05 + 0.041 * k)
        d.kill()
    d.start()
    d.drain()
    wait_for(lambda: len(ids(folder)) >= n, 10, 'all are in finished files')
    time.sleep(1.2)
    equal(sorted(ids(folder)), sorted(wanted(d)), 'each once')
    equal(ids(folder), wanted(d), 'in order')
    d.stop()


def test_stopped_and_reloaded():
    """What was not finished at a stop comes after the start; a reload does not lose the place."""
    d = Daemon(outputs='- {name: archive, files: {dir}/out, every: 1h}')
    folder = folder_of(d)
    d.start()
    feed(d, 0, 5)
    d.drain()
    equal(ids(folder), [])
    d.configure(outputs=FILES)
    d.call('Reload')
    wait_for(lambda: len(ids(folder)) == 5, 10, 'the unfinished ones come into the new files')
    feed(d, 5, 8)
    d.drain()
    d.stop()
    d.start()
    wait_for(lambda: len(ids(folder)) == 8, 10, 'what was unfinished at the stop')
    equal(ids(folder), wanted(d))
    d.stop()


def test_filter():
    d = Daemon(outputs='- {name: archive, files: {dir}/out, every: 1s, only: {type: ASSAULT}}')
    folder = folder_of(d)
    d.start()
    feed(d, 0, 6, 'FRA CONSULT DEU', 'USA ASSAULT IRQ')
    d.drain()
    wait_for(lambda: len(ids(folder)) == 6, 10, 'the wanted ones')
    equal({json.loads(line)['event'] for line in lines(folder)}, {'ASSAULT'})
    equal(output(d, 'archive')['sent'], 6)
    d.stop()


def test_no_folder():
    """A folder that is not there, then is; and one that goes away."""
    d = Daemon(outputs=FILES)
    d.start()
    wait_for(lambda: output(d, 'archive')['state'] == 'trouble', 10, 'trouble')
    check('No such file' in output(d, 'archive')['trouble'], output(d, 'archive'))
    feed(d, 0, 5)
    d.drain()
    wait_for(lambda: output(d, 'archive')['behind'] == len(d.events()) > 0, 10, 'what waits is counted')
    folder = folder_of(d)
    wait_for(lambda: len(ids(folder)) == 5, 20, 'they come when the folder is there')
    os.rename(folder, folder + '.away')
    feed(d, 5, 9)
    wait_for(lambda: output(d, 'archive')['state'] == 'trouble', 10, 'trouble again')
    os.rename(folder + '.away', folder)
    wait_for(lambda: len(ids(folder)) == 9, 20, 'all')
    equal(ids(folder), wanted(d))
    d.stop()


def test_recovery():
    """What every moment of a kill leaves behind, made by hand: the cursor decides; other people's files are left alone."""
    d = Daemon(outputs='- {name: archive, files: {dir}/out, every: 1s, keep: 1h}')
    folder = folder_of(d)
    d.start()
    feed(d, 0, 3)
    d.drain()
    wait_for(lambda: len(ids(folder)) == 3, 10, 'three')
    wait_for(lambda: not [n for n in os.listdir(folder) if n.startswith('.')], 5, 'nothing hidden')
    d.stop()
    cursor = d.sql('SELECT seq FROM cursors WHERE output = ?', 'archive')[0][0]
    equal(cursor, 3)
    recent = time.strftime('%Y%m%d%H%M', time.gmtime(time.time() - 120))
    names = {
        'sealed': f'.archive.{cursor}.{recent}01.events.jsonl',
        'ahead': f'.archive.{cursor + 1}.{recent}02.events.jsonl', 'new': '.archive.new.0', 'other': '.other.new.0',
        'old': '20200101000000.events.jsonl', 'notes': 'notes.txt'
    }
    for what, name in names.items():
        with open(os.path.join(folder, name), 'w', encoding='ascii') as f:
            f.write(json.dumps({'id': what}) + '\n')
    d.start()
    wait_for(lambda: f'{recent}01.events.jsonl' in os.listdir(folder), 10, 'the sealed one gets its name')
    here = os.listdir(folder)
    equal([n for n in (names['sealed'], names['ahead'], names['new'], names['old']) if n in here], [], 'removed')
    check(f'{recent}02.events.jsonl' not in here, 'what the cursor has not reached is not a file')
    check(names['other'] in here and names['notes'] in here, 'what is not ours stays', here)
    feed(d, 3, 4)
    wait_for(lambda: len(ids(folder)) == 5, 10, 'it goes on')
    d.stop()


def test_disk_full():
    if os.geteuid() != 0:
        raise Skip('needs root, to mount a small tmpfs')
    d = Daemon(outputs=FILES + '\n- {name: other, files: {dir}/other, every: 1s}')
    folder, other = folder_of(d), folder_of(d, 'other')
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', folder], capture_output=True,
                      check=False).returncode != 0:
        raise Skip('a tmpfs cannot be mounted here')
    try:
        d.start()
        with contextlib.suppress(OSError), open(os.path.join(folder, 'ballast'), 'wb', buffering=0) as f:
            while True:
                f.write(bytes(4096))
        feed(d, 0, 30)
        wait_for(lambda: output(d, 'archive')['state'] == 'trouble', 10, 'trouble')
        check('No space left' in output(d, 'archive')['trouble'], output(d, 'archive'))
        wait_for(lambda: len(ids(other)) == 30, 10, 'another output is not delayed')
        equal(ids(folder), [])
        os.unlink(os.path.join(folder, 'ballast'))
        wait_for(lambda: len(ids(folder)) == 30, 20, 'all, once there is room')
        equal(ids(folder), wanted(d))
        wait_for(lambda: output(d, 'archive')['state'] == 'running', 5, 'no trouble any more')
        subprocess.run(['mount', '-o', 'remount,ro', folder], check=True)
        feed(d, 30, 35)
        wait_for(lambda: 'Read-only' in (output(d, 'archive')['trouble'] or ''), 10, 'read-only')
        subprocess.run(['mount', '-o', 'remount,rw', folder], check=True)
        wait_for(lambda: len(ids(folder)) == 35, 20, 'all, once it can be written to')
        equal(ids(folder), wanted(d))
        d.stop()
    finally:
        d.kill()
        subprocess.run(['umount', '-l', folder], check=False)


def coded(daemon):
    """Stories for the real coder: its events have CAMEO codes."""
    samples = os.path.join(BUILD, 'data/samples')
    for name in sorted(os.listdir(samples)):
        with open(os.path.join(samples, name), encoding='utf-8') as f:
            daemon.submit(f.read())
    daemon.drain(60)


def rows(texts, columns):
    out = list(csv.reader(texts, delimiter='\t', quoting=csv.QUOTE_NONE))
    check(out, 'there are rows')
    for row in out:
        equal(len(row), columns, row)
    return out


def test_formats_and_export():
    """The same bytes by the files output and by `datelinectl export`; columns and keys."""
    d = Daemon(modules='[decode, read, code]',
               outputs='\n'.join(f'- {{name: {f}, files: {{dir}}/{f}, format: {f}, every: 2s}}'
                                 for f in ('jsonl', 'gdelt', 'polecat', 'phoenix')))
    for f in ('jsonl', 'gdelt', 'polecat', 'phoenix'):
        folder_of(d, f)
    d.start()
    coded(d)
    events = d.events()
    check(len(events) >= 10, 'the samples have events')
    wait_for(lambda: len(ids(os.path.join(d.dir, 'jsonl'))) == len(events), 20, 'all are in files')
    time.sleep(2.5)
    export = rows(lines(os.path.join(d.dir, 'gdelt'), '.export.CSV'), GDELT)
    mentions = rows(lines(os.path.join(d.dir, 'gdelt'), '.mentions.CSV'), MENTIONS)
    equal({r[0] for r in export}, {r[0] for r in mentions}, 'mentions of each event')
    check(len(mentions) >= len(export), 'one or more')
    equal(len({r[0] for r in export}), len(export), 'GLOBALEVENTID is unique')
    equal({int(r[0]) // 100 for r in export}, {e['number'] for e in events if e['cameo']}, 'all events')
    by_number = {e['number']: e for e in events}
    for row in export:
        event = by_number[int(row[0]) // 100]
        equal(row[26], event['cameo'].ljust(3, '0'), 'EventCode')
        equal(row[28], event['cameo'][:2], 'EventRootCode')
        equal(float(row[30]), event['goldstein'], 'GoldsteinScale')
        where = event.get('where') or {}
        equal((row[56], row[57]), tuple(f'{where[k]:.4f}' if k in where else '' for k in ('lat', 'lon')), 'ActionGeo')
    check(any(row[56] for row in export), 'some have a place')
    publishers = {e['number']: e['publisher'] for e in events if e.get('publisher')}
    check(publishers and all(m[4] == publishers.get(int(m[0]) // 100, m[4]) for m in mentions), 'MentionSourceName')
    rows(lines(os.path.join(d.dir, 'phoenix'), '.txt'), 26)
    equal({len(r) for r in rows(lines(os.path.join(d.dir, 'polecat'), '.txt'), 40)}, {40})
    for fmt, suffix in (('jsonl', '.events.jsonl'), ('gdelt', '.export.CSV'), ('phoenix', '.txt'), ('polecat', '.txt')):
        got = d.ctl('export', '--format', fmt).stdout.splitlines()
        kept = lines(os.path.join(d.dir, fmt), suffix)
        if fmt == 'polecat':
            head = kept[0]
            kept = [head] + [line for line in kept if line != head]
        if fmt == 'jsonl':
            got, kept = [json.loads(line) for line in got], [json.loads(line) for line in kept]
        equal(got, kept, fmt)
    equal(d.ctl('export', '--format', 'gdelt', '--part', 'mentions').stdout.splitlines(),
          lines(os.path.join(d.dir, 'gdelt'), '.mentions.CSV'), 'mentions')
    target = os.path.join(d.dir, 'two.CSV')
    equal(d.ctl('export', '--format', 'gdelt', '--type', '19', '-o', target, status=None).returncode in (0, 1), True)
    with open(target, encoding='utf-8') as f:
        check(all(line.split('\t')[28] == '19' for line in f), 'filtered')
    equal(d.ctl('export', '--format', 'nonsense', status=2).stdout, '')
    d.stop()


def test_export_in_any_locale():
    """Who lives where numbers have a comma gets the same files."""
    if shutil.which('localedef') is None:
        raise Skip('needs localedef')
    d = Daemon(modules='[decode, read, code]').start()
    made = subprocess.run(['localedef', '-c', '-i', 'de_DE', '-f', 'UTF-8',
                           os.path.join(d.dir, 'de_DE.UTF-8')],
                          capture_output=True,
                          check=False)
    if not os.path.exists(os.path.join(d.dir, 'de_DE.UTF-8')):
        raise Skip(f'a locale cannot be made: {made.stderr}')
    coded(d)
    environment = {**os.environ, 'LOCPATH': d.dir, 'LC_ALL': 'de_DE.UTF-8'}
    comma = subprocess.run(['printf', '%.1f', '1,5'], env=environment, capture_output=True, check=False).stdout
    if comma != b'1,5':
        raise Skip('the locale does not work here')
    for fmt in ('jsonl', 'csv', 'gdelt', 'polecat', 'phoenix'):
        there = subprocess.run([os.path.join(BUILD, 'datelinectl'), '--socket', d.socket, 'export', '--format', fmt],
                               env=environment,
                               capture_output=True,
                               timeout=30 * SLOW,
                               encoding='utf-8',
                               check=True).stdout
        equal(there, d.ctl('export', '--format', fmt).stdout, fmt)
    d.stop()


MENTION_COLUMNS = (
    'GLOBALEVENTID EventTimeDate MentionTimeDate MentionType MentionSourceName MentionIdentifier SentenceID '
    'Actor1CharOffset Actor2CharOffset ActionCharOffset InRawText Confidence MentionDocLen MentionDocTone '
    'MentionDocTranslationInfo Extras').split()


def act(n, agency, who):
    """Story n of one and the same act."""
    return (
        f'Headline: Troops attack rebels, edition {n}\nGuid: urn:act:{n}\nUrl: https://paper{n}.example/{n}\n'
        f'Date: 2023-10-20T1{n}:00:00Z\n\nKHARTOUM, Oct 20 ({agency}) - Sudanese troops attacked Chadian rebels near the town of '
        f'El Fasher on Friday, {who} said.\nResidents fled the town and a market burned.\n')


def test_mentions_of_later_reports():
    """Three stories of one act, two of which come later, with kills and a stop between: one row of Events, one of Mentions a report."""
    d = Daemon(modules='[decode, read, code]', outputs='- {name: g, files: {dir}/g, format: gdelt, every: 1s}')
    folder = folder_of(d, 'g')
    d.start()
    for n, (agency, who) in enumerate((('Reuters', 'the army'), ('AFP', 'a spokesman'), ('AP', 'officials')), 1):
        d.submit(act(n, agency, who))
        d.drain()
        wait_for(lambda k=n: len(lines(folder, '.mentions.CSV')) >= k, 10, f'{n} rows')
        if n < 3:
            d.kill()
            d.start()
    d.submit(
        'Guid: urn:talks\nHeadline: Talks\n\nPARIS, Oct 20 (AP) - The French president met the German chancellor on Friday.\n'
    )
    wait_for(lambda: len(lines(folder, '.mentions.CSV')) > 3, 10, 'another act, behind which none of it comes again')
    d.stop()
    d.start()
    time.sleep(1.5)
    event, talks = d.events()
    equal((event['revision'], event['reports'], talks['reciprocal']), (3, 3, True))
    row, there, back = rows(lines(folder, '.export.CSV'), GDELT)
    equal((row[0], row[26], row[31], row[60]), (str(event['number'] * 100), '190', '1', 'https://paper1.example/1'),
          'as it was first seen')
    mentions = [dict(zip(MENTION_COLUMNS, r)) for r in rows(lines(folder, '.mentions.CSV'), len(MENTION_COLUMNS))]
    sides = [(m['GLOBALEVENTID'], m['Actor1CharOffset'], m['Actor2CharOffset']) for m in mentions[3:]]
    who, whom = (str(talks[side][0]['span'][0]) for side in ('source', 'target'))
    equal(sides, [(there[0], who, whom), (back[0], whom, who)], 'there and back')
    del mentions[3:]
    equal([m['MentionIdentifier'] for m in mentions], [f'https://paper{n}.example/{n}' for n in (1, 2, 3)],
          'each report once')
    for m, report in zip(mentions, event['mentions']):
        stamp = time.strftime('%Y%m%d%H%M%S', time.strptime(report['seen'][:19], '%Y-%m-%dT%H:%M:%S'))
        equal((m['GLOBALEVENTID'], m['EventTimeDate'], m['MentionTimeDate']), (row[0], row[59], stamp), report)
        equal((m['MentionType'], m['MentionSourceName'], m['SentenceID']), ('1', report['publisher'], '2'), report)
        text = d.story(report['report'].rsplit('.', 1)[0])['text']
        for column, words in (('Actor1', 'Sudanese troops'), ('Actor2', 'Chadian rebels'), ('Action', 'attacked')):
            check(text[int(m[column + 'CharOffset']):].startswith(words), column, m, text)
        equal((m['InRawText'], int(m['Confidence'])), ('1', round(100 * report['confidence'])))
        equal([m[c] for c in MENTION_COLUMNS[12:]], [''] * 4)
    equal(
        d.ctl('export', '--format', 'gdelt', '--part', 'mentions').stdout.splitlines(), lines(folder, '.mentions.CSV'),
        'export')
    d.stop()


def test_mentions_of_a_crowd():
    """Files and exports have each report once, however many there are, though a record names the first ones only."""
    d = Daemon(modules='[decode, read, code]', outputs='- {name: g, files: {dir}/g, format: gdelt, every: 1s}\n'
                                                       '- {name: j, files: {dir}/j, every: 1s}')
    gdelt, jsonl = folder_of(d, 'g'), folder_of(d, 'j')
    d.start()
    for i in range(120):
        d.submit(
            f'Guid: urn:crowd:{i}\nHeadline: Attack {i}\nPublisher: paper{i}.example\n'
            f'Date: 2023-10-20T{10 + i // 60}:{i % 60:02}:00Z\n\n'
            f'KHARTOUM, Oct 20 (Agency {i}) - Sudanese troops attacked Chadian rebels near the town of El Fasher on Friday, '
            f'witness {i} said.\nResidents fled the town and a market burned.\n')
    d.drain(60)
    crowd = max(d.events(), key=lambda e: e['reports'])
    check(crowd['reports'] > 100 and len(crowd['mentions']) < 40, crowd['reports'], len(crowd['mentions']))
    reports = [m['report'] for m in d.call('Mentions', number=crowd['number'])['mentions']]
    equal((len(reports), len(set(reports))), (crowd['reports'], crowd['reports']), 'in the store')
    row = str(crowd['number'] * 100)
    stories = sorted('dateline:' + report.rsplit('.', 1)[0] for report in reports)
    exported = rows(d.ctl('export', '--format', 'gdelt', '--part', 'mentions').stdout.splitlines(), MENTIONS)
    equal(sorted(m[5] for m in exported if m[0] == row), stories, 'export of mentions')
    exported = [json.loads(line) for line in d.ctl('export').stdout.splitlines()]
    equal([e['id'] for e in exported], [e['id'] for e in d.events()], 'export of lines')
    whole = next(e for e in exported if e['id'] == crowd['id'])
    equal([m['report'] for m in whole['mentions']], reports, 'export of lines: its mentions')
    equal({k: v
           for k, v in whole.items() if k != 'mentions'}, {k: v
                                                           for k, v in crowd.items() if k != 'mentions'},
          'and all else')
    first = d.call('Mentions', number=crowd['number'], limit=10)['mentions']
    rest = d.call('Mentions', number=crowd['number'], skip=10)['mentions']
    equal([m['report'] for m in first + rest], reports, 'in pages')

    def told():
        texts = [json.loads(line) for line in lines(jsonl)]
        return sorted(m['report'] for e in texts if e['id'] == crowd['id'] for m in e['mentions']
                      if e['change'] == 'new' or m['report'] in e.get('joined', []))
    wait_for(lambda: len(told()) >= len(reports), 10, 'lines in files')
    equal(told(), sorted(reports), 'lines in files')
    wait_for(lambda: output(d, 'g')['behind'] == 0 and not [n for n in os.listdir(gdelt) if n.startswith('.')], 10,
             'rows in files')
    equal(sorted(m[5] for m in rows(lines(gdelt, '.mentions.CSV'), MENTIONS) if m[0] == row), stories, 'rows in files')
    d.stop()


READER = r'''
import sys, os, time
path = sys.argv[1]
stdin = open(0, 'rb', buffering=0)      # what was read is what was taken
while True:
    line = stdin.readline()
    if not line:
        break
    if os.path.exists(path + '.die'):
        os._exit(3)
    with open(path, 'ab') as f:
        f.write(line)
    while os.path.exists(path + '.hang'):
        time.sleep(0.02)
'''


def program(d, name='reader.py'):
    path = os.path.join(d.dir, name)
    with open(path, 'w', encoding='utf-8') as f:
        f.write('#!' + sys.executable + ' -u' + READER)
    os.chmod(path, 0o755)
    return path


def received(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as f:
        return [json.loads(line)['id'] for line in f if line.endswith('\n')]


def exec_daemon():
    d = Daemon()
    d.configure(
        outputs=
        f'- {{name: tool, exec: [{program(d)}, {d.dir}/got]}}\n- {{name: archive, files: {d.dir}/out, every: 1s}}')
    folder_of(d)
    return d, os.path.join(d.dir, 'got')


def test_exec():
    d, got = exec_daemon()
    d.start()
    feed(d, 0, 20)
    d.drain()
    wait_for(lambda: len(received(got)) == 20, 10, 'all are read')
    equal(received(got), wanted(d), 'in order')
    d.stop()
    d.start()
    feed(d, 20, 22)
    d.drain()
    wait_for(lambda: len(received(got)) == 22, 10, 'it goes on where it was')
    equal(received(got), wanted(d))
    d.stop()


def test_exec_dies():
    """It dies again and again, then lives: every event at least once and in order, and nobody else waits."""
    d, got = exec_daemon()
    with open(got + '.die', 'w', encoding='ascii'):
        pass
    d.start()
    feed(d, 0, 10)
    wait_for(lambda: output(d, 'tool')['state'] == 'trouble', 10, 'trouble')
    check('status 3' in output(d, 'tool')['trouble'], output(d, 'tool'))
    wait_for(lambda: len(ids(os.path.join(d.dir, 'out'))) == 10, 10, 'another output is not delayed')
    os.unlink(got + '.die')
    feed(d, 10, 20)
    d.drain()
    wait_for(lambda: set(wanted(d)) - set(received(got)) <= set(wanted(d)[:10]) and wanted(d)[-1] in received(got), 30,
             'it gets events again')
    equal(received(got)[-10:], wanted(d)[-10:], 'in order')
    wait_for(lambda: output(d, 'tool')['state'] == 'running', 5, 'no trouble any more')
    d.stop()


def test_exec_killed_with_full_pipe():
    """What stood in the pipe when it was killed comes again."""
    d, got = exec_daemon()
    with open(got + '.hang', 'w', encoding='ascii'):
        pass
    d.start()
    for n in range(40):
        d.submit(story(n, *[f'FRA CONSULT N{20 * n + i:05d}' for i in range(20)]))
    d.drain()
    wait_for(lambda: len(received(got)) == 1, 10, 'it reads one, and hangs')
    check(output(d, 'tool')['behind'] > 0, 'a full pipe is waited for:', output(d, 'tool'))
    time.sleep(0.3)
    for pid, _ in descendants(d.pid()):
        with open(f'/proc/{pid}/cmdline', 'rb') as f:
            if f'{d.dir}/reader.py'.encode() in f.read().split(b'\0'):
                os.kill(pid, signal.SIGKILL)
    os.unlink(got + '.hang')
    wait_for(lambda: len(set(received(got))) == 800, 30, 'all 800')
    seen = list(dict.fromkeys(received(got)))
    equal(seen, wanted(d), 'in order')
    d.stop()


def test_exec_never_reads_stop():
    d, got = exec_daemon()
    with open(got + '.hang', 'w', encoding='ascii'):
        pass
    d.start()
    feed(d, 0, 3)
    d.drain()
    wait_for(lambda: len(received(got)) == 1, 10, 'it hangs')
    d.stop()


# ---- metrics ----

def scrape(address, request=b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'):
    if address.startswith('/'):
        s = socket.socket(socket.AF_UNIX)
        s.connect(address)
    else:
        host, port = address.rsplit(':', 1)
        s = socket.create_connection((host, int(port)))
    with s:
        s.settimeout(10 * SLOW)
        s.sendall(request)
        out = b''
        while data := s.recv(65536):
            out += data
    head, _, body = out.partition(b'\r\n\r\n')
    return head.decode().split('\r\n'), body.decode()


def read_openmetrics(text):
    """{name: {labels: value}}; strict about what OpenMetrics 1.0 wants."""
    check(text.endswith('# EOF\n'), 'ends with # EOF')
    families, samples, family = {}, {}, None
    for line in text[:-len('# EOF\n')].splitlines():
        check(line, 'no empty lines')
        if line.startswith('# '):
            _, what, name, rest = line.split(' ', 3)
            if what == 'TYPE':
                check(name not in families, name, 'twice')
                families[name], family = rest, name
            equal(name, family, line)
            if what == 'UNIT':
                check(name.endswith('_' + rest), line)
            continue
        name, value = line.rsplit(' ', 1)
        labels = ''
        if '{' in name:
            name, labels = name.split('{', 1)
            check(labels.endswith('}'), line)
        suffix = {'counter': '_total', 'gauge': '', 'info': '_info'}[families[family]]
        equal(name, family + suffix, line)
        samples.setdefault(name, {})[labels.rstrip('}')] = float(value)
    return samples


def test_metrics():
    d = Daemon(outputs=FILES)
    folder_of(d)
    path = os.path.join(d.dir, 'metrics.sock')
    d.configure(d.text() + f'metrics: {path}\n')
    d.start()
    feed(d, 0, 7)
    d.drop('a.txt', story(100))
    wait_for(lambda: d.source('inbox')['accepted'] == 1, 10, 'the file is taken')
    d.drain()
    wait_for(lambda: d.status()['totals']['stories'] == 8, 5, 'totals')
    head, body = scrape(path)
    equal(head[0], 'HTTP/1.1 200 OK')
    check('Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8' in head, head)
    check(f'Content-Length: {len(body.encode())}' in head, head)
    m, status = read_openmetrics(body), d.status()
    equal(m['dateline_stories'][''], status['totals']['stories'])
    equal(m['dateline_events'][''], status['totals']['events'])
    equal(m['dateline_source_accepted_total']['source="inbox"'], 1)
    equal(m['dateline_output_sent_total']['output="archive"'], 8)
    equal(m['dateline_output_trouble']['output="archive"'], 0)
    equal(m['dateline_followers'][''], 1)
    equal(m['dateline_jobs_total'][''], status['workers']['jobs'])
    check(m['dateline_store_commits_total'][''] > 0 and m['dateline_memory_bytes'][''] > 1e6, m)
    equal(scrape(path, b'HEAD /metrics HTTP/1.1\r\n\r\n')[1], '')
    equal(scrape(path, b'GET /other HTTP/1.1\r\n\r\n')[0][0], 'HTTP/1.1 404 Not Found')
    equal(scrape(path, b'POST /metrics HTTP/1.1\r\n\r\n')[0][0], 'HTTP/1.1 405 Method Not Allowed')
    equal(scrape(path, b'nonsense\r\n\r\n')[0][0], 'HTTP/1.1 400 Bad Request')
    equal(scrape(path, b'GET / HTTP/1.1\r\nX: ' + b'x' * 9000)[0][0], 'HTTP/1.1 431 Request Header Fields Too Large')
    # Slow ones and many do no harm.
    idle = [socket.socket(socket.AF_UNIX) for _ in range(10)]
    for s in idle:
        s.connect(path)
        s.sendall(b'GET /metr')
    threads = [threading.Thread(target=lambda: scrape(path)) for _ in range(5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for s in idle:
        s.close()
    equal(scrape(path)[0][0], 'HTTP/1.1 200 OK')
    # Another address at a reload; after a kill the stale socket is replaced.
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    text = d.text()
    d.configure(text + f'metrics: 127.0.0.1:{port}\n')
    d.call('Reload')
    equal(scrape(f'127.0.0.1:{port}')[0][0], 'HTTP/1.1 200 OK')
    check(not os.path.exists(path), 'the old socket is gone')
    d.configure(text + f'metrics: {path}\n')
    d.call('Reload')
    d.kill()
    d.start()
    equal(scrape(path)[0][0], 'HTTP/1.1 200 OK')
    d.stop()
    check(not os.path.exists(path), 'the socket is removed')


def test_metrics_of_many():
    """What is told of thousands of sources is made piece by piece: all of it is there once, also while they come and go."""
    def rows(n):
        return ''.join(f'- {{name: s{i}, feed: "http://127.0.0.1:9/{i}", every: 1h}}\n' for i in range(n))

    def sources(body):
        return sorted(label for label in read_openmetrics(body)['dateline_source_trouble'])
    d = Daemon(watch=rows(3000), log='err')
    path = os.path.join(d.dir, 'metrics.sock')
    more = f'metrics: {path}\n'
    d.configure(d.text() + more)
    d.start()
    bodies = []
    threads = [threading.Thread(target=lambda: bodies.append(scrape(path)[1])) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    wanted = sorted(f'source="s{i}"' for i in range(3000))
    for body in bodies:
        equal(sources(body), wanted)
    equal(len(bodies), 8)
    equal(sorted(s['name'] for s in d.status()['sources']), sorted(f's{i}' for i in range(3000)))
    # Half of them go while others ask.
    bodies, lists, done = [], [], threading.Event()

    def ask():
        while not done.is_set():
            bodies.append(scrape(path)[1])
            lists.append([s['name'] for s in d.call('Sources')['sources']])
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for t in threads:
        t.start()
    d.sections['watch'] = rows(1500)
    d.configure(d.text() + more)
    d.call('Reload')
    wait_for(lambda: len(d.call('Sources')['sources']) == 1500, 20, 'half of them are gone')
    done.set()
    for t in threads:
        t.join()
    check(bodies and lists, 'somebody asked')
    for body in bodies:
        check(sources(body) and set(sources(body)) <= set(wanted), 'all of them are known', len(sources(body)))
    for names in lists:
        equal(len(names), len(set(names)), 'none is told twice')
    equal(sources(scrape(path)[1]), sorted(f'source="s{i}"' for i in range(1500)))
    d.stop()


if __name__ == '__main__':
    main(globals(), 120)
