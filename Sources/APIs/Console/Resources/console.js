// The script of Roost's console: live values, charts, dialogs, keys. Every page can be read and every form sent without it.
// Nodes are made one by one, so the page can forbid inline script, inline style and untrusted HTML; readPage says what the exception is.

import {
  Series, Lines, Evidence, Histogram, Points, Parallel,
} from './charts.js';
import {
  Spark, Whisker, Bar, Heat, Graph,
} from './marks.js';
import {
  set, html, shape, all, clamp, keep, say, grouped, clock, amount,
} from './shared.js';

// The only place that parses markup: pages of this server, which escapes what it inserts. Scripts in them do not run.
const policy = globalThis.trustedTypes?.createPolicy('roost', { createHTML: text => text }) ?? { createHTML: text => text };
const readPage = async address => {
  const answer = await fetch(address, { headers: { Accept: 'text/html' }, cache: 'no-store', signal: AbortSignal.timeout(8000) });
  return { status: answer.status, page: new DOMParser().parseFromString(policy.createHTML(await answer.text()), 'text/html') };
};

/** Reads the page again while it is seen, replaces its live parts, and says how fresh they are. What it cannot read it leaves as it was. */
class Live extends HTMLElement {
  connectedCallback() {
    if (this.started) return;
    this.started = true;
    this.every = Live.seconds(this); this.last = Date.now(); this.failures = 0;
    this.word = html('span'); this.badge = html('span', { class: 'b ok' }, shape('ok'), this.word);
    this.replaceChildren(this.badge);
    this.seen = new Map(all('[data-live]').map(part => [part.id, part.outerHTML]));
    this.tell();
    this.ticking = setInterval(() => this.tell(), 1000);
    this.shown = () => { if (!document.hidden) this.ask(); };
    document.addEventListener('visibilitychange', this.shown);
    this.plan(this.every);
  }
  disconnectedCallback() {
    this.gone = true; clearTimeout(this.timer); clearInterval(this.ticking);
    document.removeEventListener('visibilitychange', this.shown);
  }
  static seconds(element) { return Math.max(1, parseFloat(element.getAttribute('every')) || 5); }
  plan(seconds) { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), seconds * 1000); }
  toggle() { this.paused = !this.paused; this.tell(); say(this.paused ? 'Paused' : 'Live'); if (!this.paused) this.ask(); }
  async ask() {
    if (this.paused || document.hidden) return this.plan(this.every);
    if (this.gone || this.ended) return;
    this.problem = 0;
    try {
      const { page, status } = await readPage(location.href);
      if (status === 401 || status === 403) { this.signedOut = true; clearTimeout(this.timer); return this.tell(); }
      if (status === 404) { this.gone = true; say('This page no longer exists'); return this.tell(); }
      if (status !== 200) { this.problem = status; throw new Error(status); }
      all('[data-live]').filter(part => !page.getElementById(part.id) && !part.contains(document.activeElement)).forEach(part => part.remove());
      // A chart that draws a table of another part comes after it.
      const parts = all('[data-live]', page), late = part => part.querySelector('[from]') !== null;
      for (const part of [...parts.filter(part => !late(part)), ...parts.filter(late)]) document.getElementById(part.id) ? this.renew(part) : this.insert(part);
      if (this.stale) say('Live again');
      this.last = Date.now(); this.failures = 0;
      const live = page.querySelector('roost-live');
      // What has ended does not change any more.
      if (!live) { this.ended = true; return this.tell(); }
      this.every = Live.seconds(live);
      this.plan(this.every);
    } catch {
      this.failures += 1;
      this.plan(Math.min(2 ** this.failures, 30));
    }
    this.tell();
  }
  /** Replaces a part that has changed on the server, unless the reader is in it. */
  renew(part) {
    const shown = document.getElementById(part.id), text = part.outerHTML;
    if (this.seen.get(part.id) === text || shown.contains(document.activeElement)) return;
    const open = all('details', shown).map(details => details.open);
    this.seen.set(part.id, text);
    shown.replaceChildren(...document.importNode(part, true).childNodes);
    all('details', shown).forEach((details, i) => { details.open = open[i] ?? details.open; });
    sortable(shown);
  }
  /** Adds a part that the page did not have, beside what it is beside on the server. If nothing of that is there, the page is another one by now. */
  insert(part) {
    const near = step => { for (let node = part[step]; node; node = node[step]) if (node.id && document.getElementById(node.id)) return document.getElementById(node.id); };
    const before = near('previousElementSibling'), after = before ? null : near('nextElementSibling');
    if (!before && !after) return document.querySelector('dialog[open], :is(input, select, textarea):focus') ? undefined : location.reload();
    this.seen.set(part.id, part.outerHTML);
    before ? before.after(document.importNode(part, true)) : after.before(document.importNode(part, true));
    sortable(document.getElementById(part.id));
  }
  tell() {
    const age = Math.round((Date.now() - this.last) / 1000), wasStale = this.stale;
    this.stale = !this.paused && !this.signedOut && !this.gone && !this.ended && this.failures > 0 && age >= 10;
    const [state, text] = this.gone ? ['bad', 'No longer exists, values as of ' + clock(this.last / 1000) + ' UTC'] : this.signedOut ? ['warn', 'Signed out; values as of ' + clock(this.last / 1000) + ' UTC'] : this.ended ? ['off', `As of ${clock(this.last / 1000)} UTC`] : this.paused ? ['off', `Paused, values as of ${clock(this.last / 1000)} UTC`]
      : this.stale ? ['warn', `${this.problem ? 'Errors' : 'No answer'} for ${age} s, values as of ${new Date(this.last).toISOString().slice(11, 19)} UTC`] : ['ok', `Live, ${age} s ago`];
    if (this.badge.className !== 'b ' + state) { this.badge.className = 'b ' + state; this.badge.replaceChild(shape(state), this.badge.firstChild); }
    this.word.textContent = text;
    if (this.stale && !wasStale) say((this.problem ? 'The server answers with errors' : 'No answer from the server') + '; the values are old');
  }
}

