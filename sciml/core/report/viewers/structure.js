// A family at a time: its fold in space beside its map of contacts; a place in the one is shown in the other.
'use strict';
sciml.viewers.structure = ({ header, arrays }, sentence) => {
  const { make } = sciml;
  const NAMES = {
    A: 'Ala', C: 'Cys', D: 'Asp', E: 'Glu', F: 'Phe', G: 'Gly', H: 'His', I: 'Ile', K: 'Lys', L: 'Leu', M: 'Met', N: 'Asn',
    P: 'Pro', Q: 'Gln', R: 'Arg', S: 'Ser', T: 'Thr', V: 'Val', W: 'Trp', Y: 'Tyr',
  };
  const families = header.families;
  let one = null;
  let trace = null;
  let opening = null;
  let residue = null;
  let withNative = true;

  // ---- numbers -----------------------------------------------------------------------------------------------------

  const array = (name) => arrays[`${name}_${one.place}`];
  const apart = (chain, i, j) => Math.hypot(...[0, 1, 2].map((axis) => chain[3 * i + axis] - chain[3 * j + axis]));
  const angstrom = (value) => (Number.isNaN(value) ? 'not resolved' : `${value.toFixed(1)} Å`);
  const named = (at) => `${NAMES[one.sequence[at]] ?? one.sequence[at]} ${at + 1}`;
  // the band of a confidence; a value on an edge belongs to the lower one
  const bandOf = (value) => header.bands.findIndex(([least], at) => value > least || at === header.bands.length - 1);
  const colourOf = (at) => header.bands[bandOf(array('confidence')[at])][3];

  function strength(drawn, i, j) {
    const share = drawn.values[map.index(i, j)] / 255;
    return drawn.probable ? `P ${share.toFixed(2)}` : `${share.toFixed(2)} of the highest score`;
  }

  function words(pair) {
    if (!pair) return '';
    const [i, j] = pair;
    const said = [`${named(i)} – ${named(j)}`, `${map.shown.label}: ${strength(map.shown, i, j)}`];
    if (map.below) said.push(`${map.below.label}: ${strength(map.below, i, j)}`);
    said.push(`true C-beta distance ${angstrom(apart(array('cb'), i, j))}`);
    if (one.folded) {
      const expected = array('expected')[map.index(i, j)] * header.expected_step;
      said.push(`C-alpha in the fold ${angstrom(apart(array('fold'), i, j))}, expected ${angstrom(expected)}`);
    }
    return said.join(' · ');
  }

  // ---- one pair, one residue ------------------------------------------------------------------------------------------

  const reading = make('output', { class: 'reading' });
  const hint = 'Point at a pair, or focus the map and use the arrow keys.';

  let asked = false;
  function told(pair) {
    reading.textContent = words(pair) || hint;
    if (!trace || asked) return;
    asked = true;
    // once a frame: drawing in space is slower than a pointer
    requestAnimationFrame(() => {
      asked = false;
      if (!one.folded || !trace) return;
      const now = map.pair ?? map.kept;
      if (now) trace.mark(now, true);
      else trace.mark(residue === null ? [] : [residue], false);
    });
  }

  const map = new sciml.ContactMap(header, told, () => {});

  function pickResidue(at) {
    residue = residue === at ? null : at;
    map.mark(residue);
    track.redraw();
    told(map.pair ?? map.kept);
    if (residue !== null) reading.textContent = residueWords(residue);
  }

  function residueWords(at) {
    const value = array('confidence')[at];
    const reached = array('lddt')[at];
    const lddt = Number.isNaN(reached) ? 'not resolved in the native chain' : `lDDT ${reached.toFixed(0)}`;
    return `${named(at)} · confidence ${value.toFixed(0)}, ${header.bands[bandOf(value)][1]} · ${lddt}`;
  }

  // ---- confidence along the chain, below the map's columns -----------------------------------------------------------------

  class Track {
    constructor() {
      this.canvas = make('canvas', { role: 'img', tabindex: '0', class: 'chain-track' });
      this.at = null;
      const to = (event) => Math.floor(((event.offsetX - 34) / (this.canvas.clientWidth - 42)) * one.sequence.length);
      const inside = (at) => at >= 0 && at < one.sequence.length;
      this.canvas.addEventListener('pointermove', (event) => { if (inside(to(event))) reading.textContent = residueWords(to(event)); });
      this.canvas.addEventListener('pointerleave', () => told(map.kept));
      this.canvas.addEventListener('click', (event) => { if (inside(to(event))) pickResidue(to(event)); });
      this.canvas.addEventListener('keydown', (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
        if (!step && event.key !== 'Escape') return;
        event.preventDefault();
        if (!step) residue !== null && pickResidue(residue);
        else pickResidue(Math.min(one.sequence.length - 1, Math.max(0, residue === null ? 0 : residue + step)));
      });
      new ResizeObserver(() => this.redraw()).observe(this.canvas);
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
    }

    redraw() {
      const width = this.canvas.clientWidth;
      if (!width || !one?.folded) return;
      const dense = devicePixelRatio || 1;
      const [left, height, count] = [34, 66, one.sequence.length];
      [this.canvas.width, this.canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
      const context = this.canvas.getContext('2d');
      context.scale(dense, dense);
      const colour = sciml.colours();
      const cell = (width - 42) / count;
      const y = (value) => 4 + (1 - value / 100) * (height - 8);
      context.font = '11px system-ui, sans-serif';
      context.textAlign = 'right';
      for (const value of [0, 50, 100]) {
        context.strokeStyle = colour('rule');
        context.strokeRect(left, Math.round(y(value)) + 0.5, width - 42, 0);
        context.fillStyle = colour('soft');
        context.fillText(String(value), left - 5, Math.min(height - 2, y(value) + 5));
      }
      const confidence = array('confidence');
      for (let at = 0; at < count; at += 1) {
        context.fillStyle = colourOf(at);
        context.fillRect(left + at * cell, y(confidence[at]), Math.max(1, cell - 0.6), y(0) - y(confidence[at]));
      }
      context.strokeStyle = colour('ink');
      context.lineWidth = 1.6;
      context.beginPath();
      let pen = false;
      array('lddt').forEach((value, at) => {
        const known = !Number.isNaN(value);
        if (known) context[pen ? 'lineTo' : 'moveTo'](left + (at + 0.5) * cell, y(value));
        pen = known;
      });
      context.stroke();
      if (residue === null) return;
      context.strokeStyle = colour('focus');
      context.lineWidth = 2;
      context.strokeRect(left + residue * cell - 1, 2, Math.max(3, cell + 1), height - 4);
    }
  }
  const track = new Track();

  // ---- the list ---------------------------------------------------------------------------------------------------------------

  const list = make('ol', { class: 'view-list' }, ...families.map((each) => make('li', {}, make('button', { type: 'button', onclick: () => open(each) },
    each.name, make('small', {}, `${each.kind}, ${each.sequence.length} residues`)))));
  const count = make('output', { class: 'about' });

  function step(by) {
    const next = families[Math.min(families.length - 1, Math.max(0, families.indexOf(one) + by))];
    if (next === one) return;
    const inList = list.contains(document.activeElement);
    open(next);
    const entry = list.children[families.indexOf(next)].firstChild;
    if (inList) entry.focus();
    list.scrollTop = entry.offsetTop - list.offsetTop - list.clientHeight / 2;
  }

  // ---- one family ----------------------------------------------------------------------------------------------------------------

  const title = make('h4');
  const facts = make('dl', { class: 'facts' });
  const below = make('select', { onchange: () => { paint(); } });
  const place = make('div', { class: 'chain-place' });
  const legend = make('ul', { class: 'chain-legend' });
  const absent = make('p', { class: 'about' }, 'This method ranks pairs and folds nothing: there is its map alone.');
  const guide = make('p', { class: 'about' }, 'Drag to turn; Ctrl with the wheel zooms. Click a residue to find it in the map.');
  const folded = make('div', { class: 'chain-side' });
  const tracked = make('div', {}, make('h5', {}, 'Confidence (bars), lDDT reached (line)'), track.canvas);

  function open(each) {
    one = each;
    [residue, map.pair, map.kept] = [null, null, null];
    [...list.children].forEach((entry, at) => {
      if (families[at] === each) entry.firstChild.setAttribute('aria-current', 'true');
      else entry.firstChild.removeAttribute('aria-current');
    });
    count.textContent = `${families.indexOf(each) + 1} of ${families.length}`;
    title.textContent = each.name;
    facts.replaceChildren(...each.facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
    const chosen = below.selectedIndex > 0 ? below.value : '';
    below.replaceChildren(make('option', { value: '' }, 'truth'), ...each.maps.slice(1).map((other) => make('option', { value: other.label }, other.label)));
    below.value = each.maps.some((other) => other.label === chosen) ? chosen : '';
    folded.hidden = !each.folded;
    tracked.hidden = !each.folded;
    absent.hidden = each.folded;
    paint();
    if (each.folded) showFold();
  }

  function paint() {
    const read = (drawn) => ({ ...drawn, values: arrays[`map_${drawn.id}`], top: arrays[`top_${drawn.id}`] });
    const other = one.maps.find((each, at) => at > 0 && each.label === below.value);
    const cb = array('cb');
    map.show(one.sequence.length, read(one.maps[0]), other ? read(other) : null, (i, j) => apart(cb, i, j));
    map.mark(residue);
    track.redraw();
    told(map.kept);
    const share = (drawn) => (drawn.precision === null ? 'no long-range pair is known' : `${(100 * drawn.precision).toFixed(0)} % of the top L touch`);
    const half = other ? `below it ${other.label}, ${share(other)}` : `below it the true contacts within ${header.contact_angstrom} Å`;
    map.canvas.setAttribute('aria-label', `Map of contacts of ${one.name}: above the diagonal ${one.maps[0].label}, ${share(one.maps[0])}; ${half}.`);
  }

  async function showFold() {
    opening ??= sciml.chainTrace(place, colourOf, pickResidue);
    const drawn = await opening;
    if (!trace) started(drawn);
    const family = { sequence: one.sequence, fold: array('fold'), native: array('native'), confidence: array('confidence'), withNative };
    trace.show(family);
    const shares = header.bands.map(() => 0);
    family.confidence.forEach((value) => { shares[bandOf(value)] += 1; });
    legend.replaceChildren(...header.bands.map(([, word, range, colour], at) => make('li', {}, make('i', { style: `background:${colour}` }), `${word} (${range}): ${shares[at]} residues`)),
      make('li', {}, make('i', { class: 'native' }), 'native chain'));
    const score = one.facts.find(([name]) => name === 'TM-score');
    trace.canvas.setAttribute('aria-label', `Fold of ${one.name}, ${one.sequence.length} residues${score ? `, TM-score ${score[1]}` : ''}; ${header.bands.map(([, word], at) => `${shares[at]} of ${word} confidence`).join(', ')}.`);
    track.canvas.setAttribute('aria-label', `Confidence along the chain of ${one.name}, and the lDDT that was reached.`);
  }

  function started(drawn) {
    trace = drawn;
    if (trace.flat) guide.textContent = 'Drawn as lines, because this browser offers no WebGL. Drag to turn; click a residue to find it in the map.';
    trace.canvas.setAttribute('role', 'img');
    trace.canvas.setAttribute('tabindex', '0');
    trace.canvas.addEventListener('keydown', (event) => {
      const turns = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[event.key];
      const zooms = { '+': 1.15, '=': 1.15, '-': 1 / 1.15 }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey || (!turns && !zooms)) return;
      event.preventDefault();
      if (turns) trace.turn(...turns);
      else trace.zoom(zooms);
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => trace.restyle());
  }

  // ---- controls ----------------------------------------------------------------------------------------------------------------------

  const deed = (label, does, attributes = {}) => make('button', { type: 'button', onclick: does, ...attributes }, label);
  const truth = () => {
    withNative = !withNative;
    native.setAttribute('aria-pressed', String(withNative));
    if (!trace || !one.folded) return;
    trace.family.withNative = withNative;
    trace.native(withNative);
  };
  const native = deed('Native chain', truth, { 'aria-pressed': 'true' });
  const ranked = () => {
    map.marks = !map.marks;
    marks.setAttribute('aria-pressed', String(map.marks));
    map.redraw();
  };
  const marks = deed('Mark the top L', ranked, { 'aria-pressed': 'true' });
  const reset = () => {
    if (trace && one.folded) trace.reset();
    residue = null;
    map.mark(null);
    map.keep(null);
    track.redraw();
  };
  const other = () => {
    below.selectedIndex = (below.selectedIndex + 1) % below.options.length;
    paint();
  };

  const view = make('div', { class: 'view structure-view', role: 'group', 'aria-label': 'Contacts and folds' });
  const { button, help } = sciml.keys(view, [
    ['j', 'next family', () => step(1)], ['k', 'previous family', () => step(-1)], ['t', 'native chain on or off', truth],
    ['m', 'marks on or off', ranked], ['b', 'other map below the diagonal', other], ['0', 'view as at the start', reset],
    ['← → ↑ ↓', 'on the map: move the pair (Shift: by ten), Enter keeps it; on the fold: turn it, + and - zoom; on the bars: choose a residue', () => {}],
    ['?', 'these keys', () => {}],
  ]);
  folded.append(
    place,
    make('div', { class: 'tools' }, native, deed('Nearer', () => trace?.zoom(1.2)), deed('Farther', () => trace?.zoom(1 / 1.2)), deed('Reset', reset)),
    legend,
    guide,
  );
  view.append(
    make('div', { class: 'view-bar' }, make('div', { class: 'view-tabs' }, marks), make('label', {}, 'Below the diagonal', below), button),
    help,
    make('div', { class: 'view-main' }, list, make('div', { class: 'view-stage' }, title, facts,
      make('div', { class: 'tools' }, deed('Previous', () => step(-1)), deed('Next', () => step(1)), count),
      absent, make('div', { class: 'structure-beside' }, folded, make('div', {}, map.canvas, reading, tracked)))),
  );
  view.setAttribute('aria-description', sentence);
  view.addEventListener('shown', () => open(families[0]));
  return view;
};
