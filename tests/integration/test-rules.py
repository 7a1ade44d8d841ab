#!/usr/bin/env python3
"""Alert rules in the real daemon: stories in, alerts out, what people do about them, reload, restart, absence, rehearsal."""
import json
import os
import re
import subprocess

import harness
from harness import EX_CONFIG, BUILD, Daemon, Refused, check, equal, wait_for


class Ruled(Daemon):
    """A daemon with a folder of rules."""

    def __init__(self, rules, **options):
        super().__init__(**options)
        self.rules_dir = os.path.join(self.dir, 'rules.d')
        os.mkdir(self.rules_dir)
        self.rules(rules)
        self.configure(self.text() + f'rules: {self.rules_dir}\n')

    def rules(self, text, name='a.yaml'):
        with open(os.path.join(self.rules_dir, name + '.new'), 'w', encoding='utf-8') as f:
            f.write(text)
        os.rename(os.path.join(self.rules_dir, name + '.new'), os.path.join(self.rules_dir, name))

    def alerts(self, **filters):
        return self.call('Alerts', **filters)['alerts']

    def tell(self, name, *lines, guid=None):
        head = f'Headline: {name}\n' + (f'Guid: {guid}\n' if guid else '')
        self.drop(name + '.txt', f'{head}\nPARIS, Oct 20 (Agency) - {name}.\n' + ''.join(line + '\n' for line in lines))

    def lines(self, path):
        if not os.path.exists(path):
            return []
        with open(path, encoding='utf-8') as f:
            return f.read().splitlines()

    def stop(self, *arguments, **options):
        """And what holds of alerts in every database (tests/unit/store/invariants.h) holds in this one."""
        super().stop(*arguments, **options)
        for statement in (
                "SELECT value - (SELECT count(*) FROM alerts WHERE state < 2) FROM totals WHERE name = 'alerts'",
                'SELECT count(*) FROM alerts a WHERE standing <>'
                ' (SELECT count(*) FROM alert_events WHERE alert = a.id AND stands)',
                'SELECT count(*) FROM alerts WHERE state < 2 AND standing < least',
                'SELECT count(*) FROM alerts a LEFT JOIN changes c ON c.seq = a.changed'
                ' WHERE c.ref IS NOT a.id OR c.kind <> a.state + 4 OR c.revision <> a.revision'):
            equal(self.sql(statement)[0][0], 0, statement)

    def told(self, n, **filters):
        """Until there are n alerts, and no more of them once all is coded."""
        wait_for(lambda: len(self.alerts(**filters)) >= n, what=f'{n} alerts')
        self.drain()
        alerts = self.alerts(**filters)
        equal(len(alerts), n, alerts)
        return alerts


FIGHTS = '''rules:
  - name: fights
    severity: high
    when: {type: ASSAULT}
    group: pair
    hold_off: none
    text: "{source} fights {target}: {words}"
'''


def test_raised_seen_over():
    d = Ruled(FIGHTS).start()
    d.tell('one', 'FRA CONSULT DEU', 'FRA ASSAULT DEU')
    alert = d.told(1)[0]
    equal(alert['rule'], 'fights')
    equal(alert['severity'], 'high')
    equal(alert['state'], 'raised')
    equal(alert['key'], 'DEU FRA')
    check(alert['text'].startswith('FRA fights DEU: '), alert['text'])
    equal(alert['events'], ['1.1.2'])
    wait_for(lambda: d.status()['totals']['alerts'] == 1, 5, 'status counts it')
    check('1 open alert' in d.ctl('status').stdout)
    check(alert['id'] in d.ctl('alerts').stdout)
    d.ctl('ack', alert['id'], '--note', 'on it')
    check(re.fullmatch(rf"datelinectl: a1 is acknowledged already, by .*\(uid {os.getuid()}\), (just now|\d+ s ago): "
                       r"'datelinectl alert a1' shows it", d.ctl('ack', 'a1', status=5).stderr.strip()))
    seen = d.call('Alert', id='a1')['alert']
    equal((seen['state'], seen['note']), ('acknowledged', 'on it'))
    check(f'(uid {os.getuid()})' in seen['acknowledged_by'], seen)
    d.ctl('resolve', '1', '--note', 'over')
    seen = d.call('Alert', id='1')['alert']
    equal([h['change'] for h in seen['history']], ['raised', 'acknowledged', 'resolved'])
    check('on it' in d.ctl('alert', 'a1').stdout)
    for command in 'ack', 'resolve':
        check(f'a1 is resolved already, by ' in d.ctl(command, 'a1', status=5).stderr)
    d.ctl('alert', 'a7', status=1)
    d.ctl('alerts', status=1)                           # none is open any more
    equal(len(d.ctl('alerts', '--state', 'all', '--json').stdout.splitlines()), 1)
    equal(len(d.ctl('events', '--rule', 'fights', '--json').stdout.splitlines()), 1)
    rule = d.call('Rules')['rules'][0]
    equal((rule['name'], rule['count'], rule['open'], rule['held']), ('fights', 1, 0, 0))
    check('fights' in d.ctl('rules').stdout)
    d.stop()