/** Follows a log: asks for what comes after an offset, keeps the end in sight unless the reader scrolled away. A line may be "time TAB source TAB text". */
class Log extends HTMLElement {
  connectedCallback() {
    if (this.pre) return;
    this.pre = this.querySelector('pre'); this.offset = this.dataset.offset ?? '0'; this.fresh = 0; this.rest = '';
    const text = this.pre.textContent;
    this.pre.replaceChildren(); this.pre.tabIndex = 0;
    this.cut = this.dataset.cut !== undefined;
    this.state = html('span', { class: 'b busy' }, shape('busy'), 'Following'); this.lines = html('span');
    this.more = html('button', { type: 'button', class: 'link', hidden: true });
    this.more.addEventListener('click', () => { this.pre.scrollTop = this.pre.scrollHeight; });
    this.pre.addEventListener('scroll', () => { if (this.atEnd()) this.fresh = 0; this.tell(); });
    this.querySelector('.end')?.remove();
    this.append(html('div', { class: 'end' }, this.state, this.lines, this.more));
    this.write(text, true);
    if (this.hasAttribute('href')) this.poll();
  }
  atEnd() { return this.pre.scrollTop + this.pre.clientHeight >= this.pre.scrollHeight - 24; }
  write(text, known) {
    const follow = known || this.atEnd(), lines = (this.rest + text).split('\n');
    this.rest = lines.pop();
    if (known && this.rest) { lines.push(this.rest); this.rest = ''; }
    for (const line of lines) {
      // Colors and cursor moves of terminals are dropped; the text stays text.
      const parts = line.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').split('\t');
      // A line without a source has no gap for one.
      const marks = parts.length > 2 ? parts.splice(0, 2).filter(mark => mark) : [];
      this.pre.append(html('div', {}, ...marks.map(mark => html('i', {}, mark + ' ')), parts.join('\t')));
    }
    for (; this.pre.childElementCount > 5000; this.cut = true) this.pre.firstChild.remove();
    if (follow) this.pre.scrollTop = this.pre.scrollHeight; else this.fresh += lines.length;
    this.tell();
  }
  tell() {
    const end = this.atEnd(), words = this.ended ? 'Ended' : end ? 'Following' : 'Not following';
    this.state.className = 'b ' + (this.ended ? 'off' : end ? 'busy' : 'off');
    this.state.replaceChildren(shape(this.ended || !end ? 'off' : 'busy'), words);
    const count = this.pre.childElementCount;
    this.lines.textContent = `${this.cut ? 'the last ' : ''}${grouped(String(count))} ${count === 1 ? 'line' : 'lines'}, newest last`;
    this.more.hidden = !this.fresh; this.more.textContent = `${this.fresh} new`;
  }
  async poll() {
    let wait = 2;
    try {
      if (!document.hidden) {
        const url = new URL(this.getAttribute('href'), location.href);
        url.searchParams.set('offset', this.offset);
        const answer = await fetch(url, { signal: AbortSignal.timeout(20000) });
        if (!answer.ok) throw new Error(answer.status);
        const text = await answer.text(), next = answer.headers.get('X-Next-Offset');
        if (next !== null) { this.offset = next; if (text) this.write(text); }
        this.wait = 1;
        this.ended = answer.headers.get('X-Log-Ended') === 'true';
        this.tell();
        if (this.ended) return;
      }
    } catch { wait = this.wait = Math.min((this.wait ?? 1) * 2, 30); }
    setTimeout(() => this.poll(), wait * 1000);
  }
}

