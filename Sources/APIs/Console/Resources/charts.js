// The charts with axes: elements that draw what the page holds in their attributes or in a table.
import {
  html, svg, all, clamp, say, parse, grouped, powerOfTen, format, clock, day, moment, timeSteps, niceStep, ticks, linear, logarithmic, read,
  path, outline, dot, lineAt, textAt, series, topOf, lonely, newest,
} from './shared.js';

/** How wide a letter of a label is. */
const letter = 6.4;

/** What all charts with axes share: one tab stop, drawn again when the width changes, and a reading line that follows the pointer or the arrow keys. */
export class Chart extends HTMLElement {
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
      if (event.key === 'Escape' && this.at !== undefined) { event.preventDefault(); this.show(null); }
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

export class Series extends Chart {
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
    const ys = values.map(v => y(Math.min(v, top))), last = values.length - 1, at = newest(values), ends = [0, last].map(i => (this.days ? day(this.time(i)) + ' ' : '') + clock(this.time(i)));
    // The middle has no room beside two days in a narrow chart.
    const middle = last * this.step > 2 * 86400 ? day(this.time(last / 2)) : clock(this.time(last / 2)), isRoomy = (ends.join('').length + middle.length + 4) * letter < width;
    return [lineAt(0, this.ceiling, width, this.ceiling, 'gridl'), lineAt(0, this.floor, width, this.floor, 'axis'),
      svg('path', { class: 'area', d: outline(this.xs, ys.map(() => this.floor), ys) }), svg('path', { class: 'line', d: path(this.xs, ys) }),
      ...lonely(ys).map(i => dot(this.xs[i], ys[i])), at >= 0 && dot(this.xs[at], ys[at]), textAt(width, 4, `${format(top)}\u00a0${unit}`.trim(), 'l', 'end'),
      textAt(0, height - 4, ends[0]), isRoomy && textAt(width / 2, height - 4, middle, '', 'middle'), textAt(width, height - 4, ends[1], '', 'end')];
  }
  time(i) { return this.start + i * this.step; }
  /** Whether times of day alone would leave open which day they are of. */
  get days() { return day(this.time(0)) !== day(this.time(this.values.length - 1)); }
  reading(i) { return `${this.days ? moment(this.time(i)) : clock(this.time(i)) + ' UTC'}  ${format(this.values[i])} ${this.getAttribute('unit') ?? ''}`; }
}

