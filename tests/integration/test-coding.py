#!/usr/bin/env python3
"""What is coded of whole stories: the samples that come with dateline, and the story that started the project, where it
is there."""
import json
import os
import subprocess

import harness
from harness import Skip, check, equal

SHARED = os.environ.get('DATELINE_SHARED', os.path.join(harness.SOURCE, '..', 'shared'))

# Of a sample: events that must be there, as (event, source countries, target countries, status).
WANTED = {
    '12-kashmir.txt': [('ASSAULT', 'IND PAK', '', 'happened'), ('ACCUSE', 'PAK', 'IND', 'happened'),
                       ('REQUEST', 'CHN', '', 'happened')],
    '05-parliament.txt': [('ACCUSE', 'PER', 'PER', 'happened'), ('REQUEST', 'PER', 'PER', 'happened'),
                          ('REJECT', 'PER', '', 'happened'),
                          ('REQUEST', 'USA', 'PER', 'happened')],
    '03-harbour-strike.txt': [('PROTEST', 'GRC', '', 'happened'), ('ASSAULT', 'GRC', 'GRC', 'happened'),
                              ('COERCE', 'GRC', 'GRC', 'happened'),
                              ('ACCUSE', 'GRC', 'GRC', 'happened'), ('AGREE', 'GRC', 'GRC', 'happened')],
    '07-missile-test.txt': [('MOBILIZE', 'PRK', '', 'happened'), ('ACCUSE', 'JPN', 'PRK', 'happened'),
                            ('CONSULT', 'KOR', 'USA', 'happened')],
}
PLACES = {'03-harbour-strike.txt': ('PIRAEUS', 'GRC', 37.9, 23.6), '05-parliament.txt': ('LIMA', 'PER', -12.0, -77.0)}


def code(story):
    program = os.path.join(harness.BUILD, 'dateline')
    out = subprocess.run(harness.WRAPPER + [program, 'code', '--quiet', '--input', 'jsonl', '-'],
                         input=json.dumps(story).encode(),
                         stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)


def sample(name):
    program = os.path.join(harness.BUILD, 'dateline')
    out = subprocess.run(harness.WRAPPER + [program, 'decode', os.path.join(harness.SOURCE, 'data/samples', name)],
                         stdout=subprocess.PIPE, check=True).stdout
    return code(json.loads(out.decode().splitlines()[0]))


def countries(actors):
    return {a['code'][:3] for a in actors} - {'---'}


def test_samples():
    for name, wanted in WANTED.items():
        events = [(e['event'], countries(e['source']), countries(e['target']), e['status'])
                  for e in sample(name)['events']]
        for event, source, target, status in wanted:
            check((event, set(source.split()), set(target.split()), status) in events, name, 'has no', event, source,
                  target, status,
                  'but', events)


def test_places():
    for name, (place, country, lat, lon) in PLACES.items():
        found = [e['where'] for e in sample(name)['events'] if e['where'] and e['where']['name'] == place]
        check(found, name, 'has no event in', place)
        equal(found[0]['country'], country)
        check(abs(found[0]['lat'] - lat) < 0.1 and abs(found[0]['lon'] - lon) < 0.1, found[0])


def fits(event, gold):
    """The category, and the countries of both sides; of a reciprocal act all parties stand on either side."""
    if event['event'] not in [gold['event']] + gold.get('alt', []):
        return False
    either = lambda actors: {a['code'][:3] for a in actors} | {c[:3] for a in actors for c in a.get('alt_codes', [])}
    source, target = countries(event['source']), countries(event['target'])
    if gold['reciprocal']:
        return source | target == either(gold['source'])
    return bool(source) and source <= either(gold['source']) and (not gold['target'] or
                                                                  bool(target & either(gold['target'])))


def test_seed():
    path = os.path.join(SHARED, 'gold', 'seed-story.json')
    if not os.path.exists(path):
        raise Skip(f'there is no {path}')
    gold = json.load(open(path, encoding='utf-8'))
    text = open(os.path.join(SHARED, 'stories', gold['story']), encoding='utf-8').read()
    coded = code({'id': 'seed', 'text': text, 'published': gold['published']})
    starts, at = [], 0
    for line in text.split('\n'):
        if line.strip():
            starts.append(at)
        at += len(line.encode()) + 1
    where = lambda e: max(i for i, s in enumerate(starts) if s <= e['trigger']['span'][0])
    used, missing = set(), []
    for g in gold['events']:
        found = [i for i, e in enumerate(coded['events'])
                 if i not in used and where(e) == g['paragraph'] and fits(e, g)]
        if found:
            used.add(found[0])
        elif not g['optional']:
            missing.append(g['trigger'])
    required = sum(not g['optional'] for g in gold['events'])
    print(f'seed story: {required - len(missing)} of {required} required events, '
          f'{len(used)} of {len(coded["events"])} coded are right')
    check(required - len(missing) >= 21, 'missing:', missing)
    check(len(used) >= 0.9 * len(coded['events']), 'too much is coded:', len(used), len(coded['events']))
    for n in gold['not_events']:
        check(not any(e['trigger']['text'] in n['text'] and where(e) == n['paragraph'] for e in coded['events']), n)
    place = coded['dateline']
    equal((place['place'].lower(), place['country'], place['agency']),
          (gold['dateline']['place'].lower(), gold['dateline']['country'],
                                                                        gold['dateline']['agency']))
    names = {a['name']: a['code'] for a in coded['actors']}
    for person in gold['people']:
        equal(names.get(person['name']), person['code'], person['name'])
    days = {(e['when']['start'], e['when']['end']) for e in coded['events'] if e['when']}
    for g in gold['events']:
        if g.get('when'):
            check((g['when']['start'], g['when']['end']) in days, 'no event on', g['when'])


if __name__ == '__main__':
    harness.main(globals())
