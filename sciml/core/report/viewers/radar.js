// Rain as it was forecast beside rain as it came: frames in time, on a map, and at one place.
'use strict';
sciml.viewers.radar = ({ header, arrays }, sentence) => {
  const { make, signed } = sciml;
  const UNKNOWN = 255;
  const RAIN = 'rain rate';
  const MARK = '#c2330f';
  const [TOP, BELOW, LEFT, BETWEEN, TALLEST, NARROW] = [22, 18, 44, 10, 560, 560];
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const tables = Object.fromEntries(Object.values(header.scales).map((scale) => [scale.name, sciml.stepTable(scale.colours)]));
  const map = new sciml.GridMap(header.hatch);
  let one = header.cases[0];
  let field = null;
  let frame = 0;
  let swipe = false;
  let divider = 0.5;
  let boxes = [];
  let held = null;
  let timer = null;
  let waits = 0;
  let onScreen = true;
  let loop = true;

  // ---- what the fields hold ------------------------------------------------------------------------------------

  const cells = () => one.height * one.width;
  const observed = () => one.fields[0];
  const choices = () => (one.fields.length > 1 ? one.fields.slice(1) : one.fields);
  const has = (which, at) => at >= which.first && (at - which.first) * cells() < arrays[which.array].length;
  const stepsOf = (which) => arrays[which.array].subarray((frame - which.first) * cells(), (frame - which.first + 1) * cells());
  const stepAt = (which, at, row, column) => (has(which, at) ? arrays[which.array][(at - which.first) * cells() + row * one.width + column] : UNKNOWN);
  const nameOf = (which) => (which.about ? `${which.label}, ${which.about}` : which.label);
  const clockOf = (at) => `${signed(one.minutes[at])} min · ${one.times[at].slice(11)}`;

  // before the issue time both sides show what was observed; on the right: what came, else a member beside the mean
  const left = () => (has(field, frame) ? field : observed());
  const beside = () => (one.truth ? observed() : one.fields.find((which) => which.key === 'member-1' && one.ensemble > 1) ?? null);
  const right = () => (has(beside(), frame) ? beside() : observed());

  function meaning(which, step) {
    const scale = header.scales[which.scale];
    if (step === UNKNOWN) return 'no data';
    return scale.words[step] ? `${scale.labels[step]} (${scale.words[step]})` : scale.labels[step];
  }

  function shown() {
    return [...new Set([left(), ...(beside() ? [right()] : [])])].filter((which) => has(which, frame));
  }

  function reading(row, column) {
    const said = shown().map((which) => `${which.label}: ${meaning(which, stepAt(which, frame, row, column))}.`);
    return [`${map.whereabouts(row, column)}, ${clockOf(frame)}.`, ...said].join(' ');
  }

  // share of the known cells at 1 mm/h and more, for the sentence that stands for the picture
  function wetShare(which) {
    if (which.scale !== RAIN) return which.about || 'in colours';
    const from = header.scales[RAIN].edges.indexOf(1) + 1;
    const known = stepsOf(which).filter((step) => step !== UNKNOWN);
    return known.length ? `${((100 * known.filter((step) => step >= from).length) / known.length).toFixed(0)} percent of the known map has 1 mm/h or more` : 'nothing is known';
  }

  const described = () => [sentence, `${one.title}, ${clockOf(frame)}.`, ...shown().map((which) => `${which.label}: ${wetShare(which)}.`)].join(' ');

  // ---- the maps ------------------------------------------------------------------------------------------------

  const canvas = make('canvas', { role: 'img', tabindex: '0', class: 'map' });
  const output = make('output', { class: 'reading' });

  function layOut(width) {
    const panels = beside() && !swipe ? 2 : 1;
    const wide = Math.min((width - LEFT - 2 - (panels - 1) * BETWEEN) / panels, TALLEST / map.aspect);
    boxes = Array.from({ length: panels }, (_, at) => ({ x: LEFT + at * (wide + BETWEEN), y: TOP, width: wide, height: wide * map.aspect }));
    return TOP + wide * map.aspect + BELOW;
  }

  function redraw() {
    const width = canvas.clientWidth;
    if (!width || !field) return;
    const height = layOut(width);
    const pixels = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    [canvas.width, canvas.height] = [Math.round(width * pixels), Math.round(height * pixels)];
    const context = canvas.getContext('2d');
    const colour = sciml.colours();
    context.scale(pixels, pixels);
    context.fillStyle = colour('paper');
    context.fillRect(0, 0, width, height);
    if (beside() && swipe) drawSwiped(context, colour, boxes[0]);
    else {
      drawOne(context, boxes[0], left());
      titled(context, colour, boxes[0], left(), boxes[0].width);
      if (beside()) {
        drawOne(context, boxes[1], right());
        titled(context, colour, boxes[1], right(), boxes[1].width);
      }
    }
    boxes.forEach((box, at) => map.frame(context, colour, box, at === 0));
    drawSeries();
  }

  const drawOne = (context, box, which) => map.draw(context, box, has(which, frame) ? stepsOf(which) : null, tables[which.scale]);

  function drawSwiped(context, colour, box) {
    const at = box.x + divider * box.width;
    for (const [from, to, which] of [[box.x, at, left()], [at, box.x + box.width, right()]]) {
      context.save();
      context.beginPath();
      context.rect(from, box.y, to - from, box.height);
      context.clip();
      drawOne(context, box, which);
      context.restore();
    }
    map.divider(context, box, divider);
    titled(context, colour, box, left(), box.width / 2 - 12, divider * box.width - 12);
    context.textAlign = 'right';
    context.fillText(titleOf(right(), true), box.x + box.width, box.y - 7);
  }

  // a title that does not fit leaves its note to the map
  function titled(context, colour, box, which, room, noteRoom = room) {
    context.fillStyle = colour('ink');
    context.font = '600 13px system-ui, sans-serif';
    context.textAlign = 'left';
    const fits = context.measureText(titleOf(which)).width <= room;
    context.fillText(titleOf(which, !fits), box.x, box.y - 7);
    if (!fits && which.about) map.note(context, box.x + 4, box.y + 4, which.about, noteRoom);
    context.font = '600 13px system-ui, sans-serif';
  }

  function titleOf(which, short = false) {
    if (!has(which, frame) || (which === observed() && stepsOf(which).every((step) => step === UNKNOWN))) return short ? 'No radar frame' : `${which.label}: no radar frame`;
    return short ? which.label : nameOf(which);
  }

  // ---- one place over time -------------------------------------------------------------------------------------

  const series = make('canvas', { role: 'img', class: 'series' });
  const seriesTitle = make('h5');
  const table = make('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Numbers at this place' });
  const numbers = make('details', { class: 'view-numbers', ontoggle: () => fillNumbers() }, make('summary', {}, 'Numbers at this place'), table);

  function drawSeries() {
    const lines = one.fields.filter((which) => which.scale === RAIN).map((which) => ({
      label: which.key.startsWith('member') && one.ensemble > 1 ? 'members shown' : which.label,
      look: which.key.startsWith('member') && one.ensemble === 1 ? 'mean' : which.key.split('-')[0],
      steps: one.minutes.map((_, at) => stepAt(which, at, ...map.place)),
    }));
    sciml.drawSteps(series, { scale: header.scales[RAIN], minutes: one.minutes, issue: one.issue, frame, lines, mark: MARK });
  }

  function fillNumbers() {
    if (!numbers.open) return;
    const listed = one.fields.filter((which) => which.key !== 'difference');
    const head = make('tr', {}, ...['Time', ...listed.map((which) => which.label)].map((text) => make('th', { scope: 'col' }, text)));
    const cell = (which, at) => {
      if (!has(which, at)) return '';
      const step = stepAt(which, at, ...map.place);
      return step === UNKNOWN ? 'no data' : header.scales[which.scale].labels[step];
    };
    const rows = one.minutes.map((_, at) => make('tr', {}, make('th', { scope: 'row' }, clockOf(at)), ...listed.map((which) => make('td', {}, cell(which, at)))));
    table.replaceChildren(make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows)));
  }

  // ---- what is chosen --------------------------------------------------------------------------------------------

  const title = make('h4');
  const about = make('p', { class: 'about' });
  const tabs = header.cases.map((each) => make('button', { type: 'button', 'aria-pressed': 'false', onclick: () => open(each) }, each.tab));
  const fields = make('div', { class: 'view-fields', role: 'group', 'aria-label': 'What the left side shows' });
  const scales = make('div', { class: 'view-scale' });
  const slider = make('input', { type: 'range', min: '0', step: '1', 'aria-label': 'Time', oninput: () => { stop(); show(Number(slider.value)); } });
  const issue = make('span', { class: 'issue', 'aria-hidden': 'true' }, 'issue time');
  const clock = make('span', { class: 'clock' });
  const divide = make('input', { type: 'range', min: '0', max: '100', step: '1', value: '50', oninput: () => { divider = Number(divide.value) / 100; redraw(); } });
  const dividerRow = make('label', { class: 'view-divider', hidden: true }, 'Divider', divide);

  function open(each) {
    const kept = field?.key;
    one = each;
    map.open(each);
    tabs.forEach((tab, at) => tab.setAttribute('aria-pressed', String(header.cases[at] === one)));
    title.textContent = one.title;
    about.textContent = one.about;
    about.hidden = !one.about;
    slider.max = String(one.minutes.length - 1);
    const share = one.issue / (one.minutes.length - 1);
    // a slider's thumb is 16 pixels wide and stays inside of its track
    issue.style.left = `calc(${(100 * share).toFixed(2)}% + ${(8 - 16 * share).toFixed(1)}px)`;
    fields.replaceChildren(...choices().map((which) => make('button', { type: 'button', 'aria-pressed': 'false', onclick: () => choose(which) }, which.label)));
    moving.hidden = !one.arrows.length;
    modes.forEach((mode) => { mode.hidden = !beside(); });
    frame = Math.min(frame, one.minutes.length - 1);
    choose(choices().find((which) => which.key === kept) ?? choices()[0]);
  }

  function choose(which) {
    field = which;
    choices().forEach((each, at) => fields.children[at].setAttribute('aria-pressed', String(each === which)));
    const used = [...new Set([RAIN, which.scale])];
    const hatch = `background: repeating-linear-gradient(135deg, ${header.hatch[0]} 0 4px, ${header.hatch[1]} 4px 5px)`;
    const unknown = make('li', { class: 'unknown' }, make('span', { class: 'word' }), make('i', { style: hatch }), make('span', { class: 'edge' }, 'no data'));
    scales.replaceChildren(...used.map((name) => key(header.scales[name])), make('ol', {}, unknown));
    show(frame);
  }

  function key(scale) {
    let word = null;
    const steps = scale.order.map((step, at) => {
      const fresh = scale.words[step] !== word;
      word = scale.words[step];
      const begins = scale.order[0] === 0 ? String(scale.edges[at - 1] ?? '') : at && signed(scale.edges[at - 1]);
      return make('li', { title: `${scale.labels[step]} ${word}`.trim() }, make('span', { class: 'word' }, fresh ? word : ''),
        make('i', { style: `background:${scale.colours[step]}` }), make('span', { class: 'edge' }, begins || ''));
    });
    return make('div', { class: 'steps' }, make('span', { 'aria-hidden': 'true' }, scale.unit), make('ol', { 'aria-label': `Colours of ${scale.name}, ${scale.unit}` }, ...steps));
  }

  function show(at) {
    frame = at;
    slider.value = String(at);
    slider.setAttribute('aria-valuetext', clockOf(at));
    clock.textContent = clockOf(at);
    redraw();
    if (timer) output.textContent = reading(...map.place);
    else told();
  }

  // words that a screen reader hears: not while the frames run
  function told() {
    const where = map.whereabouts(...map.place);
    canvas.setAttribute('aria-label', described());
    output.textContent = reading(...map.place);
    seriesTitle.textContent = `Rain at the cross: ${where}`;
    series.setAttribute('aria-label', `Rain rate at ${where} over time. ${reading(...map.place)} All times are in the table below.`);
    fillNumbers();
  }

  function pin(cell) {
    map.place = cell;
    redraw();
    told();
  }

  // ---- running -------------------------------------------------------------------------------------------------

  const step = (by) => {
    stop();
    show(Math.min(one.minutes.length - 1, Math.max(0, frame + by)));
  };

  // the next frame is asked for when this one is drawn: a slow machine shows fewer frames, and still answers
  function tick() {
    const began = performance.now();
    if (!document.hidden && onScreen) advance();
    if (timer) timer = setTimeout(tick, Math.max(1000 / Number(speed.value), 2 * (performance.now() - began)));
  }

  function advance() {
    if (frame < one.minutes.length - 1) {
      waits = 3;
      show(frame + 1);
    } else if (!loop) stop();
    else if (waits > 0) waits -= 1;
    else show(0);
  }

  function run() {
    if (timer) return;
    if (frame === one.minutes.length - 1) show(0);
    timer = setTimeout(tick, 1000 / Number(speed.value));
    output.setAttribute('aria-live', 'off');
    play.textContent = 'Pause';
  }

  function stop() {
    if (!timer) return;
    clearTimeout(timer);
    timer = null;
    output.setAttribute('aria-live', 'polite');
    play.textContent = 'Play';
    told();
  }

  const toggle = () => (timer ? stop() : run());
  const pressed = (button, on) => button.setAttribute('aria-pressed', String(on));
  const toggleLoop = () => { loop = !loop; pressed(again, loop); };
  const toggleArrows = () => { map.arrows = !map.arrows && one.arrows.length > 0; pressed(moving, map.arrows); redraw(); };
  const zoom = (factor) => { map.zoom(factor); redraw(); };
  const whole = () => { map.slide(0, 0, 1); redraw(); };
  const jump = (at) => { stop(); show(at); };
  const setSwipe = (on) => {
    swipe = on && beside() !== null;
    modes.forEach((mode, at) => pressed(mode, (at === 1) === swipe));
    dividerRow.hidden = !swipe;
    redraw();
  };
  const keep = () => sciml.Stage.prototype.keep.call({ canvas }, `${header.caption} ${one.title}, ${clockOf(frame)}. ${shown().map(nameOf).join('; ')}.`,
    `rain-${one.times[one.issue].slice(0, 16).replace(/[^0-9]/g, '')}-${one.minutes[frame]}.png`);

  const deed = (label, does, attributes = {}) => make('button', { type: 'button', onclick: does, ...attributes }, label);
  const play = deed('Play', toggle, { class: 'play' });
  const speed = make('select', {}, ...[['2', 'slow'], ['4', 'normal'], ['8', 'fast']].map(([value, text]) => make('option', { value, selected: value === '4' }, text)));
  const again = deed('Loop', toggleLoop, { 'aria-pressed': 'true' });
  const moving = deed('Motion', toggleArrows, { 'aria-pressed': 'false', title: `Where the rain goes in ${header.arrow_minutes} minutes` });
  const modes = [deed('Side by side', () => setSwipe(false), { 'aria-pressed': 'true' }), deed('Swipe', () => setSwipe(true), { 'aria-pressed': 'false' })];

  // ---- pointer and keys ------------------------------------------------------------------------------------------

  const cellAt = (event) => boxes.map((box) => map.cellAt(box, event.offsetX, event.offsetY)).find((cell) => cell) ?? null;
  const onDivider = (event) => swipe && Math.abs(event.offsetX - boxes[0].x - divider * boxes[0].width) < 14;

  canvas.addEventListener('pointerdown', (event) => {
    held = { x: event.offsetX, y: event.offsetY, divider: onDivider(event), moved: false, window: map.window };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (held && Math.hypot(event.offsetX - held.x, event.offsetY - held.y) > 4) held.moved = true;
    if (held?.divider) {
      divider = Math.min(1, Math.max(0, (event.offsetX - boxes[0].x) / boxes[0].width));
      divide.value = String(Math.round(100 * divider));
      redraw();
    } else if (held?.moved && map.wide < 1) {
      map.slide(held.window[0] - ((event.offsetX - held.x) / boxes[0].width) * map.wide, held.window[1] - ((event.offsetY - held.y) / boxes[0].height) * map.wide, map.wide);
      redraw();
    } else {
      if (!timer) output.textContent = reading(...(cellAt(event) ?? map.place));
      canvas.style.cursor = onDivider(event) ? 'ew-resize' : cellAt(event) ? 'crosshair' : 'default';
    }
  });
  canvas.addEventListener('pointerup', (event) => {
    const cell = held && !held.moved && !held.divider ? cellAt(event) : null;
    held = null;
    if (cell) pin(cell);
  });
  canvas.addEventListener('pointercancel', () => { held = null; });
  canvas.addEventListener('pointerleave', () => { if (!timer) output.textContent = reading(...map.place); });
  // the wheel alone scrolls the page, as everywhere
  canvas.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8);
  }, { passive: false });

  const view = make('div', { class: 'view radar', role: 'group', 'aria-label': 'Rain viewer' });
  const { button, help } = sciml.keys(view, [
    ['Space', 'play or pause'], ['← →', 'one frame'], ['Home End', 'first, last frame'], ['i', 'issue time', () => jump(one.issue)],
    ['Shift ← → ↑ ↓', 'move the cross, on the map'], ['f', 'next field', () => choose(choices()[(choices().indexOf(field) + 1) % choices().length])],
    ['s', 'swipe or side by side', () => setSwipe(!swipe)], ['m', 'motion', toggleArrows], ['l', 'loop', toggleLoop],
    ['+', 'closer to the cross', () => zoom(0.7)], ['-', 'farther', () => zoom(1.4)], ['0', 'whole map', whole], ['p', 'save as PNG', keep], ['?', 'these keys', () => {}],
  ]);

  function deedOf(event) {
    const [down, across] = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key] ?? [0, 0];
    if (event.shiftKey && (down || across) && event.target === canvas) {
      // a key that is held down moves faster
      const far = event.repeat ? 3 : 1;
      const inside = (at, size) => Math.min(size - 1, Math.max(0, at));
      return () => pin([inside(map.place[0] + far * down, one.height), inside(map.place[1] + far * across, one.width)]);
    }
    // a button that has the focus is pressed by the space bar, a table scrolls by arrows
    if (event.shiftKey || event.target.closest('.scroll')) return null;
    if (event.key === ' ') return event.target.closest('button, summary') ? null : toggle;
    return across ? () => step(across) : { Home: () => jump(0), End: () => jump(one.minutes.length - 1) }[event.key];
  }

  view.addEventListener('keydown', (event) => {
    if (event.target.closest('select, input') || event.ctrlKey || event.metaKey || event.altKey) return;
    const does = deedOf(event);
    if (!does) return;
    event.preventDefault();
    does();
  });

  // ---- the whole -----------------------------------------------------------------------------------------------

  view.append(
    make('div', { class: 'view-bar' }, make('div', { class: 'view-tabs' }, ...(tabs.length > 1 ? tabs : [])), ...modes, button),
    help,
    make('div', { class: 'view-stage' }, title, about, fields, canvas, dividerRow,
      make('div', { class: 'view-time' }, play, deed('Back', () => step(-1)), deed('Forward', () => step(1)), make('div', { class: 'track' }, slider, issue), clock),
      make('div', { class: 'tools' }, make('label', {}, 'Speed ', speed), again, moving, deed('Closer', () => zoom(0.7)), deed('Farther', () => zoom(1.4)), deed('Whole map', whole), deed('PNG', keep)),
      output, scales, make('div', { class: 'view-side' }, make('div', { class: 'channels' }, seriesTitle, series, numbers))),
  );
  new ResizeObserver(() => redraw()).observe(canvas);
  new IntersectionObserver((entries) => { onScreen = entries[entries.length - 1].isIntersecting; }).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  still.addEventListener('change', () => still.matches && stop());
  view.addEventListener('shown', () => {
    const half = one.minutes.findIndex((minutes) => minutes >= 30);
    frame = half < 0 ? one.minutes.length - 1 : half;
    open(one);
    if (canvas.clientWidth < NARROW) setSwipe(true);
    if (still.matches) return;
    show(0);
    run();
  });
  return view;
};
