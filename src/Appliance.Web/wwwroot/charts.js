// A chart's values under the pointer, or where the arrow keys have gone. The values stand in the drawing: nothing is asked of the server.
(() => {
  'use strict';
  let shown = null; // the plot that has a cursor, and the point it stands at

  const ago = seconds => seconds === 0 ? 'now' : seconds < 60 ? `${seconds} s ago` : seconds % 60 === 0 ? `${seconds / 60} min ago` : `${Math.floor(seconds / 60)} min ${seconds % 60} s ago`;

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
    readout.textContent = `${ago((points - x) * Number(plot.dataset.seconds))}: ${lines.join(', ')}`;
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
