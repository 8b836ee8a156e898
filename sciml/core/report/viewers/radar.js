// Rain as it was forecast beside rain as it came: frames in time, on a map, and at one place.
'use strict';
sciml.viewers.radar = ({ header, arrays }, sentence) => {
  const { make } = sciml;
  const UNKNOWN = 255;
  const TOP = 22;
  const BELOW = 18;
  const LEFT = 44;
  const BETWEEN = 10;
  const TALLEST = 560;
  const MARK = '#c2330f';
  const LINE = '#3d4653';
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const scratch = [make('canvas'), make('canvas')];
  const tables = Object.fromEntries(Object.values(header.scales).map((scale) => [scale.name, tableOf(scale)]));
  let one = header.cases[0];
  let field = null;
  let frame = 0;
  let swipe = false;
  let divider = 0.5;
  let place = [0, 0];
  let window_ = [0, 0, 1, 1];
  let maps = [];
  let held = null;
  let timer = null;
  let pauseAtEnd = 0;
  let onScreen = true;
  let arrowsOn = false;
  let loop = true;

  // ---- colours and values ------------------------------------------------------------------------------------

  function tableOf(scale) {
    const bytes = new Uint8ClampedArray(256 * 4);
    scale.colours.forEach((code, step) => {
      [1, 3, 5].forEach((at, part) => { bytes[4 * step + part] = Number.parseInt(code.slice(at, at + 2), 16); });
      bytes[4 * step + 3] = 255;
    });
    return new Uint32Array(bytes.buffer);
  }

  const cells = () => one.height * one.width;
  const observed = () => one.fields[0];
  const has = (which, at) => at >= which.first && (at - which.first) < arrays[which.array].length / cells();

  // before the issue time every side shows what was observed
  const shownAt = (which, at) => (has(which, at) ? which : observed());
  const stepAt = (which, at, row, column) => (has(which, at)
    ? arrays[which.array][(at - which.first) * cells() + row * one.width + column] : UNKNOWN);

  function meaning(which, step) {
    const scale = header.scales[which.scale];
    if (step === UNKNOWN) return 'no data';
    const word = scale.words[step];
    return word ? `${scale.labels[step]} (${word})` : scale.labels[step];
  }

  const nameOf = (which) => (which.about ? `${which.label}, ${which.about}` : which.label);
  const sign = (minutes) => (minutes > 0 ? `+${minutes}` : String(minutes).replace('-', '−'));
  const clockOf = (at) => `${sign(one.minutes[at])} min · ${one.times[at].slice(11)}`;

  function whereabouts(row, column) {
    const [across, down] = [(column + 0.5) / one.width, (row + 0.5) / one.height];
    if (!one.earth) {
      const [tall, wide] = one.cell_km;
      return `${((column + 0.5) * wide).toFixed(1)} km from the west, ${((one.height - row - 0.5) * tall).toFixed(1)} km from the south`;
    }
    const latitude = between(one.earth.latitude, across, down);
    const longitude = ((between(one.earth.longitude, across, down) + 540) % 360) - 180;
    return `${Math.abs(latitude).toFixed(2)}° ${latitude < 0 ? 'S' : 'N'}, ${Math.abs(longitude).toFixed(2)}° ${longitude < 0 ? 'W' : 'E'}`;
  }

  function between(lattice, across, down) {
    const [x, y] = [across * (lattice[0].length - 1), down * (lattice.length - 1)];
    const [left, top] = [Math.min(Math.floor(x), lattice[0].length - 2), Math.min(Math.floor(y), lattice.length - 2)];
    const upper = lattice[top][left] + (x - left) * (lattice[top][left + 1] - lattice[top][left]);
    const lower = lattice[top + 1][left] + (x - left) * (lattice[top + 1][left + 1] - lattice[top + 1][left]);
    return upper + (y - top) * (lower - upper);
  }

  function reading(row, column) {
    const words = [`${whereabouts(row, column)}, ${clockOf(frame)}.`];
    const shown = shownAt(field, frame);
    if (shown !== observed()) words.push(`${shown.label}: ${meaning(shown, stepAt(shown, frame, row, column))}.`);
    if (has(observed(), frame)) words.push(`Observed: ${meaning(observed(), stepAt(observed(), frame, row, column))}.`);
    return words.join(' ');
  }

  // share of the known cells at 1 mm/h and more, for the sentence that stands for the picture
  function wetShare(which) {
    const from = header.scales[which.scale].edges.indexOf(1) + 1;
    const start = (frame - which.first) * cells();
    let [known, wet] = [0, 0];
    for (let at = start; at < start + cells(); at += 1) {
      if (arrays[which.array][at] === UNKNOWN) continue;
      known += 1;
      if (arrays[which.array][at] >= from) wet += 1;
    }
    return known ? `${((100 * wet) / known).toFixed(0)} percent of the known map has 1 mm/h or more` : 'nothing is known';
  }

  function described() {
    const shown = shownAt(field, frame);
    const parts = [sentence, `${one.title}, ${clockOf(frame)}.`];
    if (shown !== observed()) parts.push(shown.scale === 'rain rate' ? `${shown.label}: ${wetShare(shown)}.` : `${nameOf(shown)}.`);
    if (has(observed(), frame)) parts.push(`Observed: ${wetShare(observed())}.`);
    return parts.join(' ');
  }

  // ---- the map -------------------------------------------------------------------------------------------------

  const canvas = make('canvas', { role: 'img', tabindex: '0', class: 'map' });
  const output = make('output', { class: 'reading' });

  function layOut(width) {
    const aspect = (one.height * one.cell_km[0]) / (one.width * one.cell_km[1]);
    const panels = one.truth && !swipe ? 2 : 1;
    const room = (width - LEFT - 2 - (panels - 1) * BETWEEN) / panels;
    const wide = Math.min(room, TALLEST / aspect);
    const tall = wide * aspect;
    maps = Array.from({ length: panels }, (_, at) => ({ x: LEFT + at * (wide + BETWEEN), y: TOP, width: wide, height: tall }));
    return TOP + tall + BELOW;
  }

  function redraw() {
    const width = canvas.clientWidth;
    if (!width || !field) return;
    const height = layOut(width);
    const scale = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext('2d');
    const colour = sciml.colours();
    context.scale(scale, scale);
    context.fillStyle = colour('paper');
    context.fillRect(0, 0, width, height);
    const left = shownAt(field, frame);
    if (one.truth && swipe) drawSwiped(context, colour, left);
    else {
      drawMap(context, colour, maps[0], left, 0);
      if (one.truth) drawMap(context, colour, maps[1], observed(), 1);
    }
    maps.forEach((map, at) => drawFrame(context, colour, map, at));
    drawSeries();
  }

  function drawSwiped(context, colour, left) {
    const map = maps[0];
    const at = map.x + divider * map.width;
    const half = (from, to, which, number) => {
      context.save();
      context.beginPath();
      context.rect(from, 0, to - from, map.y + map.height);
      context.clip();
      drawMap(context, colour, map, which, number, number === 1);
      context.restore();
    };
    half(0, at, left, 0);
    half(at, map.x + map.width + 2, observed(), 1);
    context.fillStyle = '#ffffff';
    context.fillRect(at - 2.5, map.y, 5, map.height);
    context.fillStyle = LINE;
    context.fillRect(at - 1, map.y, 2, map.height);
    context.beginPath();
    context.arc(at, map.y + map.height / 2, 9, 0, 7);
    context.fill();
    context.fillStyle = '#ffffff';
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'center';
    context.fillText('◂▸', at, map.y + map.height / 2 + 4);
  }

  function drawMap(context, colour, map, which, number, rightTitle = false) {
    context.save();
    context.beginPath();
    context.rect(map.x, map.y, map.width, map.height);
    context.clip();
    hatch(context, map);
    if (has(which, frame)) {
      paint(scratch[number], which);
      const [left, top, right, bottom] = window_;
      context.imageSmoothingEnabled = false;
      context.drawImage(scratch[number], left * one.width, top * one.height, (right - left) * one.width, (bottom - top) * one.height,
        map.x, map.y, map.width, map.height);
    }
    drawLines(context, map);
    if (arrowsOn) drawArrows(context, map);
    drawBar(context, map);
    drawPlace(context, map);
    context.restore();
    context.fillStyle = colour('ink');
    context.font = '600 13px system-ui, sans-serif';
    context.textAlign = rightTitle ? 'right' : 'left';
    const room = swipe && one.truth ? map.width / 2 - 12 : map.width;
    const long = titleOf(which);
    const fits = context.measureText(long).width <= room;
    context.fillText(fits ? long : which.label, rightTitle ? map.x + map.width : map.x, map.y - 7);
    if (!fits) labelled(context, map.x + 4, map.y + 4, which.about, swipe ? divider * map.width - 12 : map.width - 8);
  }

  const titleOf = (which) => (which === observed() && seenNothing(which) ? 'Observed: no radar frame' : nameOf(which));

  function seenNothing(which) {
    if (!has(which, frame)) return true;
    const start = (frame - which.first) * cells();
    return arrays[which.array].subarray(start, start + cells()).every((step) => step === UNKNOWN);
  }

  // words on the map itself, on a light ground of their own, in as many lines as they need
  function labelled(context, x, y, words, room) {
    context.save();
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'left';
    const lines = [''];
    for (const word of words.split(' ')) {
      const longer = `${lines[lines.length - 1]} ${word}`.trim();
      if (lines[lines.length - 1] && context.measureText(longer).width > room - 8) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    context.fillStyle = '#ffffffd9';
    context.fillRect(x, y, Math.max(...lines.map((line) => context.measureText(line).width)) + 8, 14 * lines.length + 4);
    context.fillStyle = '#1b222c';
    lines.forEach((line, at) => context.fillText(line, x + 4, y + 12.5 + 14 * at));
    context.restore();
  }

  function hatch(context, map) {
    context.fillStyle = header.hatch[0];
    context.fillRect(map.x, map.y, map.width, map.height);
    context.strokeStyle = header.hatch[1];
    context.lineWidth = 1;
    context.beginPath();
    for (let start = -map.height; start < map.width; start += 7) {
      context.moveTo(map.x + start, map.y + map.height);
      context.lineTo(map.x + start + map.height, map.y);
    }
    context.stroke();
  }

  function paint(target, which) {
    if (target.width !== one.width || target.height !== one.height) [target.width, target.height] = [one.width, one.height];
    const image = new ImageData(one.width, one.height);
    const pixels = new Uint32Array(image.data.buffer);
    const table = tables[which.scale];
    const start = (frame - which.first) * cells();
    const values = arrays[which.array];
    for (let at = 0; at < pixels.length; at += 1) pixels[at] = table[values[start + at]];
    target.getContext('2d').putImageData(image, 0, 0);
  }

  const toX = (map, across) => map.x + ((across - window_[0]) / (window_[2] - window_[0])) * map.width;
  const toY = (map, down) => map.y + ((down - window_[1]) / (window_[3] - window_[1])) * map.height;

  function drawLines(context, map) {
    if (!one.earth) return;
    context.strokeStyle = LINE;
    context.globalAlpha = 0.45;
    context.lineWidth = 0.8;
    for (const line of one.earth.lines) {
      context.beginPath();
      line.points.forEach(([across, down], at) => context[at ? 'lineTo' : 'moveTo'](toX(map, across), toY(map, down)));
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  function drawArrows(context, map) {
    context.strokeStyle = MARK;
    context.lineWidth = 1.4;
    context.beginPath();
    for (const [across, down, along, sinking] of one.arrows) {
      const [x, y] = [toX(map, across), toY(map, down)];
      const [dx, dy] = [toX(map, across + along) - x, toY(map, down + sinking) - y];
      const length = Math.hypot(dx, dy);
      if (length < 1) continue;
      const [ux, uy] = [dx / length, dy / length];
      context.moveTo(x, y);
      context.lineTo(x + dx, y + dy);
      for (const side of [1, -1]) {
        context.moveTo(x + dx, y + dy);
        context.lineTo(x + dx - 5 * ux + side * 3 * uy, y + dy - 5 * uy - side * 3 * ux);
      }
    }
    context.stroke();
  }

  function drawBar(context, map) {
    const perPixel = ((window_[2] - window_[0]) * one.width * one.cell_km[1]) / map.width;
    const length = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].findLast((km) => km / perPixel <= map.width / 3) ?? 1;
    const [x, y, wide] = [map.x + 8, map.y + map.height - 10, length / perPixel];
    context.font = '600 11px system-ui, sans-serif';
    context.textAlign = 'left';
    context.globalAlpha = 0.85;
    context.fillStyle = '#ffffff';
    context.fillRect(x - 4, y - 16, Math.max(wide, context.measureText(`${length} km`).width) + 8, 22);
    context.globalAlpha = 1;
    context.fillStyle = '#1b222c';
    context.fillText(`${length} km`, x, y - 5);
    context.fillRect(x, y, wide, 2);
    context.fillRect(x, y - 3, 1.5, 8);
    context.fillRect(x + wide - 1.5, y - 3, 1.5, 8);
  }

  function drawPlace(context, map) {
    const [x, y] = [toX(map, (place[1] + 0.5) / one.width), toY(map, (place[0] + 0.5) / one.height)];
    for (const [colour, wide] of [['#ffffff', 4], [MARK, 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = wide;
      context.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + 4 * dx, y + 4 * dy);
        context.lineTo(x + 11 * dx, y + 11 * dy);
      }
      context.stroke();
    }
  }

  // the frame, and degrees or kilometres along it
  function drawFrame(context, colour, map, number) {
    context.strokeStyle = colour('edge');
    context.lineWidth = 1;
    context.strokeRect(map.x - 0.5, map.y - 0.5, map.width + 1, map.height + 1);
    context.fillStyle = colour('soft');
    context.font = '11px system-ui, sans-serif';
    const marks = one.earth ? one.earth.lines.map((line) => [line.kind === 'parallel', line.label, crossing(map, line)]) : kilometres(map);
    let last = -Infinity;
    for (const [sideways, label, at] of marks) {
      if (at === null) continue;
      if (sideways && number === 0) {
        context.textAlign = 'right';
        context.fillText(label, map.x - 5, Math.min(at + 4, map.y + map.height));
      } else if (!sideways) {
        const half = context.measureText(label).width / 2;
        if (at - half < last + 6 || at + half > map.x + map.width + 6) continue;
        context.textAlign = 'center';
        context.fillText(label, at, map.y + map.height + 13);
        last = at + half;
      }
    }
  }

  // where a parallel leaves through the left side, a meridian through the bottom
  function crossing(map, line) {
    const parallel = line.kind === 'parallel';
    const limit = parallel ? window_[0] : window_[3];
    for (let at = 1; at < line.points.length; at += 1) {
      const [one_, two] = [line.points[at - 1], line.points[at]];
      const [a, b] = parallel ? [one_[0], two[0]] : [one_[1], two[1]];
      if ((a - limit) * (b - limit) > 0 || a === b) continue;
      const share = (limit - a) / (b - a);
      const other = parallel ? one_[1] + share * (two[1] - one_[1]) : one_[0] + share * (two[0] - one_[0]);
      const pixel = parallel ? toY(map, other) : toX(map, other);
      const [from, to] = parallel ? [map.y, map.y + map.height] : [map.x, map.x + map.width];
      return pixel >= from && pixel <= to ? pixel : null;
    }
    return null;
  }

  function kilometres(map) {
    const found = [];
    for (const [sideways, count, size, from, to] of [[false, one.width, one.cell_km[1], window_[0], window_[2]], [true, one.height, one.cell_km[0], window_[1], window_[3]]]) {
      const whole = count * size;
      const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((km) => ((to - from) * whole) / km <= 5) ?? 1000;
      for (let km = 0; km <= whole + 1e-6; km += every) {
        const share = sideways ? 1 - km / whole : km / whole;
        if (share >= from - 1e-9 && share <= to + 1e-9) found.push([sideways, sideways && km === 0 ? '' : `${km} km`, sideways ? toY(map, share) : toX(map, share)]);
      }
    }
    return found;
  }

  // ---- one place over time -------------------------------------------------------------------------------------

  const series = make('canvas', { role: 'img', class: 'series' });
  const seriesTitle = make('h5');
  const numbers = make('details', { class: 'view-numbers', ontoggle: () => fillNumbers() }, make('summary', {}, 'Numbers at this place'), make('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Numbers at this place' }));

  const rainFields = () => one.fields.filter((which) => which.scale === 'rain rate');

  function lookOf(which, colour) {
    if (which === observed()) return { stroke: colour('ink'), wide: 2.6, dash: [] };
    if (which.key === 'mean') return { stroke: colour('s0'), wide: 2, dash: [7, 4] };
    if (which.key === 'baseline') return { stroke: colour('s1'), wide: 2, dash: [2, 3] };
    return { stroke: colour('s5'), wide: 1.1, dash: [] };
  }

  // upwards by steps of the scale, which double: a line that runs along a step lies somewhere inside it
  function drawSeries() {
    const width = series.clientWidth;
    if (!width) return;
    const colour = sciml.colours();
    const scale = header.scales['rain rate'];
    const [height, left, right, top, bottom] = [210, 62, 12, 26, 24];
    const pixels = devicePixelRatio || 1;
    series.style.height = `${height}px`;
    [series.width, series.height] = [Math.round(width * pixels), Math.round(height * pixels)];
    const context = series.getContext('2d');
    context.scale(pixels, pixels);
    context.fillStyle = colour('paper');
    context.fillRect(0, 0, width, height);
    const count = one.minutes.length;
    const x = (at) => left + ((at + 0.5) / count) * (width - left - right);
    const y = (step) => height - bottom - ((step + 0.5) / scale.colours.length) * (height - top - bottom);
    const tall = (height - top - bottom) / scale.colours.length;
    context.fillStyle = colour('sheet');
    context.fillRect(left, top, x(one.issue + 0.5) - left, height - top - bottom);
    context.font = '11px system-ui, sans-serif';
    scale.colours.forEach((code, step) => {
      context.fillStyle = code;
      context.fillRect(left - 12, y(step) - tall / 2, 10, tall);
      context.fillStyle = colour('soft');
      context.textAlign = 'right';
      if (step) context.fillText(String(scale.edges[step - 1]), left - 16, y(step) + tall / 2 + 4);
    });
    context.strokeStyle = colour('edge');
    context.strokeRect(left - 12.5, top, 10, height - top - bottom);
    context.fillText(scale.unit, left - 16, top - 2);
    context.textAlign = 'center';
    one.minutes.forEach((minutes, at) => {
      if (minutes % (width < 520 ? 30 : 15) === 0) context.fillText(minutes === 0 ? 'issue time' : sign(minutes), x(at), height - 8);
    });
    context.fillRect(x(one.issue + 0.5) - 0.75, top, 1.5, height - top - bottom);
    context.fillStyle = MARK;
    context.globalAlpha = 0.25;
    context.fillRect(x(frame) - 4, top, 8, height - top - bottom);
    context.globalAlpha = 1;
    drawKey(context, colour, left, width);
    const drawn = rainFields();
    for (const which of [...drawn.filter((each) => each.key.startsWith('member')), ...drawn.filter((each) => !each.key.startsWith('member') && each !== observed()), observed()]) drawOne(context, which, lookOf(which, colour), x, y);
  }

  function drawOne(context, which, look, x, y) {
    context.strokeStyle = look.stroke;
    context.lineWidth = look.wide;
    context.setLineDash(look.dash);
    context.beginPath();
    let pen = false;
    one.minutes.forEach((_, at) => {
      const step = stepAt(which, at, ...place);
      if (step === UNKNOWN) {
        pen = false;
        return;
      }
      context[pen ? 'lineTo' : 'moveTo'](x(at), y(step));
      pen = true;
    });
    context.stroke();
    context.setLineDash([]);
    if (which !== observed()) return;
    context.fillStyle = look.stroke;
    one.minutes.forEach((_, at) => {
      const step = stepAt(which, at, ...place);
      if (step !== UNKNOWN) context.fillRect(x(at) - 2.5, y(step) - 2.5, 5, 5);
    });
  }

  function drawKey(context, colour, left, width) {
    let x = left;
    let members = false;
    context.font = '12px system-ui, sans-serif';
    context.textAlign = 'left';
    for (const which of rainFields()) {
      const member = which.key.startsWith('member');
      if (member && members) continue;
      members = members || member;
      const label = member && one.ensemble > 1 ? 'members shown' : which.label;
      const look = lookOf(which, colour);
      if (x + 34 + context.measureText(label).width > width) break;
      context.strokeStyle = look.stroke;
      context.lineWidth = look.wide;
      context.setLineDash(look.dash);
      context.beginPath();
      context.moveTo(x, 10);
      context.lineTo(x + 24, 10);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = colour('ink');
      context.fillText(label, x + 29, 14);
      x += 46 + context.measureText(label).width;
    }
  }

  function fillNumbers() {
    if (!numbers.open) return;
    const drawn = one.fields.filter((which) => which.scale !== 'forecast minus observed');
    const head = make('tr', {}, ...['Time', ...drawn.map((which) => which.label)].map((text) => make('th', { scope: 'col' }, text)));
    const rows = one.minutes.map((_, at) => make('tr', {}, make('th', { scope: 'row' }, clockOf(at)), ...drawn.map((which) => {
      const step = stepAt(which, at, ...place);
      return make('td', {}, has(which, at) ? (step === UNKNOWN ? 'no data' : header.scales[which.scale].labels[step]) : '');
    })));
    numbers.lastChild.replaceChildren(make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows)));
  }

  // ---- what is chosen --------------------------------------------------------------------------------------------

  const title = make('h4');
  const about = make('p', { class: 'about' });
  const tabs = header.cases.map((each) => make('button', { type: 'button', 'aria-pressed': 'false', onclick: () => open(each) }, each.tab));
  const fields = make('div', { class: 'view-fields', role: 'group', 'aria-label': 'What the forecast side shows' });
  const scales = make('div', { class: 'view-scale' });
  const slider = make('input', { type: 'range', min: '0', step: '1', 'aria-label': 'Time', oninput: () => { stop(); show(Number(slider.value)); } });
  const issue = make('span', { class: 'issue', 'aria-hidden': 'true' }, 'issue time');
  const clock = make('span', { class: 'clock' });
  const divide = make('input', { type: 'range', min: '0', max: '100', step: '1', value: '50', oninput: () => { divider = Number(divide.value) / 100; redraw(); } });
  const dividerRow = make('label', { class: 'view-divider', hidden: true }, 'Divider', divide);

  function open(each) {
    const keptField = field?.key;
    one = each;
    tabs.forEach((tab, at) => tab.setAttribute('aria-pressed', String(header.cases[at] === one)));
    title.textContent = one.title;
    about.textContent = one.about;
    place = [...one.start];
    window_ = [0, 0, 1, 1];
    slider.max = String(one.minutes.length - 1);
    const share = one.issue / (one.minutes.length - 1);
    issue.style.left = `calc(${(100 * share).toFixed(2)}% + ${(8 - 16 * share).toFixed(1)}px)`;
    fields.replaceChildren(...choices().map((which) => make('button', { type: 'button', 'aria-pressed': 'false', onclick: () => choose(which) }, which.label)));
    moving.hidden = !one.arrows.length;
    modes.forEach((mode) => { mode.hidden = !one.truth; });
    choose(choices().find((which) => which.key === keptField) ?? choices()[0]);
    show(Math.min(frame, one.minutes.length - 1));
  }

  const choices = () => (one.fields.length > 1 ? one.fields.slice(1) : one.fields);


  function choose(which) {
    field = which;
    choices().forEach((each, at) => fields.children[at].setAttribute('aria-pressed', String(each === which)));
    const used = [...new Set(['rain rate', which.scale])];
    scales.replaceChildren(...used.map((name) => key(header.scales[name])), make('ol', {}, make('li', { class: 'unknown' },
      make('span', { class: 'word' }), make('i', { style: `background: repeating-linear-gradient(135deg, ${header.hatch[0]} 0 4px, ${header.hatch[1]} 4px 5px)` }), make('span', { class: 'edge' }, 'no data'))));
    show(frame);
  }

  function key(scale) {
    let word = null;
    const steps = make('ol', { 'aria-label': `Colours of ${scale.name}, ${scale.unit}` }, ...scale.order.map((step, at) => {
      const fresh = scale.words[step] !== word;
      word = scale.words[step];
      const begins = at === 0 ? '' : (scale.order[0] ? sign(scale.edges[at - 1]) : String(scale.edges[at - 1]));
      return make('li', { title: `${scale.labels[step]}, ${word}` }, make('span', { class: 'word' }, fresh ? word : ''),
        make('i', { style: `background:${scale.colours[step]}` }), make('span', { class: 'edge' }, begins));
    }));
    return make('div', { class: 'steps' }, make('span', { 'aria-hidden': 'true' }, scale.unit), steps);
  }

  function show(at) {
    frame = at;
    slider.value = String(at);
    slider.setAttribute('aria-valuetext', clockOf(at));
    clock.textContent = clockOf(at);
    redraw();
    if (!timer) told();
    else output.textContent = reading(...place);
  }

  // words that a screen reader hears: not while the frames run
  function told() {
    canvas.setAttribute('aria-label', described());
    output.textContent = reading(...place);
    seriesTitle.textContent = `Rain at the cross: ${whereabouts(...place)}`;
    series.setAttribute('aria-label', `Rain rate at ${whereabouts(...place)} over time. ${reading(...place)} All times are in the table below.`);
    fillNumbers();
  }

  const step = (by) => {
    stop();
    show(Math.min(one.minutes.length - 1, Math.max(0, frame + by)));
  };

  // ---- running -------------------------------------------------------------------------------------------------

  function tick() {
    if (document.hidden || !onScreen) return;
    if (frame < one.minutes.length - 1) {
      show(frame + 1);
      pauseAtEnd = 3;
    } else if (!loop) stop();
    else if (pauseAtEnd > 0) pauseAtEnd -= 1;
    else show(0);
  }

  function run() {
    clearInterval(timer);
    if (!timer && frame === one.minutes.length - 1) show(0);
    timer = setInterval(tick, 1000 / Number(speed.value));
    output.setAttribute('aria-live', 'off');
    play.textContent = 'Pause';
  }

  function stop() {
    if (!timer) return;
    clearInterval(timer);
    timer = null;
    output.setAttribute('aria-live', 'polite');
    play.textContent = 'Play';
    told();
  }

  const toggle = () => (timer ? stop() : run());
  const deed = (label, does, attributes = {}) => make('button', { type: 'button', onclick: does, ...attributes }, label);
  const play = deed('Play', toggle, { class: 'play' });
  const speed = make('select', { onchange: () => timer && run() }, ...[['2', 'slow'], ['4', 'normal'], ['8', 'fast']].map(([value, text]) => make('option', { value, selected: value === '4' }, text)));
  const pressed = (button, on) => button.setAttribute('aria-pressed', String(on));
  const toggleLoop = () => { loop = !loop; pressed(again, loop); };
  const toggleArrows = () => {
    if (!one.arrows.length) return;
    arrowsOn = !arrowsOn;
    pressed(moving, arrowsOn);
    redraw();
  };
  const setSwipe = (on) => {
    if (!one.truth) return;
    swipe = on;
    modes.forEach((mode, at) => pressed(mode, (at === 1) === on));
    dividerRow.hidden = !on;
    redraw();
  };
  const again = deed('Loop', toggleLoop, { 'aria-pressed': 'true' });
  const moving = deed('Motion', toggleArrows, { 'aria-pressed': 'false', title: `Where the rain goes in ${header.arrow_minutes} minutes` });
  const modes = [deed('Side by side', () => setSwipe(false), { 'aria-pressed': 'true' }), deed('Swipe', () => setSwipe(true), { 'aria-pressed': 'false' })];
  const keep = () => sciml.Stage.prototype.keep.call({ canvas }, `${header.caption} ${one.title}, ${clockOf(frame)}. ${nameOf(shownAt(field, frame))}${one.truth ? ' beside what was observed' : ''}.`,
    `rain-${one.times[one.issue].slice(0, 16).replace(/[^0-9]/g, '')}-${one.minutes[frame]}.png`);

  // ---- pointer and keys ------------------------------------------------------------------------------------------

  function cellAt(event) {
    const map = maps.find((each) => event.offsetX >= each.x && event.offsetX < each.x + each.width && event.offsetY >= each.y && event.offsetY < each.y + each.height);
    if (!map) return null;
    const across = window_[0] + ((event.offsetX - map.x) / map.width) * (window_[2] - window_[0]);
    const down = window_[1] + ((event.offsetY - map.y) / map.height) * (window_[3] - window_[1]);
    return [Math.min(one.height - 1, Math.floor(down * one.height)), Math.min(one.width - 1, Math.floor(across * one.width))];
  }

  const onDivider = (event) => swipe && one.truth && Math.abs(event.offsetX - maps[0].x - divider * maps[0].width) < 14;

  canvas.addEventListener('pointerdown', (event) => {
    held = { x: event.offsetX, y: event.offsetY, divider: onDivider(event), moved: false, from: [...window_] };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (held && Math.hypot(event.offsetX - held.x, event.offsetY - held.y) > 4) held.moved = true;
    if (held?.divider) {
      divider = Math.min(1, Math.max(0, (event.offsetX - maps[0].x) / maps[0].width));
      divide.value = String(Math.round(100 * divider));
      redraw();
    } else if (held?.moved && held.from[2] - held.from[0] < 1) {
      const wide = held.from[2] - held.from[0];
      slide(held.from[0] - ((event.offsetX - held.x) / maps[0].width) * wide, held.from[1] - ((event.offsetY - held.y) / maps[0].height) * wide, wide);
    } else {
      const cell = cellAt(event);
      if (!timer) output.textContent = reading(...(cell ?? place));
      canvas.style.cursor = onDivider(event) ? 'ew-resize' : cell ? 'crosshair' : 'default';
    }
  });
  canvas.addEventListener('pointerup', (event) => {
    const cell = held && !held.moved && !held.divider ? cellAt(event) : null;
    held = null;
    if (cell) pin(cell);
  });
  canvas.addEventListener('pointerleave', () => { if (!timer) output.textContent = reading(...place); });
  canvas.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8);
  }, { passive: false });

  function pin(cell) {
    place = cell;
    redraw();
    told();
  }

  function zoom(factor) {
    const wide = Math.min(1, Math.max(0.06, (window_[2] - window_[0]) * factor));
    slide((place[1] + 0.5) / one.width - wide / 2, (place[0] + 0.5) / one.height - wide / 2, wide);
  }

  function slide(left, top, wide) {
    const [x, y] = [Math.min(Math.max(0, left), 1 - wide), Math.min(Math.max(0, top), 1 - wide)];
    window_ = [x, y, x + wide, y + wide];
    redraw();
  }

  const view = make('div', { class: 'view radar', role: 'group', 'aria-label': 'Rain viewer' });
  const { button, help } = sciml.keys(view, [
    ['Space', 'play or pause'], ['← →', 'one frame'], ['Home End', 'first, last frame'], ['i', 'issue time', () => { stop(); show(one.issue); }],
    ['Shift ← → ↑ ↓', 'move the cross, on the map'], ['f', 'next field', () => choose(choices()[(choices().indexOf(field) + 1) % choices().length])],
    ['s', 'swipe or side by side', () => setSwipe(!swipe)], ['m', 'motion', toggleArrows], ['l', 'loop', toggleLoop],
    ['+', 'closer to the cross', () => zoom(0.7)], ['-', 'farther', () => zoom(1.4)], ['0', 'whole map', () => slide(0, 0, 1)], ['p', 'save as PNG', keep], ['?', 'these keys', () => {}],
  ]);

  view.addEventListener('keydown', (event) => {
    if (event.target.closest('select, input') || event.ctrlKey || event.metaKey || event.altKey) return;
    const towards = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const onButton = event.target.closest('button, summary, .scroll');
    let does = null;
    if (event.shiftKey && towards && event.target === canvas) {
      // a key that is held down moves faster
      const far = event.repeat ? 3 : 1;
      does = () => pin([Math.min(one.height - 1, Math.max(0, place[0] + far * towards[0])), Math.min(one.width - 1, Math.max(0, place[1] + far * towards[1]))]);
    } else if (!event.shiftKey && event.key === ' ' && !onButton) does = toggle;
    else if (!event.shiftKey && towards?.[1] && !event.target.closest('.scroll')) does = () => step(towards[1]);
    else if (event.key === 'Home') does = () => { stop(); show(0); };
    else if (event.key === 'End') does = () => { stop(); show(one.minutes.length - 1); };
    if (!does) return;
    event.preventDefault();
    does();
  });

  view.append(
    make('div', { class: 'view-bar' }, make('div', { class: 'view-tabs' }, ...(tabs.length > 1 ? tabs : [])), ...modes, button),
    help,
    make('div', { class: 'view-stage' }, title, about, fields, canvas, dividerRow,
      make('div', { class: 'view-time' }, play, deed('Back', () => step(-1)), deed('Forward', () => step(1)),
        make('div', { class: 'track' }, slider, issue), clock),
      make('div', { class: 'tools' }, make('label', {}, 'Speed ', speed), again, moving, deed('Closer', () => zoom(0.7)), deed('Farther', () => zoom(1.4)), deed('Whole map', () => slide(0, 0, 1)), deed('PNG', keep)),
      output, scales, make('div', { class: 'view-side' }, make('div', { class: 'channels' }, seriesTitle, series, numbers))),
  );
  new ResizeObserver(() => redraw()).observe(canvas);
  new IntersectionObserver((entries) => { onScreen = entries[entries.length - 1].isIntersecting; }).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  still.addEventListener('change', () => still.matches && stop());
  view.addEventListener('shown', () => {
    if (canvas.clientWidth < 560) setSwipe(true);
    frame = one.minutes.findIndex((minutes) => minutes >= 30);
    if (frame < 0) frame = one.minutes.length - 1;
    open(one);
    if (!still.matches) {
      show(0);
      run();
    }
  });
  return view;
};
