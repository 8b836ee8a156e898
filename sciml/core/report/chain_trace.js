// A chain of C-alpha atoms in space, to be turned: by 3Dmol.js where the browser has WebGL, else drawn as lines.
'use strict';
(() => {
  const GREY = '#8a929c';
  const POINT = '#d6218f';
  // dark on every ground: on white it is an edge, on black the gap where one bond crosses another
  const EDGE = '#1b222c';

  function hasWebGL() {
    // asked first: without a context 3Dmol.js fails inside of itself
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('webgl2') ?? canvas.getContext('webgl');
    context?.getExtension('WEBGL_lose_context')?.loseContext();
    return Boolean(context);
  }

  const point = (chain, at) => [chain[3 * at], chain[3 * at + 1], chain[3 * at + 2]];
  const known = (chain, at) => !Number.isNaN(chain[3 * at]);

  // C-alpha atoms bonded to their neighbours in the chain, however far these are
  function atoms(chain, count) {
    const made = [];
    for (let at = 0; at < count; at += 1) {
      if (!known(chain, at)) continue;
      const [x, y, z] = point(chain, at);
      const atom = { elem: 'C', atom: 'CA', resn: 'GLY', chain: 'A', resi: at + 1, serial: made.length, x, y, z, hetflag: false, bonds: [], bondOrder: [] };
      const before = made[made.length - 1];
      if (before && before.resi === at) {
        for (const [one, two] of [[atom, before], [before, atom]]) {
          one.bonds.push(two.serial);
          one.bondOrder.push(1);
        }
      }
      made.push(atom);
    }
    return made;
  }

  // both kinds of drawing answer to: show, native, mark, turn, zoom, reset, restyle
  class Solid {
    constructor(place, colourOf, picked) {
      Object.assign(this, { place, colourOf, picked });
      this.viewer = globalThis.$3Dmol.createViewer(place, { backgroundAlpha: 0, antialias: true });
      this.canvas = this.viewer.getCanvas();
      // the wheel alone scrolls the page, as everywhere
      place.addEventListener('wheel', (event) => { if (!event.ctrlKey && !event.shiftKey) event.stopPropagation(); }, { capture: true, passive: true });
      this.restyle();
    }

    show(family) {
      this.family = family;
      this.viewer.removeAllModels();
      this.viewer.removeAllShapes();
      const count = family.sequence.length;
      [this.fold, this.truth] = [family.fold, family.native].map((chain) => {
        const model = this.viewer.addModel();
        model.addAtoms(atoms(chain, count));
        return model;
      });
      this.fold.setStyle({}, { stick: { radius: 0.6, colorfunc: (atom) => this.colourOf(atom.resi - 1) } });
      this.fold.setClickable({}, true, (atom) => this.picked(atom.resi - 1));
      this.native(family.withNative);
      this.reset();
    }

    native(on) {
      this.truth.setStyle({}, on ? { stick: { radius: 0.24, color: GREY } } : {});
      this.viewer.render();
    }

    mark(residues, joined) {
      this.viewer.removeAllShapes();
      const at = (residue) => { const [x, y, z] = point(this.family.fold, residue); return { x, y, z }; };
      for (const residue of residues) this.viewer.addSphere({ center: at(residue), radius: 1.3, color: POINT });
      if (joined) this.viewer.addCylinder({ start: at(residues[0]), end: at(residues[1]), radius: 0.28, color: POINT, fromCap: 1, toCap: 1 });
      this.viewer.render();
    }

    turn(across, down) {
      if (across) this.viewer.rotate(across, 'y');
      if (down) this.viewer.rotate(down, 'x');
      this.viewer.render();
    }

    zoom(factor) { this.viewer.zoom(factor); }

    reset() {
      this.viewer.setView([0, 0, 0, 0, 0, 0, 0, 1]);
      // what is long must fit across, too
      this.viewer.zoomTo({});
      this.viewer.zoom(0.8);
      this.viewer.render();
    }

    restyle() { this.viewer.setBackgroundColor(sciml.colours()('paper'), 1); }
  }

  class Lines {
    constructor(place, colourOf, picked) {
      Object.assign(this, { place, colourOf, picked, flat: true, marks: [], joined: false });
      this.canvas = sciml.make('canvas');
      place.append(this.canvas);
      this.reset();
      new ResizeObserver(() => this.redraw()).observe(place);
      let held = null;
      this.canvas.addEventListener('pointerdown', (event) => { held = [event.offsetX, event.offsetY]; this.canvas.setPointerCapture(event.pointerId); });
      this.canvas.addEventListener('pointermove', (event) => {
        if (!held) return;
        this.turn((event.offsetX - held[0]) / 2, (event.offsetY - held[1]) / 2);
        held = [event.offsetX, event.offsetY];
      });
      for (const end of ['pointerup', 'pointercancel']) this.canvas.addEventListener(end, () => { held = null; });
      this.canvas.addEventListener('click', (event) => this.pick(event));
    }

    show(family) {
      this.family = family;
      this.marks = [];
      this.reset();
    }

    native() { this.redraw(); }

    mark(residues, joined) {
      [this.marks, this.joined] = [residues, joined];
      this.redraw();
    }

    turn(across, down) {
      const [a, b] = [across, down].map((angle) => (angle * Math.PI) / 180);
      const about = (axis, angle) => this.axes.map((row) => {
        const turned = [...row];
        const [one, two] = axis;
        turned[one] = row[one] * Math.cos(angle) - row[two] * Math.sin(angle);
        turned[two] = row[one] * Math.sin(angle) + row[two] * Math.cos(angle);
        return turned;
      });
      this.axes = about([2, 0], a);
      this.axes = about([1, 2], b);
      this.redraw();
    }

    zoom(factor) {
      this.factor = Math.min(8, Math.max(0.25, this.factor * factor));
      this.redraw();
    }

    reset() {
      this.axes = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
      this.factor = 1;
      this.redraw();
    }

    restyle() { this.redraw(); }

    // where a residue is drawn, and how near it is
    placed(chain, at) {
      const from = point(chain, at).map((part, axis) => part - this.middle[axis]);
      const [x, y, z] = [0, 1, 2].map((axis) => from.reduce((sum, part, row) => sum + part * this.axes[row][axis], 0));
      return [this.width / 2 + this.scale * x, this.height / 2 - this.scale * y, z];
    }

    redraw() {
      this.width = this.place.clientWidth;
      this.height = this.place.clientHeight;
      if (!this.family || !this.width) return;
      const dense = devicePixelRatio || 1;
      [this.canvas.width, this.canvas.height] = [Math.round(this.width * dense), Math.round(this.height * dense)];
      const context = this.canvas.getContext('2d');
      context.scale(dense, dense);
      const { fold, native, sequence } = this.family;
      const count = sequence.length;
      this.middle = [0, 1, 2].map((axis) => {
        let sum = 0;
        for (let at = 0; at < count; at += 1) sum += fold[3 * at + axis];
        return sum / count;
      });
      let far = 1;
      for (let at = 0; at < count; at += 1) far = Math.max(far, Math.hypot(...point(fold, at).map((part, axis) => part - this.middle[axis])));
      this.scale = (this.factor * 0.47 * Math.min(this.width, this.height)) / far;
      const bonds = [];
      const add = (chain, look, wide) => {
        for (let at = 0; at + 1 < count; at += 1) {
          if (!known(chain, at) || !known(chain, at + 1)) continue;
          const [one, two] = [this.placed(chain, at), this.placed(chain, at + 1)];
          bonds.push({ one, two, wide, colour: look(at), depth: (one[2] + two[2]) / 2 });
        }
      };
      add(fold, this.colourOf, 5);
      if (this.family.withNative) add(native, () => GREY, 2);
      bonds.sort((a, b) => a.depth - b.depth);
      context.lineCap = 'round';
      for (const bond of bonds) {
        for (const [colour, wide] of [[EDGE, bond.wide + 2], [bond.colour, bond.wide]]) {
          context.strokeStyle = colour;
          context.lineWidth = wide;
          context.beginPath();
          context.moveTo(bond.one[0], bond.one[1]);
          context.lineTo(bond.two[0], bond.two[1]);
          context.stroke();
        }
      }
      this.drawMarks(context, fold);
    }

    drawMarks(context, fold) {
      const places = this.marks.map((residue) => this.placed(fold, residue));
      context.strokeStyle = POINT;
      context.fillStyle = POINT;
      context.lineWidth = 3;
      if (this.joined) {
        context.beginPath();
        context.moveTo(places[0][0], places[0][1]);
        context.lineTo(places[1][0], places[1][1]);
        context.stroke();
      }
      for (const [x, y] of places) {
        context.beginPath();
        context.arc(x, y, 6, 0, 2 * Math.PI);
        context.fill();
      }
    }

    pick(event) {
      let nearest = [12, null];
      for (let at = 0; at < this.family.sequence.length; at += 1) {
        const [x, y] = this.placed(this.family.fold, at);
        const away = Math.hypot(x - event.offsetX, y - event.offsetY);
        if (away < nearest[0]) nearest = [away, at];
      }
      if (nearest[1] !== null) this.picked(nearest[1]);
    }
  }

  // A drawing in `place`, once it is on the page and has a size. `colourOf(residue)` from 0.
  sciml.chainTrace = async (place, colourOf, picked) => {
    if (hasWebGL()) {
      await sciml.library('3dmol');
      try {
        return new Solid(place, colourOf, picked);
      } catch (error) {
        // a context was given and then refused: the lines need none
        place.replaceChildren();
      }
    }
    return new Lines(place, colourOf, picked);
  };
})();
