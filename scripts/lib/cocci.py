#!/usr/bin/env python3
"""Runs the semantic patches on files, one by one and in parallel (see cocci.sh).

cocci.py report|patch|in-place ROOT JOBS SPATCH COCCI,... < list of files
cocci.py test|mutate DIR JOBS SPATCH COCCI,...
"""
import concurrent.futures
import difflib
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

NAMES = re.compile(r'\bvm_insert_(?:pages?|kmem_(?:pages?|range))\b')
NOISE = re.compile(r'/[*].*?[*]/|//(?:\\\n|[^\n])*|"(?:\\.|[^"\\\n])*"|'
                   r"'(?:\\.|[^'\\\n])+'", re.S)
LINE = re.compile(r'(?P<file>.+?):(?P<line>\d+):(?P<col>\d+)-\d+: (?P<msg>.*)')


class Failed(Exception):
    """A file that could not be checked."""


def code_of(path):
    """The text without comments and strings."""
    text = path.read_text(encoding='latin-1')
    return NOISE.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text)


def spatch(spatch_bin, cocci, mode, name, root, *more):
    """What one semantic patch says about one file."""
    options = re.search(r'^// Options:(.*)$', cocci.read_text(), re.M)
    cmd = [spatch_bin, '--very-quiet', '-D', mode, '--cocci-file', str(cocci),
           *shlex.split(options.group(1) if options else ''), *more, name]
    try:
        run = subprocess.run(cmd, cwd=root, capture_output=True, timeout=300, check=False,
                             encoding='utf-8', errors='replace')
    except subprocess.TimeoutExpired:
        raise Failed(f'{name}: {cocci.name} takes too long') from None
    if run.returncode or re.search(r'Traceback|Fatal error|Python failure', run.stderr):
        raise Failed(f'{name}: {cocci.name} failed: {run.stderr.strip().splitlines()[-1:]}')
    return run.stdout


def report(spatch_bin, coccis, name, root):
    """[(line, column, message)] of one file; one verdict per place."""
    path = root / name
    try:
        code = code_of(path)
    except OSError as e:
        raise Failed(f'{name}: {e.strerror}') from None
    found = {}
    if path.suffix == '.rs':
        for m in re.finditer(r'\bvm_insert_pages?\b', code):
            line = code.count('\n', 0, m.start()) + 1
            col = m.start() - code.rfind('\n', 0, m.start()) - 1
            found[line, col] = f'{m.group(0)}(): leave: Rust'
    elif NAMES.search(code):
        for cocci in coccis:
            for text in spatch(spatch_bin, cocci, 'report', name, root).splitlines():
                m = LINE.match(text)
                if not m:
                    raise Failed(f'{name}: {cocci.name} said: {text}')
                key = int(m['line']), int(m['col'])
                if key not in found or 'see vmf_insert_page.cocci' in found[key]:
                    found[key] = m['msg']
    return [(*key, found[key]) for key in sorted(found)]


def patched(spatch_bin, coccis, name, root):
    """The text before and after, byte for byte."""
    try:
        old = (root / name).read_bytes()
    except OSError as e:
        raise Failed(f'{name}: {e.strerror}') from None
    if name.endswith('.rs') or not NAMES.search(old.decode('latin-1')):
        return old, old
    with tempfile.TemporaryDirectory() as tmp:
        copy = pathlib.Path(tmp) / pathlib.Path(name).name
        copy.write_bytes(old)
        for cocci in coccis:
            spatch(spatch_bin, cocci, 'patch', copy.name, tmp, '--in-place')
        return old, copy.read_bytes()


def in_parallel(work, names, jobs):
    """Yields (name, result or Failed) in the order of names, with signs of life."""
    start = last = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        tasks = [(n, pool.submit(work, n)) for n in names]
        for n, task in tasks:
            while not task.done():
                concurrent.futures.wait([task], timeout=1)
                if time.monotonic() - last > 10:
                    last = time.monotonic()
                    done = sum(t.done() for _, t in tasks)
                    print(f'  ... {last - start:3.0f} s: {done} of {len(tasks)} files',
                          file=sys.stderr, flush=True)
            try:
                yield n, task.result()
            except Failed as e:
                yield n, e


def files(mode, root, jobs, spatch_bin, coccis):
    """Exit code: 0 nothing, 1 findings, 3 something could not be checked."""
    names = sorted(set(sys.stdin.read().split('\0')) - {''})
    findings = bad = 0
    work = report if mode == 'report' else patched
    for name, out in in_parallel(lambda n: work(spatch_bin, coccis, n, root), names, jobs):
        if isinstance(out, Failed):
            bad += 1
            print(f'could not be checked: {out}', file=sys.stderr)
        elif mode == 'report':
            for line, col, msg in out:
                findings += 1
                bad += msg.endswith('not understood')
                print(f'{name}:{line}:{col}: {msg}', flush=True)
        elif out[0] != out[1]:
            findings += 1
            if mode == 'in-place':
                (root / name).write_bytes(out[1])
                print(f'changed: {name}', flush=True)
            else:
                old, new = (t.decode('latin-1').splitlines(True) for t in out)
                sys.stdout.write(''.join(difflib.unified_diff(old, new, 'a/' + name, 'b/' + name)))
    what = 'findings in' if mode == 'report' else 'changed of'
    print(f'{findings} {what} {len(names)} files, {bad} not understood or not checked',
          file=sys.stderr)
    return 3 if bad else int(mode == 'report' and findings > 0)