/** Lines over time or rounds from a table: first column where, then one line a column, `low` and `high` for the band of the line before them, `noise`, and `stage`, whose changes break what is drawn. */
export class Lines extends Chart {
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
    if (!values.length) return this.log ? [0.1, 100] : [0, 1];
    if (this.log) {
      const positive = values.filter(v => v > 0);
      return [given('min') ?? 10 ** Math.floor(Math.log10(Math.min(...positive, 0.5))), given('max') ?? 10 ** Math.ceil(Math.log10(Math.max(...positive, 10)))];
    }
    // An interval is shown whole, unless it would make the line flat.
    const ends = this.lines.flatMap(line => line.low && line.high ? line.low.concat(line.high) : []).filter(Number.isFinite), room = Math.max(...values) - Math.min(...values) || Infinity;
    const low = Math.max(Math.min(...values, ...ends, this.hasAttribute('loose') ? Infinity : 0), Math.min(...values, this.hasAttribute('loose') ? Infinity : 0) - room);
    const high = Math.min(Math.max(...values, ...ends), Math.max(...values) + room), step = niceStep(high - low || 1, 4);
    return [given('min') ?? Math.floor(low / step) * step, given('max') ?? Math.ceil(high / step) * step];
  }
  draw(width, height) {
    if (!this.at0.length) return [];
    const left = 46, right = width - 8, [low, high] = this.range(), out = [], noStage = new Set(['', '–']);
    const crossings = this.lines.map(line => ({ line, first: line.bound ? line.values.findIndex(v => v >= line.bound) : -1 })).filter(({ first }) => first > 0).sort((a, b) => a.first - b.first);
    this.ceiling = (this.stages.length ? 20 : 10) + (crossings.length ? 16 : 0); this.floor = height - 22;
    // Below the least evidence there is room for a name.
    const y = (this.log ? logarithmic : linear)(low, high, this.floor - (this.log ? 16 : 0), this.ceiling), inside = v => clamp(y(v), this.ceiling, this.floor);
    const from = this.at0[0], to = this.at0.at(-1), x = linear(from, to, left, right), xs = this.xs = this.at0.map(x);
    const levels = this.log ? ticks(Math.log10(low), Math.log10(high), Math.max(1, Math.ceil(Math.log10(high / low) / 6))).map(p => +(10 ** p).toPrecision(6)) : ticks(low, high, niceStep(high - low, 5));
    // Evidence beyond an end of the axis is drawn at it, so the end says that it stands for more.
    const all = this.lines.flatMap(line => line.values), ends = !this.log ? [] : [[low, '≤ ', all.some(v => v < low * 0.999)], [high, '≥ ', all.some(v => v > high * 1.001)]].filter(end => end[2]);
    const name = level => (this.hasAttribute('signed') && level > 0 ? '+' : '') + (Math.abs(level) >= 1e6 || (level !== 0 && Math.abs(level) < 1e-3) ? powerOfTen(level) : grouped(String(level)));
    for (const level of levels) out.push(lineAt(left, y(level), right, y(level), level === 0 ? 'axis' : 'gridl'), ends.some(end => Math.abs(y(end[0]) - y(level)) < 13) ? '' : textAt(left - 6, y(level) + 4, name(level), '', 'end'));
    for (const [end, sign] of ends) out.push(textAt(left - 6, y(end) + 4, sign + name(end), '', 'end'));
    const step = this.timed ? timeSteps.find(s => (to - from) / s <= (right - left) / (s < 1 ? 88 : s < 60 ? 76 : 62)) ?? 2419200 : niceStep(to - from, Math.max(2, width / 110));
    if (this.hasAttribute('order')) out.push(textAt(right, height - 5, this.getAttribute('order'), '', 'end'));
    else for (const t of ticks(from, to, step)) {
      const at = x(t), label = !this.timed ? format(t) : t % 86400 === 0 ? day(t) : clock(t, step), half = label.length * letter / 2, place = clamp(at, left - 8 + half, width - half);
      out.push(lineAt(at, this.floor, at, this.floor + 3, 'axis'));
      // A label that would have to move far would meet its neighbor.
      if (Math.abs(place - at) < 12) out.push(textAt(place, height - 5, label, '', 'middle'));
    }
    const tolerance = parseFloat(this.getAttribute('tolerance'));
    if (tolerance) out.push(svg('rect', { class: 'fill', x: left, y: y(tolerance), width: right - left, height: y(-tolerance) - y(tolerance) }), lineAt(left, y(0), right, y(0), 'axis'),
      textAt(right - 2, y(-tolerance) + 13, this.getAttribute('tolerance-label') ?? '', 'l', 'end'));
    const marks = this.bounds.map(bound => ({ at: y(bound.value), kind: bound.kind || 'ink', line: 'bound ' + bound.kind, label: bound.label }));
    if (this.noise) { const top = this.noise.map(inside); out.push(svg('path', { class: 'noise', d: outline(xs, top.map(() => this.floor), top) })); marks.push({ at: Math.min(...top.filter(Number.isFinite)), label: this.noiseLabel }); }
    out.push(lineAt(left, this.floor, right, this.floor, 'axis'));
    let edge = -99;
    this.stages.forEach((stage, i) => {
      if ((i > 0 && !this.starts[i]) || noStage.has(stage)) return;
      out.push(lineAt(xs[i], 14, xs[i], this.floor, 'moment'));
      if (xs[i] > edge) { out.push(textAt(xs[i] + 4, 12, stage, 'l')); edge = xs[i] + 8 + stage.length * 7; }
    });
    // Only the evidence chart restarts nothing: evidence multiplies over stages, an interval does not.
    const starts = this.log ? undefined : this.starts;
    const drawn = [];
    this.lines.forEach(line => {
      const ys = line.values.map(v => Number.isFinite(v) ? inside(v) : NaN), last = ys.findLastIndex(Number.isFinite);
      if (last < 0) return;
      if (line.low && line.high) out.push(svg('path', { class: 'band', d: outline(xs, line.low.map(inside), line.high.map(inside), starts) }));
      out.push(svg('path', { class: `line ${line.kind}${line.kind === 'base' && this.lines.length > 3 ? ' thin' : ''}`, d: path(xs, ys, starts) }));
      for (const i of this.hasAttribute('dots') ? [...ys.keys()].filter(i => Number.isFinite(ys[i])) : lonely(ys, starts)) out.push(dot(xs[i], ys[i], line.kind));
      if (line.kind !== 'base') out.push(dot(xs[last], ys[last], line.kind));
      drawn.push({ line, ys, last });
    });
    // The places of texts, so that none stands on another.
    const labels = [], taken = [], boxOf = (x, base, text, end) => ({ left: end ? x - text.length * letter : x, right: end ? x : x + text.length * letter, top: base - 10, foot: base + 3 });
    const points = ys => xs.flatMap((x, i) => i ? [0, .25, .5, .75].map(part => [x - part * (x - xs[i - 1]), ys[i] - part * (ys[i] - ys[i - 1])]) : [[x, ys[i]]]).filter(([, y]) => Number.isFinite(y));
    const obstacles = box => drawn.reduce((sum, line) => sum + points(line.ys).filter(([x, y]) => x > box.left && x < box.right && y > box.top && y < box.foot).length, 0);
    const meets = (a, b) => a.left < b.right + 4 && b.left < a.right + 4 && a.top < b.foot && b.top < a.foot;
    const write = (x, base, text, kind, end) => { taken.push(boxOf(x, base, text, end)); labels.push(textAt(x, base, text, `l ${kind ?? ''}`, end ? 'end' : 'start')); };
    // Names of bounds that are close to each other stand side by side, over the highest one.
    let near = null;
    for (const { at, kind, line, label } of marks.filter(mark => Number.isFinite(mark.at)).sort((a, b) => a.at - b.at)) {
      if (line) out.push(lineAt(left, at, right, at, line));
      near = near && at - near.at < 18 ? { ...near, at, x: near.end + 14 } : { at, x: left + 4, base: at + (at < this.ceiling + 8 ? 13 : -5) };
      near.end = near.x + label.length * 6.2;
      const alone = near.x === left + 4 && obstacles(boxOf(near.x, near.base, label)) > obstacles(boxOf(right, near.base, label, true));
      alone ? write(right, near.base, label, kind, true) : write(near.x, near.base, label, kind);
    }
    for (const { line, first } of crossings) {
      // When a bound was reached stands above all lines, unless an earlier time already stands there.
      const at = xs[first], date = this.moment(first).replace(' UTC', ''), whole = (line.kind === 'new' ? '' : line.name.toLowerCase() + ' ') + 'past the bound ' + date, words = whole.length * letter < right - left ? whole : date;
      const end = at + 6 + words.length * letter > width, x = end ? Math.max(at, left + words.length * letter) : at, box = boxOf(x, this.ceiling - 8, words, end);
      out.push(lineAt(at, this.ceiling - 4, at, y(line.bound), 'moment'), svg('circle', { class: 'ring ' + line.kind, cx: at, cy: y(line.bound), r: 4 }));
      if (!taken.some(other => meets(other, box))) write(x, this.ceiling - 8, words, '', end);
    }
    // A line's name, or its beginning, stands where the fewest lines, bounds and other names are in its way: at its end, or further back. Where it could not be read, the table has it.
    for (const { line, ys, last } of drawn) {
      if (!line.label) continue;
      const places = [line.label, line.label.split(', ')[0]].flatMap((text, cut) => [1, 0.8, 0.6, 0.35].flatMap((share, back) => {
        const end = Math.min(xs[Math.round(last * share)], right) - 2, wide = boxOf(end, 0, text, true), own = points(ys).filter(([x]) => x > wide.left && x <= end + 2).map(point => point[1]);
        if (!own.length || wide.left < left) return [];
        return [Math.min(...own) - 8, Math.max(...own) + 14, Math.min(...own) - 24, Math.max(...own) + 30].map((base, far) => {
          const box = boxOf(end, base, text, true);
          const clashes = taken.filter(other => meets(other, box)).length + this.bounds.filter(bound => y(bound.value) > box.top && y(bound.value) < box.foot).length;
          return { text, end, base, cost: obstacles(box) + 100 * cut + 2 * back + 3 * (far > 1) + 300 * (clashes + (box.top < this.ceiling - 12) + (base > this.floor - 3)) };
        });
      }));
      const place = places.sort((a, b) => a.cost - b.cost)[0];
      if (place?.cost < 300) write(place.end, place.base, place.text, line.kind, true);
    }
    return out.concat(labels);
  }
  /** When or where a point is. Times have as many digits as tell the first and the last one apart. */
  moment(i) {
    const span = this.at0.at(-1) - this.at0[0], time = this.at0[i], step = span < 60 ? span / 100 : span < 3600 ? 1 : 60;
    return !this.timed ? format(time) : span < 86400 ? clock(time, step) + ' UTC' : moment(time);
  }
  reading(i) {
    const parts = this.lines.map(line => {
      const value = format(line.values[i]), interval = line.low && Number.isFinite(line.low[i]) ? ` (${format(line.low[i])} to ${format(line.high[i])})` : '';
      return `${this.lines.length > 1 ? line.name + ' ' : ''}${value}${interval}`;
    });
    return [this.moment(i), ...parts.slice(0, 4)].join('  ');
  }
}
export class Evidence extends Lines { log = true; }

