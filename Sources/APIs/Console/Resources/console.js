// The script of Roost's console: live values, charts, dialogs, keys. Every page can be read and every form sent without it.
// Nothing here parses markup: nodes are made one by one, so the page can forbid inline script, inline style and untrusted HTML.

const svgNamespace = 'http://www.w3.org/2000/svg';
const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes ?? {})) if (value != null && value !== false) node.setAttribute(name, value === true ? '' : value);
  return node;
};
const html = (name, attributes, ...children) => { const node = set(document.createElement(name), attributes); node.append(...children); return node; };
const svg = (name, attributes, ...children) => { const node = set(document.createElementNS(svgNamespace, name), attributes); node.append(...children); return node; };
const shape = state => svg('svg', { class: 's', 'aria-hidden': 'true' }, svg('use', { href: '#' + state }));
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
// Private windows may refuse storage; a choice is then simply not kept.
const keep = { get(key) { try { return localStorage.getItem(key); } catch { return null; } }, set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept */ } } };

const announcer = document.body.appendChild(html('p', { class: 'vh', role: 'status' }));
const say = text => { announcer.textContent = ''; setTimeout(() => { announcer.textContent = text; }, 50); };

// Numbers and times, written as the server writes them.
const parse = text => parseFloat(text.replace(/[\s\u202f\u00a0\u2009]/g, '').replace('\u2212', '-').replace(/^<|^\+/, ''));
const grouped = text => text.replace('-', '\u2212').replace(/\d+/, digits => digits.replace(/\B(?=(\d{3})+$)/g, '\u202f'));
const format = value => {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return grouped(size >= 100 || value === 0 ? value.toFixed(0) : String(+value.toPrecision(3)));
};
const clock = time => new Date(time * 1000).toISOString().slice(11, 16);
const day = time => new Date(time * 1000).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', timeZone: 'UTC' });
const moment = time => new Date(time * 1000).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).replace(',', '') + ' ' + clock(time) + ' UTC';

// Scales. A step is 1, 2 or 5 times a power of ten; a step of time is one that people count in.
const timeSteps = [1, 5, 15, 60, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800, 1209600];
const niceStep = (span, count) => { const raw = span / count || 1, power = 10 ** Math.floor(Math.log10(raw)); return power * [1, 2, 5, 10].find(m => m * power >= raw * 0.999); };
const ticks = (low, high, step) => { const list = []; for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-6; t += step) list.push(+t.toPrecision(12)); return list; };
const linear = (low, high, from, to) => value => from + (value - low) / (high - low || 1) * (to - from);
const logarithmic = (low, high, from, to) => { const inner = linear(Math.log10(low), Math.log10(high), from, to); return value => inner(Math.log10(Math.max(value, low))); };

/** Reads a table: the heads with their kinds, and the columns as numbers. Where the text is rounded or a word, `data-v` holds the number. */
function read(table) {
  const number = cell => {
    const time = cell.querySelector('time');
    return time ? Date.parse(time.dateTime) / 1000 : cell.dataset.v !== undefined ? parseFloat(cell.dataset.v) : parse(cell.textContent);
  };
  const heads = all('thead tr:last-child > *', table).map(cell => ({ name: cell.textContent.trim(), kind: cell.dataset.kind, label: cell.dataset.label }));
  const rows = all('tbody tr', table);
  return { heads, rows, timed: !!table.querySelector('tbody time'),
    column: index => rows.map(row => number(row.cells[index])),
    text: index => rows.map(row => row.cells[index].textContent.trim()) };
}

