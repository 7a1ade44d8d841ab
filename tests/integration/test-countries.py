#!/usr/bin/env python3
"""
data/countries.tab beside others: the countries of ISO 3166-1 in Debian's iso-codes, and the codes of FIPS 10-4 and Correlates of
War in tests/samples/codes/countries.tab, whose head names the sources. Where they differ it is said here who is right, and why.
"""
import json
import os

import harness
from harness import Skip, check, equal

# FIPS 10-4 as published (change notices up to 15; also the list of R's countrycode, dictionary/data_fips.csv) has these, and
# the other source does not.
FIPS_OURS = {'ARE': 'AE', 'FLK': 'FK', 'FSM': 'FM', 'VNM': 'VM'}
# No code of FIPS 10-4: what the other source has is ISO's alpha-2, or a part of the country (the West Bank).
FIPS_NONE = {'ALA', 'BES', 'PSE'}
# No country of ISO 3166-1.
NOT_ISO = {'ANT', 'XKX'}
# State System Membership List v2016: they are in it, and the other source leaves them out.
COW_OURS = {'NRU': '970', 'SRB': '345', 'TWN': '713'}


def table(*path):
    with open(os.path.join(harness.SOURCE, *path), encoding='utf-8') as f:
        rows = [line.rstrip('\n').split('\t') for line in f if not line.startswith('#')]
    equal(len({r[0] for r in rows}), len(rows), 'each country once')
    return {r[0]: r[1:] for r in rows}


def test_iso():
    path = '/usr/share/iso-codes/json/iso_3166-1.json'
    if not os.path.exists(path):
        raise Skip('there are no iso-codes')
    with open(path, encoding='utf-8') as f:
        equal({c['alpha_3'] for c in json.load(f)['3166-1']}, set(table('data', 'countries.tab')))


def test_fips():
    ours, theirs = table('data', 'countries.tab'), table('tests', 'samples', 'codes', 'countries.tab')
    equal(set(theirs) - set(ours), NOT_ISO)
    equal({i: c[0] for i, c in ours.items() if i in theirs and c[0] not in ('-', theirs[i][0])}, FIPS_OURS)
    equal({i for i, c in ours.items() if i in theirs and c[0] == '-' != theirs[i][0]}, FIPS_NONE)
    equal(set(ours) - set(theirs), set())
    used = [c[0] for c in ours.values() if c[0] != '-']
    equal(len(set(used)), len(used), 'no code is that of two countries')


def test_cow():
    ours, theirs = table('data', 'countries.tab'), table('tests', 'samples', 'codes', 'countries.tab')
    equal({i: c[1] for i, c in ours.items() if i in theirs and c[1] != theirs[i][1]}, COW_OURS)
    used = [c[1] for c in ours.values() if c[1] != '-']
    equal(len(set(used)), len(used), 'no number is that of two countries')
    check(len(used) > 190, len(used))


if __name__ == '__main__':
    harness.main(globals())
