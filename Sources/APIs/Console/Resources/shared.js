// What the parts of the script share: making nodes, words for numbers and times, scales, and reading tables.
export const svgNamespace = 'http://www.w3.org/2000/svg';
export const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes ?? {})) if (value != null && value !== false) node.setAttribute(name, value === true ? '' : value);
  return node;
};
export const html = (name, attributes, ...children) => { const node = set(document.createElement(name), attributes); node.append(...children); return node; };
export const svg = (name, attributes, ...children) => { const node = set(document.createElementNS(svgNamespace, name), attributes); node.append(...children); return node; };
export const shape = state => svg('svg', { class: 's', 'aria-hidden': 'true' }, svg('use', { href: '#' + state }));
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
// Private windows may refuse storage; a choice is then simply not kept.
export const keep = { get(key) { try { return localStorage.getItem(key); } catch { return null; } }, set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept */ } } };

export const announcer = document.body.appendChild(html('p', { class: 'vh', role: 'status' }));
export const say = text => { announcer.textContent = ''; setTimeout(() => { announcer.textContent = text; }, 50); };

// Numbers and times, written as the server writes them.
export const parse = text => parseFloat(text.replace(/[\s\u202f\u00a0\u2009]/g, '').replace('\u2212', '-').replace(/^<|^\+/, ''));
export const grouped = text => text.replace('-', '\u2212').replace(/\d+/, digits => digits.replace(/\B(?=(\d{3})+$)/g, '\u202f'));
export const powerOfTen = value => {
  const power = Math.floor(Math.log10(Math.abs(value)) + 1e-9), mantissa = (value / 10 ** power).toFixed(1).replace('-', '\u2212');
  return (mantissa === '1.0' ? '' : mantissa + ' × ') + '10' + String(power).replace('-', '⁻').replace(/\d/g, digit => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit]);
};
export const format = value => {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-4)) return powerOfTen(value);
  return grouped(size >= 100 || value === 0 ? value.toFixed(0) : String(+value.toPrecision(3)));
};
/** With seconds, if the ticks of an axis are less than a minute apart, and parts of them, if less than a second. */
export const clock = (time, step = 60) => new Date(Math.round(time * 1000)).toISOString().slice(11, step < 0.1 ? 22 : step < 1 ? 21 : step < 60 ? 19 : 16);
export const day = time => new Date(time * 1000).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', timeZone: 'UTC' });
export const moment = time => new Date(time * 1000).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).replace(',', '') + ' ' + clock(time) + ' UTC';

// Scales. A step is 1, 2 or 5 times a power of ten; a step of time is one that people count in.
export const timeSteps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 15, 60, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800, 1209600];
export const niceStep = (span, count) => { const raw = span / count || 1, power = 10 ** Math.floor(Math.log10(raw)); return power * [1, 2, 5, 10].find(m => m * power >= raw * 0.999); };
export const ticks = (low, high, step) => { const list = []; for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-6; t += step) list.push(+t.toPrecision(12)); return list; };
export const linear = (low, high, from, to) => value => from + (value - low) / (high - low || 1) * (to - from);
export const logarithmic = (low, high, from, to) => { const inner = linear(Math.log10(low), Math.log10(high), from, to); return value => inner(Math.log10(Math.max(value, low))); };

/** Reads a table: the heads with their kinds, and the columns as numbers. Where the text is rounded or a word, `data-v` holds the number. */
export function read(table) {
  const number = cell => {
    const time = cell.querySelector('time');
    return time ? Date.parse(time.dateTime) / 1000 : cell.dataset.v !== undefined ? parseFloat(cell.dataset.v) : parse(cell.textContent);
  };
  const heads = all('thead tr:last-child > *', table).map(cell => ({ name: cell.textContent.trim(), kind: cell.dataset.kind, label: cell.dataset.label, bound: parseFloat(cell.dataset.bound) }));
  const rows = all('tbody tr', table);
  return { heads, rows, timed: !!table.querySelector('tbody time'),
    column: index => rows.map(row => number(row.cells[index])),
    text: index => rows.map(row => row.cells[index].textContent.trim()) };
}

const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86400 };
/** The number that a text stands for, to sort by: 1 240, −0.4, 1.1 × 10¹¹, 24.1 MB, 5 d 3 h. */
export function amount(text) {
  const plain = text.replace(/[\u202f\u2009]/g, '').replace('\u2212', '-').replace(/\s*×\s*10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/, (_, power) => 'e' + [...power].map(digit => digit === '⁻' ? '-' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit)).join(''));
  const parts = [...plain.matchAll(/^[<≤≥]?\s*([-+]?[\d.]+(?:e-?\d+)?)\s*([a-z]+)?|\s([\d.]+)\s*(min|[sh])\b/gi)];
  return parts.length ? parts.reduce((sum, [, first, unit, more, smaller]) => sum + parseFloat(first ?? more) * (units[unit ?? smaller] ?? 1), 0) : NaN;
}

/** The path of a line. A missing value, or a `start` there, breaks it: gaps stay gaps. */
export function path(xs, ys, starts) {
  let d = '', pen = false;
  ys.forEach((y, i) => {
    if (!Number.isFinite(y)) { pen = false; return; }
    d += (pen && !starts?.[i] ? 'L' : 'M') + xs[i].toFixed(1) + ' ' + y.toFixed(1);
    pen = true;
  });
  return d;
}
/** The places of points that no line leads to or from, because their neighbors are missing or begin a new line. */
export const lonely = (ys, starts) => ys.flatMap((y, i) => {
  const joins = (a, b) => Number.isFinite(ys[a]) && Number.isFinite(ys[b]) && !starts?.[b];
  return Number.isFinite(y) && !joins(i - 1, i) && !joins(i, i + 1) ? [i] : [];
});
/** The outline of a band, in as many pieces as it has gaps and starts. */
export function outline(xs, lows, highs, starts) {
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
export const dot = (x, y, kind = '') => svg('path', { class: 'dot ' + kind, d: `M${x.toFixed(1)} ${y.toFixed(1)}h0` });
export const lineAt = (x1, y1, x2, y2, kind) => svg('line', { x1, y1, x2, y2, class: kind });
export const textAt = (x, y, text, kind = '', anchor = 'start') => svg('text', { x, y, class: kind, 'text-anchor': anchor }, text);
export const stretched = (width, height, ...children) => svg('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...children);

export const series = element => (element.getAttribute('values') ?? '').trim().split(/\s+/).map(word => word === '-' ? NaN : parseFloat(word));
/** The place of the newest value. The last step may not have ended, and has no rate until then, so the one before it counts, too. */
export const newest = values => { const last = values.findLastIndex(Number.isFinite); return last >= 0 && last >= values.length - 2 ? last : -1; };
export const topOf = (values, given) => parseFloat(given) || Math.max(...values.filter(Number.isFinite), 0) * 1.15 || 1;