def one_test(spatch_bin, coccis, source):
    """What is wrong with one pair, or ''. Its name starts as its semantic patch's."""
    cocci = next(c for c in coccis if source.name.startswith(c.stem.split('_')[0] + '-'))
    wrong = ''
    wants = [(m, source.with_suffix('.' + m)) for m in ('res', 'report', 'org', 'context')]
    for mode, want in wants:
        if not want.exists():
            continue
        try:
            if mode == 'res':
                got = patched(spatch_bin, [cocci], source.name, source.parent)[1].decode('latin-1')
            else:
                got = spatch(spatch_bin, cocci, mode, source.name, source.parent)
                got = re.sub(r'(?m)^(---|\+\+\+) .*\n', '', got)
        except Failed as e:
            got = f'{e}\n'
        if got != want.read_text():
            wrong += ''.join(difflib.unified_diff(
                want.read_text().splitlines(True), got.splitlines(True), want.name, 'got'))
    return wrong


def test(tests, jobs, spatch_bin, coccis):
    """All pairs. Returns the names of the failed ones."""
    failed = []
    for source, wrong in in_parallel(lambda s: one_test(spatch_bin, coccis, s), tests, jobs):
        if wrong or isinstance(wrong, Failed):
            failed.append(source.name)
            print(f'FAIL: {source.name}\n{wrong}', flush=True)
    print(f'{len(tests) - len(failed)} passed, {len(failed)} failed')
    return failed


def mutants(text):
    """(line, header, text without that rule) for every rule but the initial one."""
    head = re.compile(r'^@(?!initialize|@)([^@]*)@$', re.M)
    for m in head.finditer(text):
        rule = m.group(1)
        never = rule + (' && taken_out' if 'depends on' in rule else ' depends on taken_out')
        mutant = text[:m.start()] + f'@{never}@' + text[m.end():]
        yield text.count('\n', 0, m.start()) + 1, rule, mutant.replace(
            'virtual context', 'virtual taken_out\nvirtual context', 1)


def mutate(tests, jobs, spatch_bin, coccis):
    """Every rule is taken out in turn; a test has to fail. Returns the survivors."""
    def killer(job):
        cocci, mutant, own = job
        with tempfile.TemporaryDirectory() as tmp:
            copy = pathlib.Path(tmp) / cocci.name
            copy.write_text(mutant)
            by = next((s for s in list(own) if one_test(spatch_bin, [copy], s)), None)
        if by:
            # Neighbours often fail in the same test: try it first.
            own.remove(by)
            own.insert(0, by)
        return by.name if by else ''

    alive = []
    jobs_of = []
    # A test that fails anyway would prove nothing.
    if test(tests, jobs, spatch_bin, coccis):
        return ['test']
    for cocci in coccis:
        text = cocci.read_text()
        own = [s for s in tests if s.name.startswith(cocci.stem.split('_')[0] + '-')]
        with_all = text.replace('virtual context', 'virtual taken_out\nvirtual context', 1)
        if killer((cocci, with_all, own[:1])):
            print(f'{cocci.name} fails without being changed')
            return [cocci.name]
    for cocci in coccis:
        own = [s for s in tests if s.name.startswith(cocci.stem.split('_')[0] + '-')]
        jobs_of += [(f'{cocci.name}:{line} @{rule}@', (cocci, text, own))
                    for line, rule, text in mutants(cocci.read_text())]
    work = dict(jobs_of)
    for name, by in in_parallel(lambda n: killer(work[n]), list(work), jobs):
        print(f'{name}: {by or "no test fails"}', flush=True)
        if not by:
            alive.append(name)
    print(f'{len(work) - len(alive)} passed, {len(alive)} failed')
    return alive


def main():
    """See the head of the file."""
    mode, root, jobs, spatch_bin, coccis = sys.argv[1:]
    coccis = [pathlib.Path(c).resolve() for c in coccis.split(',')]
    root, jobs = pathlib.Path(root), int(jobs)
    if mode in ('test', 'mutate'):
        tests = sorted(root.glob('*.c'))
        run = test if mode == 'test' else mutate
        return 1 if not tests or run(tests, jobs, spatch_bin, coccis) else 0
    return files(mode, root, jobs, spatch_bin, coccis)


if __name__ == '__main__':
    sys.exit(main())
