// One scan at a time: window and level, invert, the heatmap only when asked for, and what each finding's number means.
'use strict';
sciml.viewers.scan = ({ header, arrays }, sentence) => {
  const { make } = sciml;
  const MOST = 560;
  let kind = null;
  let shown = [];
  let one = null;
  let pixels = null;
  let finding = 0;
  let inverted = false;
  let held = null;

  // ---- the picture ---------------------------------------------------------------------------------------------

  const canvas = make('canvas', { role: 'img', tabindex: '0', class: 'scan-canvas' });
  const warning = make('p', { class: 'scan-warning' }, make('strong', {}, 'Heatmap: '), header.warning);
  const range = (label, from, to, value) => {
    const said = make('output', {}, '');
    const field = make('input', { type: 'range', min: from, max: to, step: '1', value, oninput: () => redraw() });
    return { field, said, label: make('label', {}, make('span', {}, label), field, said) };
  };
  const width = range('Window', '8', '512', '255');
  const level = range('Level', '0', '255', '127');
  const heat = range('Heatmap', '0', '100', '0');

  // the file inside of the page, decoded by the browser: pixels as they are, before window and level
  async function load(each) {
    const bitmap = await createImageBitmap(new Blob([arrays[each.image]], { type: 'image/webp' }));
    const drawn = make('canvas', { width: bitmap.width, height: bitmap.height });
    const context = drawn.getContext('2d', { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  }

  function redraw() {
    width.said.textContent = width.field.value;
    level.said.textContent = level.field.value;
    heat.said.textContent = `${heat.field.value} %`;
    if (!pixels) return;
    const low = Number(level.field.value) - Number(width.field.value) / 2;
    const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => {
      const out = (255 * (value - low)) / Number(width.field.value);
      return inverted ? 255 - Math.min(255, Math.max(0, out)) : out;
    });
    const image = new ImageData(pixels.width, pixels.height);
    for (let at = 0; at < image.data.length; at += 4) {
      for (let part = 0; part < 3; part += 1) image.data[at + part] = table[pixels.data[at + part]];
      image.data[at + 3] = 255;
    }
    canvas.width = pixels.width;
    canvas.height = pixels.height;
    const context = canvas.getContext('2d');
    context.putImageData(image, 0, 0);
    const share = Number(heat.field.value) / 100;
    if (share > 0 && one.heat) drawHeat(context, share);
    canvas.setAttribute('aria-label', described());
  }

  // a few dozen values, drawn as smooth as they were measured: coarse
  function drawHeat(context, share) {
    const [, rows, columns] = one.heat.shape;
    const values = arrays[one.heat.array].subarray(finding * rows * columns, (finding + 1) * rows * columns);
    const small = make('canvas', { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    values.forEach((value, at) => {
      image.data.set(sciml.colourTable.subarray(4 * value, 4 * value + 3), 4 * at);
      image.data[4 * at + 3] = value * share;
    });
    small.getContext('2d').putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    // on the picture itself, so that a screenshot carries it
    const size = Math.max(9, Math.round(canvas.width / 32));
    context.font = `600 ${size}px system-ui, sans-serif`;
    const lines = sciml.wrapped(context, `${labelOf(finding)}: ${header.warning}`, canvas.width - 12);
    context.fillStyle = 'rgba(0, 0, 0, 0.72)';
    context.fillRect(0, canvas.height - lines.length * size * 1.3 - 6, canvas.width, lines.length * size * 1.3 + 6);
    context.fillStyle = '#fff';
    lines.forEach((line, at) => context.fillText(line, 6, canvas.height - (lines.length - 1 - at) * size * 1.3 - size * 0.45));
  }

  const labelOf = (at) => header.findings[at].replaceAll('_', ' ');

  function described() {
    const said = one.answers.map((each, at) => `${labelOf(at)} ${percent(each.probability)}`).join(', ');
    const overlaid = Number(heat.field.value) > 0 && one.heat ? ` With the heatmap of ${labelOf(finding)}.` : '';
    return `${one.name}: ${said}.${one.gradable ? '' : ` Not gradable: ${one.reason}.`}${overlaid}`;
  }

  // ---- the list --------------------------------------------------------------------------------------------------

  const list = make('ol', { class: 'view-list' });
  const count = make('output', { class: 'about' });
  const kinds = [[null, 'All'], ...header.kinds];
  const counts = (name) => header.cases.filter((each) => name === null || each.kind === name).length;
  const tabs = kinds.map(([name, label]) => make('button', {
    type: 'button', 'aria-pressed': 'false', 'data-kind': name ?? '', onclick: () => { kind = name; refill(); },
  }, `${label} (${counts(name)})`));

  function refill() {
    tabs.forEach((tab) => tab.setAttribute('aria-pressed', String(tab.dataset.kind === (kind ?? ''))));
    shown = header.cases.filter((each) => kind === null || each.kind === kind).sort((a, b) => a.lot - b.lot);
    list.replaceChildren(...shown.map((each) => make('li', {}, make('button', { type: 'button', onclick: () => open(each) },
      each.name, make('small', {}, each.kind && each.about ? `${each.kind}: ${each.about}` : each.kind)))));
    open(shown[0] ?? null);
  }

  function step(by) {
    const next = shown[Math.min(shown.length - 1, Math.max(0, shown.indexOf(one) + by))];
    if (!next || next === one) return;
    const inList = list.contains(document.activeElement);
    open(next);
    const entry = list.children[shown.indexOf(next)].firstChild;
    if (inList) entry.focus();
    // only the list scrolls, never the page
    list.scrollTop = entry.offsetTop - list.offsetTop - list.clientHeight / 2;
  }

  // ---- one scan ----------------------------------------------------------------------------------------------------

  const title = make('h4');
  const about = make('p', { class: 'about' });
  const numbers = make('div');
  const select = make('div', { class: 'view-fields', role: 'group', 'aria-label': 'Finding of the heatmap' }, ...header.findings.map((_, at) => make('button', {
    type: 'button', 'aria-pressed': 'false', onclick: () => pick(at),
  }, labelOf(at))));

  async function open(each) {
    one = each;
    [...list.children].forEach((entry, at) => {
      if (shown[at] === each) entry.firstChild.setAttribute('aria-current', 'true');
      else entry.firstChild.removeAttribute('aria-current');
    });
    count.textContent = each ? `${shown.indexOf(each) + 1} of ${shown.length}` : '';
    title.textContent = each ? each.name : 'No such image';
    about.textContent = each ? each.facts : 'Choose another kind.';
    if (!each) {
      numbers.replaceChildren();
      return;
    }
    heat.field.disabled = !each.heat;
    numbers.replaceChildren(answers(each));
    const loaded = await load(each);
    if (one !== each) return;
    pixels = loaded;
    pick(each.answers.findIndex((answer) => answer.finding === each.finding) >= 0 ? header.findings.indexOf(each.finding) : finding);
  }

  function pick(at) {
    finding = at;
    [...select.children].forEach((button, place) => button.setAttribute('aria-pressed', String(place === at)));
    redraw();
  }

  const percent = (value) => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)}\u00a0%`;

  function answers(each) {
    const head = make('tr', {}, ...['Finding', 'Probability', 'Decision', 'Known'].map((text) => make('th', { scope: 'col' }, text)));
    const rows = each.answers.map((answer, at) => {
      const tick = answer.threshold === null ? null : make('b', { style: `left:${(100 * answer.threshold).toFixed(1)}%` });
      const bar = make('div', { class: 'scan-bar', 'aria-hidden': 'true' }, make('i', { style: `width:${(100 * answer.probability).toFixed(1)}%` }), tick);
      const from = answer.threshold === null ? null : make('small', {}, `called from ${percent(answer.threshold)} on`);
      return make('tr', {}, make('th', { scope: 'row' }, labelOf(at)), make('td', {}, percent(answer.probability), from, bar),
        make('td', {}, answer.decision), make('td', {}, answer.truth));
    });
    const grade = each.gradable ? null : make('p', { class: 'about' }, `Not gradable: ${each.reason}. Its numbers decide nothing.`);
    return make('div', {}, make('h5', {}, 'What the model says'),
      make('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'What the model says' }, make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows))),
      make('p', { class: 'about' }, 'A probability of 30 % is right three times in ten on images like those that calibrated it. The decision is made at the threshold, the tick on the bar, not at 50 %.'), grade);
  }

  // ---- controls --------------------------------------------------------------------------------------------------------

  const deed = (label, does, attributes = {}) => make('button', { type: 'button', onclick: does, ...attributes }, label);
  const toggle = () => {
    inverted = !inverted;
    invert.setAttribute('aria-pressed', String(inverted));
    redraw();
  };
  const reset = () => {
    [width.field.value, level.field.value, heat.field.value] = ['255', '127', '0'];
    if (inverted) toggle();
    redraw();
  };
  const hotter = () => {
    if (heat.field.disabled) return;
    heat.field.value = Number(heat.field.value) > 0 ? '0' : '50';
    redraw();
  };
  const invert = deed('Invert', toggle, { 'aria-pressed': 'false' });
  const view = make('div', { class: 'view scan-view', role: 'group', 'aria-label': 'Scan viewer' });
  const { button, help } = sciml.keys(view, [
    ['j', 'next image', () => step(1)], ['k', 'previous image', () => step(-1)], ['i', 'invert', toggle],
    ['h', 'heatmap on or off', hotter], ['f', 'next finding', () => pick((finding + 1) % header.findings.length)],
    ['0', 'window, level and heatmap as at the start', reset], ['← → ↑ ↓', 'window and level, on the image'], ['?', 'these keys', () => {}],
  ]);
  const add = (field, by) => { field.value = String(Number(field.value) + by); };

  canvas.addEventListener('pointerdown', (event) => {
    held = { x: event.offsetX, y: event.offsetY, width: Number(width.field.value), level: Number(level.field.value) };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!held) return;
    width.field.value = String(held.width + (event.offsetX - held.x));
    level.field.value = String(held.level + (event.offsetY - held.y) / 2);
    redraw();
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { held = null; });
  canvas.addEventListener('keydown', (event) => {
    const does = {
      ArrowLeft: () => add(width.field, -8), ArrowRight: () => add(width.field, 8), ArrowUp: () => add(level.field, -4), ArrowDown: () => add(level.field, 4),
    }[event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    does();
    redraw();
  });

  canvas.style.maxWidth = `${MOST}px`;
  view.append(
    make('div', { class: 'view-bar' }, make('div', { class: 'view-tabs' }, ...tabs), button),
    help,
    make('div', { class: 'view-main' }, list, make('div', { class: 'view-stage' }, title, about,
      make('div', { class: 'tools' }, deed('Previous', () => step(-1)), deed('Next', () => step(1)), count, invert, deed('Reset', reset)),
      make('div', { class: 'scan-beside' },
        make('div', {}, canvas, make('div', { class: 'scan-ranges' }, width.label, level.label, heat.label), select, warning),
        numbers))),
  );
  view.setAttribute('aria-description', sentence);
  view.addEventListener('shown', () => refill());
  return view;
};
