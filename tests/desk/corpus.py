#!/usr/bin/env python3
"""
The test corpus of the desk: what acts-*.txt tell, as agencies send it and papers print it. Writes JSON lines to standard output,
the same every time.

    corpus.py FILE...

Each telling becomes one story of its agency; papers print it again under another headline, cut, with a paragraph of their own, or
with a byline; some are corrected by their agency, some are killed. Beside a story's members, `truth` says what a judge must know:
`marks` ([begin, end, act] in the text, in bytes), `copy_of` (the telling that it was copied from), `killed`.
"""
import json
import random
import re
import sys

PAPERS = ('herald', 'courier', 'examiner', 'tribune', 'gazette', 'observer', 'chronicle', 'advocate', 'sentinel', 'mercury')

# What an agency puts under each of its stories on a topic: one paragraph that says the same in all of them.
BACKGROUND = {
    'ukraine': ('The front along the river has hardly moved for many months, while both sides send drones and missiles at depots, '
                'railways and power plants far behind it.',
                'Talks about a pause in the fighting have come to nothing so far; mediators speak of small steps such as the '
                'exchange of prisoners and of the dead.'),
    'diplomacy': ('Ministers have travelled more in this spring than in any since the pandemic, as governments look for partners '
                  'outside of their old alliances.',
                  'A meeting of leaders is planned for the autumn, though neither date nor place has been settled between the '
                  'capitals.'),
    'sanctions': ('Measures of this kind have become the first choice of governments that want to show resolve and fear to send '
                  'soldiers, scholars say.',
                  'Those who are named usually find new names, new flags and new banks within a year, a study for the '
                  'parliament found.'),
    'expulsions': ('Since the beginning of the war several hundred diplomats have been sent home by one side or the other, and '
                   'many consulates stand empty.',
                   'Relations between the countries are at their lowest since the nineties, and visas are given to few.'),
    'nigeria': ('Armed gangs, called bandits by the people there, live in forests along the borders of the northern states and '
                'live on ransom and cattle.',
                'The government has promised guards for schools and villages again and again, but the money seldom arrives.'),
    'protest': ('Prices of food and fuel have risen faster than wages for three years, and many of the young have no work that '
                'lasts longer than a season.',
                'Rights groups ask that the police be made to answer for shots that were fired at crowds in earlier years.'),
    'gaza': ('The truce, now in its third month, has been broken often, and each side keeps a list of what the other has done.',
             'Most people of the strip live in tents or in what is left of houses, and hospitals work with generators.'),
    'koreas': ('The two countries are still at war by law, since the fighting of the fifties ended with an armistice and without '
               'a treaty of peace.',
               'Resolutions of the United Nations forbid the North to test missiles of this kind, which it says are for defence.'),
    'aid': ('Donors have cut what they spend on help abroad in the last two years, and turn to loans and to gifts in kind instead.',
            'Auditors had found that part of earlier deliveries never reached those for whom it was meant.'),
    'trade': ('World trade grew by less than two percent last year, and governments write rules of their own instead of common '
              'ones, economists complain.',
              'Ratification takes about a year as a rule, since both chambers and some provinces have a say.'),
    'police': ('The law lets the police hold suspects for four days before a judge must see them, or longer with the word of a '
               'prosecutor.',
               'Lawyers complain that files are secret and that they learn of charges from newspapers close to the government.'),
    'army': ('Bases that were built for decades are given up within months now, as budgets and maps are drawn anew.',
             'Commanders say in private that they would have liked more time, and in public that all is as it was planned.'),
    'talks': ('Envoys have gone to and fro since winter with drafts that each side read in its own way.',
              'Neighbours watch with care, since refugees and trade would come their way first if it failed.'),
}

OWN = ('Our correspondent adds that the streets were quiet in the evening and that buses ran as always.',
       'Readers who have relatives there can reach the desk of this newspaper under the usual number.',
       'A comment on these events is on page seven, and letters about them are welcome as ever.',
       'The embassy here was not able to say yesterday whether citizens of ours are concerned.')

HEADS = ('{}', 'World: {}', '{} - agencies', 'Abroad in brief: {}', 'Morning report: {}', '{} (update from abroad)')