/** Two bars a bin, baseline gray and window blue; or, with `low` and `high` columns, counts along an axis where those within the tolerance are gray. */
export class Histogram extends Chart {
  get height() { return parseFloat(this.getAttribute('height')) || 190; }
  load() {
    const outside = this.getAttribute('from'), table = read(outside ? document.getElementById(outside) : this.querySelector('table'));
    const column = kind => { const i = table.heads.findIndex(head => head.kind === kind); return i < 0 ? null : table.column(i); };
    this.named = table.heads[0]?.kind === 'category'; this.bins = table.text(0); this.base = column('base'); this.new = column('new'); this.low = column('low'); this.high = column('high');
  }
  draw(width, height) {
    if (!this.bins.length || !this.new) return [];
    const left = 46, right = width - 2, out = [], count = this.bins.length, isLog = this.hasAttribute('log');
    this.ceiling = 10; this.floor = height - 24;
    const most = Math.max(...this.new.concat(this.base ?? 0).filter(Number.isFinite)), step = niceStep(most, 3);
    const y = isLog ? logarithmic(.8, Math.max(10, 10 ** Math.ceil(Math.log10(most))), this.floor, this.ceiling) : linear(0, most * 1.04, this.floor, this.ceiling);
    const levels = isLog ? ticks(0, Math.max(1, Math.ceil(Math.log10(most))), 1).map(p => 10 ** p) : ticks(step, most, step);
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
      // An edge stands under the gap of its bins, a category under its own bars. Where names would meet, some are left out.
      const names = this.named ? this.bins : this.bins.map(name => name.match(/^(?:up to|.+ –) (.+)$/)?.[1] ?? '');
      const every = Math.ceil((this.named ? 44 : Math.max(...names.map(name => name.length)) * letter + 8) / slot), room = Math.floor((slot * every - 6) / letter);
      names.forEach((name, i) => {
        if (!name || (this.named ? i : i + 1) % every !== 0) return;
        out.push(textAt(left + slot * (i + (this.named ? .5 : 1)), height - 8, name.length > room ? name.slice(0, room - 1) + '…' : name, '', 'middle'));
      });
    }
    out.push(lineAt(left, this.floor, right, this.floor, 'axis'));
    return out;
  }
  reading(i) { return this.base ? `${this.bins[i]}: ${format(this.base[i])} → ${format(this.new[i])}${this.getAttribute('unit') ?? ''}` : `${this.bins[i]}: ${format(this.new[i])}`; }
}