/** The path of a line. A missing value, or a `start` there, breaks it: gaps stay gaps. */
function path(xs, ys, starts) {
  let d = '', pen = false;
  ys.forEach((y, i) => {
    if (!Number.isFinite(y)) { pen = false; return; }
    d += (pen && !starts?.[i] ? 'L' : 'M') + xs[i].toFixed(1) + ' ' + y.toFixed(1);
    pen = true;
  });
  return d;
}
/** The outline of a band, in as many pieces as it has gaps and starts. */
function outline(xs, lows, highs, starts) {
  let d = '', piece = [];
  const close = () => {
    if (piece.length > 1) d += 'M' + piece.map(i => xs[i].toFixed(1) + ' ' + highs[i].toFixed(1)).join('L') + 'L' + piece.reverse().map(i => xs[i].toFixed(1) + ' ' + lows[i].toFixed(1)).join('L') + 'Z';
    piece = [];
  };
  xs.forEach((_, i) => { if (!Number.isFinite(lows[i] + highs[i]) || starts?.[i]) close(); if (Number.isFinite(lows[i] + highs[i])) piece.push(i); });
  close();
  return d;
}
// A line of no length with a round cap is a point that keeps its form when the drawing is stretched.
const dot = (x, y, kind = '') => svg('path', { class: 'dot ' + kind, d: `M${x.toFixed(1)} ${y.toFixed(1)}h0` });
const lineAt = (x1, y1, x2, y2, kind) => svg('line', { x1, y1, x2, y2, class: kind });
const textAt = (x, y, text, kind = '', anchor = 'start') => svg('text', { x, y, class: kind, 'text-anchor': anchor }, text);
const stretched = (width, height, ...children) => svg('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...children);

const series = element => (element.getAttribute('values') ?? '').trim().split(/\s+/).map(word => word === '-' ? NaN : parseFloat(word));
const topOf = (values, given) => parseFloat(given) || Math.max(...values.filter(Number.isFinite), 0) * 1.15 || 1;

class Spark extends HTMLElement {
  static observedAttributes = ['values', 'max'];
  connectedCallback() { this.draw(); }
  attributeChangedCallback() { if (this.isConnected) this.draw(); }
  draw() {
    const values = series(this), top = topOf(values, this.getAttribute('max'));
    const xs = values.map((_, i) => 2 + i / Math.max(values.length - 1, 1) * 116), ys = values.map(v => 18 - clamp(v / top, 0, 1) * 15);
    const last = ys.findLastIndex(Number.isFinite);
    if (last < 0) return this.replaceChildren(stretched(120, 20, lineAt(0, 18, 120, 18, 'hair')));
    this.replaceChildren(stretched(120, 20, svg('path', { class: 'area', d: outline(xs, ys.map(y => y + (18 - y)), ys) }), svg('path', { class: 'line thin', d: path(xs, ys) }), last === ys.length - 1 ? dot(xs[last], ys[last]) : ''));
  }
}

/** What all charts with axes share: one tab stop, drawn again when the width changes, and a reading line that follows the pointer or the arrow keys. */
class Chart extends HTMLElement {
  connectedCallback() {
    if (this.plot) return;
    this.load();
    this.picture = svg('svg', { 'aria-hidden': 'true' });
    this.output = html('output', { 'aria-live': 'polite' });
    this.plot = html('div', { class: 'plot', role: 'group', tabindex: 0, 'aria-label': (this.getAttribute('label') ?? 'Chart') + '. Arrow keys read its values.' }, this.picture, this.output);
    this.prepend(this.plot);
    new ResizeObserver(() => this.paint()).observe(this.plot);
    this.plot.addEventListener('pointermove', event => this.point(event.clientX - this.plot.getBoundingClientRect().left));
    this.plot.addEventListener('pointerleave', () => this.show(null));
    this.plot.addEventListener('blur', () => this.show(null));
    this.plot.addEventListener('keydown', event => {
      const count = this.xs?.length ?? 0, at = this.at ?? count;
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1, PageUp: at - 10, PageDown: at + 10 }[event.key];
      if (event.key === 'Escape') this.show(null);
      if (to === undefined || !count) return;
      event.preventDefault();
      this.show(clamp(to, 0, count - 1));
    });
  }
  load() { }
  paint() {
    const width = this.plot.clientWidth;
    if (!width) return;
    this.picture.setAttribute('height', this.height);
    this.picture.replaceChildren(...this.draw(width, this.height).filter(Boolean));
    this.show(this.at ?? null);
  }
  point(x) {
    if (!this.xs?.length) return;
    let best = 0;
    this.xs.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(this.xs[best] - x)) best = i; });
    this.show(best);
  }
  show(index) {
    this.at = index ?? undefined;
    this.cursor?.remove();
    if (index == null || !this.xs?.length) { this.output.textContent = ''; return; }
    this.cursor = this.picture.appendChild(lineAt(this.xs[index], this.ceiling, this.xs[index], this.floor, 'cursor'));
    this.output.textContent = this.reading(index);
  }
}

class Series extends Chart {
  static observedAttributes = ['values', 'top'];
  attributeChangedCallback() { if (this.plot) { this.load(); this.paint(); } }
  height = 68;
  load() {
    if (!this.plot) this.replaceChildren();
    this.values = series(this);
    this.start = parseFloat(this.getAttribute('start')); this.step = parseFloat(this.getAttribute('step'));
  }
  draw(width, height) {
    const { values } = this, unit = this.getAttribute('unit') ?? '', top = topOf(values, this.getAttribute('top'));
    this.ceiling = 8; this.floor = height - 18;
    const x = linear(0, values.length - 1, 1, width - 4), y = linear(0, top, this.floor, this.ceiling);
    this.xs = values.map((_, i) => x(i));
    const ys = values.map(v => y(Math.min(v, top))), last = values.length - 1, time = i => clock(this.start + i * this.step);
    return [lineAt(0, this.ceiling, width, this.ceiling, 'gridl'), lineAt(0, this.floor, width, this.floor, 'axis'),
      svg('path', { class: 'area', d: outline(this.xs, ys.map(() => this.floor), ys) }), svg('path', { class: 'line', d: path(this.xs, ys) }),
      Number.isFinite(ys[last]) && dot(this.xs[last], ys[last]), textAt(width, 4, `${format(top)}\u00a0${unit}`.trim(), 'l', 'end'),
      textAt(0, height - 4, time(0)), textAt(width / 2, height - 4, time(last / 2), '', 'middle'), textAt(width, height - 4, time(last), '', 'end')];
  }
  reading(i) { return `${clock(this.start + i * this.step)} UTC  ${format(this.values[i])} ${this.getAttribute('unit') ?? ''}`; }
}

