#!/usr/bin/python3
"""cover.py COMMAND [NAME] - cover-letter.txt, and its section for each topic

  check        do sections and series agree? says what is wrong and exits 1
  whole        the letter without the sections of topics that have no patch
  topic NAME   the section of a topic as a letter of its own

A section is 'Topic NAME: subject', a line of dashes, 'Needs: NAME, NAME.' or
'Needs: nothing.', and its text. Letters begin with their subject.
"""
import os
import re
import sys

import topics

LETTER = os.path.join(os.path.dirname(__file__), '..', '..', 'cover-letter.txt')
HEADING = re.compile(r'^Topic ([a-z0-9-]+): (.+)\n-+\n', re.M)
NEEDS = re.compile(r'\s*Needs: ([^.]*)\.\s*')


def read():
    """-> text in front of the sections, {name: (subject, needs, text, all of it)}"""
    with open(LETTER, encoding='utf-8') as f:
        letter = f.read()
    marks = list(HEADING.finditer(letter))
    ends = [m.start() for m in marks[1:]] + [len(letter)]
    sections = {}
    for m, end in zip(marks, ends):
        text = letter[m.end():end]
        needs = NEEDS.match(text)
        sections[m.group(1)] = (m.group(2), needs and needs.group(1),
                                text[needs.end():] if needs else text, letter[m.start():end])
    return letter[:marks[0].start()] if marks else letter, sections


def check(found, sections):
    wrong = []
    for t in found:
        said = ', '.join(t.needs) or 'nothing'
        if t.name not in sections:
            if t.patches:
                wrong.append(f"has no section for topic {t.name}; write one: 'Topic {t.name}: subject'")
        elif sections[t.name][1] != said:
            wrong.append(f"topic {t.name} has to begin with 'Needs: {said}.', as series has it")
    for name in sections:
        if name not in [t.name for t in found]:
            wrong.append(f'has a section for {name}, which is no topic of series; rename or remove it')
    return wrong


def main(argv):
    if not argv or argv[0] in ('-h', '--help'):
        print(__doc__.strip())
        return 0 if argv else 2
    found, _ = topics.read()
    front, sections = read()
    if argv[0] == 'check':
        wrong = check(found, sections)
        for w in wrong:
            print('cover-letter.txt: ' + w)
        return 1 if wrong else 0
    if argv[0] == 'whole':
        with_patches = [t.name for t in found if t.patches]
        print((front + ''.join(s[3] for n, s in sections.items() if n in with_patches)).rstrip())
        return 0
    subject, _, text, _ = sections.get(argv[1]) or sys.exit(
        f'cover-letter.txt has no section for topic {argv[1]}')
    print(subject + '\n')
    titles = {t.name: t for t in found}
    needs = titles[argv[1]].needs
    if needs:
        print('This goes on top of\n')
        for t in topics.before(found, titles[argv[1]]):
            if t.patches:
                print(f'  {sections[t.name][0] if t.name in sections else t.title}')
        print('\nwhich are threads of their own.\n')
    print(text.strip())
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