/** The trials of a tuning job in their order: every score a point, the best so far a line. */
export class Points extends Chart {
  get height() { return 200; }
  load() {
    const table = read(document.getElementById(this.getAttribute('from')) ?? this.querySelector('table')), kind = k => table.heads.findIndex(head => head.kind === k);
    const names = table.text(0), scores = table.column(kind('score')), order = names.map((_, i) => i).sort((a, b) => parse(names[a]) - parse(names[b]));
    this.trials = order.map(i => ({ name: names[i], score: scores[i], running: table.rows[i].dataset.state === 'running' }));
    this.sign = this.getAttribute('goal') === 'min' ? -1 : 1;
  }
  draw(width, height) {
    const scores = this.trials.map(t => t.score).filter(Number.isFinite);
    if (!scores.length) return [];
    const step = niceStep(Math.max(...scores) - Math.min(...scores) || 1, 4), out = [];
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
    for (const i of ticks(0, this.trials.length - 1, Math.max(1, niceStep(this.trials.length, 6)))) out.push(textAt(x(i), height - 5, this.trials[i].name, '', 'middle'));
    out.push(lineAt(left, this.floor, right, this.floor, 'axis'));
    return out;
  }
  reading(i) { const { name, score, running } = this.trials[i]; return `trial ${name}  ${Number.isFinite(score) ? grouped(String(score)) : 'failed'}${running ? ', running' : ''}`; }
}

/** Parallel axes over the table of trials; a span drawn along an axis hides the rows outside of it. */
export class Parallel extends HTMLElement {
  connectedCallback() {
    if (this.picture) return;
    const table = read(document.getElementById(this.getAttribute('from')) ?? this.querySelector('table'));
    this.rows = table.rows; this.spans = new Map(); this.best = parseInt(this.getAttribute('best') ?? '5', 10);
    this.axes = table.heads.flatMap((head, i) => head.kind === 'axis' || head.kind === 'score' ? [{ name: head.name, values: table.column(i), log: head.label === 'log', score: head.kind === 'score' }] : []);
    for (const axis of this.axes) { const known = axis.values.filter(Number.isFinite); axis.low = known.length ? Math.min(...known) : 0; axis.high = known.length ? Math.max(...known) : 1; }
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