/** Lines over time or rounds from a table: first column where, then one line a column, `low` and `high` for the band of the line before them, `noise`, and `stage`, whose changes break what is drawn. */
class Lines extends Chart {
  get height() { return parseFloat(this.getAttribute('height')) || 190; }
  load() {
    const table = read(this.querySelector('table'));
    this.at0 = table.column(0); this.timed = table.timed; this.lines = []; this.stages = [];
    table.heads.forEach((head, i) => {
      if (i === 0) return;
      const line = this.lines.at(-1);
      if (head.kind === 'stage') this.stages = table.text(i);
      else if (head.kind === 'noise') { this.noise = table.column(i); this.noiseLabel = head.label ?? head.name; }
      else if (head.kind === 'low' || head.kind === 'high') line[head.kind] = table.column(i);
      else this.lines.push({ ...head, kind: head.kind ?? 'new', values: table.column(i) });
    });
    this.starts = this.stages.map((stage, i) => i > 0 && stage !== this.stages[i - 1]);
    // bounds="20 1/α = 20; 100 bad roll back": a value, perhaps a kind, then its name.
    this.bounds = (this.getAttribute('bounds') ?? '').split(';').filter(part => part.trim()).map(part => {
      const [, value, kind, label] = part.trim().match(/^(\S+)\s*(warn|bad)?\s*(.*)$/);
      return { value: parseFloat(value), kind: kind ?? '', label };
    });
  }
  range() {
    const values = this.lines.flatMap(line => line.values).concat(this.bounds.map(b => b.value), this.noise ?? []).filter(Number.isFinite);
    const given = name => this.hasAttribute(name) ? parseFloat(this.getAttribute(name)) : undefined;
    if (this.log) {
      const positive = values.filter(v => v > 0);
      return [given('min') ?? 10 ** Math.floor(Math.log10(Math.min(...positive, 0.5))), given('max') ?? 10 ** Math.ceil(Math.log10(Math.max(...positive, 10)))];
    }
    const low = Math.min(...values, this.hasAttribute('loose') ? Infinity : 0), high = Math.max(...values), step = niceStep(high - low || 1, 4);
    return [given('min') ?? Math.floor(low / step) * step, given('max') ?? Math.ceil(high / step) * step];
  }
  draw(width, height) {
    const left = 46, right = width - 8, [low, high] = this.range(), out = [], noStage = new Set(['', '–']);
    this.ceiling = this.stages.length ? 20 : 10; this.floor = height - 22;
    const y = (this.log ? logarithmic : linear)(low, high, this.floor, this.ceiling), inside = v => clamp(y(v), this.ceiling, this.floor);
    const from = this.at0[0], to = this.at0.at(-1), x = linear(from, to, left, right), xs = this.xs = this.at0.map(x);
    const levels = this.log ? ticks(Math.log10(low), Math.log10(high), Math.max(1, Math.ceil(Math.log10(high / low) / 6))).map(p => +(10 ** p).toPrecision(6)) : ticks(low, high, niceStep(high - low, 4));
    for (const level of levels) out.push(lineAt(left, y(level), right, y(level), level === 0 ? 'axis' : 'gridl'), textAt(left - 6, y(level) + 4, (this.hasAttribute('signed') && level > 0 ? '+' : '') + grouped(String(level)), '', 'end'));
    const step = this.timed ? timeSteps.find(s => (to - from) / s <= (right - left) / 62) ?? 2419200 : niceStep(to - from, Math.max(2, width / 110));
    for (const t of ticks(from, to, step)) {
      const at = x(t), label = !this.timed ? format(t) : step >= 86400 ? day(t) : clock(t);
      if (at > left + 8 || !this.timed) out.push(textAt(clamp(at, left + 14, right - 14), height - 5, label, '', 'middle'), lineAt(at, this.floor, at, this.floor + 3, 'axis'));
    }
    const tolerance = parseFloat(this.getAttribute('tolerance'));
    if (tolerance) out.push(svg('rect', { class: 'fill', x: left, y: y(tolerance), width: right - left, height: y(-tolerance) - y(tolerance) }), lineAt(left, y(0), right, y(0), 'axis'),
      textAt(right - 2, y(-tolerance) + 13, this.getAttribute('tolerance-label') ?? '', 'l', 'end'));
    if (this.noise) { const top = this.noise.map(inside); out.push(svg('path', { class: 'noise', d: outline(xs, top.map(() => this.floor), top) }), textAt(left + 4, Math.min(...top.filter(Number.isFinite)) - 4, this.noiseLabel, 'l')); }
    out.push(lineAt(left, this.floor, right, this.floor, 'axis'));
    let edge = -99;
    this.stages.forEach((stage, i) => {
      if ((i > 0 && !this.starts[i]) || noStage.has(stage)) return;
      out.push(lineAt(xs[i], 14, xs[i], this.floor, 'moment'));
      if (xs[i] > edge) { out.push(textAt(xs[i] + 4, 12, stage, 'l')); edge = xs[i] + 8 + stage.length * 7; }
    });
    const labels = [];
    for (const bound of this.bounds) { out.push(lineAt(left, y(bound.value), right, y(bound.value), 'bound ' + bound.kind)); labels.push(textAt(left + 4, y(bound.value) - 5, bound.label, 'l ' + (bound.kind || 'ink'))); }
    // Only the evidence chart restarts nothing: evidence multiplies over stages, an interval does not.
    const starts = this.log ? undefined : this.starts;
    const taken = [];
    this.lines.forEach(line => {
      const ys = line.values.map(v => Number.isFinite(v) ? inside(v) : NaN), last = ys.findLastIndex(Number.isFinite);
      if (last < 0) return;
      if (line.low && line.high) out.push(svg('path', { class: 'band', d: outline(xs, line.low.map(inside), line.high.map(inside), starts) }));
      out.push(svg('path', { class: `line ${line.kind}${line.kind === 'base' && this.lines.length > 3 ? ' thin' : ''}`, d: path(xs, ys, starts) }));
      if (this.hasAttribute('dots')) ys.forEach((at, i) => Number.isFinite(at) && out.push(dot(xs[i], at, line.kind)));
      if (line.kind !== 'base') out.push(dot(xs[last], ys[last], line.kind));
      // The line's name stands clear of the line itself and of other names.
      const near = ys.slice(Math.max(0, last - Math.ceil(ys.length / 3)), last + 1).filter(Number.isFinite);
      let at = Math.min(...near) - 8;
      if (at < this.ceiling + 4) at = Math.max(...near) + 16;
      while (taken.some(other => Math.abs(other - at) < 13)) at += 13;
      taken.push(at);
      if (line.label) labels.push(textAt(Math.min(xs[last], right) - 2, Math.min(at, this.floor - 5), line.label, `l ${line.kind}`, 'end'));
    });
    const first = this.log && this.bounds.length && this.lines[0] ? this.lines[0].values.findIndex(v => v >= this.bounds[0].value) : -1;
    if (first > 0) {
      const at = xs[first], height = y(this.bounds[0].value), late = at > left + (right - left) * .6;
      out.push(lineAt(at, height, at, this.floor - 14, 'moment'), svg('circle', { class: 'ring', cx: at, cy: height, r: 4 }));
      labels.push(textAt(at + (late ? -6 : 6), this.floor - 8, 'past the bound ' + (this.timed ? moment(this.at0[first]).replace(' UTC', '') : format(this.at0[first])), 'l', late ? 'end' : 'start'));
    }
    return out.concat(labels);
  }
  reading(i) {
    const parts = this.lines.map(line => {
      const value = format(line.values[i]), interval = line.low && Number.isFinite(line.low[i]) ? ` (${format(line.low[i])} to ${format(line.high[i])})` : '';
      return `${this.lines.length > 1 ? line.name + ' ' : ''}${value}${interval}`;
    });
    return [this.timed ? moment(this.at0[i]) : format(this.at0[i]), ...parts.slice(0, 4)].join('  ');
  }
}
class Evidence extends Lines { log = true; }

