// SPDX-License-Identifier: GPL-2.0-only
///
/// Use vmf_insert_page() in page faults, not a helper that returns an errno and
/// a table from errno to VM_FAULT_*. Only a table that means the same is
/// rewritten: 0 and -EBUSY give VM_FAULT_NOPAGE, -ENOMEM gives VM_FAULT_OOM,
/// -EFAULT and -EINVAL give VM_FAULT_SIGBUS. Others are reported.
///
// Confidence: High
// Copyright: (C) 2026 vm_insert maintainers
// URL: https://coccinelle.gitlabpages.inria.fr/website
// Options: --no-includes --include-headers
// Requires: 1.0.8
//
// The helpers return these five values and no others. What a table has for
// -EAGAIN, -EINTR, -ERESTARTSYS and the like is never reached from them.

virtual context
virtual patch
virtual org
virtual report

@initialize:python@
@@
import re

NAMES = r'\bvm_insert_(?:pages?|kmem_(?:pages?|range))\b'
ONE_PAGE = {'vm_insert_page', 'vm_insert_kmem_page'}
ERRNO = {'EBUSY': 16, 'ENOMEM': 12, 'EFAULT': 14, 'EINVAL': 22}
WANT = {0: 'VM_FAULT_NOPAGE', -16: 'VM_FAULT_NOPAGE', -12: 'VM_FAULT_OOM',
        -14: 'VM_FAULT_SIGBUS', -22: 'VM_FAULT_SIGBUS'}

def reset():
    global faults, holders, callers, taken, seen, calls, bodies, sources
    faults = set()     # functions that run in a page fault
    holders = set()    # functions that call the helpers
    callers = {}       # the same -> their callers
    taken = set()      # the same, if their address is used
    seen = {}          # where the names are used -> why it is left alone, or ''
    calls = {}         # where they are called -> [position, verdict, table]
    bodies = {}        # function -> (file, start, end)
    sources = {}       # file -> (text, where its lines start)

# The text of a file without comments and strings, at the same offsets.
def source(name):
    if name not in sources:
        with open(name, encoding='latin-1', newline='\n') as f:
            text = f.read()
        blank = lambda m: re.sub(r'[^\n]', ' ', m.group(0))
        text = re.sub(r'/[*].*?[*]/|//(?:\\\n|[^\n])*|\x22(?:\\.|[^\x22\\\n])*\x22|\x27(?:\\.|[^\x27\\\n])+\x27',
                      blank, text, flags=re.S)
        sources[name] = text, [0] + [m.end() for m in re.finditer('\n', text)] + [len(text)]
    return sources[name]

def at(p):
    return source(p.file)[1][int(p.line) - 1] + int(p.column)

def remember(p):
    lines = source(p.file)[1]
    first, last = int(p.current_element_line), int(p.current_element_line_end)
    bodies[p.current_element] = p.file, lines[first - 1], lines[last]

def in_define(name, offset):
    text = source(name)[0]
    start = text.rfind('\n', 0, offset) + 1
    while text[:start].endswith('\\\n'):
        start = text.rfind('\n', 0, start - 1) + 1
    return re.match(r'\s*#\s*define\b', text[start:]) is not None

def words(name, var, begin, stop):
    word = re.compile(r'(?<![\w.])(?<!->)(?<!struct )%s\b' % var)
    return [m.start() for m in word.finditer(source(name)[0], begin, stop)]

def runs_in(func):
    if func in faults:
        return 'fault', 'fault handler'
    by = callers.get(func, set())
    handlers = sorted(by & faults)
    if not handlers:
        return 'no fault', 'no fault'
    if by - faults or func in taken:
        return 'both', 'called in fault handler %s() and outside' % handlers[0]
    return 'fault', 'called in fault handler %s()' % handlers[0]

class Odd(Exception):
    pass

