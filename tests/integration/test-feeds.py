#!/usr/bin/env python3
"""Feeds that carry the expected value of a property in a comment (the test format of feedparser).

The properties that a story has are compared with what `dateline decode` prints; the others are passed over. The files are
beside the tree (../shared/wire/feeds, or $DATELINE_SHARED/wire/feeds); without them the test is skipped. 95 of 100 must be
right, and no file may crash or hang.
"""
import ast
import calendar
import concurrent.futures
import email.utils
import html.parser
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timezone

AIM = 0.95
TIMEOUT = 20


class Plain(html.parser.HTMLParser):
    """Text without tags, scripts and pictures' captions."""
    SKIP = {'script', 'style', 'template', 'noscript', 'object', 'applet', 'svg', 'select', 'button', 'textarea',
            'figure', 'figcaption', 'audio', 'video', 'canvas', 'head'}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out, self.skipped = [], 0

    def handle_starttag(self, tag, attrs):
        self.skipped += tag in self.SKIP

    def handle_endtag(self, tag):
        self.skipped -= tag in self.SKIP and self.skipped > 0

    def handle_data(self, data):
        if not self.skipped:
            self.out.append(data)


def squeeze(value):
    return re.sub(r'[\s\u00a0\u00ad]+', '', value or '')


def plain(value):
    parser = Plain()
    parser.feed(value)
    parser.close()
    return squeeze(''.join(parser.out))


def same_text(expected, *found):
    """The sender's value may be markup or text: what a story has of it is text."""
    return any(squeeze(f) in (squeeze(expected), plain(expected)) for f in found)


def to_time(text):
    if text is None:
        return None
    try:
        return email.utils.parsedate_to_datetime(text).astimezone(timezone.utc)
    except (TypeError, ValueError):
        pass
    try:
        value = datetime.fromisoformat(text.replace('Z', '+00:00'))
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def same_time(expected, *found):
    if isinstance(expected, tuple):
        expected = datetime.fromtimestamp(calendar.timegm(expected), timezone.utc)
    else:
        expected = to_time(expected)
    return expected is not None and any(to_time(f) == expected for f in found if f)


def value_at(values, index):
    return values[index] if values and index < len(values) else None


def of_entry(path, expected, story):
    """True, False, or None where a story does not have the property."""
    get = story.get
    key = path[0]
    if not isinstance(expected, (str, tuple)) and expected is not None:
        return None
    if key in ('title', 'title_detail') and path[1:] in ([], ['value']):
        return same_text(expected, get('headline'))
    if key in ('description', 'summary', 'summary_detail') and path[1:] in ([], ['value']):
        return same_text(expected, get('summary'), get('text'))
    if key == 'content' and path[2:] == ['value']:
        return same_text(expected, get('text'), get('summary'))
    if key in ('content', 'summary_detail') and path[-1] == 'language':
        return get('language') == expected
    if key == 'link' and len(path) == 1:
        return get('url') == expected
    if key in ('id', 'guid') and len(path) == 1:
        return get('guid') == expected
    if key in ('author', 'author_detail') and path[1:] in ([], ['name']):
        return bool(get('byline')) and (expected in get('byline') or get('byline') in expected)
    if key in ('published', 'updated', 'created', 'issued', 'modified', 'date', 'published_parsed', 'updated_parsed',
               'created_parsed', 'issued_parsed', 'modified_parsed', 'date_parsed'):
        return same_time(expected, get('published'), get('updated'))
    if key == 'tags' and path[2:] == ['term']:
        return value_at(get('keywords'), path[1]) == expected
    if key == 'category':
        return expected in get('keywords', [])
    if key in ('links', 'enclosures') and path[2:] in (['href'], ['url']):
        return expected in get('links', []) + [get('url')]
    if key == 'publisher':
        return squeeze(get('agency')) == squeeze(expected)
    if key == 'source' and path[1:] in (['title'], ['title_detail', 'value']):
        return same_text(expected, get('source', {}).get('title'))
    if key == 'source' and path[1:] in (['link'], ['url'], ['href']):
        return get('source', {}).get('url') == expected
    return None