/** Two bars a bin, baseline grey and window blue; or, with `low` and `high` columns, counts along an axis where those within the tolerance are grey. */
class Histogram extends Chart {
  get height() { return parseFloat(this.getAttribute('height')) || 190; }
  load() {
    const outside = this.getAttribute('from'), table = read(outside ? document.getElementById(outside) : this.querySelector('table'));
    const column = kind => { const i = table.heads.findIndex(head => head.kind === kind); return i < 0 ? null : table.column(i); };
    this.bins = table.text(0); this.base = column('base'); this.new = column('new'); this.low = column('low'); this.high = column('high');
  }
  draw(width, height) {
    const left = 46, right = width - 2, out = [], count = this.bins.length, isLog = this.hasAttribute('log');
    this.ceiling = 10; this.floor = height - 24;
    const most = Math.max(...this.new, ...(this.base ?? [0])), step = niceStep(most, 3);
    const y = isLog ? logarithmic(1, 10 ** Math.ceil(Math.log10(most)), this.floor, this.ceiling) : linear(0, Math.ceil(most / step) * step, this.floor, this.ceiling);
    const levels = isLog ? ticks(1, Math.ceil(Math.log10(most)), 1).map(p => 10 ** p) : ticks(step, most, step);
    for (const level of levels) out.push(lineAt(left, y(level), right, y(level), 'gridl'), textAt(left - 6, y(level) + 4, format(level) + (this.getAttribute('unit') ?? ''), '', 'end'));
    const slot = (right - left) / count;
    this.xs = this.bins.map((_, i) => left + slot * (i + .5));
    const bar = (x, w, value, kind) => value > 0 && out.push(svg('rect', { class: kind, x: x.toFixed(1), y: y(value).toFixed(1), width: w.toFixed(1), height: (this.floor - y(value)).toFixed(1) }));
    if (this.low) {
      const tolerance = parseFloat(this.getAttribute('tolerance')), x = linear(this.low[0], this.high.at(-1), left, right);
      if (tolerance) out.push(svg('rect', { class: 'fill', x: x(-tolerance), y: this.ceiling, width: x(tolerance) - x(-tolerance), height: this.floor - this.ceiling }));
      this.low.forEach((low, i) => bar(x(low) + .5, x(this.high[i]) - x(low) - 1, this.new[i], low >= -tolerance - 1e-9 && this.high[i] <= tolerance + 1e-9 ? 'bar0' : 'bar1'));
      for (const t of ticks(this.low[0], this.high.at(-1), niceStep(this.high.at(-1) - this.low[0], 4))) out.push(textAt(x(t), height - 8, (t > 0 ? '+' : '') + format(t), '', t === this.low[0] ? 'start' : t === this.high.at(-1) ? 'end' : 'middle'));
    } else {
      this.bins.forEach((_, i) => { const x = left + slot * i; if (this.base) bar(x + slot * .07, slot * .42, this.base[i], 'bar0'); bar(x + slot * (this.base ? .5 : .1), slot * (this.base ? .42 : .8), this.new[i], 'bar1'); });
      // The edge between two bins stands under their gap; the open ends have no number. In a narrow chart every second edge is named.
      const edges = this.bins.slice(0, -1).map(name => name.replace(/^.*[–]\s*|^\D+/, '')), every = Math.ceil(44 / slot);
      edges.forEach((edge, i) => (i + 1) % every === 0 && out.push(textAt(left + slot * (i + 1), height - 8, edge, '', 'middle')));
    }
    out.push(lineAt(left, this.floor, right, this.floor, 'axis'));
    return out;
  }
  reading(i) { return this.base ? `${this.bins[i]}: ${format(this.base[i])} → ${format(this.new[i])}${this.getAttribute('unit') ?? ''}` : `${this.bins[i]}: ${format(this.new[i])}`; }
}

