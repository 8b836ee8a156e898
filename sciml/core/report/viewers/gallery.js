// Many small pictures of objects: three stretches, sorted and by kind, graded by key, the grades saved as CSV.
'use strict';
sciml.viewers.gallery = ({ header, arrays }, sentence) => {
  const { make } = sciml;
  const PER_PAGE = 24;
  const LARGE = 220;
  const GRADES = [['a', 'A', 'a lens, surely'], ['b', 'B', 'probably a lens'], ['c', 'C', 'possibly a lens'], ['x', 'X', 'no lens']];
  const [rows, columns] = header.size;
  const objects = header.objects.map((one, at) => ({ ...one, at }));
  let stretch = header.stretches.findIndex(([name]) => name === 'colour');
  let scores = header.scores;
  let kind = null;
  let page = 0;
  let shown = [];
  let chosen = null;

  // ---- grades, kept between visits where the browser allows it ------------------------------------------------

  const shelf = `sciml-grades:${header.caption}`;
  const keyOf = (one) => `${one.tile}/${one.name}`;
  const known = new Set(objects.map(keyOf));
  const grades = new Map(stored().filter(([key, entry]) => known.has(key) && entry.grade.length === 1 && 'ABCX'.includes(entry.grade)));

  function stored() {
    try {
      return JSON.parse(localStorage.getItem(shelf) ?? '[]');
    } catch {
      return [];
    }
  }

  function keep() {
    try {
      localStorage.setItem(shelf, JSON.stringify([...grades]));
    } catch {
      // from a file some browsers keep nothing: the button that saves the grades remains
    }
  }

  const gradeOf = (one) => grades.get(keyOf(one))?.grade ?? '';

  function grade(letter) {
    if (!chosen) return;
    if (gradeOf(chosen) === letter) grades.delete(keyOf(chosen));
    else grades.set(keyOf(chosen), { grade: letter, stretch: header.stretches[stretch][0] });
    keep();
    const at = shown.indexOf(chosen);
    caption(grid.children[at].firstChild, chosen);
    tally();
    if (gradeOf(chosen)) move(1);
    else open(chosen);
  }

  function table() {
    const cell = (value) => {
      const text = value === null || value === undefined ? '' : String(value);
      // a leading = + - @ would be a formula to a spreadsheet, unless it is a number
      const safe = /^[=+@\-]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
      return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const names = ['id', 'tile', 'ra', 'dec', 'x', 'y', 'score', 'grade', 'stretch'];
    const graded = objects.filter(gradeOf).map((one) => [one.name, one.tile, one.ra, one.dec, one.x, one.y, one.score, gradeOf(one), grades.get(keyOf(one)).stretch]);
    return [names, ...graded].map((row) => row.map(cell).join(',')).join('\n').concat('\n');
  }

  // ---- pictures ------------------------------------------------------------------------------------------------

  const painted = make('canvas');

  // a picture of this size; the pixels are made larger without inventing any
  function draw(canvas, one, which, side) {
    const scale = devicePixelRatio || 1;
    const values = arrays[header.stretches[which][0]];
    const colours = values.length / (objects.length * rows * columns);
    const image = new ImageData(columns, rows);
    for (let at = 0; at < rows * columns; at += 1) {
      const from = (one.at * rows * columns + at) * colours;
      for (let part = 0; part < 3; part += 1) image.data[4 * at + part] = values[from + (colours === 3 ? part : 0)];
      image.data[4 * at + 3] = 255;
    }
    painted.width = columns;
    painted.height = rows;
    painted.getContext('2d').putImageData(image, 0, 0);
    canvas.width = Math.round(side * scale);
    canvas.height = Math.round((side * rows) / columns * scale);
    const context = canvas.getContext('2d');
    context.imageSmoothingEnabled = false;
    context.drawImage(painted, 0, 0, canvas.width, canvas.height);
    return context;
  }

  // a scale bar and, where the sky is known, north and east
  function measure(context, one, side) {
    const scale = devicePixelRatio || 1;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    // of an unknown scale the bar is in pixels
    const field = columns * (header.scale ?? 1);
    const long = [0.5, 1, 2, 5, 10, 20].filter((step) => step <= field * 0.4).pop() ?? field * 0.4;
    const tall = (side * rows) / columns;
    const stroke = (points) => {
      for (const [colour, width] of [['#000', 4], ['#fff', 1.8]]) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.beginPath();
        points.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
        context.stroke();
      }
    };
    const word = (text, x, y, anchor) => {
      context.font = '600 12px system-ui, sans-serif';
      context.textAlign = anchor;
      context.lineWidth = 3;
      context.strokeStyle = '#000';
      context.strokeText(text, x, y);
      context.fillStyle = '#fff';
      context.fillText(text, x, y);
    };
    const width = (long / field) * side;
    stroke([[10, tall - 10], [10 + width, tall - 10]]);
    word(`${Number(long.toPrecision(2))}${header.scale ? '″' : ' px'}`, 10, tall - 16, 'left');
    if (!one.north) return;
    const [x, y] = [side - 34, tall - 34];
    for (const [letter, [across, down]] of [['N', one.north], ['E', one.east]]) {
      stroke([[x, y], [x + 18 * across, y + 18 * down]]);
      word(letter, x + 26 * across, y + 26 * down + 4, 'center');
    }
  }

  // ---- the grid ------------------------------------------------------------------------------------------------

  const grid = make('ol', { class: 'gallery', 'aria-label': 'Objects' });
  const count = make('output', { class: 'about' });
  const told = make('output', { class: 'about' });
  const side = make('div', { class: 'gallery-one' });
  const counts = (name) => objects.filter((one) => name === null || one.kind === name).length;
  const tabs = (header.kinds.length > 1 ? [[null, 'All'], ...header.kinds] : []).map(([name, label]) => make('button', {
    type: 'button', 'aria-pressed': 'false', 'data-kind': name ?? '', onclick: () => { kind = name; refill(); },
  }, `${label} (${counts(name)})`));
  const lots = objects.some((one) => one.lot);
  const order = make('select', { onchange: () => refill() }, ...[
    ...(lots ? [['lot', 'random order']] : []), ['-score', 'score, high first'], ['score', 'score, low first'],
    ...(objects.some((one) => one.radius !== null) ? [['-radius', 'Einstein radius, large first']] : []),
    ['grade', 'grade'],
  ].map(([value, text]) => make('option', { value }, text)));
  const stretches = header.stretches.map(([, label, about], at) => make('button', {
    type: 'button', 'aria-pressed': 'false', title: about, onclick: () => choose(at),
  }, label));

  function refill() {
    tabs.forEach((tab) => tab.setAttribute('aria-pressed', String(tab.dataset.kind === (kind ?? ''))));
    const last = Number.NEGATIVE_INFINITY;
    const key = {
      lot: (one) => one.lot, '-score': (one) => -(one.score ?? last), score: (one) => one.score ?? Infinity,
      '-radius': (one) => -(one.radius ?? last), grade: (one) => 'ABCX'.indexOf(gradeOf(one) || '-') >>> 0,
    }[order.value];
    listed = objects.filter((one) => kind === null || one.kind === kind).sort((one, two) => {
      const [a, b] = [key(one), key(two)];
      return a === b ? one.at - two.at : a - b;
    });
    turn(0);
  }

  let listed = [];
  const pages = () => Math.max(1, Math.ceil(listed.length / PER_PAGE));

  function turn(to, last = false) {
    page = Math.min(pages() - 1, Math.max(0, to));
    shown = listed.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
    grid.replaceChildren(...shown.map((one) => {
      const button = make('button', { type: 'button', tabindex: '-1', onclick: () => open(one) }, make('canvas', { role: 'img' }), make('span'));
      return make('li', {}, button);
    }));
    back.disabled = page === 0;
    forth.disabled = page === pages() - 1;
    paint();
    tally();
    open((last ? shown[shown.length - 1] : shown[0]) ?? null);
  }

  function paint() {
    stretches.forEach((button, at) => button.setAttribute('aria-pressed', String(at === stretch)));
    score.setAttribute('aria-pressed', String(scores));
    [...grid.children].forEach((entry, at) => {
      const canvas = entry.querySelector('canvas');
      draw(canvas, shown[at], stretch, Math.max(80, canvas.clientWidth || 120));
      canvas.setAttribute('aria-label', described(shown[at], stretch));
      caption(entry.firstChild, shown[at]);
    });
  }

  function caption(button, one) {
    const words = [make('b', {}, gradeOf(one)), make('span', {}, scores && one.score !== null ? one.score.toFixed(2) : one.name)];
    button.querySelector('span').replaceChildren(...(gradeOf(one) ? words : words.slice(1)));
  }

  const described = (one, which) => `${one.name}${one.kind && scores ? `, ${one.kind}` : ''}, ${header.stretches[which][1].toLowerCase()}${scores && one.score !== null ? `, score ${one.score.toFixed(2)}` : ''}${gradeOf(one) ? `, grade ${gradeOf(one)}` : ''}`;

  function tally() {
    count.textContent = listed.length ? `${page * PER_PAGE + 1}–${page * PER_PAGE + shown.length} of ${listed.length}` : 'none';
    const done = objects.filter(gradeOf).length;
    told.textContent = `${done} of ${objects.length} graded`;
    save.disabled = done === 0;
  }

  // ---- one object ----------------------------------------------------------------------------------------------

  function open(one) {
    chosen = one;
    [...grid.children].forEach((entry, at) => {
      const mine = shown[at] === one;
      entry.firstChild.tabIndex = mine ? 0 : -1;
      if (mine) entry.firstChild.setAttribute('aria-current', 'true');
      else entry.firstChild.removeAttribute('aria-current');
    });
    marks.forEach((button, at) => {
      button.setAttribute('aria-pressed', String(one !== null && gradeOf(one) === GRADES[at][1]));
      button.disabled = one === null;
    });
    if (!one) {
      side.replaceChildren(make('p', { class: 'about' }, 'There is none of this kind.'));
      return;
    }
    const pictures = header.stretches.map(([, label, about], at) => {
      const canvas = make('canvas', { role: 'img', 'aria-label': `Large: ${described(one, at)}` });
      measure(draw(canvas, one, at, LARGE), one, LARGE);
      return make('figure', { class: 'channel' }, canvas, make('figcaption', { title: about }, label));
    });
    side.replaceChildren(make('h4', {}, one.name), make('dl', { class: 'facts' }, ...facts(one)), make('div', { class: 'gallery-large' }, ...pictures));
  }

  function facts(one) {
    const place = one.ra === null ? [['x, y', one.x === null ? 'not known' : `${one.x}, ${one.y}`]] : [['RA, Dec', `${one.ra.toFixed(5)}°, ${one.dec.toFixed(5)}°`]];
    const told_ = scores ? [
      ...(one.kind ? [['Kind', one.kind]] : []), ['Score', one.score === null ? 'none' : one.score.toFixed(3)],
      ...(one.probability === null ? [] : [['Probability', one.probability < 0.001 ? one.probability.toExponential(1) : one.probability.toPrecision(3)]]),
      ...one.facts,
    ] : [];
    return [['Tile', one.tile], ...place, ...told_].map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value)));
  }

  // to a neighbour on this page, or over its edge; the keyboard stays on the grid
  function move(by) {
    if (!chosen) return;
    const at = shown.indexOf(chosen) + by;
    const inside = grid.contains(document.activeElement);
    if (at < 0 && page > 0) turn(page - 1, true);
    else if (at >= shown.length && page < pages() - 1) turn(page + 1);
    else open(shown[Math.min(shown.length - 1, Math.max(0, at))]);
    if (inside) grid.children[shown.indexOf(chosen)].firstChild.focus();
  }

  // how many tiles stand in a row
  function across() {
    const tops = [...grid.children].map((entry) => entry.offsetTop);
    return Math.max(1, tops.filter((top) => top === tops[0]).length);
  }

  // ---- controls ------------------------------------------------------------------------------------------------

  function choose(at) {
    stretch = at;
    paint();
  }

  const toggle = () => {
    scores = !scores;
    paint();
    open(chosen);
  };
  const export_ = () => objects.some(gradeOf) && sciml.save(table(), 'grades.csv', 'text/csv');
  const deed = (label, does, attributes = {}) => make('button', { type: 'button', onclick: does, ...attributes }, label);
  const marks = GRADES.map(([, letter, about]) => deed(letter, () => grade(letter), { 'aria-pressed': 'false', title: about, 'aria-label': `Grade ${letter}: ${about}` }));
  const back = deed('Previous page', () => turn(page - 1));
  const forth = deed('Next page', () => turn(page + 1));
  const score = deed('Scores', toggle, { 'aria-pressed': 'false', title: 'Show or hide scores and what each object is' });
  const place = deed('Copy place', () => chosen && sciml.copy(place, chosen.ra === null ? `${chosen.x} ${chosen.y}` : `${chosen.ra} ${chosen.dec}`), { 'aria-live': 'polite' });
  const save = deed('Save grades (CSV)', export_);
  const view = make('div', { class: 'view gallery-view', role: 'group', 'aria-label': 'Gallery' });
  const { button, help } = sciml.keys(view, [
    ...header.stretches.map(([, label], at) => [String(at + 1), label.toLowerCase(), () => choose(at)]),
    ['← → ↑ ↓', 'another object'], ['n', 'next page', () => turn(page + 1)], ['p', 'previous page', () => turn(page - 1)],
    ...GRADES.map(([key, letter, about]) => [key, about, () => grade(letter)]), ['s', 'scores', toggle], ['?', 'these keys', () => {}],
  ]);
  view.addEventListener('keydown', (event) => {
    if (event.target.closest('select, input') || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across(), ArrowDown: across() }[event.key];
    if (!by || !grid.contains(event.target)) return;
    event.preventDefault();
    move(by);
  });
  view.append(
    make('div', { class: 'view-bar' }, make('div', { class: 'view-tabs' }, ...tabs), make('label', {}, 'Sort by', order), button),
    help,
    make('div', { class: 'view-stage' },
      make('div', { class: 'tools' }, make('div', { class: 'view-fields', role: 'group', 'aria-label': 'Stretch' }, ...stretches), score, back, forth, count),
      grid,
      make('div', { class: 'tools', role: 'group', 'aria-label': 'Grade of the chosen object' }, make('span', { class: 'about' }, 'Grade'), ...marks, place, save, told),
      side),
  );
  view.setAttribute('aria-description', sentence);
  view.addEventListener('shown', () => refill());
  new ResizeObserver(() => grid.children.length && paint()).observe(grid);
  return view;
};