def parse(paths):
    topic = None
    tellings = []
    for path in paths:
        with open(path, encoding='utf-8') as f:
            for line in f.read().splitlines():
                if line.startswith('@ '):
                    topic = line[2:]
                elif line.startswith('> '):
                    about, headline = line[2:].split(' | ')
                    agency, day, hour = about.rsplit(' ', 2)
                    tellings.append({'topic': topic, 'agency': agency, 'day': int(day), 'hour': int(hour), 'headline': headline,
                                     'paragraphs': []})
                elif line and not line.startswith('#'):
                    tellings[-1]['paragraphs'].append(line)
    return tellings


def published(day, minutes):
    minutes += day * 24 * 60
    return f'2026-03-{minutes // 1440:02d}T{minutes // 60 % 24:02d}:{minutes % 60:02d}:00Z'


def marked(paragraphs):
    """The text without its marks, and where they were."""
    text, marks, act = '', [], None
    for part in re.split(r'(\[[a-z0-9]+\]|\[/\])', '\n'.join(paragraphs)):
        if part == '[/]':
            marks[-1][1] = len(text.encode())
            act = None
        elif re.fullmatch(r'\[[a-z0-9]+\]', part):
            act = part[1:-1]
            marks.append([len(text.encode()), None, act])
        else:
            text += part
    assert act is None and all(m[1] for m in marks), text
    return text, marks


def story(key, telling, paragraphs, minutes, **members):
    text, marks = marked(paragraphs)
    return {'id': key, 'headline': telling['headline'], 'published': published(telling['day'], minutes), 'text': text,
            **members, 'truth': {'marks': marks, 'copy_of': None, 'killed': False, **members.get('truth', {})}}


def copy(rng, number, key, telling, paragraphs):
    """What a paper makes of it."""
    kept = list(paragraphs)
    paper = rng.choice(PAPERS)
    how = rng.choice(('whole', 'whole', 'cut', 'cut', 'changed', 'added'))
    if how == 'cut':
        kept = kept[:-1]
    elif how == 'changed':
        kept[-1] = rng.choice(OWN)
    elif how == 'added':
        kept.insert(rng.randrange(1, len(kept) + 1), rng.choice(OWN))
    if rng.random() < 0.3:
        kept[0] = rng.choice(('(From our news services) ', 'By agencies. ', '')) + kept[0]
    made = story(f'{key}-copy{number}', telling, kept, telling['hour'] * 60 + rng.randrange(20, 1300),
                 url=f'https://www.{paper}.example/{telling["topic"]}/{key}-{number}', guid=f'{paper}-{key}-{number}',
                 watch=paper, truth={'copy_of': key})
    made['headline'] = rng.choice(HEADS).format(telling['headline'])
    if rng.random() < 0.5:
        made['agency'] = telling['agency']
    return made


def make(paths):
    rng = random.Random(6)
    for number, telling in enumerate(parse(paths)):
        key = f's{number:03d}'
        agency = telling['agency'].lower()
        background = BACKGROUND[telling['topic']][sum(map(ord, agency)) % 2]
        paragraphs = telling['paragraphs'][:]
        paragraphs.insert(rng.randrange(2, len(paragraphs) + 1), background)
        common = {'agency': telling['agency'], 'guid': f'urn:{agency}:{key}', 'watch': agency}
        minutes = telling['hour'] * 60 + rng.randrange(0, 50)
        yield story(key, telling, paragraphs, minutes, version='1', **common)
        if number % 9 == 4:             # corrected: a word, and a line on what was wrong
            changed = [re.sub(r'\b(three|five|eleven|thirty|two)\b', 'several', p) for p in paragraphs]
            yield story(f'{key}-v2', telling, changed + ['Corrects a number in an earlier version.'], minutes + 40, version='2',
                        truth={'copy_of': key}, **common)
        if number % 25 == 7:            # killed: its agency takes the story back
            common['guid'] += ':k'
            wrong = [p.replace('killed', 'killed and wounded') for p in paragraphs[:2]]
            yield story(f'{key}-bad', telling, wrong, minutes + 5, version='1', truth={'killed': True, 'copy_of': key}, **common)
            yield story(f'{key}-kill', telling, ['This story was withdrawn.'], minutes + 90, version='2', status='canceled',
                        **common)
        for n in range(rng.choice((0, 1, 2, 2, 3, 4, 5))):
            yield copy(rng, n, key, telling, paragraphs)


if __name__ == '__main__':
    for made in make(sys.argv[1:]):
        print(json.dumps(made, ensure_ascii=False))
