#!/usr/bin/python3
"""ktap.py RESULTS SUITE... - judge what suites said on two kernels
ktap.py --log CONSOLE - print the reports of the kernel in one log, exit 1 if any

Reads RESULTS/SUITE.base.ktap, .base.console, .patched.ktap and .patched.console.
Prints a table, what is behind each bad verdict, and a line of counts, one for
each suite. Exits 0 only if every suite ran to its end on both kernels and the
patched one is nowhere worse.
"""
import os
import re
import sys

RESULT = re.compile(r'^(\s*)(not )?ok\b\s*(\d+)?\s*(?:- )?(.*)$')
PLAN = re.compile(r'^\s*1\.\.(\d+)')
VERSION = re.compile(r'^\s*K?TAP version')
# Written by the guest's init, so that nothing is taken for complete that is not.
BEGIN = re.compile(r'^# vm_insert: (\S+) begins$')
END = re.compile(r'^# vm_insert: (\S+) exit (\d+) memory (\d+) (\d+)$')
REPORT = re.compile(
    r'WARNING:|BUG:|kernel BUG|\bOops\b|KASAN|KCSAN|KFENCE|UBSAN|Kernel panic|'
    r'general protection fault|unable to handle|refcount_t:|Bad page|Bad rss|'
    r'Bad pagetable|INFO: (?!NMI handler)|possible .* locking|suspicious RCU|'
    r'unreferenced object|kmemleak: [1-9]|corruption|rcu.* stall|nobody cared|'
    r'page allocation failure|Out of memory|invoked oom-killer|lockdep|'
    r'page dumped because|possible deadlock|sleeping function|scheduling while')
# What talks about them, in tests' results and at boot; and the functions of a trace.
HARMLESS = re.compile(r'INFO: lockdep is turned off|RCU lockdep checking is enabled|'
                      r'# SKIP lockdep was turned off|'
                      r'(\] +(\? )?| from )[\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+( \[\w+\])?$|'
                      r'irqs last +(en|dis)abled at ')
# By chance: dax_mmap on ext4 made 7.3.4 say this in 3 of 7 runs, the series in 1.
BY_CHANCE = re.compile(r'WARNING: fs/dax\.c:\d+ at dax_disassociate_entry\b')
# What pagemap_ioctl counted, in the name of a test.
COUNTED = re.compile(r'\b(Extra pages|extra thread faults) \d+( \([\d.]+%\))?')
# kB that may be missing more than on the base when a suite has ended. Two runs
# of one kernel were up to 18 MB apart.
MEMORY_BOUND = 32768


def read_console(path):
    """The first line of each report, by what of it is the same in every run."""
    try:
        with open(path, encoding='utf-8', errors='replace') as f:
            text = f.read()
    except OSError:
        text = ''
    reports = {}
    for line in text.replace('\r', '').split('\n'):
        if REPORT.search(line) and not HARMLESS.search(line):
            line = re.sub(r'^\[[ 0-9.]*\](\[[ TC0-9]*\])? ?', '', line)
            key = re.sub(r'\+?0x[0-9a-f]+(/0x[0-9a-f]+)?|\b[0-9a-f]{8,}\b|\d+', 'N', line)
            reports.setdefault(key, line)
    return reports