def test_followed_and_put_out():
    """Who follows alerts gets each change once; an output with `only: alerts` gets them and no events."""
    d = Ruled(FIGHTS, outputs='- {name: tool, exec: [/bin/sh, -c, "cat >> {dir}/lines"], only: alerts}\n'
                              '- {name: journal, journal: yes, only: alerts}').start()
    lines = os.path.join(d.dir, 'lines')
    with d.client() as client:
        client.send('Alerts', {'follow': True, 'limit': 0}, more=True)
        equal(client.receive()['parameters'], {'alerts': []})
        d.tell('one', 'FRA ASSAULT DEU', 'FRA CONSULT DEU')
        got = client.receive()['parameters']['alerts']
        equal([(a['id'], a['change'], a['revision']) for a in got], [('a1', 'raised', 1)])
        d.ctl('ack', 'a1')
        got = client.receive()['parameters']['alerts']
        equal([(a['id'], a['change'], a['revision']) for a in got], [('a1', 'acknowledged', 2)])
    wait_for(lambda: len(d.lines(lines)) == 2, what='the output has both')
    equal([json.loads(line)['change'] for line in d.lines(lines)], ['raised', 'acknowledged'])
    wait_for(lambda: 'FRA fights DEU' in d.log_text(), what='the journal has it')
    d.stop()


def test_outputs_choose_alerts():
    """By rule and severity; what else an output asks for is of events, and it may have both."""
    talks = '''  - name: talks
    severity: low
    when: {type: CONSULT}
    group: pair
    hold_off: none
    text: "{source} meets {target}"
'''
    only = {
        'high': '{severity: high}', 'talks': '{rule: talks}',
        'both': '{rule: talks, change: [new, raised], target: DEU}', 'all': 'alerts'
    }
    d = Ruled(FIGHTS + talks,
              outputs='\n'.join(f'- {{name: {name}, exec: [/bin/sh, -c, "cat >> {{dir}}/{name}"], only: {text}}}'
                                for name, text in only.items())).start()
    d.tell('one', 'FRA ASSAULT DEU', 'FRA CONSULT DEU', 'FRA CONSULT GBR')
    d.told(3)
    lines = lambda name: [json.loads(line) for line in d.lines(os.path.join(d.dir, name))]
    wait_for(lambda: len(lines('all')) == 3 and len(lines('talks')) == 2 and len(lines('both')) == 4 and lines('high'),
             what='all have theirs')
    equal([a['rule'] for a in lines('high')], ['fights'])
    equal({a['rule'] for a in lines('talks')}, {'talks'})
    equal(sorted((e['change'], e.get('event', e.get('rule'))) for e in lines('both')),
          [('new', 'ASSAULT'), ('new', 'CONSULT'), ('raised', 'talks'), ('raised', 'talks')])
    wait_for(lambda: all(o['behind'] == 0 for o in d.status()['outputs']), what='nothing is behind')
    d.configure(outputs='- {name: high, exec: [/bin/cat], only: {severity: hihg}}')
    check("(did you mean 'high'?)" in d.ctl('reload', status=5).stderr)
    d.stop()


def test_withdrawn():
    d = Ruled(FIGHTS).start()
    d.tell('one', 'FRA ASSAULT DEU', guid='urn:1')
    d.told(1)
    d.tell('two', 'FRA CONSULT DEU', guid='urn:1')      # another version, in which nobody fights
    alert = wait_for(lambda: d.alerts(state='resolved'), what='it is resolved')[0]
    equal(alert['reason'], 'event 1.1.1 was withdrawn')
    check('resolved_by' not in alert, alert)
    d.stop()


