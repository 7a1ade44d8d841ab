#!/usr/bin/env python3
"""bench-code.py DATELINE SHARED: the accuracy table of `make bench-code`, from the gold data beside the tree
(SHARED/gold)."""
import glob, json, os, re, subprocess, sys, tempfile


def code(dateline, stories):
    lines = ''.join(json.dumps(s) + '\n' for s in stories)
    out = subprocess.run([dateline, 'code', '--quiet', '--input', 'jsonl', '-'], input=lines.encode(),
                         stdout=subprocess.PIPE, check=True)
    return {s['story']: s for s in map(json.loads, out.stdout.decode().splitlines())}


def score(shared, name, tool, title, sentences, coded):
    predicted = [{'id': g['id'], 'events': [{'source': [a['code'] for a in e['source']], 'event': e['event'],
                                             'target': [a['code'] for a in e['target']], 'status': e['status']}
                                            for e in coded[g['id']]]} for g in sentences]
    with tempfile.NamedTemporaryFile('w', suffix='.json') as f:
        json.dump(predicted, f)
        f.flush()
        print('==', title)
        sys.stdout.flush()
        gold = os.path.join(shared, 'gold', name + '-dev.json')
        subprocess.run([sys.executable, os.path.join(shared, 'tools', tool), gold, f.name], check=True)


def events(dateline, shared, name, tool):
    """Each sentence alone, as a story of one sentence."""
    sentences = json.load(open(os.path.join(shared, 'gold', name + '-dev.json'), encoding='utf-8'))
    coded = code(dateline, [{'id': g['id'], 'text': g['text'], 'published': g['date']} for g in sentences])
    score(shared, name, tool, name, sentences, {g: coded[g]['events'] for g in coded})
    return sentences, {g: coded[g]['events'] for g in coded}


# The records of GSR have the contexts of an older PLOVER, mostly one an event: what they are called now, or may be.
CONTEXTS = {
    'cbrn': 'cbrn', 'cyber': 'cyber', 'diplomatic': 'diplomatic', 'discrimination': 'religion_ethnicity inequality',
    'economic': 'economic', 'election': 'election', 'foreign': 'diplomatic',
    'government': 'political_institutions executive legislative', 'legal': 'legal', 'military': 'military',
    'political': 'political_institutions executive legislative', 'refugee': 'migration asylum',
    'refugees': 'migration asylum', 'religion': 'religion_ethnicity', 'resource': 'natural_resource human_security',
    'resources': 'natural_resource human_security', 'rights': 'human_rights rights_freedoms', 'terrorism': 'terrorism',
}


def contexts(sentences, coded):
    """Contexts of a sentence's events. Their words were found on half of the sentences (first, third...)."""
    for name, half in (('developed on', sentences[::2]), ('the others', sentences[1::2])):
        labels = found = given = right = 0
        for g in sentences_with_labels(half):
            ours = {c for e in coded[g['id']] for c in e['context']}
            names = [set(CONTEXTS[label].split()) for label in g['labels']]
            labels += len(names)
            found += sum(1 for n in names if n & ours)
            given += len(ours)
            right += sum(1 for c in ours if any(c in n for n in names))
        print('contexts, %-12s P %.1f R %.1f (%d given, %d of %d labels found)' %
              (name, 100 * right / given, 100 * found / labels, given, found, labels))


def sentences_with_labels(sentences):
    for g in sentences:
        labels = {c.strip() for e in g['events'] for c in (e.get('context') or '').split(',')} & set(CONTEXTS)
        if labels:
            yield {'id': g['id'], 'labels': labels}