# Expressions and statements of a table, just as much C as it takes.
class Table:
    def __init__(self, text, ret):
        self.tokens = re.findall(r'\w+|==|!=|<=|>=|&&|\|\||\S', text)
        self.n, self.ret = 0, ret
        self.written = set()

    def peek(self):
        return self.tokens[self.n] if self.n < len(self.tokens) else ''

    def take(self, token=None):
        got = self.peek()
        if not got or token and got != token:
            raise Odd('%s is no part of a table' % (got or 'the end of the block'))
        self.n += 1
        return got

    def accept(self, token):
        if self.peek() == token:
            self.n += 1
            return True
        return False

    # Every expression becomes a function of the variables.
    def expression(self):
        test = self.binary(0)
        if not self.accept('?'):
            return test
        yes = self.expression()
        self.take(':')
        no = self.expression()
        return lambda v: yes(v) if test(v) else no(v)

    def binary(self, level):
        levels = (('||',), ('&&',), ('==', '!='), ('<', '<=', '>', '>='))
        if level == len(levels):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek() in levels[level]:
            op, a, b = self.take(), left, self.binary(level + 1)
            left = {'||': lambda v, a=a, b=b: a(v) or b(v), '&&': lambda v, a=a, b=b: a(v) and b(v),
                    '==': lambda v, a=a, b=b: a(v) == b(v), '!=': lambda v, a=a, b=b: a(v) != b(v),
                    '<': lambda v, a=a, b=b: a(v) < b(v), '<=': lambda v, a=a, b=b: a(v) <= b(v),
                    '>': lambda v, a=a, b=b: a(v) > b(v), '>=': lambda v, a=a, b=b: a(v) >= b(v)}[op]
        return left

    def unary(self):
        if self.accept('!'):
            e = self.unary()
            return lambda v: not e(v)
        if self.accept('-'):
            e = self.unary()
            return lambda v: -e(v)
        if self.peek() in ('likely', 'unlikely'):
            self.take()
        if self.accept('('):
            e = self.expression()
            self.take(')')
            return e
        name = self.take()
        if name.isdigit():
            return lambda v: int(name)
        if re.match(r'VM_FAULT_[A-Z]+$', name):
            return lambda v: name
        if re.match(r'E[A-Z]+$', name):
            return lambda v: ERRNO.get(name, 1000 + sum(ord(c) for c in name))
        if name == self.ret or name in self.written:
            return lambda v: v[name]
        raise Odd('%s is no part of a table' % name)

    def statement(self):
        if self.accept('{'):
            inner = []
            while not self.accept('}'):
                inner.append(self.statement())
            return self.block(inner)
        if self.accept(';'):
            return lambda v: None
        if self.accept('return'):
            e = self.expression()
            self.take(';')
            return lambda v: ('return', e(v))
        if self.accept('break'):
            self.take(';')
            return lambda v: ('break',)
        if self.accept('if'):
            self.take('(')
            test = self.expression()
            self.take(')')
            yes = self.statement()
            no = self.statement() if self.accept('else') else lambda v: None
            return lambda v: yes(v) if test(v) else no(v)
        if self.accept('switch'):
            self.take('(')
            on = self.expression()
            self.take(')')
            return self.switch(on)
        name = self.take()
        if self.peek() == ':':
            raise Odd('label %s: other errors may share the table' % name)
        if not re.match(r'[A-Za-z_]\w*$', name) or not self.accept('='):
            raise Odd('%s is no part of a table' % name)
        e = self.expression()
        self.take(';')
        self.written.add(name)
        return lambda v: v.__setitem__(name, e(v))

    def block(self, statements):
        def run(v):
            for s in statements:
                out = s(v)
                if out:
                    return out
        return run

    def switch(self, on):
        rows = []
        self.take('{')
        while not self.accept('}'):
            if self.accept('case'):
                rows.append(('case', self.expression()))
                self.take(':')
            elif self.accept('default'):
                self.take(':')
                rows.append(('default', None))
            elif self.accept('fallthrough'):
                self.take(';')
            else:
                rows.append(('do', self.statement()))
        def run(v):
            hit = [n for n, r in enumerate(rows) if r[0] == 'case' and r[1](v) == on(v)] + \
                  [n for n, r in enumerate(rows) if r[0] == 'default']
            for kind, s in rows[hit[0]:] if hit else []:
                out = s(v) if kind == 'do' else None
                if out:
                    return None if out[0] == 'break' else out
        return run