def of_feed(path, expected, story):
    source = story.get('source', {})
    if path in (['title'], ['title_detail', 'value']):
        return same_text(expected, source.get('title'))
    if path == ['link']:
        return source.get('url') == expected
    if path == ['language']:
        return story.get('language') == expected
    return None


def path_of(node):
    """entries[0]['x']['y'] and entries[0].x as ('entries', [0, 'x', 'y'])."""
    path = []
    while True:
        if isinstance(node, ast.Subscript):
            path.insert(0, ast.literal_eval(node.slice))
            node = node.value
        elif isinstance(node, ast.Attribute):
            path.insert(0, node.attr)
            node = node.value
        elif isinstance(node, ast.Name):
            return node.id, path
        else:
            raise ValueError('not a path')


def check(node, stories):
    """All that an expression says of stories; None where it says nothing."""
    if isinstance(node, ast.BoolOp):
        results = [r for r in (check(v, stories) for v in node.values) if r is not None]
        if not results:
            return None
        return all(results) if isinstance(node.op, ast.And) else any(results)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq):
        return None
    try:
        name, path = path_of(node.left)
        expected = ast.literal_eval(node.comparators[0])
    except ValueError:
        return None
    if name == 'entries' and len(path) > 1 and isinstance(path[0], int):
        if path[0] >= len(stories):
            # Is it a property of stories at all?
            return None if of_entry(path[1:], expected, {}) is None else False
        return of_entry(path[1:], expected, stories[path[0]])
    if name == 'feed' and path and stories:
        return of_feed(path, expected, stories[0])
    return None


def expectation(data):
    match = re.search(rb'Expect:\s*(.*?)\s*(?:-->|\n|"$)', data, re.S)
    if not match:
        return None
    try:
        return ast.parse(match.group(1).decode('utf-8', 'replace').strip(), mode='eval').body
    except SyntaxError:
        return None


def decode(program, path):
    """(what went wrong or None, the stories)"""
    try:
        done = subprocess.run([program, 'decode', path], capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return 'hangs', []
    return (None if done.returncode in (0, 1) else f'exit {done.returncode}',
            [json.loads(line) for line in done.stdout.decode().splitlines()])


def main():
    top = os.environ.get('top_srcdir', '.')
    shared = os.environ.get('DATELINE_SHARED', os.path.join(top, '..', 'shared'))
    folder = os.path.join(shared, 'wire', 'feeds')
    program = os.path.join(os.environ.get('top_builddir', '.'), 'dateline')
    if not os.path.isdir(folder):
        print('no feeds in', folder)
        return 77
    counts, failed, crashed = {}, [], []
    paths = [os.path.join(where, name) for where, _, names in sorted(os.walk(folder)) for name in sorted(names)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        decoded = list(pool.map(lambda path: decode(program, path), paths))
    for path, (error, stories) in zip(paths, decoded):
        if error:
            crashed.append(f'{path}: {error}')
        with open(path, 'rb') as file:
            data = file.read()
        # What a property is with a header of HTTP is the feed watcher's to know.
        node = None if re.search(rb'^Header:', data, re.M) else expectation(data)
        result = check(node, stories) if node is not None else None
        if result is None:
            continue
        group = os.path.relpath(os.path.dirname(path), folder)
        right, total = counts.get(group, (0, 0))
        counts[group] = (right + result, total + 1)
        if not result:
            failed.append(path + ': ' + ast.unparse(node))
    for group, (right, total) in sorted(counts.items()):
        print(f'{group}: {right}/{total}')
    for line in crashed + (failed if '-v' in sys.argv else []):
        print(line)
    right, total = (sum(c[i] for c in counts.values()) for i in (0, 1))
    print(f'{right}/{total} properties of stories right, {len(crashed)} crashed or hung')
    return 0 if total > 0 and right >= AIM * total and not crashed else 1


if __name__ == '__main__':
    sys.exit(main())
