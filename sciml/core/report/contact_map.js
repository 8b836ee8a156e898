// A square map of pairs of residues: one method above the diagonal, the truth or another method below.
'use strict';
(() => {
  const LEFT = 34;
  const TOP = 20;
  const RIGHT = 8;
  const BOTTOM = 38;

  const mixed = (one, two, share) => one.map((part, at) => part + share * (two[at] - part));
  const rgb = (code) => [1, 3, 5].map((at) => Number.parseInt(code.slice(at, at + 2), 16));

  // `told(i, j)` hears which pair is looked at; `picked(pair)` which one stays; residues count from 0, i < j
  sciml.ContactMap = class {
    constructor(header, told, picked) {
      Object.assign(this, { header, told, picked, length: 0, pair: null, kept: null, residue: null, marks: true });
      this.canvas = sciml.make('canvas', { role: 'img', tabindex: '0', class: 'contact-map' });
      this.image = sciml.make('canvas');
      this.canvas.addEventListener('pointermove', (event) => this.look(this.at(event)));
      this.canvas.addEventListener('pointerleave', () => this.look(this.kept));
      this.canvas.addEventListener('click', (event) => this.keep(this.at(event)));
      this.canvas.addEventListener('keydown', (event) => this.key(event));
      new ResizeObserver(() => this.redraw()).observe(this.canvas);
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.repaint());
    }

    // `shown` and `below` are { label, probable, values, top }, `below` null for the truth; `distance(i, j)` in angstrom
    show(length, shown, below, distance) {
      Object.assign(this, { length, shown, below, distance });
      this.repaint();
    }

    // the place of a pair in an upper triangle without its diagonal, row by row
    index(i, j) { return i * this.length - (i * (i + 1)) / 2 + j - i - 1; }

    repaint() {
      if (!this.length) return;
      const colour = sciml.colours();
      const [paper, shown, below, soft] = ['paper', 's0', 's1', 'soft'].map((name) => rgb(colour(name)));
      const size = this.length;
      const image = new ImageData(size, size);
      const put = (row, column, [red, green, blue]) => image.data.set([red, green, blue, 255], 4 * (row * size + column));
      for (let i = 0; i < size; i += 1) {
        put(i, i, mixed(paper, soft, 0.25));
        for (let j = i + 1; j < size; j += 1) {
          // the root lets weak values be seen
          put(i, j, mixed(paper, shown, Math.sqrt(this.shown.values[this.index(i, j)] / 255)));
          if (this.below) {
            put(j, i, mixed(paper, below, Math.sqrt(this.below.values[this.index(i, j)] / 255)));
            continue;
          }
          const angstrom = this.distance(i, j);
          const near = angstrom < this.header.contact_angstrom ? 0.95 : angstrom < this.header.near_angstrom ? 0.28 : 0;
          const stripe = Number.isNaN(angstrom) && (i + j) % 4 === 0 ? 0.28 : near;
          put(j, i, mixed(paper, soft, stripe));
        }
      }
      [this.image.width, this.image.height] = [size, size];
      this.image.getContext('2d').putImageData(image, 0, 0);
      this.redraw();
    }

    redraw() {
      const width = this.canvas.clientWidth;
      if (!width || !this.length) return;
      const scale = devicePixelRatio || 1;
      this.side = width - LEFT - RIGHT;
      const height = TOP + this.side + BOTTOM;
      this.canvas.style.height = `${height}px`;
      [this.canvas.width, this.canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
      const context = this.canvas.getContext('2d');
      const colour = sciml.colours();
      context.scale(scale, scale);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.image, LEFT, TOP, this.side, this.side);
      this.drawFrame(context, colour, height);
      if (this.marks) {
        this.drawMarks(context, colour, this.shown, false);
        if (this.below) this.drawMarks(context, colour, this.below, true);
      }
      this.drawCursor(context, colour);
    }

    drawFrame(context, colour, height) {
      const cell = this.side / this.length;
      context.strokeStyle = colour('edge');
      context.lineWidth = 1;
      context.strokeRect(LEFT + 0.5, TOP + 0.5, this.side - 1, this.side - 1);
      // pairs beyond these lines are long-range
      const apart = Math.min(this.header.long_range * cell, this.side);
      context.setLineDash([2, 4]);
      context.beginPath();
      context.moveTo(LEFT + apart, TOP);
      context.lineTo(LEFT + this.side, TOP + this.side - apart);
      context.moveTo(LEFT, TOP + apart);
      context.lineTo(LEFT + this.side - apart, TOP + this.side);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = colour('soft');
      context.font = '11px system-ui, sans-serif';
      const step = [5, 10, 20, 50, 100, 200, 500].find((each) => each * cell >= 34) ?? 1000;
      for (let residue = step; residue <= this.length; residue += step) {
        const middle = (residue - 0.5) * cell;
        context.textAlign = 'right';
        context.fillText(String(residue), LEFT - 5, TOP + middle + 4);
        context.textAlign = 'center';
        context.fillText(String(residue), LEFT + middle, TOP + this.side + 15);
      }
      context.textAlign = 'right';
      context.fillText(`above: ${this.shown.label}`, LEFT + this.side, TOP - 7);
      context.textAlign = 'left';
      context.fillText(`below: ${this.below ? this.below.label : 'truth'}`, LEFT, height - 5);
    }

    // rings where the likeliest long-range pairs touch, crosses where they do not
    drawMarks(context, colour, drawn, mirrored) {
      const cell = this.side / this.length;
      const size = Math.max(2.4, Math.min(4.5, cell * 0.45));
      const paths = [new Path2D(), new Path2D()];
      for (let at = 0; at < drawn.top.length; at += 2) {
        const [i, j] = [drawn.top[at], drawn.top[at + 1]];
        const [row, column] = mirrored ? [j, i] : [i, j];
        const [x, y] = [LEFT + (column + 0.5) * cell, TOP + (row + 0.5) * cell];
        if (this.distance(i, j) < this.header.contact_angstrom) {
          paths[0].moveTo(x + size, y);
          paths[0].arc(x, y, size, 0, 2 * Math.PI);
        } else {
          paths[1].moveTo(x - size, y - size);
          paths[1].lineTo(x + size, y + size);
          paths[1].moveTo(x - size, y + size);
          paths[1].lineTo(x + size, y - size);
        }
      }
      const looks = mirrored ? ['s2', 'ink'] : ['s2', 's1'];
      paths.forEach((path, at) => {
        for (const [look, width] of [['paper', 3.4], [looks[at], 1.6]]) {
          context.strokeStyle = colour(look);
          context.lineWidth = width;
          context.stroke(path);
        }
      });
    }

    drawCursor(context, colour) {
      const cell = this.side / this.length;
      const at = (residue) => residue * cell;
      if (this.residue !== null) {
        context.fillStyle = colour('focus');
        context.globalAlpha = 0.22;
        context.fillRect(LEFT, TOP + at(this.residue), this.side, Math.max(2, cell));
        context.fillRect(LEFT + at(this.residue), TOP, Math.max(2, cell), this.side);
        context.globalAlpha = 1;
      }
      const pair = this.pair ?? this.kept;
      if (!pair) return;
      const [i, j] = pair;
      context.strokeStyle = colour('ink');
      context.lineWidth = 1;
      context.beginPath();
      for (const [row, column] of [[i, j], [j, i]]) {
        const [x, y] = [LEFT + at(column + 0.5), TOP + at(row + 0.5)];
        context.moveTo(x, y);
        context.lineTo(x, TOP + at(column + 0.5));
        context.moveTo(x, y);
        context.lineTo(LEFT + at(row + 0.5), y);
      }
      context.globalAlpha = 0.45;
      context.stroke();
      context.globalAlpha = 1;
      const half = Math.max(4, cell / 2 + 2);
      context.lineWidth = 2;
      for (const [row, column] of [[i, j], [j, i]]) {
        context.strokeRect(LEFT + at(column + 0.5) - half, TOP + at(row + 0.5) - half, 2 * half, 2 * half);
      }
    }

    at(event) {
      const [column, row] = [event.offsetX - LEFT, event.offsetY - TOP].map((part) => Math.floor((part / this.side) * this.length));
      const inside = Math.min(row, column) >= 0 && Math.max(row, column) < this.length;
      return inside && row !== column ? [Math.min(row, column), Math.max(row, column)] : null;
    }

    look(pair) {
      this.pair = pair;
      this.redraw();
      this.told(pair);
    }

    keep(pair) {
      this.kept = pair;
      this.picked(pair);
      this.look(pair);
    }

    mark(residue) {
      this.residue = residue;
      this.redraw();
    }

    // arrows move the pair, of which the first is the likeliest; with Shift by ten
    key(event) {
      const first = this.shown.top.length ? [this.shown.top[0], this.shown.top[1]] : [0, this.length - 1];
      const [i, j] = this.pair ?? this.kept ?? first;
      const step = event.shiftKey ? 10 : 1;
      const moves = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] };
      if (event.key in moves) {
        const [down, right] = this.pair || this.kept ? moves[event.key] : [0, 0];
        const row = Math.min(Math.max(0, i + down), this.length - 2);
        this.look([row, Math.min(Math.max(row + 1, j + right), this.length - 1)]);
      } else if (event.key === 'Enter' || event.key === ' ') this.keep(this.pair ?? first);
      else if (event.key === 'Escape') this.keep(null);
      else return;
      event.preventDefault();
    }
  };
})();