def test_rate_over_restart():
    """What is counted is in the store: killed between the second and the third, the third raises."""
    d = Ruled('rules:\n  - {name: many, when: {type: ASSAULT}, rate: {count: 3, in: 1h}, group: pair}\n').start()
    d.tell('one', 'FRAMIL ASSAULT DEU')
    d.tell('two', 'DEUGOV ASSAULT FRAGOV', 'USA ASSAULT FRA')
    wait_for(lambda: len(d.events()) == 3, what='three events')
    d.drain()
    # What was committed last is only on disk for sure with the next durable commit; a kill loses nothing of it all the same.
    d.kill()
    d.start()
    equal(d.alerts(), [])
    d.tell('three', 'FRACOP ASSAULT DEUCVL')
    alert = d.told(1)[0]
    equal((alert['key'], alert['count'], len(alert['events'])), ('DEU FRA', 3, 3))
    d.tell('four', 'FRASPY ASSAULT DEUMED')             # held off
    wait_for(lambda: d.call('Alert', id='a1')['alert']['count'] == 4, what='it is counted')
    d.told(1)
    equal(d.call('Rules')['rules'][0]['held'], 1)
    d.stop()
    d.start()
    equal([a['id'] for a in d.alerts()], ['a1'])
    d.stop()


def test_new_rule_counts_what_is_stored():
    d = Ruled('rules: []\n').start()
    d.tell('one', 'FRA ASSAULT DEU', 'USA ASSAULT DEU', 'GBR ASSAULT DEU')
    wait_for(lambda: len(d.events()) >= 1, what='events')
    d.drain()
    stored = len(d.events())
    d.rules(f'rules:\n  - {{name: many, when: {{type: ASSAULT}}, rate: {{count: {stored + 1}, in: 1h}}}}\n')
    d.ctl('reload')
    wait_for(lambda: not d.call('Rules')['rules'][0].get('filling', True), 15, 'it has counted')
    equal(d.alerts(), [])
    d.tell('two', 'CHN ASSAULT GBR')
    equal(d.told(1)[0]['count'], stored + 1)
    d.stop()


def test_reload_all_or_nothing():
    d = Ruled(FIGHTS).start()
    d.rules('rules:\n  - name: fights\n    when: {tpye: ASSAULT}\n  - name: x\n    text: "{sorce}"\n')
    run = d.ctl('reload', status=5)
    check(f'{d.rules_dir}/a.yaml:3:12: rules[0].when.tpye: unknown key (did you mean \'type\'?)' in run.stderr,
          run.stderr)
    check(
        f'{d.rules_dir}/a.yaml:5:12: rules[1].text: there is no field {{sorce}} (did you mean {{source}}?)'
        in run.stderr, run.stderr)
    run = subprocess.run([os.path.join(BUILD, 'datelined'), '-c', d.config, '--check-config'],
                         capture_output=True,
                         text=True,
                         check=False)
    equal(run.returncode, EX_CONFIG)
    check('a.yaml:3:12' in run.stderr, run.stderr)
    d.tell('one', 'FRA ASSAULT DEU')                    # the old rules go on
    d.told(1)
    d.rules('rules:\n  - {name: talks, when: {type: CONSULT}, hold_off: none}\n')
    d.ctl('reload')
    d.tell('two', 'USA ASSAULT DEU', 'FRA CONSULT DEU')
    equal([a['rule'] for a in d.told(2)], ['fights', 'talks'])
    equal([r['name'] for r in d.call('Rules')['rules']], ['talks'])
    d.stop()
    d.rules('rules: [{name: ')
    d.start(wait=False)
    equal(d.wait_exit(), EX_CONFIG)


def test_examples():
    """What is installed to copy from is right."""
    d = Daemon()
    d.configure(d.text() + f'rules: {os.path.join(harness.SOURCE, "etc/rules.d")}\n')
    run = subprocess.run([os.path.join(BUILD, 'datelined'), '-c', d.config, '--check-config'], capture_output=True, text=True, check=False)
    equal((run.returncode, run.stderr), (0, ''))
    d.start()
    equal(len(d.call('Rules')['rules']), 9)
    d.drop('x.txt', 'Headline: x\n\nPARIS, Oct 20 (Agency) - x.\nPRK ASSAULT KOR\n')
    wait_for(lambda: d.call('Alerts')['alerts'], what='an alert')
    d.stop()


def test_absence():
    d = Ruled(
        'rules:\n  - {name: quiet, when: {watch: inbox}, absence: {for: 10s, of: stories}, text: "nothing of {watch}"}\n'
    ).start()
    d.tell('one', 'FRA CONSULT DEU')
    alert = wait_for(d.alerts, 25, 'nothing has come for ten seconds', 0.2)[0]
    equal(alert['text'], 'nothing of inbox')
    d.tell('two', 'FRA CONSULT DEU')
    wait_for(lambda: d.alerts(state='resolved'), what='something has come')
    d.stop()


