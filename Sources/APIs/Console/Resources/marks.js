// The small charts inside of tables, the strip of assays, and the graph of steps.
import {
  svg, all, clamp, ticks, linear, logarithmic, path, outline, dot, lineAt, stretched, series, topOf, lonely, newest,
} from './shared.js';

export class Spark extends HTMLElement {
  static observedAttributes = ['values', 'max'];
  connectedCallback() { this.draw(); }
  attributeChangedCallback() { if (this.isConnected) this.draw(); }
  draw() {
    const values = series(this), top = topOf(values, this.getAttribute('max')), last = newest(values);
    const xs = values.map((_, i) => 2 + i / Math.max(values.length - 1, 1) * 114), ys = values.map(v => 18 - clamp(v / top, 0, 1) * 15);
   
    if (!ys.some(Number.isFinite)) return this.replaceChildren(stretched(120, 20, lineAt(0, 18, 120, 18, 'hair')));
    this.replaceChildren(stretched(120, 20, svg('path', { class: 'area', d: outline(xs, ys.map(y => y + (18 - y)), ys) }), svg('path', { class: 'line thin', d: path(xs, ys) }), ...lonely(ys).map(i => dot(xs[i], ys[i])), last >= 0 ? dot(xs[last], ys[last]) : ''));
  }
}

/** An interval with its middle; `kind="pair"` two values with what lies between; only `mid`, a point. */
export class Whisker extends HTMLElement {
  connectedCallback() {
    const value = name => this.hasAttribute(name) ? parseFloat(this.getAttribute(name)) : NaN, kind = this.getAttribute('kind') ?? 'new';
    const x = linear(value('min'), value('max'), 4, 96), at = name => clamp(x(value(name)), 2, 98), has = name => Number.isFinite(value(name));
    this.replaceChildren(stretched(100, 20, lineAt(0, 10, 100, 10, 'hair'), has('low') && has('high') ? svg('path', { class: 'line ' + kind, d: `M${at('low')} 10H${at('high')}` }) : '',
      kind === 'pair' ? dot(at('low'), 10, 'big base') : '', kind === 'pair' ? dot(at('high'), 10, 'big') : has('mid') ? dot(at('mid'), 10, 'big ' + kind) : ''));
  }
}
/** Evidence against its bound on a log scale: near and far are seen without color. */
export class Bar extends HTMLElement {
  static observedAttributes = ['value'];
  connectedCallback() { this.draw(); }
  attributeChangedCallback() { if (this.isConnected) this.draw(); }
  draw() {
    const value = name => parseFloat(this.getAttribute(name)), kind = { new: 'bar1', warn: 'barw', bad: 'barb' }[this.getAttribute('kind')] ?? 'bar0';
    const x = (this.hasAttribute('log') ? logarithmic : linear)(value('min'), value('max'), 0, 100), at = v => clamp(x(v), 0.6, 99.4);
    const decades = this.hasAttribute('log') ? ticks(Math.log10(value('min')), Math.log10(value('max')), 1).map(p => lineAt(at(10 ** p), 2, at(10 ** p), 16, 'hair')) : [];
    this.replaceChildren(stretched(100, 18, ...decades, svg('rect', { class: kind, x: 0, y: 5, width: Number.isFinite(value('value')) ? at(value('value')) : 0, height: 8 }), this.hasAttribute('bound') ? lineAt(at(value('bound')), 0, at(value('bound')), 18, 'up') : ''));
  }
}

/** A table whose cells are links: one tab stop, arrows move, Enter follows. */
export class Heat extends HTMLElement {
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
export class Graph extends HTMLElement {
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
