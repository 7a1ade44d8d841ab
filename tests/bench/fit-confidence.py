#!/usr/bin/env python3
"""fit-confidence.py DATELINE SHARED: how often coded events are right on the development sets (SHARED/gold: gsr and
wikinews, sentence by sentence), by what confidence_of() in src/modules/code/acts.c knows of them, and what their
confidence promised. An event is right where its category and the country of its source, if it names one, stand in the
gold. Its rows are the constants of confidence_of(): change them there until the last table's two columns agree."""
import collections, importlib.util, json, os, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged(dateline, shared):
    """(event, right) for each coded event."""
    bench = load(os.path.join(HERE, 'bench-code.py'), 'bench')
    gsr, news = (load(os.path.join(shared, 'tools', n), n[:-3]) for n in ('score.py', 'score_news.py'))
    for name in ('gsr', 'wikinews'):
        sentences = json.load(open(os.path.join(shared, 'gold', name + '-dev.json'), encoding='utf-8'))
        coded = bench.code(dateline, [{'id': g['id'], 'text': g['text'], 'published': g['date']} for g in sentences])
        for g in sentences:
            for e in coded[g['id']]['events']:
                p = {'event': e['event'], 'source': [a['code'] for a in e['source']],
                     'target': [a['code'] for a in e['target']]}
                if name == 'wikinews':
                    right = any(news.match(p, x, 'b') for x in g['events'])
                else:
                    gold = gsr.sets(g['events'])
                    found = gsr.sets([p])
                    level = 'b' if any(s != '---' for _, s in found['b']) else 'a'
                    right = bool(found[level] & gold[level])
                yield e, right


def side(actors):
    return 'a country' if any(a['code'][:3] != '---' for a in actors) else 'somebody' if actors else 'nobody'


def table(title, rows):
    print('== ' + title)
    for key, (n, right) in sorted(rows.items(), key=str):
        print('%-34s %4d coded, %3.0f%% right' % (key, n, 100 * right / n))


def main(dateline, shared):
    groups = [collections.defaultdict(lambda: [0, 0]) for _ in range(3)]
    promised = collections.defaultdict(lambda: [0, 0, 0])
    for e, right in judged(dateline, shared):
        actors = 'source %s, target %s' % (side(e['source']), side(e['target']))
        for group, key in zip(groups, (actors, e['status'], e['event'])):
            group[key][0] += 1
            group[key][1] += right
        bucket = promised[int(e['confidence'] * 10 + 1e-6)]
        bucket[0] += 1
        bucket[1] += right
        bucket[2] += e['confidence']
    for title, group in zip(('actors', 'status', 'category'), groups):
        table(title, group)
    print('== confidence: promised and kept')
    for key in sorted(promised):
        n, right, total = promised[key]
        print('%.1f to %.1f  %4d coded, promised %3.0f%%, kept %3.0f%%' %
              (key / 10, (key + 1) / 10, n, 100 * total / n, 100 * right / n))


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
