#!/usr/bin/env python3
"""What the documents say is so: tables and columns, options and commands, examples, and the picture in the README."""
import os
import re
import sqlite3
import subprocess
import tempfile

from harness import BUILD, SLOW, SOURCE, Daemon, check, equal, main


def document(name):
    with open(os.path.join(SOURCE, name), encoding='utf-8') as f:
        return f.read()


def words_of(mdoc):
    """The words of a manual, without its macros and punctuation."""
    return set(re.findall(r'[a-z][a-z0-9_]*', mdoc))


def program(name, *arguments, status=0):
    p = subprocess.run([os.path.join(BUILD, name), *arguments],
                       capture_output=True,
                       encoding='utf-8',
                       timeout=60 * SLOW,
                       check=False)
    if status is not None:
        equal(p.returncode, status, f'{name} {arguments}: {p.stderr}')
    return p.stdout


def options_of_help(text):
    return set(re.findall(r'--[a-z][a-z-]*', text))


def options_of_manual(mdoc):
    return {'--' + o for o in re.findall(r'Fl (?:Fl |-)([a-z][a-z-]*)', mdoc)}


def test_store():
    """dateline-store(5) names every table and column, and the version."""
    d = Daemon().start()
    db = sqlite3.connect(f'file:{d.status()["store"]["path"]}?mode=ro', uri=True)
    manual = document('doc/dateline-store.5')
    version, = db.execute('PRAGMA user_version').fetchone()
    equal(re.search(r'version of the schema, at present (\d+)', manual).group(1), str(version), 'PRAGMA user_version')
    parts = {}
    for part in re.split(r'^\.Ss ', manual, flags=re.M)[1:]:
        for name in part.split('\n', 1)[0].split(','):
            parts[name.strip()] = words_of(part)
    tables = {name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
              if not name.startswith(('sqlite_', 'search_'))}
    equal(tables - set(parts), set(), 'tables that are not described')
    equal(set(parts) - tables, set(), 'tables that are described and not there')
    columns = {(table, row[1]) for table in tables - {'search'} for row in db.execute(f'PRAGMA table_info("{table}")')}
    equal(sorted((t, c) for t, c in columns if c not in parts[t]), [], 'columns that are not described')
    example = re.search(r'^SELECT .*?;$', manual, flags=re.M | re.S).group(0)
    equal(db.execute(example).fetchall(), [], 'the example is SQL')
    db.close()
    d.stop()


def test_datelinectl():
    """datelinectl(1) and --help have the same commands and options; its examples are understood."""
    manual = document('doc/datelinectl.1')
    commands = re.findall(r'^  ([a-z-]+) ', program('datelinectl', '--help').split('Options:')[0], flags=re.M)
    check(len(commands) == 20, commands)
    documented = set(re.findall(r'\bCm ([a-z-]+)', manual))
    equal([c for c in commands if c not in documented], [], 'commands that are not described')
    helped = options_of_help(program('datelinectl', '--help'))
    for command in commands:
        helped |= options_of_help(program('datelinectl', command, '--help'))
    told = options_of_manual(manual)
    equal(helped - told, set(), 'options that are not described')
    equal(told - helped, set(), 'options that are described and not there')
    d = Daemon(modules='[decode, read, code]').start()
    for line in re.findall(r'^\.Dl \$ (?:sudo )?datelinectl (.*)', manual, flags=re.M):
        arguments = line.split(' | ')[0].split()
        if '--follow' in arguments:
            arguments = [a for a in arguments if a not in ('--follow', '--reconnect')]
        run = d.ctl(*arguments, status=None)
        check(run.returncode in (0, 1), line, run.stderr)       # nothing of the kind is there, perhaps
    d.stop()


def test_dateline():
    manual = document('doc/dateline.1')
    help_text = program('dateline', '--help')
    commands = re.findall(r'^  ([a-z-]+) ', help_text, flags=re.M)
    equal(len(commands), 5, commands)
    for command in commands:
        check(re.search(rf'\bCm {command}\b', manual), command)
    helped = {c: options_of_help(program('dateline', c, '--help')) for c in ('decode', 'read', 'code')}
    told = options_of_manual(manual)
    equal((helped['decode'] | helped['code']) - told, set(), 'options that are not described')
    equal(told - helped['decode'] - helped['code'] - {'--version', '--help'}, set(),
          'options that are described and not there')


def test_datelined():
    helped, told = options_of_help(program('datelined', '--help')), options_of_manual(document('doc/datelined.8'))
    equal(helped, told, 'options')
    text = document('doc/datelined.8')
    for code in re.findall(r'(\d\d) (?:wrong|the) ', program('datelined', '--help').replace('\n', ' ')):
        check(f'.It {code}\n' in text, code)


def test_readme():
    """The README's story and events are those of the sample, by type, status and codes; what it names is there."""
    readme = document('README')
    story = re.sub(r'\s+', ' ', document('data/samples/08-spies.txt').split('\n\n', 1)[1])
    shown = re.sub(r'\s+', ' ', readme[readme.index('    PRAGUE'):readme.index('it makes')]).strip()
    for piece in shown.split(' [...] '):
        check(piece in story, piece)
    d = Daemon(modules='[decode, read, code]').start()
    d.submit(document('data/samples/08-spies.txt'))
    d.drain()
    table = [line[4:] for line in readme.splitlines() if re.match(r'    \d\d-\d\d \d\d:\d\d:\d\d ', line)]
    events = d.events()
    equal(len(table), len(events), 'events')
    for line, event in zip(table, events):
        _, who, type_, status, *_ = re.split(r'  +', line)
        kind = event['event'] + (f'/{event["mode"]}' if event['mode'] else '')
        check(kind.startswith(type_.rstrip('…')), kind, type_)
        equal(status, event['status'])
        check(who.startswith(event['source'][0]['code'] + ' '), who)
    for name in re.findall(r'`(datelinectl|dateline|datelined) ', readme):
        check(os.access(os.path.join(BUILD, name), os.X_OK), name)
    for path in re.findall(r'\b(?:doc|data)/[\w./-]+\w', readme):
        check(os.path.exists(os.path.join(SOURCE, path)), path)
    pages = re.search(r'man (datelined .*?)\n    \S', readme, flags=re.S).group(1).split()
    for page in pages:
        names = [os.path.join(top, 'doc', f'{page}.{section}') for top in (SOURCE, BUILD) for section in '135678']
        check(any(map(os.path.exists, names)), page)
    d.stop()


def test_example_without_systemd():
    """datelined(8), EXAMPLES, in another folder than /tmp/try."""
    manual = document('doc/datelined.8')
    block = re.search(r'mkdir -p /tmp/try.*?YAML\n(.*?)YAML\n', manual, flags=re.S).group(1)
    with tempfile.TemporaryDirectory(prefix='dateline-') as folder:
        os.mkdir(os.path.join(folder, 'inbox'))
        with open(os.path.join(folder, 'dateline.yaml'), 'w', encoding='utf-8') as f:
            f.write(block.replace('/tmp/try', folder))
        program('datelined', '--check-config', '-c', os.path.join(folder, 'dateline.yaml'))


if __name__ == '__main__':
    main(globals())