def test_rehearsal():
    d = Ruled('rules: []\n').start()
    for i in range(5):
        d.tell(f's{i}', 'FRA ASSAULT DEU' if i % 2 == 0 else 'FRA CONSULT DEU')
        wait_for(lambda n=i: d.status()['totals']['stories'] == n + 1, what='the story')
    d.drain()
    path = os.path.join(d.dir, 'try.yaml')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(
            'rules:\n  - {name: each, when: {type: ASSAULT}, hold_off: none}\n  - {name: none, when: {actor: USA}}\n')
    result = json.loads(d.ctl('rules', 'test', path, '--json').stdout)
    events = [e for e in d.events() if e['event'] == 'ASSAULT']
    equal(result['rules'], 2)
    equal(result['raised'], len(events))
    equal({e for a in result['alerts'] for e in a['events']}, {e['id'] for e in events})
    check('each' in d.ctl('rules', 'test', path, '--since', '1h').stdout)
    equal(json.loads(d.ctl('rules', 'test', path, '--since', '2030-01-01', '--json').stdout)['raised'], 0)
    equal(d.alerts(), [])                               # nothing is stored
    with open(path, 'w', encoding='utf-8') as f:
        f.write('rules:\n  - {name: each, wehn: {}}\n')
    run = d.ctl('rules', 'test', path, status=5)
    check(f"{path}:2:18: rules[0].wehn: unknown key (did you mean 'when'?)" in run.stderr, run.stderr)
    d.stop()


def test_asking():
    """An event with its reports side by side and its history; counts over time."""
    d = Ruled('rules: []\n').start()
    d.tell('one', 'FRA ASSAULT DEU')
    wait_for(lambda: d.status()['totals']['stories'] == 1, what='the first story')
    d.drain()
    d.tell('two', 'FRA ASSAULT DEU', 'USA AID DEU')
    wait_for(lambda: len(d.events()) == 2 and d.events(min_reports=2), what='the report joins')
    event = d.call('Event', id='2.1.1')['event']        # by either report's id
    equal(event['id'], '1.1.1')
    equal([t['report'] for t in event['told']], ['1.1.1', '2.1.1'])
    equal([(t['status'], t['words'], t['attribution'][0]['name']) for t in event['told']],
          [('happened', 'ASSAULT', 'Test')] * 2)
    equal([t['headline'] for t in event['told']], ['one', 'two'])
    equal([(h['change'], h['reports']) for h in event['history']], [('new', 1), ('changed', 2)])
    text = d.ctl('event', '1.1.1').stdout
    check('2.1.1' in text and 'joined 2.1.1' in text, text)
    equal([e['event'] for e in d.events(min_reports=2)], ['ASSAULT'])
    equal(d.events(origin='nobody'), [])
    equal(len(d.events(origin='tes')), 2)
    equal(len(d.events(publisher='agency')), 2)
    bins = d.call('Timeline', actor='FRA', other='DEU')['bins']
    equal([b['count'] for b in bins], [1])
    equal(d.call('Timeline', actor='DEU', other='FRA', directed=True)['bins'], [])
    pairs = d.call('Pairs')['pairs']
    equal({tuple(p['pair']): p['count'] for p in pairs}, {('DEU', 'FRA'): 1, ('DEU', 'USA'): 1})
    check('DEU FRA' in d.ctl('pairs').stdout)
    check('in all' in d.ctl('timeline', 'FRA').stdout)
    d.ctl('timeline', 'CHN', status=1)
    d.ctl('timeline', 'FRA', '--by', 'month', status=2)
    d.stop()


def test_who_may():
    """Asking is everybody's; what a stranger sends is refused by its kind, not half done."""
    d = Ruled(FIGHTS).start()
    for method, parameters in (('Alert', {'id': 'x'}), ('AcknowledgeAlert', {'id': 'a99'}),
                               ('ResolveAlert', {'id': '99999999999999999999'})):
        try:
            d.call(method, **parameters)
            raise AssertionError(f'{method} was taken')
        except Refused as error:
            equal(error.args[0], 'io.dateline.Control.NotFound')
    for parameters in ({'severity': 'x'}, {'state': 'x'}, {'since': 'x'}, {'limit': 5000}):
        try:
            d.call('Alerts', **parameters)
            raise AssertionError(f'{parameters} was taken')
        except Refused as error:
            equal(error.args[0], 'org.varlink.service.InvalidParameter')
    d.stop()


if __name__ == '__main__':
    harness.main(globals())
