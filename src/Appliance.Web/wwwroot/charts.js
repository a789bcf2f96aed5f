// A chart's values under the pointer, or where the arrow keys have gone. The values stand in the drawing: nothing is asked of the server.
(() => {
  'use strict';
  let shown = null; // the plot that has a cursor, and the point it stands at

  const ago = seconds => seconds === 0 ? 'now' : seconds < 60 ? `${seconds} s ago` : seconds % 60 === 0 ? `${seconds / 60} min ago` : `${Math.floor(seconds / 60)} min ${seconds % 60} s ago`;

  // A chart of the past says when, in the browser's own zone; the newest point may not be over.
  const clock = { hour: '2-digit', minute: '2-digit' };
  const day = { weekday: 'short', day: 'numeric', month: 'short' };
  function span(from, seconds) {
    const begin = new Date(from * 1000);
    const end = new Date(Math.min((from + seconds) * 1000, Date.now()));
    return `${begin.toLocaleString(undefined, { ...day, ...clock })} to ${end.toLocaleTimeString(undefined, clock)}`;
  }

  const within = (plot, x, points) => JSON.parse(plot.dataset.marks || '[]')
    .filter(([place]) => Math.min(Math.floor(place * points), points - 1) === x - 1).map(([, words]) => words);

  function hide() {
    if (!shown) return;
    const { plot } = shown;
    shown = null;
    plot.querySelector('.cursor').hidden = true;
    plot.parentElement.querySelector('.readout').textContent = '';
  }

  // Points are counted from 1 at the left edge; the newest is at the right edge. Younger drawings have fewer values than points.
  function show(plot, point, spoken) {
    const points = Number(plot.dataset.points);
    const lines = [];
    let from = points;
    for (const series of plot.querySelectorAll('path[data-values]')) {
      if (!series.dataset.values) continue;
      const values = series.dataset.values.split(';');
      from = Math.min(from, points - values.length + 1);
      const at = Math.min(Math.max(point, points - values.length + 1), points) - (points - values.length) - 1;
      lines.push(`${series.dataset.name} ${values[at] || '0'}`);
    }
    if (lines.length === 0) return;
    if (shown && shown.plot !== plot) hide();
    const x = Math.min(Math.max(point, from), points);
    shown = { plot, point: x };
    const cursor = plot.querySelector('.cursor');
    cursor.hidden = false;
    cursor.style.left = `${x / points * 100}%`;
    const readout = plot.parentElement.querySelector('.readout');
    readout.ariaLive = spoken ? 'polite' : 'off';
    const seconds = Number(plot.dataset.seconds);
    const when = plot.dataset.from ? span(Number(plot.dataset.from) + (x - 1) * seconds, seconds) : ago((points - x) * seconds);
    const unknown = lines.every(line => line.endsWith(' –')) && [...plot.querySelectorAll('.gap')].some(gap =>
      x - 1 >= gap.x.baseVal.value && x - 1 < gap.x.baseVal.value + gap.width.baseVal.value);
    readout.textContent = `${when}: ${[unknown ? 'not known, no figures were kept' : lines.join(', '), ...within(plot, x, points)].join('. ')}`;
  }

  document.addEventListener('pointermove', event => {
    const plot = event.target.closest?.('[data-chart]');
    if (plot) {
      const { left, width } = plot.getBoundingClientRect();
      show(plot, Math.round((event.clientX - left) / width * Number(plot.dataset.points)), false);
    } else if (shown && document.activeElement !== shown.plot) {
      hide();
    }
  });
  function look(at) {
    const plot = at.closest?.('[data-chart]');
    if (plot && plot.matches(':focus-visible')) show(plot, Number(plot.dataset.points), true);
  }
  document.addEventListener('focusin', event => look(event.target));

  // This script comes with the first look at a chart, whose own event is over by now.
  look(document.activeElement);
  document.addEventListener('focusout', event => {
    if (event.target === shown?.plot) hide();
  });
  document.addEventListener('keydown', event => {
    const plot = event.target.closest?.('[data-chart]');
    if (!plot) return;
    const points = Number(plot.dataset.points);
    const at = shown?.plot === plot ? shown.point : points;
    const step = event.shiftKey ? 12 : 1;
    const to = { ArrowLeft: at - step, ArrowRight: at + step, Home: 1, End: points }[event.key];
    if (to === undefined) {
      if (event.key === 'Escape') hide();
      return;
    }
    event.preventDefault();
    show(plot, to, true);
  });
})();