class Run:
    """What one suite said on one kernel."""

    def __init__(self, results, suite, side):
        self.tests = {}
        self.why = None         # it did not run to its end
        self.exit = self.lost = None
        self.begun = False
        self.read_ktap(os.path.join(results, f'{suite}.{side}.ktap'), suite)
        self.reports = read_console(os.path.join(results, f'{suite}.{side}.console'))

    def read_ktap(self, path, suite):
        plans = []              # per stream: planned, seen
        try:
            with open(path, encoding='utf-8', errors='replace') as f:
                lines = f.read().replace('\r', '').split('\n')
        except OSError:
            self.why = 'did not start'
            return
        for line in lines:
            if (m := BEGIN.match(line)) and m[1] == suite:
                self.begun = True
            elif (m := END.match(line)) and m[1] == suite:
                self.exit, self.lost = int(m[2]), int(m[3]) - int(m[4])
            elif VERSION.match(line):
                plans.append([None, 0])
            elif m := PLAN.match(line):
                if not plans or plans[-1][0] is not None:
                    plans.append([None, 0])
                plans[-1][0] = int(m[1])
            elif (m := RESULT.match(line)) and (m[3] or m[4]):
                if not plans:
                    plans.append([None, 0])
                plans[-1][1] += 1
                self.result(bool(m[2]), m[4])
        short = [f'{seen} of {plan} tests ran' for plan, seen in plans
                 if plan is not None and seen < plan]
        if not self.begun:
            self.why = 'did not start'
        elif self.exit is None:
            self.why = 'did not end'
        elif not self.tests:
            self.why = f'ran no test, exit {self.exit}'
        elif not self.count('pass') and not self.count('fail'):
            self.why = 'skipped every test'
        elif short:
            self.why = ', '.join(short)
        elif self.exit not in (0, 4) and not self.count('fail'):
            self.why = f'exit {self.exit} and no failed test'

    def result(self, failed, text):
        name, _, directive = text.partition('#')
        word = directive.split()[0].upper() if directive.split() else ''
        name = COUNTED.sub(r'\1', re.sub(r'0x[0-9a-f]+', '0x', name.strip()))
        n = 1
        while (name, n) in self.tests:
            n += 1
        if word.startswith('SKIP'):
            state = 'skip'
        elif failed:            # XFAIL and TODO come as ok, or are expected
            state = 'skip' if word in ('XFAIL', 'TODO') else 'fail'
        else:
            state = 'pass'
        self.tests[name, n] = state

    def count(self, state):
        return sum(s == state for s in self.tests.values())

    def __str__(self):
        if not self.tests:
            return 'did not run'
        return f'{self.count("pass")}/{self.count("fail")}/{self.count("skip")}'


def title(key):
    return key[0] if key[1] == 1 else f'{key[0]} ({key[1]})'


def judge(base, patched):
    """(verdict, list of lines that say why)"""
    why = [f'{side} {run.why}' for side, run in (('base', base), ('patched', patched)) if run.why]
    verdict = 'DID NOT RUN' if why else 'WORSE'
    if not why:
        for key, was in base.tests.items():
            now = patched.tests.get(key, 'did not run')
            if now != was and (was == 'pass' or now in ('fail', 'did not run')):
                why.append(f'{title(key)}: {was} on base, {now} on patched')
        for key, now in patched.tests.items():
            if now == 'fail' and key not in base.tests:
                why.append(f'{title(key)}: not on base, fail on patched')
        # What was free only in the end does not show what was not given back.
        if patched.lost > max(base.lost, 0) + MEMORY_BOUND:
            why.append(f'{patched.lost} kB not given back on patched, {base.lost} kB on base')
    for key, line in patched.reports.items():
        if key not in base.reports and not BY_CHANCE.search(line):
            why.append(f'new in the log: {line}')
    return verdict if why else 'ok', why


def remarks(base, patched):
    """What is no failure, but worth a line."""
    for key, was in base.tests.items():
        if was == 'fail' and patched.tests.get(key) == 'fail':
            yield f'fails on both: {title(key)}'
        elif was == 'fail' and patched.tests.get(key) == 'pass':
            yield f'mended: {title(key)}'
    for key, line in patched.reports.items():
        if key not in base.reports and BY_CHANCE.search(line):
            yield f'new in the log, but known of the base: {line}'
    for key, line in base.reports.items():
        if key not in patched.reports:
            yield f'gone from the log: {line}'


def main(argv):
    if len(argv) < 2 or argv[0] in ('-h', '--help'):
        print(__doc__.strip())
        return 0 if argv and argv[0] in ('-h', '--help') else 2
    if argv[0] == '--log':
        reports = read_console(argv[1]) if os.path.exists(argv[1]) else {'': 'there is no log'}
        for line in reports.values():
            print(f'in the log: {line}')
        return 1 if reports else 0
    rows, notes, counts = [], [], {'passed': 0, 'failed': 0}
    for suite in argv[1:]:
        base, patched = (Run(argv[0], suite, side) for side in ('base', 'patched'))
        verdict, why = judge(base, patched)
        counts['passed' if verdict == 'ok' else 'failed'] += 1
        rows.append((suite, str(base), str(patched), verdict))
        notes += [f'{suite}: {line}' for line in why]
        notes += [f'{suite}: {line}' for line in remarks(base, patched)]
    head = ('suite', 'base', 'patched', 'verdict')
    width = [max(len(r[i]) for r in rows + [head]) for i in range(4)]
    for row in [head] + rows:
        print('  '.join(c.ljust(w) for c, w in zip(row, width)).rstrip())
    print('(tests passed/failed/skipped)')
    for line in notes:
        print(line)
    print(f'{counts["passed"]} passed, {counts["failed"]} failed')
    return 0 if not counts['failed'] and counts['passed'] else 1


sys.exit(main(sys.argv[1:]))