/** The trials of a tuning job in their order: every score a point, the best so far a line. */
class Points extends Chart {
  get height() { return 200; }
  load() {
    const table = read(document.getElementById(this.getAttribute('from')) ?? this.querySelector('table')), kind = k => table.heads.findIndex(head => head.kind === k);
    const names = table.text(0), scores = table.column(kind('score')), order = names.map((_, i) => i).sort((a, b) => parse(names[a]) - parse(names[b]));
    this.trials = order.map(i => ({ name: names[i], score: scores[i], running: table.rows[i].dataset.state === 'running' }));
    this.sign = this.getAttribute('goal') === 'min' ? -1 : 1;
  }
  draw(width, height) {
    const scores = this.trials.map(t => t.score).filter(Number.isFinite), step = niceStep(Math.max(...scores) - Math.min(...scores) || 1, 4), out = [];
    const low = Math.floor(Math.min(...scores) / step) * step, high = Math.ceil(Math.max(...scores) / step) * step, left = 46, right = width - 12;
    this.ceiling = 12; this.floor = height - 22;
    const y = linear(low, high, this.floor, this.ceiling), x = linear(0, this.trials.length - 1, left + 8, right);
    for (const level of ticks(low, high, step)) out.push(lineAt(left, y(level), right, y(level), 'gridl'), textAt(left - 6, y(level) + 4, format(level), '', 'end'));
    this.xs = this.trials.map((_, i) => x(i));
    let best = null, d = '';
    this.trials.forEach((trial, i) => {
      if (!Number.isFinite(trial.score)) { out.push(textAt(x(i), this.floor - 4, '◆', 'bad', 'middle')); return; }
      if (!trial.running && (best === null || this.sign * trial.score > this.sign * this.trials[best].score)) { best = i; d += (d ? 'V' : 'M' + x(i).toFixed(1) + ' ') + y(trial.score).toFixed(1); }
      if (d) d += 'H' + x(i).toFixed(1);
    });
    out.push(svg('path', { class: 'line best', d }));
    this.trials.forEach((trial, i) => Number.isFinite(trial.score) && out.push(trial.running ? svg('circle', { class: 'ring', cx: x(i), cy: y(trial.score), r: 3.5 }) : dot(x(i), y(trial.score), i === best ? 'big' : 'base')));
    if (best !== null) out.push(textAt(right, y(this.trials[best].score) - 7, `best ${this.trials[best].name}: ${grouped(String(this.trials[best].score))}`, 'l new', 'end'));
    for (const i of ticks(0, this.trials.length - 1, niceStep(this.trials.length, 6))) out.push(textAt(x(i), height - 5, this.trials[i].name, '', 'middle'));
    out.push(lineAt(left, this.floor, right, this.floor, 'axis'));
    return out;
  }
  reading(i) { const { name, score, running } = this.trials[i]; return `trial ${name}  ${Number.isFinite(score) ? grouped(String(score)) : 'failed'}${running ? ', running' : ''}`; }
}

