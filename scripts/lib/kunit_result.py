#!/usr/bin/python3
"""kunit_result.py JSON SUITE[.CASE]... - count what kunit.py --json wrote

Prints 'PASSED FAILED SKIPPED'. A SUITE that did not run, or ran no case, is a
failure and is named on standard error; so is a CASE that was skipped, or is not
there.
"""
import json
import sys


def walk(group, suites):
    for sub in group.get('sub_groups', []):
        suites.setdefault(sub['name'], []).extend(sub.get('test_cases', []))
        walk(sub, suites)


def main(argv):
    if len(argv) < 2 or argv[0] in ('-h', '--help'):
        print(__doc__.strip())
        return 0 if argv and argv[0] in ('-h', '--help') else 2
    suites = {}
    try:
        with open(argv[0], encoding='utf-8') as f:
            walk(json.load(f), suites)
    except (OSError, ValueError) as e:
        print(f'did not run: {e}', file=sys.stderr)
        print('0 1 0')
        return 1
    count = {'PASS': 0, 'FAIL': 0, 'SKIP': 0}
    for cases in suites.values():
        for case in cases:
            status = case['status'] if case['status'] in count else 'FAIL'
            count[status] += 1
            if status == 'FAIL':
                print(f"failed: {case['name']}", file=sys.stderr)
    for arg in argv[1:]:
        name, _, wanted = arg.partition('.')
        states = [case['status'] for case in suites.get(name, ())
                  if wanted in ('', case['name'])]
        if not states or wanted and 'SKIP' in states:
            what = f'case {arg}' if wanted else f'suite {arg}'
            print(f'did not run: {what}', file=sys.stderr)
            count['FAIL'] += 1
    print(count['PASS'], count['FAIL'], count['SKIP'])
    return 1 if count['FAIL'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
