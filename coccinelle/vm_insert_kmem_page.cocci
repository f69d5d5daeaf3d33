// SPDX-License-Identifier: GPL-2.0-only
///
/// Use vm_insert_kmem_page(), vm_insert_kmem_pages() or vm_insert_kmem_range()
/// outside page faults. A loop that maps consecutive pages becomes one call if
/// that is the same, other calls are renamed. Fault handlers are left alone:
/// vmf_insert_page.cocci is for them.
///
// Confidence: High
// Copyright: (C) 2026 vm_insert maintainers
// URL: https://coccinelle.gitlabpages.inria.fr/website
// Options: --no-includes --include-headers
// Requires: 1.0.8
//
// The same means: a loop that maps all its pages maps the same ones at the same
// addresses after the change, and leaves the same values behind. One that fails
// returns an error either way; what stays mapped until the caller unmaps it may
// differ. Addresses must be page aligned, which vm_insert_page() did not check.
// A kernel address counts as page aligned and as mappable if this file assigns
// it from an allocator that promises both, and from nothing else. A range is
// mapped in ->mmap handlers only, or in what they alone call: it needs the mmap
// lock for writing. The helpers return 0 for no pages.

virtual context
virtual patch
virtual org
virtual report

@initialize:python@
@@
import re

NAMES = r'\bvm_insert_pages?\b'
ULONG = {'unsigned long', 'size_t', 'pgoff_t', 'ulong', 'uintptr_t'}
UINT = {'unsigned int', 'unsigned', 'uint', 'u32', '__u32', 'uint32_t'}
BYTES = {'void *', 'char *', 'u8 *', 'unsigned char *', 'uint8_t *', 'unsigned long'}
TESTS = {'%s', '%s != 0', '%s < 0', 'unlikely ( %s )', 'unlikely ( %s != 0 )', 'unlikely ( %s < 0 )'}
USER = {'vmalloc_user', 'vmalloc_32_user'}
LINEAR = {'__get_free_pages', '__get_free_page', 'get_zeroed_page', 'alloc_pages_exact'}
PURE = {'vma_pages', 'PFN_UP', 'PFN_DOWN', 'PFN_PHYS', 'PAGE_ALIGN', 'sizeof', 'vmalloc_to_page',
        'virt_to_page'}