/** Parallel axes over the table of trials; a span drawn along an axis hides the rows outside of it. */
class Parallel extends HTMLElement {
  connectedCallback() {
    if (this.picture) return;
    const table = read(document.getElementById(this.getAttribute('from')) ?? this.querySelector('table'));
    this.rows = table.rows; this.spans = new Map(); this.best = parseInt(this.getAttribute('best') ?? '5', 10);
    this.axes = table.heads.flatMap((head, i) => head.kind === 'axis' || head.kind === 'score' ? [{ name: head.name, values: table.column(i), log: head.label === 'log', score: head.kind === 'score' }] : []);
    for (const axis of this.axes) { const known = axis.values.filter(Number.isFinite); axis.low = Math.min(...known); axis.high = Math.max(...known); }
    this.picture = svg('svg', { height: 200, role: 'group', 'aria-label': 'Parameters of the trials. Up and Down on an axis choose a fifth of it, Escape clears.' });
    this.prepend(html('div', { class: 'plot' }, this.picture));
    new ResizeObserver(() => this.draw()).observe(this);
  }
  draw() {
    const width = this.clientWidth, out = [], top = 26, foot = 182, x = linear(0, this.axes.length - 1, 34, width - 34);
    if (!width) return;
    const scales = this.axes.map(axis => (axis.log && axis.low > 0 ? logarithmic : linear)(axis.low, axis.high, foot, top));
    const score = this.axes.find(axis => axis.score)?.values ?? [], ranked = score.map((_, i) => i).filter(i => Number.isFinite(score[i])).sort((a, b) => (this.getAttribute('goal') === 'min' ? 1 : -1) * (score[a] - score[b]));
    const shown = this.rows.map((_, i) => this.axes.every((axis, a) => { const span = this.spans.get(a), at = scales[a](axis.values[i]); return !span || (at >= span[0] - .5 && at <= span[1] + .5); }));
    [...ranked].reverse().forEach(i => {
      const rank = ranked.indexOf(i), kind = rank === 0 ? 'line best' : rank < this.best ? 'line thin' : 'line thin base';
      out.push(svg('path', { class: kind + (shown[i] && rank < this.best ? '' : ' faint'), d: path(this.axes.map((_, a) => x(a)), this.axes.map((axis, a) => scales[a](axis.values[i]))) }));
    });
    this.axes.forEach((axis, a) => {
      const at = x(a), anchor = a === 0 ? 'start' : a === this.axes.length - 1 ? 'end' : 'middle', edge = a === 0 ? 0 : a === this.axes.length - 1 ? width : at, span = this.spans.get(a);
      out.push(lineAt(at, top, at, foot, 'axis'), textAt(edge, 10, axis.name, axis.score ? 'ink' : 'l', anchor), textAt(at + 4, top + 4, format(axis.high), 'l'), textAt(at + 4, foot + 12, format(axis.low), 'l'));
      if (span) out.push(svg('rect', { class: 'span', x: at - 5, y: span[0], width: 10, height: span[1] - span[0] }));
      const hit = svg('rect', { class: 'hit', x: at - 12, y: top - 6, width: 24, height: foot - top + 12, tabindex: 0, role: 'button', 'aria-label': `${axis.name}, ${format(axis.low)} to ${format(axis.high)}${span ? ', filtered' : ''}`, 'data-axis': a });
      const choose = value => { value ? this.spans.set(a, value) : this.spans.delete(a); this.filter(scales); };
      hit.addEventListener('pointerdown', event => {
        const place = e => clamp(e.clientY - this.picture.getBoundingClientRect().top, top, foot), from = place(event);
        event.preventDefault();
        const move = e => choose(Math.abs(place(e) - from) < 3 ? null : [Math.min(from, place(e)), Math.max(from, place(e))]);
        addEventListener('pointermove', move);
        addEventListener('pointerup', e => { removeEventListener('pointermove', move); move(e); }, { once: true });
      });
      hit.addEventListener('keydown', event => {
        const fifth = (foot - top) / 5, now = this.spans.get(a), move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (event.key === 'Escape') choose(null);
        else if (move) { const start = clamp(now ? now[0] + move * fifth : top, top, foot - fifth); choose([start, start + fifth]); } else return;
        event.preventDefault();
        this.querySelector(`[data-axis="${a}"]`).focus();
      });
      out.push(hit);
    });
    this.picture.replaceChildren(...out);
  }
  filter(scales) {
    this.draw();
    let count = 0;
    this.rows.forEach((row, i) => { row.hidden = !this.axes.every((axis, a) => { const span = this.spans.get(a), at = scales[a](axis.values[i]); return !span || (at >= span[0] - .5 && at <= span[1] + .5); }); count += !row.hidden; });
    say(`${count} of ${this.rows.length} trials`);
  }
}

/** An interval with its middle; `kind="pair"` two values with what lies between; only `mid`, a point. */
class Whisker extends HTMLElement {
  connectedCallback() {
    const value = name => this.hasAttribute(name) ? parseFloat(this.getAttribute(name)) : NaN, kind = this.getAttribute('kind') ?? 'new';
    const x = linear(value('min'), value('max'), 4, 96), at = name => clamp(x(value(name)), 2, 98), has = name => Number.isFinite(value(name));
    this.replaceChildren(stretched(100, 20, lineAt(0, 10, 100, 10, 'hair'), has('low') && has('high') ? svg('path', { class: 'line ' + kind, d: `M${at('low')} 10H${at('high')}` }) : '',
      kind === 'pair' ? dot(at('low'), 10, 'big base') : '', kind === 'pair' ? dot(at('high'), 10, 'big') : dot(at('mid'), 10, 'big ' + kind)));
  }
}
/** Evidence against its bound on a log scale: near and far are seen without colour. */
class Bar extends HTMLElement {
  static observedAttributes = ['value'];
  connectedCallback() { this.draw(); }
  attributeChangedCallback() { if (this.isConnected) this.draw(); }
  draw() {
    const value = name => parseFloat(this.getAttribute(name)), kind = { new: 'bar1', warn: 'barw', bad: 'barb' }[this.getAttribute('kind')] ?? 'bar0';
    const x = (this.hasAttribute('log') ? logarithmic : linear)(value('min'), value('max'), 0, 100), at = v => clamp(x(v), 0.6, 99.4);
    const decades = this.hasAttribute('log') ? ticks(Math.log10(value('min')), Math.log10(value('max')), 1).map(p => lineAt(at(10 ** p), 2, at(10 ** p), 16, 'hair')) : [];
    this.replaceChildren(stretched(100, 18, ...decades, svg('rect', { class: kind, x: 0, y: 5, width: at(value('value')), height: 8 }), this.hasAttribute('bound') ? lineAt(at(value('bound')), 0, at(value('bound')), 18, 'up') : ''));
  }
}

/** A table whose cells are links: one tab stop, arrows move, Enter follows. */
class Heat extends HTMLElement {
  connectedCallback() {
    const rows = all('tbody tr', this).map(row => all('.c a', row)).filter(row => row.length);
    const links = rows.flat(), home = this.querySelector('.sel a') ?? links.at(-1);
    links.forEach(link => { link.tabIndex = link === home ? 0 : -1; });
    this.scrollLeft = this.scrollWidth;
    this.addEventListener('keydown', event => {
      const r = rows.findIndex(row => row.includes(event.target)), c = rows[r]?.indexOf(event.target) ?? -1;
      const go = { ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1], ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], Home: [r, 0], End: [r, (rows[r]?.length ?? 0) - 1] }[event.key];
      if (r < 0 || !go) return;
      event.preventDefault();
      const next = rows[go[0]]?.[go[1]];
      if (!next) return;
      event.target.tabIndex = -1; next.tabIndex = 0; next.focus();
    });
  }
}