def stories(dateline, shared, sentences):
    """The same sentences where they stand, in whole stories: there it is known who "they" and "the minister" are."""
    texts, where, story, paragraph = {}, {}, None, False
    for line in open(os.path.join(shared, 'ud', 'en_gum-train.conllu'), encoding='utf-8'):
        if line.startswith('# sent_id = '):
            sentence = line[12:].strip()
            story = sentence.rsplit('-', 1)[0]
        elif line.startswith('# newpar'):
            paragraph = True
        elif line.startswith('# text = ') and story:
            before = texts.get(story, '')
            text = before + (('\n\n' if paragraph else ' ') if before else '')
            where[sentence] = (len(text.encode()), len((text + line[9:].rstrip('\n')).encode()))
            texts[story], paragraph = text + line[9:].rstrip('\n'), False
    wanted = {g['story']: g['date'] for g in sentences}
    coded = code(dateline, [{'id': s, 'text': texts[s], 'published': date} for s, date in sorted(wanted.items())])
    parts = {}
    for g in sentences:
        begin, end = where[g['sent_id']]
        parts[g['id']] = [e for e in coded[g['story']]['events'] if begin <= e['trigger']['span'][0] < end]
    score(shared, 'wikinews', 'score_news.py', 'wikinews, whole stories', sentences, parts)


def attribution(dateline, shared):
    folder = os.path.join(shared, 'gold', 'attribution')
    texts = {os.path.basename(p)[:-4]: open(p, encoding='utf-8').read()
             for p in glob.glob(os.path.join(folder, 'text', '*.txt'))}
    coded = code(dateline, [{'id': n, 'text': t} for n, t in sorted(texts.items())])
    totals = {k: [0, 0, 0] for k in ('Source', 'Cue', 'Content')}
    for name, text in texts.items():
        tokens = [(m.start(), m.end()) for m in re.finditer(r"\w+(?:['\u2019]\w+)?", text)]
        offset, at = [], 0
        for c in text:
            offset.append(at)
            at += len(c.encode())
        offset.append(at)
        spans = {k: ([], []) for k in totals}
        for line in open(os.path.join(folder, 'ann', name + '.ann'), encoding='utf-8'):
            if line[0] == 'T':
                label, where = line.split('\t')[1].split(' ', 1)
                if label in spans:
                    spans[label][0].extend([offset[int(x)] for x in s.split()] for s in where.split(';'))
        for s in coded[name]['statements']:
            for label in totals:
                spans[label][1].extend((s[label.lower()] or {}).get('spans', []))
        for label, (gold, found) in spans.items():
            inside = [{i for i, (b, e) in enumerate(tokens) for x, y in some if offset[b] >= x and offset[e] <= y}
                      for some in (gold, found)]
            for k, n in enumerate((len(inside[0] & inside[1]), len(inside[1]), len(inside[0]))):
                totals[label][k] += n
    print('== attribution, token F1')
    for label, (right, found, gold) in totals.items():
        print('%-8s P %.1f R %.1f F1 %.1f' %
              (label, 100 * right / found, 100 * right / gold, 200 * right / (found + gold)))


def factuality(dateline, shared):
    gold = {}
    for line in open(os.path.join(shared, 'gold', 'factuality-dev.tsv')):
        if line[0] != '#':
            sentence, token, _, share, _ = line.split('\t')
            gold[sentence, token] = float(share) > .5  # half against half is no yes
    treebank = os.path.join(shared, 'ud', 'en_ewt-train.conllu')
    out = subprocess.run([dateline, 'code', '--quiet', '--input', 'conllu', '--status', treebank],
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    right, sentence = 0, ''
    for line in out.splitlines():
        if line.startswith('# sent_id = '):
            sentence = line[12:]
        column = line.split('\t')
        if len(column) == 10 and (sentence, column[0]) in gold:
            status = re.search(r'Status=(\w+)', column[9])
            said = not status or status.group(1) in ('happened', 'ongoing', 'background')
            right += said == gold[sentence, column[0]]
    print('== did it happen: right side %.1f%% of %d verbs (always yes: %.1f%%)' %
          (100 * right / len(gold), len(gold), 100 * sum(gold.values()) / len(gold)))


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    contexts(*events(sys.argv[1], sys.argv[2], 'gsr', 'score.py'))
    stories(sys.argv[1], sys.argv[2], events(sys.argv[1], sys.argv[2], 'wikinews', 'score_news.py')[0])
    attribution(sys.argv[1], sys.argv[2])
    factuality(sys.argv[1], sys.argv[2])