# The statements after the call that are the table: their number, where they
# end and the variables that only they need. Odd if it is not the same table.
def table(p, fn):
    name, begin, stop = bodies[p.current_element]
    code, place = source(name)[0], at(p)
    if fn not in ONE_PAGE:
        raise Odd('it maps several pages, a fault handler maps one')
    n, depth = code.index('(', place) + 1, 1
    while depth:
        depth += {'(': 1, ')': -1}.get(code[n], 0)
        n += 1
    before = code[begin:place].rstrip()
    m = re.search(r'[;{}]\s*(?:(?:int|long)\s+)?(\w+)\s*=$', before)
    if m:
        if not code[n:].lstrip().startswith(';'):
            raise Odd('the call is part of an expression')
        t = Table(code[code.index(';', n) + 1:stop], m.group(1))
    elif before.endswith('return'):
        raise Odd('it returns the errno to its caller')
    else:
        raise Odd('the errno is not kept, or only under a condition')
    statements = []
    while len(statements) < 4:
        statements.append(t.statement())
        run, got = t.block(statements), {}
        for err in WANT:
            got[err] = run({t.ret: err})
        if all(g and g[0] == 'return' for g in got.values()):
            break
    else:
        raise Odd('the table is not at the end')
    for err in WANT:
        if got[err][1] != WANT[err]:
            raise Odd('%s gives %s, not %s' % (
                ['-' + e for e in ERRNO if ERRNO[e] == -err][0] if err else '0', got[err][1], WANT[err]))
    # Where the table ends in the text.
    after, count = code.index(';', n) + 1, t.n
    for m2 in re.finditer(r'\w+|==|!=|<=|>=|&&|\|\||\S', code[after:stop]):
        count -= 1
        if count == 0:
            break
    return len(statements), place, after + m2.end(), {t.ret} | t.written

def judge(p, fn):
    entry = calls[p.file, at(p)]
    try:
        entry[2] = table(p, fn)
        if any(c[2] and c is not entry and c[0].current_element == p.current_element for c in calls.values()):
            entry[2] = None
            raise Odd('another table of %s() is rewritten first' % p.current_element)
        entry[1] = 'rewrite'
    except Odd as odd:
        entry[1] = 'leave: ' + str(odd)

def rows(p, number):
    entry = calls.get((p[0].file, at(p[0])))
    return bool(entry and entry[2] and entry[2][0] == number)

def unused(func, var):
    for p, verdict, found in calls.values():
        if found and p.current_element == func and var in found[3]:
            name, begin, stop = bodies[func]
            used = [w.start() for w in re.finditer(r'(?<![\w.>])%s\b' % var, source(name)[0][begin:stop])]
            # What the call is assigned to stands in front of it.
            last = max([u for u in used if begin + u < found[1]], default=0)
            here = re.match(r'%s\s*=\s*$' % var, source(name)[0][begin + last:found[1]])
            return len([u for u in used if not found[1] <= begin + u < found[2]
                        and not (here and u == last)]) == 1
    return False

def holds_call(func):
    return func in holders

def rewritten(func):
    return any(c[2] and c[0].current_element == func for c in calls.values())

def handled(p):
    entry = calls.get((p[0].file, at(p[0])))
    return bool(entry and runs_in(entry[0].current_element)[0] == 'fault' and
                entry[0].current_element != 'vmf_insert_page')

# The head of the function around a place, by its text alone.
def head_of(name, offset):
    heads = re.findall(r'^(?:\w[^\n;{}()]*\n?)?\b\w+\s*\([^;{}]*\)\s*(?=\{)', source(name)[0][:offset], re.M)
    return heads[-1] if heads else ''