/** The boxes are the server's list, laid out by the style sheet; this draws the bands between them, as wide as their share of the requests. */
class Graph extends HTMLElement {
  connectedCallback() {
    if (this.picture) return;
    this.picture = this.insertBefore(svg('svg', { 'aria-hidden': 'true' }), this.firstChild);
    new ResizeObserver(() => this.draw()).observe(this);
  }
  draw() {
    this.picture.replaceChildren();
    if (matchMedia('(max-width: 699px)').matches) return;
    const origin = this.getBoundingClientRect(), full = 16;
    const box = node => { const r = node.getBoundingClientRect(); return { left: r.left - origin.left, right: r.right - origin.left, middle: r.top - origin.top + r.height / 2 }; };
    const band = (a, b, yA, yB, share, kind) => {
      const half = Math.max(share * full, 1) / 2, bend = (b - a) / 2, curve = (from, to) => `C${a + bend} ${from} ${b - bend} ${to} ${b} ${to}`;
      if (kind === 'shadow') return svg('path', { class: 'shadowline', d: `M${a} ${yA}${curve(yA, yB)}` });
      return svg('path', { class: kind, d: `M${a} ${yA - half}${curve(yA - half, yB - half)}V${yB + half}C${b - bend} ${yB + half} ${a + bend} ${yA + half} ${a} ${yA + half}Z` });
    };
    let ends = [];
    for (const item of all('.steps > li', this)) {
      const own = box(item.querySelector('a, .io')), branches = all(':scope > ul > li', item);
      ends.forEach(end => this.picture.append(band(end.right, own.left, end.middle, own.middle + (end.offset ?? 0), end.share, end.kind)));
      ends = [{ right: own.right, middle: own.middle, share: 1, kind: 'band0' }];
      if (!branches.length) continue;
      const shares = branches.map(b => parseFloat(b.dataset.share) / 100 || 0), total = shares.reduce((sum, share, i) => sum + (branches[i].classList.contains('shadow') ? 0 : share), 0) || 1;
      let offset = -full / 2;
      ends = branches.flatMap((branch, i) => {
        const to = box(branch.querySelector('a')), isShadow = branch.classList.contains('shadow'), share = shares[i] / total, kind = isShadow ? 'shadow' : branch.classList.contains('new') ? 'band1' : 'band0';
        const middle = isShadow ? full / 2 : offset + share * full / 2;
        if (!isShadow) offset += share * full;
        this.picture.append(band(own.right, to.left, own.middle + middle, to.middle, share, kind));
        return isShadow ? [] : [{ right: to.right, middle: to.middle, share, kind, offset: middle }];
      });
    }
  }
}

/** Polls JSON while the page is seen, and says how fresh the values are. What it cannot read it leaves as it was. */
class Live extends HTMLElement {
  connectedCallback() {
    if (this.started) return;
    this.started = true;
    this.every = Math.max(1, parseFloat(this.getAttribute('every')) || 5); this.last = Date.now(); this.failures = 0;
    this.word = html('span'); this.badge = html('span', { class: 'b ok' }, shape('ok'), this.word);
    this.replaceChildren(this.badge);
    this.tell();
    setInterval(() => this.tell(), 1000);
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.ask(); });
    this.plan(this.every);
  }
  plan(seconds) { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), seconds * 1000); }
  toggle() { this.paused = !this.paused; this.tell(); say(this.paused ? 'Paused' : 'Live'); if (!this.paused) this.ask(); }
  async ask() {
    if (this.paused || document.hidden) return this.plan(this.every);
    try {
      const answer = await fetch(this.getAttribute('href'), { headers: { Accept: 'application/json' }, cache: 'no-cache', signal: AbortSignal.timeout(8000) });
      if (answer.status === 401 || answer.status === 403) { this.signedOut = true; clearTimeout(this.timer); return this.tell(); }
      if (!answer.ok) throw new Error(answer.status);
      const { values = {}, spark = {} } = await answer.json();
      for (const node of all('[data-live]')) {
        const id = node.dataset.live;
        if (Object.hasOwn(values, id) && node.textContent !== values[id]) node.textContent = values[id];
        if (Object.hasOwn(spark, id)) node.setAttribute('values', spark[id]);
      }
      if (this.stale) say('Live again');
      this.last = Date.now(); this.failures = 0;
      this.plan(this.every);
    } catch {
      this.failures += 1;
      this.plan(Math.min(2 ** this.failures, 30));
    }
    this.tell();
  }
  tell() {
    const age = Math.round((Date.now() - this.last) / 1000), wasStale = this.stale;
    this.stale = !this.paused && !this.signedOut && this.failures > 0 && age >= 10;
    const [state, text] = this.signedOut ? ['warn', 'Signed out; values as of ' + clock(this.last / 1000) + ' UTC'] : this.paused ? ['off', `Paused, values as of ${clock(this.last / 1000)} UTC`]
      : this.stale ? ['warn', `No answer for ${age} s, values as of ${new Date(this.last).toISOString().slice(11, 19)} UTC`] : ['ok', `Live, ${age} s ago`];
    if (this.badge.className !== 'b ' + state) { this.badge.className = 'b ' + state; this.badge.replaceChild(shape(state), this.badge.firstChild); }
    this.word.textContent = text;
    if (this.stale && !wasStale) say('No answer from the server; the values are old');
  }
}

