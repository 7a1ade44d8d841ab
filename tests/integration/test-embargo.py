#!/usr/bin/env python3
"""Stories that must not be used yet: they wait for their time, for a release, or for a kill."""
import datetime
import json
import time

import harness
from harness import Daemon, check, equal, wait_for


def ninjs(n, version='1', status='usable', seconds=None, text=None):
    story = {'$standard': {'name': 'ninjs', 'version': '1.3'}, 'uri': f'urn:test:{n}', 'version': version, 'type': 'text',
             'pubstatus': status, 'headline': f'Headline number {n}', 'versioncreated': '2026-11-24T08:00:00Z',
             'body_text': text or f'PARIS (Test) - This is story number {n}, version {version}.\nFRA CONSULT N{n}V{version}'}
    if seconds is not None:
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        story['embargoed'] = at.isoformat(timespec='milliseconds')
    return json.dumps(story)


def state(d, delivery):
    return d.story(f'{delivery}.1')['state']


def targets(d):
    return sorted(e['target'][0]['code'] for e in d.events())


def submit(d, *arguments, **options):
    delivery = d.submit(ninjs(*arguments, **options))['id']
    wait_for(lambda: d.sql('SELECT state FROM deliveries WHERE id = ?', delivery) == [(1,)], what='decoded')
    return delivery


def test_waits_for_its_time():
    d = Daemon(watch='').start()
    began = time.monotonic()
    waits = submit(d, 1, seconds=4)
    over = submit(d, 2, seconds=-60)
    d.drain()
    equal(state(d, waits), 'embargoed')
    wait_for(lambda: targets(d) == ['N2V1'], what='the one whose time is over')
    equal(state(d, over), 'done')
    equal(d.call('Search', words='number')['stories'][0]['id'], f'{over}.1', 'what a search finds')
    equal(len(d.call('Search', words='number')['stories']), 1)
    wait_for(lambda: d.status()['queue']['embargoed'] == 1, what='it is counted')
    equal(d.status()['queue']['stories'], 0)
    wait_for(lambda: targets(d) == ['N1V1', 'N2V1'], 12, 'the other one')
    check(time.monotonic() - began >= 4, 'it came too early', time.monotonic() - began)
    equal(state(d, waits), 'done')
    wait_for(lambda: len(d.call('Search', words='number')['stories']) == 2, what='found now')
    d.stop()


def test_survives_restarts():
    """Its time comes while datelined runs again, and while it does not run."""
    d = Daemon(watch='').start()
    waits = submit(d, 1, seconds=6)
    d.kill()
    d.start()
    equal((state(d, waits), targets(d)), ('embargoed', []))
    wait_for(lambda: targets(d) == ['N1V1'], 20, 'its event')
    waits = submit(d, 2, seconds=2)
    d.stop()
    time.sleep(2.5)
    d.start()
    wait_for(lambda: targets(d) == ['N1V1', 'N2V1'], what='the event of one whose time came meanwhile')
    d.stop()


def test_replaced_and_killed():
    d = Daemon(watch='').start()
    first = submit(d, 1, seconds=3600)
    submit(d, 1, version='2', seconds=3600)
    equal(state(d, first), 'done', 'what was replaced')
    submit(d, 1, version='3')
    wait_for(lambda: targets(d) == ['N1V3'], what='the usable version')
    killed = submit(d, 2, seconds=3)
    submit(d, 2, version='2', status='canceled')
    equal(state(d, killed), 'done')
    time.sleep(4.5)
    d.drain()
    equal(targets(d), ['N1V3'], 'events')
    d.stop()


def test_withheld():
    """Not coded until it is released; and what was told before is taken back as long."""
    d = Daemon(watch='').start()
    waits = submit(d, 1, status='withheld')
    d.drain()
    equal((state(d, waits), targets(d)), ('withheld', []))
    submit(d, 1, version='2')
    wait_for(lambda: targets(d) == ['N1V2'], what='the release')
    submit(d, 1, version='3', status='withheld')
    wait_for(lambda: targets(d) == [], what='it is taken back')
    submit(d, 1, version='4')
    wait_for(lambda: targets(d) == ['N1V4'], what='the release')
    # The same words again, usable.
    submit(d, 2, status='withheld')
    submit(d, 2)
    wait_for(lambda: targets(d) == ['N1V4', 'N2V1'], what='released without another word')
    d.drain()
    equal(d.sql('SELECT count(*) FROM stories WHERE state IN (0, 5, 6)'), [(0,)])
    d.stop()


if __name__ == '__main__':
    harness.main(globals())
