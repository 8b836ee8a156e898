// What a threshold would mean: sensitivity and specificity from stored scores, and at a prevalence that the reader sets.
'use strict';
sciml.viewers.operating = ({ header, arrays }, sentence) => {
  const { make } = sciml;
  const SIZE = 300;
  const MARGIN = 34;
  const Z = 1.959964;
  const tests = header.tests.map((test, at) => ({ ...test, positives: above(arrays[`positives_${at}`]), negatives: above(arrays[`negatives_${at}`]) }));
  const bins = header.bins;
  let test = tests[0];
  // a named threshold lies between the steps of the slider: its decisions were counted
  let point = null;

  // how many lie in this bin or a higher one, for each bin; one more entry at the end: nothing
  function above(counts) {
    const sums = new Float64Array(counts.length + 1);
    for (let at = counts.length - 1; at >= 0; at -= 1) sums[at] = sums[at + 1] + counts[at];
    return sums;
  }

  const probabilityOf = (bin) => 1 / (1 + Math.exp(-(header.low + bin * header.step)));
  // the first bin whose scores all reach this probability
  const binOf = (probability) => Math.min(bins, Math.max(0, Math.ceil((Math.log(probability / (1 - probability)) - header.low) / header.step - 1e-9)));

  // Wilson's interval of a share
  function wilson(some, all) {
    if (!all) return [0, 1];
    const share = some / all;
    const middle = (share + (Z * Z) / (2 * all)) / (1 + (Z * Z) / all);
    const half = (Z * Math.sqrt((share * (1 - share)) / all + (Z * Z) / (4 * all * all))) / (1 + (Z * Z) / all);
    return [Math.max(0, middle - half), Math.min(1, middle + half)];
  }

  // ---- controls ------------------------------------------------------------------------------------------------

  const canvas = make('canvas', { role: 'img', class: 'operating-canvas' });
  const slider = make('input', { type: 'range', min: '0', max: String(bins), step: '1', oninput: () => { point = null; show(); } });
  const threshold = make('output');
  const prevalence = make('input', { type: 'number', min: '0.01', max: '99', step: 'any', value: String(header.prevalence), oninput: () => show() });
  const named = make('div', { class: 'view-fields', role: 'group', 'aria-label': 'Named thresholds' });
  const result = make('dl', { class: 'operating-result', 'aria-live': 'polite' });
  const tabs = tests.map((each, at) => make('button', { type: 'button', 'aria-pressed': 'false', onclick: () => open(at) }, each.label));

  function open(at) {
    test = tests[at];
    tabs.forEach((tab, place) => tab.setAttribute('aria-pressed', String(place === at)));
    named.replaceChildren(...test.points.map((each) => make('button', { type: 'button', 'aria-pressed': 'false', onclick: () => go(each) }, each.label)));
    go(test.points[0]);
  }

  function go(to) {
    point = to;
    slider.value = String(binOf(to.probability));
    show();
  }

  function show() {
    const bin = Number(slider.value);
    const [found, called] = point?.counts ?? [test.positives[bin], test.negatives[bin]];
    const [sick, well] = [test.positives[0], test.negatives[0]];
    [...named.children].forEach((button, at) => button.setAttribute('aria-pressed', String(test.points[at] === point)));
    const sensitivity = found / sick;
    const alarms = called / well;
    const common = Math.min(0.99, Math.max(0.0001, Number(prevalence.value) / 100 || 0.0001));
    const flagged = sensitivity * common + alarms * (1 - common);
    const left = 1 - flagged;
    const share = (value, some, all) => {
      const [low, high] = wilson(some, all);
      return `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], ${some.toLocaleString('en')} of ${all.toLocaleString('en')}`;
    };
    const chance = (value) => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : 'nobody');
    threshold.textContent = `${(100 * (point?.probability ?? probabilityOf(bin))).toPrecision(3)} %`;
    slider.setAttribute('aria-valuetext', `called from a probability of ${threshold.textContent} on`);
    const facts = [
      ['Sensitivity', share(sensitivity, found, sick)],
      ['Specificity', share(1 - alarms, well - called, well)],
      ['PPV: of those called, have it', flagged > 0 ? chance((sensitivity * common) / flagged) : 'nobody is called'],
      ['NPV: of those not called, have it not', left > 0 ? chance(((1 - alarms) * (1 - common)) / left) : 'all are called'],
      ['Called per 1,000', (1000 * flagged).toFixed(0)],
      ['Missed per 1,000', (1000 * common * (1 - sensitivity)).toFixed(1)],
    ];
    result.replaceChildren(...facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
    draw(alarms, sensitivity);
    canvas.setAttribute('aria-label', `ROC curve of ${test.label}; at this threshold sensitivity ${sensitivity.toFixed(3)}, specificity ${(1 - alarms).toFixed(3)}.`);
  }

  // ---- the curve -------------------------------------------------------------------------------------------------

  function draw(across, up) {
    const colour = sciml.colours();
    const scale = devicePixelRatio || 1;
    canvas.width = SIZE * scale;
    canvas.height = SIZE * scale;
    const context = canvas.getContext('2d');
    context.scale(scale, scale);
    const room = SIZE - MARGIN - 10;
    const x = (value) => MARGIN + value * room;
    const y = (value) => 10 + (1 - value) * room;
    context.fillStyle = colour('paper');
    context.fillRect(0, 0, SIZE, SIZE);
    context.font = '11px system-ui, sans-serif';
    for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
      context.strokeStyle = colour('rule');
      context.lineWidth = 1;
      context.strokeRect(x(0), y(tick), room, 0);
      context.strokeRect(x(tick), y(1), 0, room);
      context.fillStyle = colour('soft');
      context.textAlign = 'right';
      context.fillText(String(tick), x(0) - 4, y(tick) + 4);
      context.textAlign = 'center';
      context.fillText(String(tick), Math.min(x(tick), SIZE - 6), y(0) + 13);
    }
    context.fillText('1 − specificity', x(0.5), SIZE - 3);
    context.save();
    context.translate(9, y(0.5));
    context.rotate(-Math.PI / 2);
    context.fillText('sensitivity', 0, 0);
    context.restore();
    context.strokeStyle = colour('s0');
    context.lineWidth = 2;
    context.beginPath();
    for (let bin = bins; bin >= 0; bin -= 1) context.lineTo(x(test.negatives[bin] / test.negatives[0]), y(test.positives[bin] / test.positives[0]));
    context.stroke();
    context.strokeStyle = colour('edge');
    context.setLineDash([3, 3]);
    context.lineWidth = 1;
    context.strokeRect(x(0), y(up), x(across) - x(0), y(0) - y(up));
    context.setLineDash([]);
    context.fillStyle = colour('s1');
    context.beginPath();
    context.arc(x(across), y(up), 6, 0, 2 * Math.PI);
    context.fill();
  }

  // ---- the whole -------------------------------------------------------------------------------------------------

  const view = make('div', { class: 'view operating-view', role: 'group', 'aria-label': 'Operating point' });
  view.append(
    make('div', { class: 'view-bar' }, make('div', { class: 'view-tabs' }, ...tabs)),
    make('div', { class: 'view-stage operating-stage' }, canvas, make('div', {},
      named,
      make('label', { class: 'operating-slider' }, make('span', {}, 'Called from a probability of '), threshold, slider),
      make('label', { class: 'operating-prevalence' }, 'Prevalence where it is used ', prevalence, ' %'),
      result, make('p', { class: 'about' }, header.note))),
  );
  view.setAttribute('aria-description', sentence);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => show());
  view.addEventListener('shown', () => open(0));
  return view;
};
