#!/usr/bin/python3
"""topics.py COMMAND [NAME] - the topics that comment lines of series mark

  # Topic NAME: what it is about      begins one; ', RFC' at its end marks an RFC
  # needs: NAME NAME                  the topics that it goes on top of

  list            one line for each: name, patches, needs, what it is about
  check           are names and needs sound? says what is wrong and exits 1
  names           the names, in order
  patches NAME    the patches of the topic, in order; those commented out are not
  before NAME     the patches of all that it needs, and they need, in order
  title NAME      what it is about
"""
import os
import re
import sys

SERIES = os.path.join(os.path.dirname(__file__), '..', '..', 'series')


class Topic:
    def __init__(self, name, title):
        self.name, self.title = name, title
        self.needs, self.patches, self.unfinished = [], [], []


def read(path=SERIES):
    """-> topics in order, and what is wrong with the comment lines"""
    topics, wrong = [], []
    with open(path, encoding='utf-8') as f:
        lines = [line.rstrip() for line in f]
    for line in lines:
        topic = topics[-1] if topics else None
        if re.match(r'# Topic\b', line):
            m = re.fullmatch(r'# Topic ([a-z][a-z0-9-]*): (\S.*)', line)
            if not m:
                wrong.append(f"'{line}' has no name; write: # Topic NAME: what it is about")
                m = re.fullmatch(r'# Topic()(.*)', line)
            topics.append(Topic(m.group(1), m.group(2)))
        elif m := re.fullmatch(r'# needs:(.*)', line):
            if topic and not (topic.patches or topic.unfinished or topic.needs):
                topic.needs = m.group(1).split()
            else:
                wrong.append(f"'{line}' does not follow the line of its topic; move it there")
        elif topic and (m := re.match(r'# (\S+\.patch): ', line)):
            topic.unfinished.append(m.group(1))
        elif line and not line.startswith('#'):
            if topic:
                topic.patches.append(line)
            elif any(re.match(r'# Topic\b', other) for other in lines):
                wrong.append(f'{line} stands before the first topic; move it into one')
    return topics, wrong


def check(topics, wrong):
    names = [t.name for t in topics]
    for i, t in enumerate(topics):
        if t.name and t.name in names[:i]:
            wrong.append(f'topic {t.name} stands there twice; rename one')
        for n in t.needs:
            if n not in names[:i]:
                wrong.append(f'topic {t.name} needs {n}, which is no topic before it')
    return wrong


def before(topics, topic):
    """-> the topics that it needs, directly or not, in order"""
    wanted = {topic.name}
    for t in reversed(topics):
        if t.name in wanted:
            wanted.update(t.needs)
    return [t for t in topics if t.name in wanted and t is not topic]


def main(argv):
    if not argv or argv[0] in ('-h', '--help'):
        print(__doc__.strip())
        return 0 if argv else 2
    topics, wrong = read()
    if argv[0] == 'check':
        for w in check(topics, wrong):
            print('series: ' + w)
        return 1 if wrong else 0
    if argv[0] == 'list':
        for t in topics:
            n = f'{len(t.patches)} patch' + ('' if len(t.patches) == 1 else 'es')
            n += f' (+{len(t.unfinished)} unfinished)' if t.unfinished else ''
            print(f"{t.name}: {n}, needs {', '.join(t.needs) or 'nothing'}: {t.title}")
        return 0
    if argv[0] == 'names':
        print('\n'.join(t.name for t in topics))
        return 0
    found = [t for t in topics if t.name == argv[1]]
    if not found:
        sys.exit(f"no topic {argv[1]}; there are: {', '.join(t.name for t in topics)}")
    topic = found[0]
    out = {'patches': lambda: topic.patches,
           'before': lambda: [p for t in before(topics, topic) for p in t.patches],
           'title': lambda: [topic.title]}.get(argv[0])
    if not out:
        sys.exit(f'topics.py: no such command: {argv[0]}')
    for line in out():
        print(line)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