/** Follows a log: asks for what comes after an offset, keeps the end in sight unless the reader scrolled away. A line may be "time TAB source TAB text". */
class Log extends HTMLElement {
  connectedCallback() {
    if (this.pre) return;
    this.pre = this.querySelector('pre'); this.offset = this.dataset.offset ?? '0'; this.fresh = 0; this.rest = '';
    const text = this.pre.textContent;
    this.pre.replaceChildren(); this.pre.tabIndex = 0;
    this.count = parseInt(this.dataset.lines ?? '0', 10);
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
      // Colours and cursor moves of terminals are dropped; the text stays text.
      const parts = line.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').split('\t');
      const marks = parts.length > 2 ? parts.splice(0, 2) : [];
      this.pre.append(html('div', {}, ...marks.map(mark => html('i', {}, mark + ' ')), parts.join('\t')));
    }
    while (this.pre.childElementCount > 5000) this.pre.firstChild.remove();
    this.count = known ? Math.max(this.count, lines.length) : this.count + lines.length;
    if (follow) this.pre.scrollTop = this.pre.scrollHeight; else this.fresh += lines.length;
    this.tell();
  }
  tell() {
    const end = this.atEnd(), words = this.ended ? 'Ended' : end ? 'Following' : 'Not following';
    this.state.className = 'b ' + (this.ended ? 'off' : end ? 'busy' : 'off');
    this.state.replaceChildren(shape(this.ended || !end ? 'off' : 'busy'), words);
    this.lines.textContent = `${grouped(String(this.count))} lines, the newest last`;
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

/** Opens the dialog that a link names. The link itself leads to a page with the same form. */
class Dialog extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector('dialog');
    if (!dialog || this.ready) return;
    this.ready = true;
    guard(dialog);
    dialog.addEventListener('click', event => { if (event.target.closest('[data-close]')) { event.preventDefault(); dialog.close(); } });
  }
}
/** Keeps the button off until the name is typed; the server checks it again. */
function guard(root) {
  for (const field of all('input[data-match]', root)) {
    const check = () => { field.form.querySelector('button:not([type=button])').disabled = field.value !== field.dataset.match; };
    field.addEventListener('input', check);
    check();
  }
}
document.addEventListener('click', event => {
  const link = event.target.closest?.('[data-dialog]'), dialog = link && document.getElementById(link.dataset.dialog);
  if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  dialog.showModal();
});

const parts = { spark: Spark, series: Series, evidence: Evidence, band: Lines, histogram: Histogram, points: Points, parallel: Parallel, whisker: Whisker, bar: Bar, heat: Heat, graph: Graph, live: Live, log: Log, code: Code, dialog: Dialog };
for (const [name, part] of Object.entries(parts)) customElements.define('roost-' + name, part);
all('.ask').forEach(guard);

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
    try {
      const answer = await fetch('/console/names?q=' + encodeURIComponent(typed), { headers: { Accept: 'application/json' } });
      if (answer.ok && turn === asked) show(near.concat(await answer.json()));
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

// Keys. Single keys act only outside of fields, and can be turned off for those who dictate.
const places = { h: 'home', p: 'pipelines', e: 'experiments', s: 'shadow', r: 'releases', l: 'log', d: 'drift', m: 'models', j: 'jobs' };
const help = [['/', 'go to, or filter'], ['?', 'this list'], ['g, then ' + Object.keys(places).join(' '), Object.values(places).join(', ')], ['j k', 'next and previous row'], ['Enter', 'open'], ['x, Esc', 'close'], ['[ ]', 'older and newer'],
  ['1 2', 'choose a label, Enter saves it'], ['Ctrl Enter', 'send the form'], ['c', 'copy the code line'], ['.', 'pause live values']];
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
const actions = {
  '/': () => { const menu = document.getElementById('nav'); if (goTo?.offsetParent === null) menu?.showPopover?.(); goTo?.focus(); }, '?': () => keysDialog.showModal(),
  j: () => moveRow(1), k: () => moveRow(-1), x: () => follow('[data-key="x"]'), Escape: () => follow('[data-key="x"]'), '[': () => follow('[data-key="["]'), ']': () => follow('[data-key="]"]'),
  1: () => follow('[data-labels] label:nth-of-type(1) input'), 2: () => follow('[data-labels] label:nth-of-type(2) input'),
  c: () => document.querySelector('roost-code')?.copy(), '.': () => document.querySelector('roost-live')?.toggle(),
};
document.addEventListener('keydown', event => {
  const inField = event.target.closest?.('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]');
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form) { event.preventDefault(); event.target.form.requestSubmit(); return; }
  if (inField || event.ctrlKey || event.metaKey || event.altKey || !single.checked || document.querySelector('dialog[open]')) return;
  if (Date.now() - leading < 1500 && places[event.key]) { leading = 0; event.preventDefault(); follow(`.nav a[data-place="${places[event.key]}"]`); return; }
  if (event.key === 'g') { leading = Date.now(); return; }
  if (!Object.hasOwn(actions, event.key) || event.defaultPrevented) return;
  if (actions[event.key]() !== false && event.key !== 'Escape') event.preventDefault();
});
