#!/usr/bin/python3
"""mbox.py [options] PATCH... - a thread of mails, cover letter first, as an mbox

  --from 'NAME <MAIL>'   who posts it: From: of each mail, last Signed-off-by:
  --version N            of the thread; from 2 on it stands in the subjects
  --prefix TEXT          PATCH, or RFC PATCH
  --id NAME              becomes a part of the Message-IDs
  --date SECONDS         of the cover letter; each mail is a second younger
  --cover FILE           first line: subject; after a blank one: text
  --recipients DIR       DIR/PATCH: what get_maintainer.pl --rolestats says of it

Every mail goes to all lists, each patch to its own maintainers and to those in
its trailers too. Nothing is sent: the mbox goes to stdout.
"""
import argparse
import email.header
import email.utils
import os
import re
import sys
import time

import patchfile

# Signed-off-by is the poster's own.
TRAILER = re.compile(r'^(?:Cc|(?:Reported|Suggested|Reviewed|Tested|Acked)-by): (.*@.*)$', re.M)

def encoded(text):
    """A header's text, encoded if it has to be, never folded."""
    if text.isascii():
        return text
    return email.header.Header(text, 'utf-8', maxlinelen=998).encode()


def address(name_and_mail):
    name, mail = email.utils.parseaddr(name_and_mail)
    if '@' not in mail:
        sys.exit(f"'{name_and_mail}' is no mail address")
    # formataddr quotes what has to be quoted, and encodes what is not ASCII.
    return email.utils.formataddr((name, mail))


def recipients(path):
    """-> maintainers and reviewers, lists"""
    people, lists = [], []
    for line in patchfile.read(path).splitlines():
        m = re.fullmatch(r'(.*?@\S+) \(([^:)]*).*\)', line)
        if not m:
            sys.exit(f"{path}: '{line}' is not what get_maintainer.pl says")
        whom = lists if re.search(r'\blist\b', m.group(2)) else people
        if address(m.group(1)) not in whom:
            whom.append(address(m.group(1)))
    return people, lists


def mail(args, n, total, subject, text, to, cc):
    width = len(str(total))
    tag = args.prefix + (f' v{args.version}' if args.version > 1 else '')
    ident = [f'<{args.date}.{i}.v{args.version}.{args.id}.{args.mail}>' for i in (0, n)]
    head = [f'From: {address(args.poster)}',
            f'Date: {email.utils.formatdate(args.date + n)}',
            f'Subject: {encoded(f"[{tag} {n:0{width}}/{total}] {subject}")}',
            f'Message-ID: {ident[1]}']
    if n:
        head += [f'In-Reply-To: {ident[0]}', f'References: {ident[0]}']
    # Who is in To: need not be told twice.
    cc = [a for a in cc if a not in to]
    head += [f'{what}: ' + ',\n\t'.join(who) for what, who in (('To', to), ('Cc', cc)) if who]
    head += ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=UTF-8',
             'Content-Transfer-Encoding: 8bit']
    if re.search(r'^>*From ', text, re.M):
        sys.exit(f"{subject}: a line begins with 'From ', which ends a mail in an mbox; indent it")
    stamp = time.asctime(time.gmtime(args.date + n))
    return f'From mboxrd@z {stamp}\n' + '\n'.join(head) + '\n\n' + text.rstrip('\n') + '\n\n'


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument('--from', dest='poster', required=True)
    p.add_argument('--version', type=int, default=1)
    p.add_argument('--prefix', default='PATCH')
    p.add_argument('--id', required=True)
    p.add_argument('--date', type=int, required=True)
    p.add_argument('--cover', required=True)
    p.add_argument('--recipients', required=True)
    p.add_argument('patches', nargs='+')
    args = p.parse_args()
    args.mail = email.utils.parseaddr(args.poster)[1]

    total, out, everybody = len(args.patches), [], []
    whom = {}
    for path in args.patches:
        name = os.path.basename(path)
        people, lists = recipients(os.path.join(args.recipients, name))
        if not people or not lists:
            sys.exit(f'{name}: get_maintainer.pl names no {"list" if people else "maintainer"}')
        whom[path] = people
        everybody += [a for a in lists if a not in everybody]
    subject, _, text = patchfile.read(args.cover).partition('\n')
    out.append(mail(args, 0, total, subject, text.lstrip('\n'), everybody, []))
    for n, path in enumerate(args.patches, 1):
        _, _, text = patchfile.poster(path, args.poster).partition('\n\n')
        named = [address(m) for m in TRAILER.findall(text.partition('\n---\n')[0])]
        out.append(mail(args, n, total, patchfile.subject(path), text, whom[path],
                        list(dict.fromkeys(named + everybody))))
    sys.stdout.reconfigure(encoding='utf-8', newline='')
    sys.stdout.write(''.join(out))


if __name__ == '__main__':
    main()
