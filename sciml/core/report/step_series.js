// Values at one place over time, upwards by the steps of a scale: a line that runs along a step lies somewhere in it.
'use strict';
(() => {
  const UNKNOWN = 255;
  const [PLOT, LEFT, RIGHT, KEY_ROW, BOTTOM] = [160, 62, 12, 18, 24];
  const LOOKS = {
    observed: { stroke: 'ink', wide: 2.6, dash: [], dots: true },
    mean: { stroke: 's0', wide: 2, dash: [7, 4] },
    member: { stroke: 's5', wide: 1.1, dash: [] },
    baseline: { stroke: 's1', wide: 2, dash: [2, 3] },
  };
  const UPWARDS = ['member', 'baseline', 'mean', 'observed'];

  // `lines` are { label, look, steps }: a step for each time, 255 where nothing is known
  sciml.drawSteps = (canvas, { scale, minutes, issue, frame, lines, mark }) => {
    const width = canvas.clientWidth;
    if (!width) return;
    const colour = sciml.colours();
    const context = canvas.getContext('2d');
    const key = keyOf(context, lines, width);
    const top = key.rows * KEY_ROW + 10;
    const height = top + PLOT + BOTTOM;
    const pixels = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    [canvas.width, canvas.height] = [Math.round(width * pixels), Math.round(height * pixels)];
    context.scale(pixels, pixels);
    const tall = PLOT / scale.colours.length;
    const x = (at) => LEFT + ((at + 0.5) / minutes.length) * (width - LEFT - RIGHT);
    const y = (step) => top + PLOT - (step + 0.5) * tall;
    context.fillStyle = colour('paper');
    context.fillRect(0, 0, width, height);
    context.fillStyle = colour('sheet');
    context.fillRect(LEFT, top, x(issue + 0.5) - LEFT, PLOT);
    drawScale(context, colour, scale, top, y, tall);
    drawTimes(context, colour, minutes, x, height - 8, width < 520 ? 30 : 15);
    context.fillRect(x(issue + 0.5) - 0.75, top, 1.5, PLOT);
    context.fillStyle = mark;
    context.globalAlpha = 0.25;
    context.fillRect(x(frame) - 4, top, 8, PLOT);
    context.globalAlpha = 1;
    key.entries.forEach((entry) => drawEntry(context, colour, entry));
    const upwards = [...lines].sort((a, b) => UPWARDS.indexOf(a.look) - UPWARDS.indexOf(b.look));
    upwards.forEach((line) => drawLine(context, colour, line, x, y));
  };

  function drawScale(context, colour, scale, top, y, tall) {
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'right';
    scale.colours.forEach((code, step) => {
      context.fillStyle = code;
      context.fillRect(LEFT - 12, y(step) - tall / 2, 10, tall);
      context.fillStyle = colour('soft');
      if (step) context.fillText(String(scale.edges[step - 1]), LEFT - 16, y(step) + tall / 2 + 4);
    });
    context.strokeStyle = colour('edge');
    context.lineWidth = 1;
    context.strokeRect(LEFT - 12.5, top, 10, PLOT);
    context.fillText(scale.unit, LEFT - 16, top - 1);
  }

  function drawTimes(context, colour, minutes, x, y, every) {
    context.fillStyle = colour('soft');
    context.textAlign = 'center';
    minutes.forEach((minute, at) => {
      if (minute % every === 0) context.fillText(minute === 0 ? 'issue time' : sciml.signed(minute), x(at), y);
    });
  }

  function stroke(context, colour, look) {
    context.strokeStyle = colour(look.stroke);
    context.lineWidth = look.wide;
    context.setLineDash(look.dash);
    context.beginPath();
  }

  function drawLine(context, colour, line, x, y) {
    const look = LOOKS[line.look];
    stroke(context, colour, look);
    let pen = false;
    line.steps.forEach((step, at) => {
      if (step !== UNKNOWN) context[pen ? 'lineTo' : 'moveTo'](x(at), y(step));
      pen = step !== UNKNOWN;
    });
    context.stroke();
    context.setLineDash([]);
    if (!look.dots) return;
    context.fillStyle = colour(look.stroke);
    line.steps.forEach((step, at) => { if (step !== UNKNOWN) context.fillRect(x(at) - 2.5, y(step) - 2.5, 5, 5); });
  }

  // one entry for each look, in as many rows as they need
  function keyOf(context, lines, width) {
    context.font = '12px system-ui, sans-serif';
    const named = new Map(lines.map((line) => [line.look, line.label]));
    const entries = [];
    let [x, row] = [LEFT, 0];
    for (const look of Object.keys(LOOKS).filter((each) => named.has(each))) {
      const wide = 29 + context.measureText(named.get(look)).width;
      if (x > LEFT && x + wide > width) [x, row] = [LEFT, row + 1];
      entries.push({ look, label: named.get(look), x, y: 12 + row * KEY_ROW });
      x += wide + 18;
    }
    return { entries, rows: row + 1 };
  }

  function drawEntry(context, colour, { look, label, x, y }) {
    stroke(context, colour, LOOKS[look]);
    context.moveTo(x, y);
    context.lineTo(x + 24, y);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = colour('ink');
    context.font = '12px system-ui, sans-serif';
    context.textAlign = 'left';
    context.fillText(label, x + 29, y + 4);
  }

  sciml.signed = (value) => (value > 0 ? `+${value}` : String(value).replace('-', '−'));
})();