/** Tabs are radio inputs, so that they work alone; this keeps the choice for all pages and copies. */
class Code extends HTMLElement {
  connectedCallback() {
    if (this.button) return;
    const kept = all('input', this).find(input => input.value === keep.get('roost-code'));
    if (kept) kept.checked = true;
    this.addEventListener('change', event => {
      keep.set('roost-code', event.target.value);
      all(`roost-code input[value="${CSS.escape(event.target.value)}"]`).forEach(input => { input.checked = true; });
    });
    this.button = html('button', { type: 'button' }, 'Copy');
    this.button.addEventListener('click', () => this.copy());
    this.append(this.button);
  }
  async copy() {
    const shown = all('pre', this).find(pre => pre.offsetParent !== null);
    let done = true;
    // Over plain HTTP browsers have no clipboard: the text is selected instead, ready for the keyboard.
    try { await navigator.clipboard.writeText(shown.textContent.trim()); } catch { getSelection().selectAllChildren(shown); done = false; }
    this.button.textContent = done ? 'Copied' : 'Selected'; say(this.button.textContent);
    setTimeout(() => { this.button.textContent = 'Copy'; }, 2000);
  }
}

// Heads of tables sort their rows, where all rows are on the page. What was chosen holds until the page is left.
const isWide = matchMedia('(min-width: 700px)'), orders = new Map();
isWide.addEventListener('change', () => sortable(document));
function sortable(root) {
  for (const table of all('main .t:not(.grid, .bins)').filter(table => root.contains(table))) {
    const section = table.closest('section'), body = table.tBodies[0], part = table.closest('[id]'), key = part.id + all('.t', part).indexOf(table);
    if (!body || body.rows.length < 2 || section?.querySelector('.pager, :scope > .h > a') || table.querySelector('tbody [colspan]')) continue;
    all('thead th', table).forEach((head, column) => {
      const button = head.querySelector('button');
      // In narrow windows the heads are only heard.
      if (!isWide.matches) { if (button) button.replaceWith(...button.childNodes); return; }
      if (button || head.querySelector('.vh') || ![...body.rows].some(row => row.cells[column]?.textContent.trim())) return;
      const sorter = html('button', { type: 'button' }, ...head.childNodes);
      sorter.addEventListener('click', event => {
        const first = head.classList.contains('r') ? 'descending' : 'ascending', other = first === 'ascending' ? 'descending' : 'ascending';
        orders.set(key, { column, order: head.getAttribute('aria-sort') === first ? other : first });
        sort(table, orders.get(key));
        // A part in which the focus is would no longer be renewed.
        if (event.detail) sorter.blur();
      });
      head.append(sorter);
    });
    if (orders.has(key)) sort(table, orders.get(key));
  }
}
function sort(table, { column, order }) {
  const body = table.tBodies[0], isNumber = all('thead th', table)[column].classList.contains('r'), sign = order === 'ascending' ? 1 : -1;
  const rows = [...body.rows].map(row => {
    const cell = row.cells[column], text = cell.textContent.trim(), time = cell.querySelector('time');
    return { row, text, missing: !text || text === '–', value: time ? Date.parse(time.dateTime) : isNumber ? amount(text) : NaN };
  });
  rows.sort((a, b) => a.missing - b.missing || sign * (Number.isNaN(a.value - b.value) ? a.text.localeCompare(b.text, 'en', { numeric: true }) : a.value - b.value));
  body.append(...rows.map(each => each.row));
  all('thead th', table).forEach((head, i) => { i === column ? head.setAttribute('aria-sort', order) : head.removeAttribute('aria-sort'); });
}
/** Keeps the button off until the name is typed; the server checks it again. */
function guard(root) {
  for (const field of all('input[data-match]', root)) {
    const check = () => { field.form.querySelector('button:not([type=button])').disabled = field.value !== field.dataset.match; };
    field.addEventListener('input', check);
    check();
  }
}
/** Shows the question that a link leads to as a dialog. The form in it is that of the page. */
async function ask(link) {
  const { status, page } = await readPage(link.href);
  const form = page.querySelector('form.ask');
  if (status !== 200 || !form) { location.href = link.href; return; }
  form.classList.remove('ask');
  const title = html('h2', { id: 'ask-title' }, page.querySelector('h1').textContent);
  const dialog = html('dialog', { 'aria-labelledby': 'ask-title' }, title, document.adoptNode(form));
  form.addEventListener('click', event => { if (event.target.closest('[data-close]')) { event.preventDefault(); dialog.close(); } });
  dialog.addEventListener('close', () => { dialog.remove(); link.focus(); });
  document.body.append(dialog);
  guard(dialog);
  dialog.showModal();
  dialog.querySelector('input:not([type=hidden]), [autofocus]')?.focus();
}
document.addEventListener('click', event => {
  const link = event.target.closest?.('a[data-ask]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  ask(link).catch(() => { location.href = link.href; });
});

const parts = { spark: Spark, series: Series, evidence: Evidence, band: Lines, histogram: Histogram, points: Points, parallel: Parallel, whisker: Whisker, bar: Bar, heat: Heat, graph: Graph, live: Live, log: Log, code: Code };
for (const [name, part] of Object.entries(parts)) customElements.define('roost-' + name, part);
all('.ask').forEach(guard);
sortable(document);

// "Go to": the navigation's own links at once, names from the server as one types.
const goTo = document.getElementById('goto');
if (goTo) {
  const list = html('ul', { id: 'goto-list', role: 'listbox', hidden: true }), form = goTo.form;
  form.append(list);
  set(goTo, { role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'goto-list', 'aria-autocomplete': 'list' });
  const pages = all('.nav a').map(link => ({ name: link.firstElementChild.textContent, kind: 'page', href: link.href }));
  let found = [], chosen = 0, asked = 0;
  const show = items => {
    found = items.slice(0, 12); chosen = 0;
    list.replaceChildren(...found.map((item, i) => html('li', { id: 'goto-' + i, role: 'option', 'data-i': i }, html('span', {}, item.name), html('small', {}, item.kind))));
    mark();
  };
  const mark = () => {
    all('li', list).forEach((item, i) => item.setAttribute('aria-selected', i === chosen));
    list.hidden = !found.length || document.activeElement !== goTo;
    goTo.setAttribute('aria-expanded', !list.hidden);
    found.length ? goTo.setAttribute('aria-activedescendant', 'goto-' + chosen) : goTo.removeAttribute('aria-activedescendant');
  };
  // Only links within the console are followed, whatever the server's list says.
  const go = item => { const url = new URL(item.href, location.href); if (url.origin === location.origin) location.assign(url); };
  const search = async () => {
    const typed = goTo.value.trim().toLowerCase(), turn = ++asked, near = pages.filter(page => page.name.toLowerCase().includes(typed));
    show(near);
    if (!typed) return;
    // Who types on asks again: only what stays for a moment is asked for.
    await new Promise(done => { setTimeout(done, 150); });
    if (turn !== asked) return;
    try {
      const { status, page } = await readPage('/console/search?q=' + encodeURIComponent(typed));
      const hits = all('#hits li', page).map(hit => ({ name: hit.lastElementChild.textContent, kind: hit.firstElementChild.textContent, href: hit.querySelector('a').getAttribute('href') }));
      if (status === 200 && turn === asked) show(near.concat(hits));
    } catch { /* the navigation's links remain */ }
  };
  goTo.addEventListener('input', search); goTo.addEventListener('focus', search);
  goTo.addEventListener('blur', () => setTimeout(mark, 150));
  goTo.addEventListener('keydown', event => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); chosen = clamp(chosen + (event.key === 'ArrowDown' ? 1 : -1), 0, found.length - 1); mark(); }
    else if (event.key === 'Enter' && found[chosen]) { event.preventDefault(); go(found[chosen]); }
    else if (event.key === 'Escape') { goTo.value = ''; goTo.blur(); }
  });
  list.addEventListener('pointerdown', event => { const item = event.target.closest('li'); if (item) { event.preventDefault(); go(found[item.dataset.i]); } });
}

