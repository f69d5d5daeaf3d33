#!/usr/bin/python3
"""bench.py LOG-DIR... - what the kernels of bench.sh said, as a table

A LOG-DIR is named after its unit and has base.log and patched.log, with lines
"bench: CASE SOURCE STATE PAGES NS". Prints the median of the rounds for base and
series, how far they spread, their ratio, and the distance to the floor. Lines
"replay: SEED FINGERPRINT" must be the same in both.

  --from FILE    take results that were written by --json, instead of logs
  --json FILE    write the results
  --plot FILE    draw them, PNG or SVG by the name
  --check FILE   compare with committed results: a ratio of instructions, that
                 of the best rounds, below 0.95 of the committed one, or below
                 its limit, fails
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys

REPLAY = re.compile(r'\breplay: (\d+) ([0-9a-f]{16})\s*$')
LINE = re.compile(r'\bbench: (\S+) (\S+) (\S+) (\d+) (\d+)\s*$')
MIN_SEEDS = 1000
BAD = re.compile(r'\bbench: .* failed: |(?:^|\] )\s*not ok |Kernel panic|BUG:|WARNING:|Oops')
UNITS = {'x86_64': 'insns/page', 'um': 'ns/page'}
# What one call does for several pages, limits for it as (case, source, state).
LIMITS = {('vm_insert_kmem_pages', 'order9', 'warm'): 8.0,
          ('vm_insert_kmem_pages', 'order4', 'warm'): 5.5}
NEEDS_FLOOR = ('warm', 'fresh')


def die(text):
    sys.exit(f'bench.py: {text}')


def read(name):
    """{(case, source, state, pages): [figure of each round, per page]},
    and {seed: fingerprint}."""
    rounds, replay, done = {}, {}, False
    try:
        with open(name, errors='replace') as log:
            for line in log:
                if BAD.search(line):
                    die(f'{name}: {line.strip()}')
                done |= 'bench: done' in line
                m = REPLAY.search(line)
                if m:
                    replay[int(m.group(1))] = m.group(2)
                m = LINE.search(line.rstrip('\r\n'))
                if m:
                    case, source, state, pages, ns = m.groups()
                    key = case, source, state, int(pages)
                    rounds.setdefault(key, []).append(int(ns) / int(pages))
    except OSError as e:
        die(f'{e}; run scripts/bench.sh')
    if not done:
        die(f'{name}: the benchmark did not run to its end')
    return rounds, replay


def compare_replay(directory, base, patched):
    differ = [seed for seed in sorted(base.keys() | patched.keys())
              if base.get(seed) != patched.get(seed)]
    if differ:
        die(f'{directory}: {len(differ)} of {len(base)} random insertions came out'
            f' differently, the first is seed {differ[0]}')
    if len(base) < MIN_SEEDS:
        die(f'{directory}: only {len(base)} random insertions were compared')
    print(f'{os.path.basename(directory)}: {len(base)} seeds of random insertions'
          ' came out the same on base and series')


def results(directory):
    arch = os.path.basename(os.path.normpath(directory))
    if arch not in UNITS:
        die(f'{directory}: not one of {", ".join(UNITS)}')
    base, replay = read(os.path.join(directory, 'base.log'))
    patched, patched_replay = read(os.path.join(directory, 'patched.log'))
    compare_replay(os.path.normpath(directory), replay, patched_replay)
    for key in base.keys() ^ patched.keys():
        die(f'{directory}: {" ".join(map(str, key))} ran on one kernel only')
    found = []
    for key in patched:
        case, source, state, pages = key
        if case == 'floor':
            continue
        floor = patched.get(('floor', source, state, pages))
        if case in ('zap', 'one_call') or state not in NEEDS_FLOOR:
            floor = None
        one = {'case': case, 'source': source, 'pages': pages, 'state': state,
               'unit': UNITS[arch]}
        for name, values in (('base', base[key]), ('patched', patched[key]), ('floor', floor)):
            one[name] = round(statistics.median(values), 1) if values else None
            if values and name != 'floor':
                one[name + '_range'] = [round(min(values), 1), round(max(values), 1)]
        found.append(one)
    return found


def ratio(one):
    return one['base'] / one['patched'] if one['patched'] else float('inf')


def least(one):
    """Ratio of the best rounds: an interrupt can only add instructions."""
    return one['base_range'][0] / (one['patched_range'][0] or 1e-9)


def spread(low_high):
    low, high = low_high
    return f'{low:.1f}-{high:.1f}'


def table(rows):
    print(f'{"case":21} {"source":8} {"state":5} {"pages":>5} {"unit":10}'
          f' {"base":>7} {"min-max":>15} {"series":>7} {"min-max":>15}'
          f' {"ratio":>6} {"floor":>6} {"x floor":>7}')
    for one in rows:
        floor = f'{one["floor"]:6.1f} {one["patched"] / one["floor"]:7.2f}' \
            if one['floor'] else f'{"-":>6} {"-":>7}'
        print(f'{one["case"]:21} {one["source"]:8} {one["state"]:5} {one["pages"]:5}'
              f' {one["unit"]:10} {one["base"]:7.1f} {spread(one["base_range"]):>15}'
              f' {one["patched"]:7.1f} {spread(one["patched_range"]):>15}'
              f' {ratio(one):5.2f}x {floor}')


def key_of(one):
    return one['case'], one['source'], one['state'], one['pages'], one['unit']


def load(name):
    try:
        with open(name) as f:
            rows = json.load(f)['results']
            for one in rows:
                key_of(one)
            return rows
    except (OSError, ValueError, KeyError) as e:
        die(f'{name}: {e}')


def check(rows, name):
    """Counts of what passed and failed; says what failed."""
    committed = {key_of(one): one for one in load(name)}
    now = {key_of(one): one for one in rows}
    passed = failed = 0
    for key, old in committed.items():
        if old['unit'] != 'insns/page':
            continue
        want = 0.95 * least(old)
        if old['state'] == 'warm' and key[3] > 8:
            want = max(want, LIMITS.get(key[:3], 0))
        if key not in now:
            print(f'FAIL: {" ".join(map(str, key))} did not run')
            failed += 1
        elif least(now[key]) < want:
            print(f'FAIL: {" ".join(map(str, key))}: {least(now[key]):.2f}x, should be {want:.2f}x or more')
            failed += 1
        else:
            passed += 1
    for key in LIMITS:
        if not any(k[:3] == key for k in committed):
            print(f'FAIL: {name} has no {" ".join(key)}')
            failed += 1
    print(f'{passed} passed, {failed} failed')
    return failed == 0 and passed > 0


def label(one):
    case = {'vm_insert_kmem_pages': 'array', 'remap_vmalloc_range': 'remap vmalloc',
            'af_packet': 'AF PACKET'}.get(one['case'], one['case'].replace('_', ' '))
    state = ', new table' if one['state'] == 'fresh' else ''
    source = re.sub('([0-9])', r' \1', one['source'])
    return f'{case}, {source}{state}'


def plot(rows, name):
    rows = [one for one in rows if one['case'] in ('vm_insert_kmem_pages', 'remap_vmalloc_range',
                                                   'af_packet', 'kcov', 'io_uring')
            and one['unit'] == 'insns/page']
    if not rows:
        die('no instruction counts to plot')
    terminal = {'.svg': 'svg size 900,420', '.png': 'pngcairo size 900,420'}.get(os.path.splitext(name)[1])
    if not terminal:
        die(f'--plot {name}: neither .png nor .svg')
    data = ''.join(f'"{label(one)}" {one["base"]} {one["patched"]} {one["floor"] or "NaN"}\n'
                   for one in rows)
    script = f'''
set terminal {terminal}
set output "{name}"
set title "Instructions per page, x86\\\\_64 under qemu TCG (not hardware cycles)"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.8 border -1
set logscale y
set yrange [10:*]
set grid y
set xtics rotate by -35 font ",10"
set bmargin 8
set rmargin 12
set key outside top center horizontal
$data << EOD
{data}EOD
plot $data using 2:xtic(1) title "7.3.4" lc rgb "#bbbbbb", \\
     $data using 3 title "series" lc rgb "#3366aa", \\
     $data using 4 title "floor" lc rgb "#66aa66"
'''
    try:
        subprocess.run(['gnuplot'], input=script, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as e:
        die(f'gnuplot: {e}; run: scripts/setup.sh plot')


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dirs', nargs='*', metavar='LOG-DIR')
    parser.add_argument('--from', dest='was', metavar='FILE')
    parser.add_argument('--json', metavar='FILE')
    parser.add_argument('--plot', metavar='FILE')
    parser.add_argument('--check', metavar='FILE')
    args = parser.parse_args()
    if bool(args.was) == bool(args.dirs):
        parser.error('either a LOG-DIR or --from')
    rows = load(args.was) if args.was else [one for d in args.dirs for one in results(d)]
    table(rows)
    if args.json:
        with open(args.json, 'w') as f:
            lines = ',\n'.join('  ' + json.dumps(one) for one in rows)
            f.write(f'{{"results": [\n{lines}\n]}}\n')
    if args.plot:
        plot(rows, args.plot)
    if args.check and not check(rows, args.check):
        sys.exit(1)


if __name__ == '__main__':
    main()
