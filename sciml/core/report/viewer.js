// What all viewers share: arrays from a block, a canvas that zooms and pans, colours, stepping, a picture to keep.
'use strict';
(() => {
  const KINDS = {
    int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array,
    uint32: Uint32Array, float32: Float32Array, float64: Float64Array,
  };

  // the layout that page.py writes: uint32 length, JSON, then arrays on multiples of 8 bytes
  sciml.unpackArrays = (bytes) => {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    const body = bytes.slice(4 + length).buffer;
    const arrays = {};
    for (const [name, place] of Object.entries(header.arrays)) {
      const size = place.shape.reduce((product, length_) => product * length_, 1);
      arrays[name] = new KINDS[place.dtype](body, place.offset, size);
    }
    return { header, arrays };
  };

  // colours of the style sheet, read when drawing, so that light and dark both work
  sciml.colours = () => {
    const rules = getComputedStyle(document.documentElement);
    return (name) => rules.getPropertyValue(`--${name}`).trim();
  };

  // 256 colours from dark to bright; cividis: the same order for every kind of sight (Nunez et al. 2018)
  sciml.colourTable = (() => {
    const anchors = ['00204d', '00336f', '39486b', '575d6d', '707173', '8a8779', 'a69d75', 'c4b56c', 'e4cf5b', 'ffea46']
      .map((code) => [0, 2, 4].map((at) => Number.parseInt(code.slice(at, at + 2), 16)));
    const table = new Uint8ClampedArray(256 * 4);
    for (let value = 0; value < 256; value += 1) {
      const place = (value / 255) * (anchors.length - 1);
      const low = Math.min(Math.floor(place), anchors.length - 2);
      for (let part = 0; part < 3; part += 1) {
        table[4 * value + part] = anchors[low][part] + (place - low) * (anchors[low + 1][part] - anchors[low][part]);
      }
      table[4 * value + 3] = 255;
    }
    return table;
  })();

  // an 8-bit image, one canvas pixel a value
  sciml.paint = (canvas, values, rows, columns, table = sciml.colourTable) => {
    canvas.width = columns;
    canvas.height = rows;
    const image = new ImageData(columns, rows);
    for (let at = 0; at < rows * columns; at += 1) image.data.set(table.subarray(4 * values[at], 4 * values[at] + 4), 4 * at);
    canvas.getContext('2d').putImageData(image, 0, 0);
  };

  // A canvas whose columns zoom and pan. `draw(context, width, from, to)` draws columns from..to over the width;
  // `read(column, y)` says in words what lies there.
  sciml.Stage = class {
    constructor(columns, draw, read) {
      Object.assign(this, { columns, draw, read, from: 0, to: columns, height: 100 });
      this.canvas = sciml.make('canvas', { role: 'img', tabindex: '0' });
      this.output = sciml.make('output', {}, '');
      this.canvas.addEventListener('pointermove', (event) => this.move(event));
      this.canvas.addEventListener('pointerdown', (event) => this.grab(event));
      this.canvas.addEventListener('pointerup', () => { this.held = null; });
      this.canvas.addEventListener('pointerleave', () => { this.output.textContent = this.hint ?? ''; });
      this.canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
      this.canvas.addEventListener('keydown', (event) => this.key(event));
      new ResizeObserver(() => this.redraw()).observe(this.canvas);
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
    }

    show(columns, height) {
      this.columns = columns;
      this.height = height;
      [this.from, this.to] = [0, columns];
      this.output.textContent = this.hint ?? '';
      this.redraw();
    }

    redraw() {
      const width = this.canvas.clientWidth;
      if (!width) return;
      const scale = devicePixelRatio || 1;
      this.canvas.style.height = `${this.height}px`;
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(this.height * scale);
      const context = this.canvas.getContext('2d');
      context.scale(scale, scale);
      this.draw(context, width, this.from, this.to);
    }

    zoom(factor, about = (this.from + this.to) / 2) {
      const wide = Math.min(this.columns, Math.max(8, (this.to - this.from) * factor));
      const share = (about - this.from) / (this.to - this.from);
      this.slide(about - share * wide, wide);
    }

    pan(columns) { this.slide(this.from + columns, this.to - this.from); }

    reset() { this.slide(0, this.columns); }

    slide(from, wide) {
      this.from = Math.min(Math.max(0, from), this.columns - wide);
      this.to = this.from + wide;
      this.redraw();
    }

    column(event) {
      const share = (event.offsetX - this.left()) / (this.canvas.clientWidth - this.left());
      return this.from + share * (this.to - this.from);
    }

    left() { return this.gutter ?? 0; }

    move(event) {
      if (this.held) {
        const wide = this.to - this.from;
        this.slide(this.held.from - ((event.offsetX - this.held.x) / (this.canvas.clientWidth - this.left())) * wide, wide);
        return;
      }
      this.output.textContent = this.read(this.column(event), event.offsetY) || this.hint || '';
    }

    grab(event) {
      if (this.to - this.from >= this.columns) return;
      this.held = { x: event.offsetX, from: this.from };
      this.canvas.setPointerCapture(event.pointerId);
    }

    // the wheel alone scrolls the page, as everywhere
    wheel(event) {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      this.zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, this.column(event));
    }

    key(event) {
      const step = (this.to - this.from) / 8;
      const does = { ArrowLeft: () => this.pan(-step), ArrowRight: () => this.pan(step) }[event.key];
      if (does) {
        event.preventDefault();
        does();
      }
    }

    // the picture with its caption burnt in, so that a copy still says what it shows
    keep(caption, name) {
      const scale = devicePixelRatio || 1;
      const copy = sciml.make('canvas');
      const context = copy.getContext('2d');
      const colour = sciml.colours();
      const size = 12 * scale;
      context.font = `${size}px system-ui, sans-serif`;
      const lines = sciml.wrapped(context, caption, this.canvas.width - 2 * size);
      copy.width = this.canvas.width;
      copy.height = this.canvas.height + (lines.length * 1.5 + 1) * size;
      context.fillStyle = colour('paper');
      context.fillRect(0, 0, copy.width, copy.height);
      context.drawImage(this.canvas, 0, 0);
      context.fillStyle = colour('ink');
      context.font = `${size}px system-ui, sans-serif`;
      lines.forEach((line, place) => context.fillText(line, size, this.canvas.height + (place + 1) * 1.5 * size));
      copy.toBlob((blob) => sciml.save(blob, name, 'image/png'));
    }
  };

  // text in lines of at most this width
  sciml.wrapped = (context, text, width) => {
    const lines = [''];
    for (const word of text.split(' ')) {
      const longer = `${lines[lines.length - 1]} ${word}`.trim();
      if (context.measureText(longer).width > width && lines[lines.length - 1]) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  };

  // Keys of a viewer: one letter, one deed; `?` shows them. Typing in a field is left alone.
  sciml.keys = (view, deeds) => {
    const rows = deeds.map(([key, words]) => sciml.make('span', {}, sciml.make('kbd', {}, key), ` ${words}   `));
    const help = sciml.make('div', { class: 'view-help', hidden: true }, ...rows);
    const button = sciml.make('button', { type: 'button', 'aria-expanded': 'false', 'aria-label': 'Keys' }, '?');
    const toggle = () => {
      help.hidden = !help.hidden;
      button.setAttribute('aria-expanded', String(!help.hidden));
    };
    button.addEventListener('click', toggle);
    view.addEventListener('keydown', (event) => {
      if (event.target.closest('select, input') || event.ctrlKey || event.metaKey || event.altKey) return;
      const deed = event.key === '?' ? toggle : deeds.find(([key]) => key === event.key)?.[2];
      if (deed) {
        event.preventDefault();
        deed();
      }
    });
    return { button, help };
  };
})();