// The values of an input of a pipeline are counted while they are typed, in the words of the server.
document.addEventListener('input', event => {
  const field = event.target, note = field.dataset?.width === undefined ? null : field.nextElementSibling;
  if (!note) return;
  const many = (count, word) => `${grouped(String(count))} ${word}${count === 1 ? '' : 's'}`, width = Number(field.dataset.width);
  let rows = null;
  try { rows = JSON.parse(field.value); } catch { /* it is not complete yet */ }
  const count = Array.isArray(rows) ? rows.flat(Infinity).length : 0;
  note.textContent = !Array.isArray(rows) ? '' : width ? `${many(rows.length, 'row')}, ${grouped(String(count))} of ${many(rows.length * width, 'value')}` : many(count, 'value');
});

// Keys. Single keys act only outside of fields, and can be turned off for those who dictate.
const places = { h: 'home', p: 'pipelines', e: 'experiments', s: 'shadow', r: 'releases', l: 'log', d: 'drift', m: 'models', j: 'jobs' };
const help = [['/', 'go to, or filter'], ['?', 'this list'], ['g, then ' + Object.keys(places).join(' '), Object.values(places).join(', ')], ['j k', 'next and previous row'], ['Enter', 'open'], ['x, Esc', 'close'], ['[ ]', 'older and newer page or window, or More and Back'],
  ['1 2', 'choose a label; Enter saves it'], ['Ctrl Enter', 'send the form'], ['c', 'copy the code line'], ['.', 'pause live values']];
