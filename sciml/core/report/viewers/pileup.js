// The reads at each call, the image that the network saw of them, and what everybody said.
'use strict';
sciml.viewers.pileup = ({ header, arrays }, sentence) => {
  const { make } = sciml;
  const LETTERS = '\u00a0ACGTN';
  const GAP = 6;
  const COVER = 52;
  const AXIS = 30;
  const GUTTER = 26;
  let shown = [];
  let site = null;
  let qualities = true;

  const stage = new sciml.Stage(header.columns, draw, read);
  stage.gutter = GUTTER;
  const list = make('ol', { class: 'view-list' });
  const title = make('h4');
  const about = make('p', { class: 'about' });
  const side = make('div', { class: 'view-side' });
  const count = make('output', { class: 'about' });

  // ---- the list of calls -------------------------------------------------------------------------------------

  const tabs = header.kinds.map((kind) => make('button', {
    type: 'button', 'aria-pressed': 'false', 'data-kind': kind.kind, onclick: () => choose(kind.kind),
  }, `${kind.label} (${header.sites.filter((one) => one.kind === kind.kind).length})`));
  const types = select('Type', [['', 'all'], ...[...new Set(header.sites.map((one) => one.type))].sort().map((type) => [type, type])]);
  const byQuality = header.asked ? [['qual', 'quality, low first'], ['-qual', 'quality, high first']] : [];
  const order = select('Sort by', [['lot', 'random order'], ['place', 'place'], ...byQuality, ['alternate', 'share of alternate reads']]);
  let kind = header.kinds[0].kind;

  function select(label, options) {
    const field = make('select', { onchange: () => refill() }, ...options.map(([value, text]) => make('option', { value }, text)));
    return { field, label: make('label', {}, label, field) };
  }

  function choose(name) {
    kind = name;
    refill();
  }

  function refill() {
    tabs.forEach((tab) => tab.setAttribute('aria-pressed', String(tab.dataset.kind === kind)));
    const keys = {
      lot: (one) => one.number, place: (one) => one.position, qual: (one) => one.qual ?? -1, '-qual': (one) => -(one.qual ?? -1), alternate: (one) => share(one),
    };
    const key = keys[order.field.value];
    shown = header.sites.map((one, number) => ({ ...one, number }))
      .filter((one) => one.kind === kind && (!types.field.value || one.type === types.field.value))
      .sort((one, two) => key(one) - key(two) || one.number - two.number);
    list.replaceChildren(...shown.map((one) => make('li', {}, make('button', { type: 'button', onclick: () => open(one) },
      name(one), make('small', {}, `${one.type} ${one.short}`)))));
    open(shown[0] ?? null);
  }

  const name = (one) => `${one.contig}:${one.position.toLocaleString('en')}`;

  function share(one) {
    const [first, last] = one.reads;
    let alternate = 0;
    for (let at = first; at < last; at += 1) alternate += (arrays.read_flags[at] >> 1) & 1;
    return alternate / Math.max(1, last - first);
  }

  function step(by) {
    const at = shown.indexOf(site);
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (!next || next === site) return;
    const inList = list.contains(document.activeElement);
    open(next);
    const button = list.children[shown.indexOf(next)].firstChild;
    if (inList) button.focus();
    // only the list scrolls, never the page
    list.scrollTop = button.offsetTop - list.offsetTop - list.clientHeight / 2;
  }

  // ---- one call ------------------------------------------------------------------------------------------------

  function open(one) {
    site = one;
    [...list.children].forEach((entry, at) => {
      if (shown[at] === one) entry.firstChild.setAttribute('aria-current', 'true');
      else entry.firstChild.removeAttribute('aria-current');
    });
    count.textContent = one ? `${shown.indexOf(one) + 1} of ${shown.length}` : '';
    if (!one) {
      title.textContent = 'No such call';
      about.textContent = 'Choose another kind or type.';
      side.replaceChildren();
      stage.canvas.setAttribute('aria-label', 'No call is chosen.');
      stage.show(header.columns, 60);
      return;
    }
    title.textContent = `${name(one)}  ${one.ref} → ${one.alts}`;
    about.textContent = one.about;
    stage.hint = `${one.reads[1] - one.reads[0]} of ${one.depth} reads are drawn. Point at a base to read it.`;
    stage.canvas.setAttribute('aria-label', `${sentence} ${name(one)}: ${one.about} ${Math.round(100 * share(one))} percent of the reads drawn show the alternate.`);
    stage.show(header.columns, COVER + AXIS + rowHeight(one) * (one.reads[1] - one.reads[0]) + 8);
    side.replaceChildren(...(header.asked ? [said(one), probabilities(one)] : []), channels(one));
  }

  function said(one) {
    const rows = one.said.map(([who, what, word]) => make('tr', {}, make('th', { scope: 'row' }, who), make('td', {}, what), make('td', {}, word)));
    const head = make('tr', {}, ...['Who', 'Genotype', 'Beside the truth'].map((text) => make('th', { scope: 'col' }, text)));
    return make('div', {}, make('h5', {}, 'What each said'), make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows)));
  }

  function probabilities(one) {
    if (!one.probabilities.length) return make('div', {}, make('h5', {}, 'Genotype probabilities'), make('p', { class: 'about' }, 'The model made no record here.'));
    const bars = one.probabilities.map(([genotype, value]) => make('div', { class: 'probability' },
      make('span', {}, genotype), make('i', { style: `width:${(100 * value).toFixed(1)}%` }), make('span', {}, value < 0.001 ? '<0.001' : value.toFixed(3))));
    return make('div', {}, make('h5', {}, `Genotype probabilities${one.gq >= 0 ? `, GQ ${one.gq}` : ''}`), ...bars);
  }

  function channels(one) {
    const box = make('div', { class: 'channels' }, make('h5', {}, 'The image that the network saw'));
    if (one.image < 0) {
      box.append(make('p', { class: 'about' }, one.no_image));
      return box;
    }
    const size = header.image_rows * header.image_columns;
    const tiles = header.channels.map((channel, at) => {
      const start = (one.image * header.channels.length + at) * size;
      const canvas = make('canvas', { role: 'img', 'aria-label': `Channel ${channel} of the image at ${name(one)}` });
      sciml.paint(canvas, arrays.image.subarray(start, start + size), header.image_rows, header.image_columns);
      return make('figure', { class: 'channel' }, canvas, make('figcaption', {}, channel));
    });
    box.append(make('div', { class: 'tiles' }, ...tiles));
    return box;
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  const rowHeight = (one) => Math.min(14, Math.max(8, 620 / Math.max(1, one.reads[1] - one.reads[0])));

  // what a read shows at a column: 0 the reference, 1-5 another letter, 6 deleted, -1 nothing
  function codeAt(at, column) {
    const start = arrays.read_start[at];
    const from = arrays.read_offset[at];
    const length = arrays.read_offset[at + 1] - from;
    return column < start || column >= start + length ? -1 : arrays.code[from + column - start];
  }

  function draw(context, width, from, to) {
    const colour = sciml.colours();
    context.fillStyle = colour('paper');
    context.fillRect(0, 0, width, stage.height);
    if (!site) return;
    const cell = (width - GUTTER) / (to - from);
    const x = (column) => GUTTER + (column - from) * cell;
    const letters = ['', colour('a'), colour('c'), colour('g'), colour('t'), colour('n')];
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, width - GUTTER, stage.height);
    context.clip();
    context.fillStyle = colour('alternate');
    context.globalAlpha = 0.13;
    context.fillRect(x(site.column), 0, Math.max(1, site.span) * cell, stage.height);
    context.globalAlpha = 1;
    drawCover(context, colour, letters, x, cell);
    drawReference(context, colour, letters, x, cell);
    const [first, last] = site.reads;
    const high = rowHeight(site);
    for (let at = first; at < last; at += 1) drawRead(context, colour, letters, x, cell, at, COVER + AXIS + (at - first) * high, high);
    drawInsertions(context, colour, x, cell, high);
    context.restore();
    drawGutter(context, colour, high);
  }

  function counts(column) {
    const found = [0, 0, 0, 0, 0, 0, 0];
    for (let at = site.reads[0]; at < site.reads[1]; at += 1) {
      const code = codeAt(at, column);
      if (code >= 0) found[code] += 1;
    }
    return found;
  }

  function drawCover(context, colour, letters, x, cell) {
    const columns = Array.from({ length: header.columns }, (_, column) => counts(column));
    const most = Math.max(1, ...columns.map((found) => found.reduce((sum, one) => sum + one, 0) - found[GAP]));
    columns.forEach((found, column) => {
      let base = COVER - 4;
      const stack = (amount, fill) => {
        const tall = (amount / most) * (COVER - 14);
        context.fillStyle = fill;
        context.fillRect(x(column), base - tall, Math.max(1, cell - (cell > 4 ? 1 : 0)), tall);
        base -= tall;
      };
      for (let letter = 1; letter <= 5; letter += 1) if (found[letter]) stack(found[letter], letters[letter]);
      stack(found[0], colour('read-edge'));
    });
    context.fillStyle = colour('soft');
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'left';
    context.fillText(`depth to ${most}`, GUTTER + 4, 10);
  }

  function drawReference(context, colour, letters, x, cell) {
    context.textAlign = 'center';
    const small = Math.min(13, cell * 1.35);
    // labels at least 90 pixels apart, on round positions
    const every = [10, 20, 50, 100, 200, 500].find((bases) => bases * cell >= 90) ?? 1000;
    for (let column = 0; column < site.reference.length; column += 1) {
      const letter = site.reference[column];
      context.font = `600 ${small}px ui-monospace, "DejaVu Sans Mono", monospace`;
      context.fillStyle = letters['ACGT'.indexOf(letter) + 1] || colour('n');
      if (cell >= 5) context.fillText(letter, x(column) + cell / 2, COVER + 9);
      else context.fillRect(x(column), COVER, cell, 8);
      const position = site.start + column + 1;
      if (position % every === 0 && x(column) > GUTTER + 36) {
        context.fillStyle = colour('soft');
        context.font = '11px system-ui, sans-serif';
        context.fillText(position.toLocaleString('en'), x(column) + cell / 2, COVER + 23);
        context.fillRect(x(column) + cell / 2, COVER + 11, 1, 3);
      }
    }
  }

  function drawRead(context, colour, letters, x, cell, at, y, high) {
    const start = arrays.read_start[at];
    const from = arrays.read_offset[at];
    const length = arrays.read_offset[at + 1] - from;
    for (let step_ = 0; step_ < length; step_ += 1) {
      const code = arrays.code[from + step_];
      const quality = arrays.quality[from + step_];
      context.globalAlpha = qualities ? 0.25 + (0.75 * Math.min(quality, 40)) / 40 : 1;
      if (code === GAP) {
        context.globalAlpha = 1;
        context.fillStyle = colour('gap');
        context.fillRect(x(start + step_), y + high / 2 - 0.75, cell + 0.5, 1.5);
      } else {
        context.fillStyle = code === 0 ? colour('read') : letters[code];
        context.fillRect(x(start + step_), y + 0.5, cell + (code === 0 ? 0.3 : 0), high - 1);
        if (code > 0 && cell >= 5 && high >= 7) {
          context.globalAlpha = 1;
          context.fillStyle = colour('paper');
          context.font = `700 ${Math.min(high - 1, cell * 1.25)}px ui-monospace, "DejaVu Sans Mono", monospace`;
          context.fillText(LETTERS[code], x(start + step_) + cell / 2, y + high - 2.2);
        }
      }
    }
    context.globalAlpha = 1;
    if (arrays.read_mapping[at] < 20) {
      context.strokeStyle = colour('edge');
      context.setLineDash([3, 2]);
      context.strokeRect(x(start) + 0.5, y + 1, length * cell - 1, high - 2);
      context.setLineDash([]);
    }
  }

  function drawInsertions(context, colour, x, cell, high) {
    context.fillStyle = colour('insertion');
    for (const [at, column, letters] of site.insertions) {
      const y = COVER + AXIS + (at - site.reads[0]) * high;
      const middle = x(column + 1);
      context.fillRect(middle - 1, y, 2, high);
      context.fillRect(middle - 3, y, 6, 1.5);
      context.fillRect(middle - 3, y + high - 1.5, 6, 1.5);
      if (cell >= 9) {
        context.font = `600 ${Math.min(high - 2, 10)}px system-ui, sans-serif`;
        context.textAlign = 'left';
        context.fillText(String(letters.length), middle + 3, y + high - 2);
        context.textAlign = 'center';
      }
    }
  }

  // on the left: which strand, and whether the read shows the alternate
  function drawGutter(context, colour, high) {
    context.textAlign = 'center';
    for (let at = site.reads[0]; at < site.reads[1]; at += 1) {
      const y = COVER + AXIS + (at - site.reads[0]) * high;
      const alternate = arrays.read_flags[at] & 2;
      if (alternate) {
        context.fillStyle = colour('alternate');
        context.fillRect(2, y, 3, high);
      }
      context.fillStyle = colour('soft');
      context.font = `${Math.min(12, high + 2)}px system-ui, sans-serif`;
      context.fillText(arrays.read_flags[at] & 1 ? '◂' : '▸', 15, y + high - 1.5);
    }
  }

  function read(place, y) {
    if (!site) return '';
    const column = Math.floor(place);
    if (column < 0 || column >= header.columns) return '';
    const where = `${site.contig}:${(site.start + column + 1).toLocaleString('en')}, reference ${site.reference[column]}`;
    const row = Math.floor((y - COVER - AXIS) / rowHeight(site));
    const at = site.reads[0] + row;
    if (row < 0 || at >= site.reads[1]) {
      const found = counts(column);
      const words = [...'ACGTN'].map((letter, code) => (found[code + 1] ? `${letter} ${found[code + 1]}` : '')).filter(Boolean);
      return `${where}: ${found[0]} reads agree${words.length ? `, ${words.join(', ')}` : ''}${found[GAP] ? `, deleted in ${found[GAP]}` : ''}`;
    }
    const code = codeAt(at, column);
    if (code < 0) return where;
    const inserted = site.insertions.filter(([which, after]) => which === at && Math.abs(after - column) <= 1);
    const base = code === GAP ? 'deleted' : `base ${code === 0 ? site.reference[column] : LETTERS[code]}, quality ${arrays.quality[arrays.read_offset[at] + column - arrays.read_start[at]]}`;
    const strand = arrays.read_flags[at] & 1 ? 'reverse' : 'forward';
    return `${where}: ${base}, mapping quality ${arrays.read_mapping[at]}, ${strand} strand${inserted.length ? `, ${inserted[0][2]} inserted` : ''}`;
  }

  // ---- the whole -----------------------------------------------------------------------------------------------

  const deed = (label, does, attributes = {}) => make('button', { type: 'button', onclick: does, ...attributes }, label);
  const toggleQuality = () => {
    qualities = !qualities;
    fade.setAttribute('aria-pressed', String(qualities));
    stage.redraw();
  };
  const keep = () => site && stage.keep(`${header.caption} ${title.textContent}. ${about.textContent}`, `${site.contig}-${site.position}.png`);
  const fade = deed('Fade by base quality', toggleQuality, { 'aria-pressed': 'true' });
  const place = deed('Copy place', () => site && sciml.copy(place, `${site.contig}:${site.position}`), { 'aria-live': 'polite' });
  const view = make('div', { class: 'view', role: 'group', 'aria-label': 'Pileup viewer' });
  const { button, help } = sciml.keys(view, [
    ['j', 'next call', () => step(1)], ['k', 'previous call', () => step(-1)], ['+', 'closer', () => stage.zoom(0.7)],
    ['-', 'farther', () => stage.zoom(1.4)], ['0', 'all columns', () => stage.reset()], ['q', 'fade by base quality', toggleQuality],
    ['p', 'save as PNG', keep], ['?', 'these keys', () => {}],
  ]);
  view.append(
    make('div', { class: 'view-bar' }, make('div', { class: 'view-tabs' }, ...tabs), types.label, order.label, button),
    help,
    make('div', { class: 'view-main' }, list, make('div', { class: 'view-stage' }, title, about,
      make('div', { class: 'tools' }, deed('Previous', () => step(-1)), deed('Next', () => step(1)), count,
        deed('Closer', () => stage.zoom(0.7)), deed('Farther', () => stage.zoom(1.4)), deed('All', () => stage.reset()), fade, deed('PNG', keep), place),
      stage.canvas, stage.output, side)),
  );
  view.addEventListener('shown', () => refill());
  return view;
};
