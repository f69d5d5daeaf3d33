#!/usr/bin/python3
"""patchfile.py COMMAND FILE... - small questions about one patch file

  verify FILE          is it whole? says what is wrong and exits 1 if not
  subject FILE...      print its subject
  notes FILE           print the text between '---' and the diffstat
  add-notes FILE TEXT  put the text of file TEXT there
  poster FILE NAME     print it as NAME would post it: From and Signed-off-by
"""
import re
import subprocess
import sys

STAT = re.compile(r' \S.* \| +(?:\d+ ?[+-]*|Bin .*)$| \d+ files? changed')


def read(path):
    try:
        with open(path, encoding='utf-8', newline='') as f:
            return f.read()
    except (OSError, UnicodeDecodeError) as e:
        sys.exit(f'{path}: cannot be read: {e}')


def split(text, path):
    """-> mail and message up to '---', notes, diffstat and diff"""
    lines = text.splitlines(keepends=True)
    try:
        dash = lines.index('---\n')
    except ValueError:
        sys.exit(f"{path}: has no line '---' between message and diffstat")
    end = dash + 1
    while end < len(lines) and not STAT.match(lines[end]) \
            and not lines[end].startswith('diff --git '):
        end += 1
    return ''.join(lines[:dash + 1]), ''.join(lines[dash + 1:end]), ''.join(lines[end:])


def verify(path):
    text = read(path)
    if not re.match(r'From [0-9a-f]{40} ', text):
        sys.exit(f'{path}: is not a patch in mail form (git format-patch)')
    for header in ('From: ', 'Date: ', 'Subject: '):
        if not re.search(r'^' + header + r'\S', text, re.M):
            sys.exit(f'{path}: has no {header.strip()} line')
    head, _, diff = split(text, path)
    said = re.search(r'^ (\d+) files? changed(?:, (\d+) insertions?\(\+\))?'
                     r'(?:, (\d+) deletions?\(-\))?$', diff, re.M)
    if not said:
        sys.exit(f'{path}: has no diffstat; it is cut short or not from git format-patch')
    # Within a checkout git would pass over what is outside the current folder.
    num = subprocess.run(['git', 'apply', '--numstat', '-'], input=diff, cwd='/',
                         capture_output=True, text=True, check=False)
    if num.returncode:
        sys.exit(f'{path}: is cut short or corrupt: {num.stderr.strip()}')
    rows = [line.split('\t') for line in num.stdout.splitlines()]
    found = [len(rows), sum(int(r[0]) for r in rows), sum(int(r[1]) for r in rows)]
    promised = [int(n or 0) for n in said.groups()]
    if found != promised:
        sys.exit(f'{path}: is cut short: its diffstat says files, insertions, deletions '
                 f'{promised}, its diff has {found}')
    return head


def subject(path):
    text = read(path)
    m = re.search(r'^Subject: (.*(?:\n[ \t].*)*)', text, re.M)
    return re.sub(r'\n[ \t]', ' ', m.group(1)) if m else ''


def poster(path, name):
    head, notes, rest = split(read(path), path)
    head = re.sub(r'^From: .*$', 'From: ' + name, head, count=1, flags=re.M)
    body = head[:-len('---\n')].rstrip('\n')
    # Trailers are a paragraph of their own, behind the mail's header.
    last = body.partition('\n\n')[2].rsplit('\n\n', 1)[-1].splitlines()
    trailers = last and not last[0].startswith(' ') and \
        all(re.match(r'[A-Z][A-Za-z-]*: | ', line) for line in last)
    sep = '\n' if trailers else '\n\n'
    return f'{body}{sep}Signed-off-by: {name}\n---\n{notes}{rest}'


def main(argv):
    if len(argv) < 2 or argv[0] in ('-h', '--help'):
        print(__doc__.strip())
        return 0 if argv and argv[0] in ('-h', '--help') else 2
    command, path = argv[0], argv[1]
    if command == 'verify':
        verify(path)
    elif command == 'subject':
        print('\n'.join(subject(f) for f in argv[1:]))
    elif command == 'notes':
        sys.stdout.write(split(read(path), path)[1])
    elif command == 'add-notes':
        head, _, rest = split(read(path), path)
        with open(path, 'w', encoding='utf-8', newline='') as f:
            f.write(head + read(argv[2]) + rest)
    elif command == 'poster':
        sys.stdout.write(poster(path, argv[2]))
    else:
        sys.exit(f'patchfile.py: no such command: {command}')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
