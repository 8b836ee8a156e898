// A field on a map: cells in the colours of a scale, degrees or kilometres along the frame, arrows, a cross, a scale bar.
'use strict';
(() => {
  const UNKNOWN = 255;
  const MARK = '#c2330f';
  const LINE = '#3d4653';
  const ROUND_KM = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

  // the 32-bit pixels of a scale's steps; what is not known stays transparent
  sciml.stepTable = (colours) => {
    const bytes = new Uint8ClampedArray(256 * 4);
    colours.forEach((code, step) => {
      [1, 3, 5].forEach((at, part) => { bytes[4 * step + part] = Number.parseInt(code.slice(at, at + 2), 16); });
      bytes[4 * step + 3] = 255;
    });
    return new Uint32Array(bytes.buffer);
  };

  // `grid` has height, width, cell_km (of rows, of columns), earth (or null), arrows and start (row, column);
  // `window` is what is shown of it, as shares: left, top, right, bottom
  sciml.GridMap = class {
    constructor(hatch) {
      Object.assign(this, { hatch, grid: null, window: [0, 0, 1, 1], place: [0, 0], arrows: false, scratch: sciml.make('canvas') });
    }

    open(grid) {
      Object.assign(this, { grid, window: [0, 0, 1, 1], place: [...grid.start] });
    }

    get aspect() { return (this.grid.height * this.grid.cell_km[0]) / (this.grid.width * this.grid.cell_km[1]); }

    get wide() { return this.window[2] - this.window[0]; }

    toX(box, across) { return box.x + ((across - this.window[0]) / this.wide) * box.width; }

    toY(box, down) { return box.y + ((down - this.window[1]) / (this.window[3] - this.window[1])) * box.height; }

    // row and column under a point of the canvas; null outside of the box
    cellAt(box, x, y) {
      const [across, down] = [(x - box.x) / box.width, (y - box.y) / box.height];
      if (across < 0 || across >= 1 || down < 0 || down >= 1) return null;
      const { height, width } = this.grid;
      return [Math.min(height - 1, Math.floor((this.window[1] + down * this.wide) * height)), Math.min(width - 1, Math.floor((this.window[0] + across * this.wide) * width))];
    }

    slide(left, top, wide) {
      const [x, y] = [Math.min(Math.max(0, left), 1 - wide), Math.min(Math.max(0, top), 1 - wide)];
      this.window = [x, y, x + wide, y + wide];
    }

    // closer to the cross, or farther from it
    zoom(factor) {
      const wide = Math.min(1, Math.max(0.06, this.wide * factor));
      this.slide((this.place[1] + 0.5) / this.grid.width - wide / 2, (this.place[0] + 0.5) / this.grid.height - wide / 2, wide);
    }

    // everything inside of the box; `steps` are the cells of one time, or null
    draw(context, box, steps, table) {
      context.save();
      context.beginPath();
      context.rect(box.x, box.y, box.width, box.height);
      context.clip();
      this.hatched(context, box);
      if (steps) this.cells(context, box, steps, table);
      this.lines(context, box);
      if (this.arrows) this.motion(context, box);
      this.bar(context, box);
      this.cross(context, box);
      context.restore();
    }

    cells(context, box, steps, table) {
      const { height, width } = this.grid;
      if (this.scratch.width !== width || this.scratch.height !== height) Object.assign(this.scratch, { width, height });
      const image = new ImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      for (let at = 0; at < pixels.length; at += 1) pixels[at] = steps[at] === UNKNOWN ? 0 : table[steps[at]];
      this.scratch.getContext('2d').putImageData(image, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.scratch, this.window[0] * width, this.window[1] * height, this.wide * width, this.wide * height, box.x, box.y, box.width, box.height);
    }

    hatched(context, box) {
      context.fillStyle = this.hatch[0];
      context.fillRect(box.x, box.y, box.width, box.height);
      context.strokeStyle = this.hatch[1];
      context.lineWidth = 1;
      context.beginPath();
      for (let start = -box.height; start < box.width; start += 7) {
        context.moveTo(box.x + start, box.y + box.height);
        context.lineTo(box.x + start + box.height, box.y);
      }
      context.stroke();
    }

    lines(context, box) {
      context.strokeStyle = LINE;
      context.globalAlpha = 0.45;
      context.lineWidth = 0.8;
      for (const line of this.grid.earth?.lines ?? []) {
        context.beginPath();
        line.points.forEach(([across, down], at) => context[at ? 'lineTo' : 'moveTo'](this.toX(box, across), this.toY(box, down)));
        context.stroke();
      }
      context.globalAlpha = 1;
    }

    motion(context, box) {
      context.strokeStyle = MARK;
      context.lineWidth = 1.4;
      context.beginPath();
      for (const [across, down, along, sinking] of this.grid.arrows) {
        const [x, y] = [this.toX(box, across), this.toY(box, down)];
        const [dx, dy] = [this.toX(box, across + along) - x, this.toY(box, down + sinking) - y];
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

    bar(context, box) {
      const perPixel = (this.wide * this.grid.width * this.grid.cell_km[1]) / box.width;
      const length = ROUND_KM.findLast((km) => km / perPixel <= box.width / 3) ?? 1;
      const [x, y, wide] = [box.x + 8, box.y + box.height - 10, length / perPixel];
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

    cross(context, box) {
      const [x, y] = [this.toX(box, (this.place[1] + 0.5) / this.grid.width), this.toY(box, (this.place[0] + 0.5) / this.grid.height)];
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

    // the line between two fields that share a box, with a handle
    divider(context, box, share) {
      const at = box.x + share * box.width;
      context.fillStyle = '#ffffff';
      context.fillRect(at - 2.5, box.y, 5, box.height);
      context.fillStyle = LINE;
      context.fillRect(at - 1, box.y, 2, box.height);
      context.beginPath();
      context.arc(at, box.y + box.height / 2, 9, 0, 7);
      context.fill();
      context.fillStyle = '#ffffff';
      context.font = '11px system-ui, sans-serif';
      context.textAlign = 'center';
      context.fillText('◂▸', at, box.y + box.height / 2 + 4);
    }

    // words on the map itself, on a light ground of their own, in as many lines as they need
    note(context, x, y, words, room) {
      context.save();
      context.font = '11px system-ui, sans-serif';
      context.textAlign = 'left';
      const lines = sciml.wrapped(context, words, room - 8);
      context.fillStyle = '#ffffffd9';
      context.fillRect(x, y, Math.max(...lines.map((line) => context.measureText(line).width)) + 8, 14 * lines.length + 4);
      context.fillStyle = '#1b222c';
      lines.forEach((line, at) => context.fillText(line, x + 4, y + 12.5 + 14 * at));
      context.restore();
    }

    // the frame, and degrees or kilometres along it; the upright ones only where `upright`
    frame(context, colour, box, upright) {
      context.strokeStyle = colour('edge');
      context.lineWidth = 1;
      context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
      context.fillStyle = colour('soft');
      context.font = '11px system-ui, sans-serif';
      let last = -Infinity;
      for (const [sideways, label, at] of this.marks(box)) {
        if (at === null) continue;
        if (sideways && upright) {
          context.textAlign = 'right';
          context.fillText(label, box.x - 5, Math.min(at + 4, box.y + box.height));
        } else if (!sideways) {
          const half = context.measureText(label).width / 2;
          if (at - half < last + 6 || at + half > box.x + box.width + 6) continue;
          context.textAlign = 'center';
          context.fillText(label, at, box.y + box.height + 13);
          last = at + half;
        }
      }
    }

    marks(box) {
      if (this.grid.earth) return this.grid.earth.lines.map((line) => [line.kind === 'parallel', line.label, this.crossing(box, line)]);
      const { height, width, cell_km: size } = this.grid;
      const found = [];
      for (const [sideways, whole, from, to] of [[false, width * size[1], this.window[0], this.window[2]], [true, height * size[0], this.window[1], this.window[3]]]) {
        const every = ROUND_KM.find((km) => ((to - from) * whole) / km <= 5) ?? 1000;
        for (let km = 0; km <= whole + 1e-6; km += every) {
          const share = sideways ? 1 - km / whole : km / whole;
          if (share < from - 1e-9 || share > to + 1e-9) continue;
          found.push([sideways, sideways && km === 0 ? '' : `${km} km`, sideways ? this.toY(box, share) : this.toX(box, share)]);
        }
      }
      return found;
    }

    // where a parallel leaves through the left side, a meridian through the bottom
    crossing(box, line) {
      const parallel = line.kind === 'parallel';
      const limit = parallel ? this.window[0] : this.window[3];
      const part = parallel ? 0 : 1;
      for (let at = 1; at < line.points.length; at += 1) {
        const [one, two] = [line.points[at - 1], line.points[at]];
        const [a, b] = [one[part], two[part]];
        if ((a - limit) * (b - limit) > 0 || a === b) continue;
        const other = one[1 - part] + ((limit - a) / (b - a)) * (two[1 - part] - one[1 - part]);
        const pixel = parallel ? this.toY(box, other) : this.toX(box, other);
        const [from, to] = parallel ? [box.y, box.y + box.height] : [box.x, box.x + box.width];
        return pixel >= from && pixel <= to ? pixel : null;
      }
      return null;
    }

    // where on Earth the middle of a cell lies, or where on the map
    whereabouts(row, column) {
      const { height, width, cell_km: size, earth } = this.grid;
      if (!earth) return `${((column + 0.5) * size[1]).toFixed(1)} km from the west, ${((height - row - 0.5) * size[0]).toFixed(1)} km from the south`;
      const [across, down] = [(column + 0.5) / width, (row + 0.5) / height];
      const latitude = between(earth.latitude, across, down);
      const longitude = ((between(earth.longitude, across, down) + 540) % 360) - 180;
      return `${Math.abs(latitude).toFixed(2)}° ${latitude < 0 ? 'S' : 'N'}, ${Math.abs(longitude).toFixed(2)}° ${longitude < 0 ? 'W' : 'E'}`;
    }
  };

  function between(lattice, across, down) {
    const [x, y] = [across * (lattice[0].length - 1), down * (lattice.length - 1)];
    const [left, top] = [Math.min(Math.floor(x), lattice[0].length - 2), Math.min(Math.floor(y), lattice.length - 2)];
    const upper = lattice[top][left] + (x - left) * (lattice[top][left + 1] - lattice[top][left]);
    const lower = lattice[top + 1][left] + (x - left) * (lattice[top + 1][left + 1] - lattice[top + 1][left]);
    return upper + (y - top) * (lower - upper);
  }
})();