BRACKETS = {'(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1}

def reset():
    global faults, mmaps, holders, callers, taken, seen, calls, fors, loops, types, local, stores, bodies, reads, batches, counts, sources
    faults = set()     # functions that run in a page fault
    mmaps = set()      # ->mmap handlers, which have the mmap lock for writing
    holders = set()    # functions that call the helpers
    callers = {}       # the same -> their callers
    taken = set()      # the same, if their address is used
    seen = {}          # where the names are used -> why it is left alone, or ''
    calls = {}         # where they are called -> [position, verdict]
    fors = {}          # body of a for loop -> (start, end, initialisation)
    loops = {}         # body of any loop -> (start, end)
    types = {}         # (function, expression) -> type
    local = {}         # (function, variable that is written) -> type
    stores = set()     # (function, left, right)
    bodies = {}        # function -> (file, start, end)
    reads = set()      # (loop, result) where the result is read later
    batches = {}       # start of a loop -> what replaces it
    counts = {}        # (function, new variable) -> number of pages
    sources = {}       # file -> (text, where its lines start)

def squeeze(text):
    return ' '.join(text.split())

def tidy(text):
    text = re.sub(r'(\w) ([(\[]) ', r'\1\2', text)
    return re.sub(r'([(\[]) | (->) | (?=[)\]])|(?<=-) (?=E)', r'\1\2', text)

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

def end(p):
    return source(p.file)[1][int(p.line_end) - 1] + int(p.column_end)

def remember(p):
    lines = source(p.file)[1]
    first, last = int(p.current_element_line), int(p.current_element_line_end)
    bodies[p.current_element] = p.file, lines[first - 1], lines[last]

# SmPL has no do ... while.
def remember_do(p):
    name, begin, stop = bodies[p.current_element]
    code = source(name)[0]
    for m in re.finditer(r'\bdo\s*\{', code[begin:stop]):
        depth, n = 1, begin + m.end()
        while depth and n < stop:
            depth += BRACKETS.get(code[n], 0)
            n += 1
        loops[begin + m.start()] = begin + m.start(), n

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

class Differs(Exception):
    pass

def same(ok, why):
    if not ok:
        raise Differs(why)

# Splits at the given tokens that are outside all brackets.
def split(text, tokens):
    out, depth = [[]], 0
    for token in text.split():
        depth += BRACKETS.get(token, 0)
        if depth == 0 and token in tokens:
            out.append([])
        else:
            out[-1].append(token)
    return [' '.join(part) for part in out]

def unwrap(text):
    while text.startswith('( ') and text.endswith(' )'):
        depth, tokens = 0, text.split()
        for n, token in enumerate(tokens):
            depth += BRACKETS.get(token, 0)
            if depth == 0:
                break
        if n + 1 < len(tokens):
            break
        text = text[2:-2]
    return text

def uncast(text):
    text = unwrap(text)
    return unwrap(re.sub(r'^\( (?:const )?(?:void|char|u8) \* \) |^\( unsigned long \) ', '', text))

# [(sign, term)], the expression being their sum.
def terms(text, sign=1):
    text = unwrap(text)
    if len(split(text, {'<<', '>>', '&', '|', '^', '?', '<', '>', '==', '&&', '||', ','})) > 1:
        return [(sign, text)]
    out, depth, part, own = [], 0, [], 1
    for token in text.split() + ['+']:
        depth += BRACKETS.get(token, 0)
        if depth == 0 and token in ('+', '-') and part:
            term = ' '.join(part)
            inner = unwrap(term)
            out += [(sign * own, term)] if inner == term else terms(inner, sign * own)
            part, own = [], 1 if token == '+' else -1
        else:
            part.append(token)
    return out

# No side effect, and nothing of what the loop changes.
def fixed(text, changed):
    bad = [c for c in re.findall(r'(\w+) \(', text) if c not in PURE]
    same(not bad, '%s() may have an effect' % ''.join(bad[:1]))
    same(not re.search(r'\+\+|--|(?:^|[^=!<>])=(?!=)', text), '%s has an effect' % text)
    for var in changed:
        same(not re.search(r'(?<![\w.])(?<!-> )(?<!\. )%s\b' % var, text),
             '%s changes in the loop' % text)
    return text

# Where an address starts that grows by one page each time round.
def start_of(text, func, inits, steps, changed, bound):
    slope, out = 0, []
    for sign, term in terms(text):
        vs = [v for v in steps if re.search(r'(?<![\w.])(?<!-> )%s\b' % v, term)]
        if not vs:
            out.append((sign, fixed(term, changed)))
            continue
        v, shifts = vs[0], {'( unsigned long ) %s << PAGE_SHIFT'}
        if local.get((func, v)) in ULONG:
            shifts.add('%s << PAGE_SHIFT')
        same(local.get((func, v)) in ULONG | BYTES | {'int'} or v == bound,
             '%s is %s' % (v, local.get((func, v))))
        if steps[v] == 'PAGE_SIZE' and term == v and sign == 1:
            same(local[func, v] != 'int' or inits.get(v) == '0', '%s is int' % v)
            out += terms(inits.get(v, v)) if inits.get(v) != '0' else []
        else:
            same(sign == 1 and steps[v] == '1' and inits.get(v) == '0' and term in
                 [f % v for f in shifts | {'%s * PAGE_SIZE', 'PAGE_SIZE * %s', 'PFN_PHYS ( %s )',
                                           '( unsigned long ) %s * PAGE_SIZE'}],
                 '%s need not grow by one page each time' % text)
        slope += 1
    same(slope == 1, '%s need not grow by one page each time' % text)
    for sign, term in list(out):
        if (sign, term) in out and (-sign, term) in out:
            out.remove((sign, term))
            out.remove((-sign, term))
    same(out and all(sign == 1 for sign, term in out), '%s is not understood' % text)
    return ' + '.join(term for sign, term in out)

# The allocators that an address comes from, as far as this file shows.
def origin(func, text, hole, depth=0):
    text = uncast(text)
    unseen = 'this file does not show that %s is page aligned and may be mapped' % text
    if text in ('NULL', '0'):
        return set()
    if re.match(r'\w+ \(', text):
        return {text.split()[0]}
    same(depth < 4 and func in bodies, unseen)
    name, begin, stop = bodies[func]
    code = source(name)[0]
    member = re.match(r'.*(?:->|\.) (\w+)$', text)
    if member:
        var = r'(?:->|\.)\s*%s\b' % member.group(1)
        found = [s for s in stores if re.search(r'(?:->|\.) %s$' % member.group(1), s[1])]
    else:
        var = r'(?<![\w.>])%s\b' % text
        found = [s for s in stores if s[:2] == (func, text)]
        code = code[begin:stop] if depth else code[begin:hole[0]] + code[hole[1]:stop]
        same((func, text) in local and not re.search(var, code[:code.find('{')]), unseen)
    name = r'(?:\w+\s*(?:->|\.)\s*)+%s' % member.group(1) if member else text
    same(not re.search(r'&\s*%s\b(?!\s*(?:->|\.))' % name, code) and
         not re.search(r'%s\s*(?:[-+|&]=|\+\+|--)' % var, code), unseen)
    same(found and len(re.findall(r'%s\s*=(?!=)' % var, code)) == len(found), unseen)
    return set().union(*[origin(s[0], s[2], hole, depth + 1) for s in found])

# How many pages, how many bytes, whether that is more than none.
def extent(func, var, bound, inits, step, vma, changed):
    whole = '%s->vm_end - %s->vm_start' % (vma, vma)
    same((func, var) in local, '%s is no local variable' % var)
    counter, kind = local[func, var], types.get((func, bound))
    if step == 'PAGE_SIZE' and (inits.get(var), bound) == (vma + ' -> vm_start', vma + ' -> vm_end'):
        same(counter in ULONG, '%s is %s' % (var, counter))
        return 'vma_pages(%s)' % vma, whole, True
    same(inits.get(var) == '0', '%s does not start at 0' % var)
    fixed(bound, changed)
    differ = '%s (%s) and %s (%s) may differ in range' % (var, counter, bound, kind or 'type not seen')
    if step == 'PAGE_SIZE':
        all_of_it = bound == '%s -> vm_end - %s -> vm_start' % (vma, vma)
        same(counter in ULONG | {'int'} and (kind in ULONG or all_of_it), differ)
        exact = all_of_it or re.search(r'(?:^|\* )PAGE_SIZE$|^PAGE_ALIGN \(', bound)
        return None, bound if exact else 'PAGE_ALIGN(%s)' % bound, all_of_it
    if bound == 'vma_pages ( %s )' % vma:
        same(counter in ULONG | {'int'}, differ)
        return bound, whole, True
    if re.match(r'[1-9][0-9]*$', bound):
        return bound, '%s * PAGE_SIZE' % bound, True
    if counter == kind == 'int':
        bound = 'max(%s, 0)' % bound
    else:
        same(counter in ULONG | {'int'} and kind in ULONG or
             counter in ULONG | UINT | {'int'} and kind in UINT, differ)
    return bound, 'array_size(%s, PAGE_SIZE)' % bound, False

# What may replace the loop [begin, stop) around the call p, or Differs.
def batch(p, begin, stop, head, cond, step, body, vma, addr, page, ret, test, leave):
    name, func = p.file, p.current_element
    top, bottom = bodies[func][1:]
    code = source(name)[0]
    call = 'vm_insert_page ( %s , %s , %s )' % (vma, addr, page)
    core = '%s = %s ; if ( %s ) %s' % (ret, call, test, leave) if ret else 'if ( %s ) %s' % (call, leave)
    before, found, after = (body[2:-2] if body.startswith('{ ') else body).partition(core)
    more = 'it does more than insert'
    same(found, more)
    m = re.match(r'(?:struct page \* (\w+) ; )?(?:(struct page \* )?(\w+) = ([^;]*) ; )?$', before)
    same(m and (not m.group(1) or m.group(1) == m.group(3)), more)
    changed, temp = {ret} - {''}, None
    if m.group(3):
        same(m.group(3) == page, more)
        page = m.group(4)
        changed.add(m.group(3))
        temp = None if m.group(1) or m.group(2) else m.group(3)

    # What counts along, from what, by what.
    inits, steps = {}, {}
    for item in split(head, {','}):
        m = re.match(r'(\w+) = (.+)$', item)
        same(m or not item, 'the start of the loop is not understood')
        if m:
            inits[m.group(1)] = m.group(2)
    for item in split(step, {','}) + [i.strip() for i in after.split(';')]:
        m = re.match(r'(?:(\w+) \+\+|\+\+ (\w+)|(\w+) \+= (1|PAGE_SIZE))$', item)
        same(m or not item, more)
        if m:
            var = m.group(1) or m.group(2) or m.group(3)
            same(var not in steps, '%s changes twice' % var)
            steps[var] = m.group(4) or '1'
    array, index = None, re.match(r'(.+) \[ (\w+) (\+\+ )?\]$', page)
    if index:
        array, var = index.group(1), index.group(2)
        same(not index.group(3) or var not in steps, '%s changes twice' % var)
        if index.group(3):
            steps[var] = '1'
        index = var
    m = re.match(r'(virt_to_page|vmalloc_to_page) \( (.+) \)$', page)
    same(array or m, 'the pages are not known to be in an array or at a kernel address: %s' % page)
    how, where = m.groups() if m else (None, None)
    same(set(inits) <= set(steps), more)
    changed |= set(steps)
    for var in inits:
        fixed(inits[var], changed)
    fixed(vma, changed)
    m = re.match(r'(\w+) < (.+)$', cond)
    same(m and m.group(1) in steps and len(split(cond, {'&&', '||', '?', ',', '<', '==', '!='})) == 2,
         'the end of the loop is not understood')
    bound = m.group(1)
    count, size, some = extent(func, m.group(1), m.group(2), inits, steps[m.group(1)], vma, changed)

    # It ends on any error, and on nothing else.
    same(not test or test in [t % ret for t in TESTS], '%s does not test for every error' % test)
    if leave != 'break ;':
        same(re.match(r'(?:return\b[^;]*|goto \w+) ;$|\{ (?:.*[;}] )?(?:return\b[^;]*|goto \w+) ; \}$', leave)
             and not re.search(r'\b(?:break|continue)\b', leave), 'it may go on after an error')
        same(not any(re.search(r'\b%s\b' % v, leave) for v in changed - {ret}),
             'its error path uses what changes in the loop')

    # Nothing else depends on what it changes.
    around = [l for l in loops.values() if l[0] < begin and l[1] >= stop]
    outer, inner = min([l[0] for l in around] + [begin]), max([l[0] for l in around] + [top])
    for label in re.finditer(r'^[ \t]*(\w+)[ \t]*:(?!:)', code[top:begin], re.M):
        same(not re.search(r'\bgoto\s+%s\b' % label.group(1), code[begin:bottom]),
             'a goto leads back in front of it')
    for var in sorted(set(steps) | {temp} - {None}):
        same((func, var) in local, '%s is no local variable' % var)
        same(not re.search(r'\bstatic\b[^;({]*\b%s\b' % var, code[top:bottom]), '%s is static' % var)
        anew = var in inits or var == temp
        for w in words(name, var, top, bottom):
            if begin <= w < stop or any(l[0] <= w < l[1] and re.search(r'\b%s =' % var, l[2])
                                        and not l[0] <= begin < l[1] for l in fors.values()):
                continue
            written = re.match(r'%s\s*=(?!=)' % var, code[w:])
            same(w < begin, '%s is used after the loop' % var)
            same(written or w < outer, '%s is used again by the outer loop' % var)
            anew = anew or written and w >= inner
        same(anew or not around, '%s goes on in the outer loop' % var)
    if ret and not some and (begin, ret) in reads:
        used = words(name, ret, top, begin)
        same(len(used) == 1 and re.match(r'%s\s*=\s*0\s*[,;]' % ret, code[used[0]:]) and not around,
             '%s is used after the loop, which may not run at all' % ret)

    out = {'func': func, 'end': stop, 'vars': set(inits) | {temp} - {None},
           'start': start_of(addr, func, inits, steps, changed, bound)}
    if array:
        same(steps.get(index) == '1' and inits.get(index, '0') == '0',
             '%s does not count from 0 by one' % index)
        same(index == bound or local[func, index] in ULONG | {'int'}, '%s is %s' % (index, local[func, index]))
        same(count, 'it counts bytes')
        fixed(array, changed)
        free = [v for v in ['nr_pages', 'num_pages'] + ['nr_pages%d' % n for n in range(2, 99)]
                if not re.search(r'\b%s\b' % v, code[top:bottom]) and (func, v) not in counts]
        counts[func, free[0]] = count
        out.update(helper='vm_insert_kmem_pages', much='&' + free[0],
                   what=array if index in inits else '%s + %s' % (array, index))
        return out
    by = callers.get(func, set())
    same(func in mmaps or by and by <= mmaps and func not in taken,
         'vm_insert_kmem_range() needs the mmap lock for writing, and no ->mmap handler is seen')
    kaddr = uncast(start_of(uncast(where), func, inits, steps, changed, bound))
    kind = types.get((func, kaddr))
    same(kind in BYTES, 'the type of %s is not known to count in bytes' % kaddr)
    sources_of = origin(func, kaddr, (begin, stop))
    same(sources_of and sources_of <= (LINEAR if how == 'virt_to_page' else USER),
         '%s comes from %s()' % (kaddr, '(), '.join(sorted(sources_of))))
    out.update(helper='vm_insert_kmem_range', much=size,
               what='(void *)' + kaddr if kind == 'unsigned long' else kaddr)
    return out

# The innermost loop around a call, if that is a for loop outside page faults.
def loop_of(name, place):
    inner = max([l for l in loops.values() if l[0] < place < l[1]], default=None)
    return inner if inner in fors.values() and runs_in(calls[name, place][0].current_element)[0] == 'no fault' else None

def in_loop(p):
    p = p[0]
    return (p.file, at(p)) in calls and loop_of(p.file, at(p)) is not None

def around_call(p):
    p = p[0]
    return any(loop_of(*c) and loop_of(*c)[0] == at(p) for c in calls)

# What a pair of loop and call gets that is not to be changed: no such function.
NO_PLAN = dict.fromkeys(['func', 'helper', 'start', 'what', 'much'], 'no_plan')

# Makes the plan for a call and the loop around it.
def plan(p, pf, head, cond, step, body, *args):
    begin, stop = loop_of(p.file, at(p))[:2]
    if begin != at(pf):
        return NO_PLAN
    verdict = calls[p.file, at(p)]
    if verdict[1] != 'rename':
        return batches.get(begin, NO_PLAN)
    code, func = source(p.file)[0], p.current_element
    try:
        same(len([l for l in fors.values() if bodies[func][1] <= l[0] < bodies[func][2] and
                  squeeze(code[l[0]:l[1]]) == squeeze(code[begin:stop])]) == 1, 'it is there twice')
        batches[begin] = batch(p, begin, stop, squeeze(head), squeeze(cond), squeeze(step),
                               squeeze(body), *[squeeze(a) for a in args])
        verdict[1] = 'batch-array' if batches[begin]['much'][0] == '&' else 'batch-range'
    except Differs as d:
        verdict[1] = 'rename: in a loop, but ' + tidy(str(d))
    return batches.get(begin, NO_PLAN)

def planned(func):
    return any(b['func'] == func for b in batches.values())

# Declared in the function, and not used any more.
def unused(func, var):
    gone = [(b, o['end']) for b, o in batches.items() if o['func'] == func and var in o['vars']]
    return gone and len([w for w in words(bodies[func][0], var, *bodies[func][1:])
                         if not any(g[0] <= w < g[1] for g in gone)]) == 1

def holds_call(func):
    return func in holders

# Functions whose calls may be renamed.
def outside(func):
    return func in holders and runs_in(func)[0] == 'no fault'

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
            what = m.group(0) + '()'
            why = seen.get((name, m.start()), 'not understood')
            if (name, m.start()) in calls:
                p, verdict = calls[name, m.start()]
                kind, how = runs_in(p.current_element)
                what += ' in %s(), %s' % (p.current_element, how)
                inner = [l for l in loops.values() if l[0] < m.start() < l[1]]
                if p.current_element == 'vmf_insert_page':
                    verdict = 'leave: it is that helper'
                elif kind == 'fault':
                    verdict = 'leave: see vmf_insert_page.cocci'
                elif kind == 'both':
                    verdict = 'leave: needs one function for each'
                elif verdict == 'rename' and inner:
                    verdict = 'rename: in a loop, but not one of the known kind'
                if verdict.startswith('rename:') and 'kmem_range' not in verdict and \
                   'vmalloc_to_page' in source(name)[0][max(inner)[0]:max(inner)[1]]:
                    verdict += '; use vm_insert_kmem_range() if the area comes from vmalloc_user()'
            else:
                if in_define(name, m.start()):
                    why = 'in a macro'
                elif re.search(r'\bEXPORT_SYMBOL\w*\s*\(\s*$', source(name)[0][:m.start()]):
                    why = 'exported here'
                verdict = 'leave: ' + why
            say(mode, name, m.start(), len(m.group(0)), '%s: %s' % (what, verdict))

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
//  What has the mmap lock for writing
//----------------------------------------------------------

@mmap_handler@
identifier f, file, vma;
@@
f(struct file *file, struct vm_area_struct *vma) { ... }

@script:python@
f << mmap_handler.f;
@@
mmaps.add(f)
cocci.include_match(False)

@mmap_stored@
identifier S, ops, f;
@@
struct S ops = { ..., .mmap = f, ... };

@script:python@
f << mmap_stored.f;
@@
mmaps.add(f)
cocci.include_match(False)

//----------------------------------------------------------
//  Where the names are used
//----------------------------------------------------------

@use@
identifier fn =~ "^vm_insert_pages?$";
position p;
@@
fn@p

@script:python@
p << use.p;
@@
seen[p[0].file, at(p[0])] = 'its address is used'
cocci.include_match(False)

@define@
identifier fn =~ "^vm_insert_pages?$";
position p;
@@
fn@p(...) { ... }

@script:python@
p << define.p;
@@
seen[p[0].file, at(p[0])] = 'defined here'
cocci.include_match(False)

@declare@
identifier fn =~ "^vm_insert_pages?$";
type T;
position p;
@@
T fn@p(...);

@script:python@
p << declare.p;
@@
seen[p[0].file, at(p[0])] = 'declared here'
cocci.include_match(False)

@call@
identifier fn =~ "^vm_insert_pages?$";
position p;
@@
fn@p(...)

@script:python@
p << call.p;
@@
if not in_define(p[0].file, at(p[0])):
    holders.add(p[0].current_element)
    calls[p[0].file, at(p[0])] = [p[0], 'rename']
    remember(p[0])
    remember_do(p[0])
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
//  Loops around calls
//----------------------------------------------------------

@loop@
expression first, cond, step, from;
type T;
identifier i;
statement S;
position pf, ps;
@@
(
for@pf (first; cond; step) S@ps
|
for@pf (T i = from; cond; step) S@ps
)

@script:python@
pf << loop.pf;
ps << loop.ps;
S << loop.S;
first << loop.first = "";
i << loop.i = "";
from_ << loop.from = "";
@@
fors[at(ps[0])] = at(pf[0]), end(ps[0]), squeeze(first or '%s = %s' % (i, from_))
loops[at(ps[0])] = fors[at(ps[0])]
cocci.include_match(False)

@other_loop@
iterator each;
expression cond;
statement S;
position ps;
@@
(
while (cond) S@ps
|
each(...) S@ps
)

@script:python@
ps << other_loop.ps;
S << other_loop.S;
@@
loops[at(ps[0])] = at(ps[0]), end(ps[0])
cocci.include_match(False)

@written@
type T;
local idexpression T v;
expression E;
position p;
@@
(
v@p = E
|
v@p += E
|
v@p++
|
 ++v@p
)

@script:python@
v << written.v;
T << written.T;
p << written.p;
@@
local[p[0].current_element, squeeze(v)] = squeeze(T)
cocci.include_match(False)

@bound@
expression e;
type T;
T n;
position p;
@@
e < n@p

@script:python@
n << bound.n;
T << bound.T;
p << bound.p;
@@
types[p[0].current_element, squeeze(n)] = squeeze(T)
cocci.include_match(False)

@kernel_address@
type T;
T e;
position p;
@@
\(virt_to_page\|vmalloc_to_page\)(<+... e@p ...+>)

@script:python@
e << kernel_address.e;
T << kernel_address.T;
p << kernel_address.p;
@@
types[p[0].current_element, squeeze(e)] = squeeze(T)
cocci.include_match(False)

// An initialised variable is an assignment too.
@store@
expression l, r;
position p;
@@
l@p = r

@script:python@
l << store.l;
r << store.r;
p << store.p;
@@
remember(p[0])
stores.add((p[0].current_element, squeeze(l), squeeze(r)))
cocci.include_match(False)

@candidate@
expression first, cond, step, from;
type T;
identifier i;
statement S;
position pf : script:python() { around_call(pf) };
@@
(
for@pf (first; cond; step) S
|
for@pf (T i = from; cond; step) S
)

@assigned@
expression vma, addr, page, test;
identifier ret;
statement leave;
position p : script:python() { in_loop(p) };
position pb;
@@
(
ret = vm_insert_page@p(vma, addr, page);
if (test) break@pb;
|
ret = vm_insert_page@p(vma, addr, page);
if (test) leave
)

@tested@
expression vma, addr, page;
statement leave;
position p : script:python() { in_loop(p) };
@@
if (vm_insert_page@p(vma, addr, page)) leave

@read exists@
expression e1, e2, e3, from, E, E2;
type T;
identifier i;
identifier assigned.ret;
statement S;
position candidate.pf, q;
@@
(
for@pf (e1; e2; e3) S
|
for@pf (T i = from; e2; e3) S
)
... when != ret = E
(
ret = E2
|
ret@q
)

@script:python@
pf << candidate.pf;
ret << assigned.ret;
q << read.q;
@@
reads.add((at(pf[0]), ret))

@script:python leaving@
p << assigned.p;
pf << candidate.pf;
first << candidate.first = "";
i << candidate.i = "";
from_ << candidate.from = "";
cond << candidate.cond;
step << candidate.step;
S << candidate.S;
vma << assigned.vma;
addr << assigned.addr;
page << assigned.page;
ret << assigned.ret;
test << assigned.test;
leave << assigned.leave;
f;
helper;
start;
what;
much;
@@
out = plan(p[0], pf[0], first or '%s = %s' % (i, from_), cond, step, S,
           vma, addr, page, ret, test, leave)
coccinelle.f = out['func']
coccinelle.helper = out['helper']
coccinelle.start = cocci.make_expr(out['start'])
coccinelle.what = cocci.make_expr(out['what'])
coccinelle.much = cocci.make_expr(out['much'])

@script:python stopping@
p << assigned.p;
pf << candidate.pf;
first << candidate.first = "";
i << candidate.i = "";
from_ << candidate.from = "";
cond << candidate.cond;
step << candidate.step;
S << candidate.S;
vma << assigned.vma;
addr << assigned.addr;
page << assigned.page;
ret << assigned.ret;
test << assigned.test;
pb << assigned.pb;
f;
helper;
start;
what;
much;
@@
out = plan(p[0], pf[0], first or '%s = %s' % (i, from_), cond, step, S,
           vma, addr, page, ret, test, 'break ;')
coccinelle.f = out['func']
coccinelle.helper = out['helper']
coccinelle.start = cocci.make_expr(out['start'])
coccinelle.what = cocci.make_expr(out['what'])
coccinelle.much = cocci.make_expr(out['much'])

@script:python testing@
p << tested.p;
pf << candidate.pf;
first << candidate.first = "";
i << candidate.i = "";
from_ << candidate.from = "";
cond << candidate.cond;
step << candidate.step;
S << candidate.S;
vma << tested.vma;
addr << tested.addr;
page << tested.page;
leave << tested.leave;
f;
helper;
start;
what;
much;
@@
out = plan(p[0], pf[0], first or '%s = %s' % (i, from_), cond, step, S,
           vma, addr, page, '', '', leave)
coccinelle.f = out['func']
coccinelle.helper = out['helper']
coccinelle.start = cocci.make_expr(out['start'])
coccinelle.what = cocci.make_expr(out['what'])
coccinelle.much = cocci.make_expr(out['much'])

//----------------------------------------------------------
//  For patch mode
//----------------------------------------------------------

// Positions are lost where the code changes: a function and the text of a loop
// say which one it is.
@depends on patch@
expression candidate.cond, candidate.step, assigned.vma, assigned.test, leaving.start, leaving.what, leaving.much;
expression from;
identifier leaving.f, leaving.helper, assigned.ret, i;
statement assigned.leave, candidate.S;
type T;
@@
f(...) {
<...
(
-for (from; cond; step) S
+ret = helper(vma, start, what, much);
+if (test) leave
|
-for (T i = from; cond; step) S
+ret = helper(vma, start, what, much);
+if (test) leave
)
...>
}

@depends on patch@
expression candidate.cond, candidate.step, assigned.vma, stopping.start, stopping.what, stopping.much;
expression from;
identifier stopping.f, stopping.helper, assigned.ret, i;
statement candidate.S;
type T;
@@
f(...) {
<...
(
-for (from; cond; step) S
+ret = helper(vma, start, what, much);
|
-for (T i = from; cond; step) S
+ret = helper(vma, start, what, much);
)
...>
}

@depends on patch@
expression candidate.cond, candidate.step, tested.vma, testing.start, testing.what, testing.much;
expression from;
identifier testing.f, testing.helper, i;
statement tested.leave, candidate.S;
type T;
@@
f(...) {
<...
(
-for (from; cond; step) S
+if (helper(vma, start, what, much)) leave
|
-for (T i = from; cond; step) S
+if (helper(vma, start, what, much)) leave
)
...>
}

@counted depends on patch@
expression vma, start, pages;
identifier f, num;
@@
f(...) { <+... vm_insert_kmem_pages(vma, start, pages, &num) ...+> }

@script:python number@
f << counted.f;
num << counted.num;
count;
@@
if (f, num) in counts:
    coccinelle.count = cocci.make_expr(counts[f, num])
else:
    cocci.include_match(False)

@depends on patch@
expression vma, start, pages, number.count;
identifier counted.f, counted.num, ret;
statement S;
@@
 f(...) {
++unsigned long num;
<...
(
+num = count;
ret = vm_insert_kmem_pages(vma, start, pages, &num);
|
+num = count;
if (vm_insert_kmem_pages(vma, start, pages, &num)) S
)
...>
}

@declared depends on patch@
identifier f : script:python() { planned(f) };
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
cocci.include_match(bool(unused(f, v)))

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

@depends on patch@
identifier f : script:python() { outside(f) };
@@
f(...) {
<...
(
-vm_insert_page
+vm_insert_kmem_page
|
-vm_insert_pages
+vm_insert_kmem_pages
)
 (...)
...>
}

//----------------------------------------------------------
//  For context, report and org mode
//----------------------------------------------------------

@depends on context@
@@
* \(vm_insert_page\|vm_insert_pages\)(...)

@script:python depends on report@
@@
say_all('report', cocci.files())

@script:python depends on org@
@@
say_all('org', cocci.files())