# Code that was not parsed matters if it looks like a fault handler or like the
# helper of one.
def may_fault(name, offset):
    is_fault = lambda head: re.search(r'\bvm_fault', head) or re.sub(r'\s*\(.*', '', head, flags=re.S).split()[-1] in faults
    head = head_of(name, offset)
    if not head or is_fault(head):
        return True
    own = re.sub(r'\s*\(.*', '', head, flags=re.S).split()[-1]
    return any(is_fault(head_of(name, m.start()) or 'vm_fault')
               for m in re.finditer(r'\b%s\s*\(' % own, source(name)[0]) if m.start() > offset)

def say(mode, name, offset, length, msg):
    lines = source(name)[1]
    line = max(n for n in range(len(lines)) if lines[n] <= offset)
    column = offset - lines[line]
    p = coccilib.elems.Location(name, '', 0, 0, 0, 0, line + 1, column, line + 1, column + length)
    if mode == 'report':
        coccilib.report.print_report(p, msg)
    else:
        coccilib.org.print_safe_todo(p, msg)

def say_all(mode, names):
    for name in names:
        for m in re.finditer(NAMES, source(name)[0]):
            what, place = m.group(0) + '()', (name, m.start())
            if place in calls:
                p, verdict = calls[place][:2]
                kind, how = runs_in(p.current_element)
                if kind == 'no fault' or p.current_element == 'vmf_insert_page':
                    continue
                if kind == 'both':
                    verdict = 'leave: needs one function for each'
                what += ' in %s(), %s' % (p.current_element, how)
            elif in_define(name, m.start()):
                verdict = 'leave: in a macro, which fault handlers may use'
            elif place not in seen and not re.search(r'\bEXPORT_SYMBOL\w*\s*\(\s*$', source(name)[0][:m.start()]) \
                    and may_fault(name, m.start()):
                verdict = 'leave: not understood'
            elif seen.get(place, '') in faults:
                what += ' in %s(), %s' % (seen[place], runs_in(seen[place])[1])
                verdict = 'leave: its address is used'
            else:
                continue
            say(mode, name, m.start(), len(m.group(0)), what + ': ' + verdict)

@script:python@
@@
reset()
if not any(re.search(NAMES, source(name)[0]) for name in cocci.files()):
    cocci.exit()

//----------------------------------------------------------
//  What runs in a page fault
//----------------------------------------------------------

// Every handler of today returns a vm_fault_t ...
@returns@
identifier f;
typedef vm_fault_t;
@@
vm_fault_t f(...) { ... }

@script:python@
f << returns.f;
@@
faults.add(f)
cocci.include_match(False)

// ... and takes a struct vm_fault; old ones return an int, and may take a VMA.
@takes@
identifier f, vmf;
@@
f(..., struct vm_fault *vmf, ...) { ... }

@script:python@
f << takes.f;
@@
faults.add(f)
cocci.include_match(False)

@initialised@
identifier S, ops, f;
identifier member =~ "^(fault|huge_fault|page_mkwrite|pfn_mkwrite)$";
@@
struct S ops = { ..., .member = f, ... };

@script:python@
f << initialised.f;
@@
faults.add(f)
cocci.include_match(False)

@stored@
expression ops;
identifier f;
@@
(
ops.fault = f
|
ops.huge_fault = f
|
ops.page_mkwrite = f
|
ops.pfn_mkwrite = f
|
ops->fault = f
|
ops->huge_fault = f
|
ops->page_mkwrite = f
|
ops->pfn_mkwrite = f
)

@script:python@
f << stored.f;
@@
faults.add(f)
cocci.include_match(False)

//----------------------------------------------------------
//  Where the names are used
//----------------------------------------------------------

@use@
identifier fn =~ "^vm_insert_(pages?|kmem_(pages?|range))$";
position p;
@@
fn@p

@script:python@
p << use.p;
@@
seen[p[0].file, at(p[0])] = p[0].current_element
cocci.include_match(False)

@define@
identifier fn =~ "^vm_insert_(pages?|kmem_(pages?|range))$";
position p;
@@
fn@p(...) { ... }

@script:python@
p << define.p;
@@
seen[p[0].file, at(p[0])] = ''
cocci.include_match(False)

@declare@
identifier fn =~ "^vm_insert_(pages?|kmem_(pages?|range))$";
type T;
position p;
@@
T fn@p(...);