const keysDialog = html('dialog', { 'aria-labelledby': 'keys-title' }, html('h2', { id: 'keys-title' }, 'Keys'),
  html('dl', { class: 'kv note' }, ...help.flatMap(([key, what]) => [html('dt', {}, html('kbd', {}, key)), html('dd', {}, what)])));
const single = html('input', { type: 'checkbox' });
single.checked = keep.get('roost-keys') !== 'off';
single.addEventListener('change', () => keep.set('roost-keys', single.checked ? 'on' : 'off'));
const closeKeys = html('button', { type: 'button' }, 'Close');
closeKeys.addEventListener('click', () => keysDialog.close());
keysDialog.append(html('div', { class: 'row' }, html('label', {}, single, ' Single keys work'), closeKeys));
document.body.append(keysDialog);
const keysLine = html('button', { type: 'button', class: 'link' }, 'Keys ', html('kbd', {}, '?'));
keysLine.addEventListener('click', () => keysDialog.showModal());
document.querySelector('.foot')?.append(keysLine);

let leading = 0;
const follow = selector => { const link = document.querySelector(selector); link?.click(); return !!link; };
function moveRow(by) {
  const links = all('main tbody tr:not([hidden]) > th a:first-of-type, main .list > li > a:first-of-type').filter(link => link.offsetParent !== null);
  const now = links.findIndex(link => link.closest('tr, li')?.contains(document.activeElement));
  links[clamp(now + by, 0, links.length - 1)]?.focus();
}
// What is chosen has the focus, so that Enter saves it.
const choose = place => { const choice = all('#label input[type=radio]')[place]; if (!choice) return false; choice.checked = true; choice.focus(); };
const actions = {
  '/': () => { const menu = document.getElementById('nav'); if (goTo?.offsetParent === null) menu?.showPopover?.(); goTo?.focus(); }, '?': () => keysDialog.showModal(),
  j: () => moveRow(1), k: () => moveRow(-1), x: () => follow('[data-key="x"]'), Escape: () => follow('[data-key="x"]'), '[': () => follow('[data-key="["]'), ']': () => follow('[data-key="]"]'),
  1: () => choose(0), 2: () => choose(1),
  c: () => document.querySelector('roost-code')?.copy(), '.': () => document.querySelector('roost-live')?.toggle(),
};
document.addEventListener('keydown', event => {
  const inField = event.target.closest?.('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]');
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form) { event.preventDefault(); event.target.form.requestSubmit(); return; }
  if (inField || event.ctrlKey || event.metaKey || event.altKey || !single.checked || document.querySelector('dialog[open], :popover-open')) return;
  if (Date.now() - leading < 1500 && places[event.key]) { leading = 0; event.preventDefault(); follow(`.nav a[data-place="${places[event.key]}"]`); return; }
  if (event.key === 'g') { leading = Date.now(); return; }
  if (!Object.hasOwn(actions, event.key) || event.defaultPrevented) return;
  if (actions[event.key]() !== false && event.key !== 'Escape') event.preventDefault();
});
