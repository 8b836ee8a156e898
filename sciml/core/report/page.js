// What every page can do: unpack its data, save a table, sort it, copy a command, zoom into a chart.
'use strict';
const sciml = (() => {
  const viewers = {};

  async function bytesOf(id) {
    const block = document.getElementById(id);
    const coded = atob(block.textContent.trim());
    const bytes = Uint8Array.from(coded, (letter) => letter.charCodeAt(0));
    if (block.dataset.encoding !== 'gzip') return bytes;
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  const textOf = async (id) => new TextDecoder().decode(await bytesOf(id));

  function save(content, name, type) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // an element with attributes and children; text is text, never markup
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false) element.setAttribute(key, value === true ? '' : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  function sortable(table) {
    if (table.tBodies[0].rows.length < 3) return;
    [...table.tHead.rows[0].cells].forEach((cell, place) => {
      const button = make('button', { type: 'button', onclick: () => sort(table, cell, place) });
      button.append(...cell.childNodes);
      cell.append(button);
    });
  }

  function sort(table, cell, place) {
    const up = cell.getAttribute('aria-sort') !== 'ascending';
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    cell.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const key = (row) => row.cells[place].dataset.sort ?? row.cells[place].textContent;
    const compare = (one, two) => {
      const [a, b] = [key(one), key(two)];
      const [x, y] = [Number.parseFloat(a), Number.parseFloat(b)];
      const order = Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
      return up ? order : -order;
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  }

  // a vendored library, unpacked once, when it is first asked for
  const unpacked = {};
  const library = (name) => (unpacked[name] ??= unpack(name));

  async function unpack(name) {
    for (const [id, kind] of [[`library-${name}-style`, 'style'], [`library-${name}`, 'script']]) {
      if (!document.getElementById(id)) continue;
      const element = make(kind);
      element.textContent = await textOf(id);
      document.head.append(element);
    }
  }

  // the same lines, to zoom into and to read: drag to zoom, double click to go back
  async function explore(button) {
    const figure = button.closest('figure');
    const picture = figure.querySelector('.picture');
    const open = figure.querySelector('.chart');
    if (open) {
      open.remove();
      picture.hidden = false;
      button.textContent = 'Zoom and read values';
      return;
    }
    await library('uplot');
    const chart = JSON.parse(await textOf(button.dataset.chart));
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const label = picture.querySelector('svg').getAttribute('aria-label');
    const place = make('div', { class: 'chart', role: 'img', 'aria-label': `${label} Drag to zoom, double click to go back.` });
    picture.before(place);
    picture.hidden = true;
    button.textContent = 'Back to the picture';
    const dashes = [null, [7, 4], [2, 3], [9, 3, 2, 3], [12, 4], [4, 2]];
    const lines = chart.series.map((one) => ({
      label: one.name, stroke: colour(`--s${one.look}`), width: 2, spanGaps: true, dash: dashes[one.look],
    }));
    const axis = (text) => ({ label: text, stroke: colour('--soft'), grid: { stroke: colour('--rule') }, ticks: { stroke: colour('--rule') } });
    const options = {
      width: Math.min(760, Math.max(280, figure.clientWidth)), height: 380, scales: { x: { time: false } },
      series: [{ label: chart.x }, ...lines], axes: [axis(chart.x), axis(chart.y)],
    };
    new uPlot(options, uPlot.join(chart.series.map((one) => [one.x, one.y])), place);
  }

  const copyCode = (button) => copy(button, button.parentElement.querySelector('pre').textContent);

  function copy(button, text) {
    const label = button.textContent;
    const area = make('textarea', { readonly: true, 'aria-hidden': 'true', style: 'position:fixed;left:-100rem' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    button.focus();
    if (button.textContent === 'Copied') return;
    button.textContent = done ? 'Copied' : 'Select the text to copy it';
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  // a viewer starts when it comes near the screen, so that a long page opens at once
  function start() {
    document.querySelectorAll('main table').forEach(sortable);
    document.addEventListener('click', async (event) => {
      const button = event.target.closest('button');
      if (!button) return;
      if (button.dataset.csv) save(await textOf(button.dataset.csv), button.dataset.name, 'text/csv');
      else if (button.dataset.chart) await explore(button);
      else if (button.classList.contains('copy')) copyCode(button);
    });
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        near.unobserve(entry.target);
        begin(entry.target);
      }
    }, { rootMargin: '400px' });
    document.querySelectorAll('[data-viewer]').forEach((place) => near.observe(place));
    addEventListener('beforeprint', () => document.querySelectorAll('details.how').forEach((part) => { part.open = true; }));
  }

  async function begin(place) {
    const data = sciml.unpackArrays(await bytesOf(place.dataset.block));
    const view = viewers[place.dataset.viewer](data, place.dataset.sentence);
    place.append(view);
    place.classList.add('live');
    view.dispatchEvent(new Event('shown'));
  }

  return { viewers, make, save, copy, library, start };
})();
addEventListener('DOMContentLoaded', sciml.start);