@script:python@
p << declare.p;
@@
seen[p[0].file, at(p[0])] = ''
cocci.include_match(False)

@call@
identifier fn =~ "^vm_insert_(pages?|kmem_(pages?|range))$";
position p;
@@
fn@p(...)

@script:python@
p << call.p;
@@
if not in_define(p[0].file, at(p[0])):
    holders.add(p[0].current_element)
    calls[p[0].file, at(p[0])] = [p[0], 'leave', None]
    remember(p[0])
cocci.include_match(False)

@caller@
identifier f : script:python() { holds_call(f) };
position p;
@@
f@p(...)

@script:python@
f << caller.f;
p << caller.p;
@@
callers.setdefault(f, set()).add(p[0].current_element)
seen[p[0].file, at(p[0])] = ''
cocci.include_match(False)

@address@
identifier f : script:python() { holds_call(f) };
position p;
@@
f@p

@script:python@
f << address.f;
p << address.p;
@@
if (p[0].file, at(p[0])) not in seen:
    taken.add(f)
cocci.include_match(False)

//----------------------------------------------------------
//  Tables
//----------------------------------------------------------

@in_handler@
identifier fn =~ "^vm_insert_(pages?|kmem_(pages?|range))$";
position p : script:python() { handled(p) };
@@
fn@p(...)

@script:python@
p << in_handler.p;
fn << in_handler.fn;
@@
judge(p[0], fn)
cocci.include_match(False)

//----------------------------------------------------------
//  For patch mode
//----------------------------------------------------------

@depends on patch@
expression vma, addr, page;
identifier ret, fn;
type T;
statement S1;
position p : script:python() { rows(p, 1) };
@@
(
-ret = fn@p(vma, addr, page);
-S1
+return vmf_insert_page(vma, addr, page);
|
-T ret = fn@p(vma, addr, page);
-S1
+return vmf_insert_page(vma, addr, page);
)

@depends on patch@
expression vma, addr, page;
identifier ret, fn;
type T;
statement S1, S2;
position p : script:python() { rows(p, 2) };
@@
(
-ret = fn@p(vma, addr, page);
-S1
-S2
+return vmf_insert_page(vma, addr, page);
|
-T ret = fn@p(vma, addr, page);
-S1
-S2
+return vmf_insert_page(vma, addr, page);
)

@depends on patch@
expression vma, addr, page;
identifier ret, fn;
type T;
statement S1, S2, S3;
position p : script:python() { rows(p, 3) };
@@
(
-ret = fn@p(vma, addr, page);
-S1
-S2
-S3
+return vmf_insert_page(vma, addr, page);
|
-T ret = fn@p(vma, addr, page);
-S1
-S2
-S3
+return vmf_insert_page(vma, addr, page);
)

@depends on patch@
expression vma, addr, page;
identifier ret, fn;
type T;
statement S1, S2, S3, S4;
position p : script:python() { rows(p, 4) };
@@
(
-ret = fn@p(vma, addr, page);
-S1
-S2
-S3
-S4
+return vmf_insert_page(vma, addr, page);
|
-T ret = fn@p(vma, addr, page);
-S1
-S2
-S3
-S4
+return vmf_insert_page(vma, addr, page);
)

@declared depends on patch@
identifier f : script:python() { rewritten(f) };
identifier v;
type T;
constant c;
@@
f(...) { <+...
\( T v; \| T v = c; \)
...+> }

@script:python@
f << declared.f;
v << declared.v;
@@
cocci.include_match(unused(f, v))

@depends on patch@
identifier declared.f, declared.v;
type T;
constant c;
@@
f(...) {
... when any
(
-T v;
|
-T v = c;
)
... when != v
    when strict
}

//----------------------------------------------------------
//  For context, report and org mode
//----------------------------------------------------------

@depends on context@
identifier fn =~ "^vm_insert_(pages?|kmem_(pages?|range))$";
position p : script:python() { handled(p) };
@@
* fn@p(...)

@script:python depends on report@
@@
say_all('report', cocci.files())

@script:python depends on org@
@@
say_all('org', cocci.files())
