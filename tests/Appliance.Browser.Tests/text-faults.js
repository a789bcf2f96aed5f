// What is wrong with the texts and buttons of a page as it stands, as sentences: what no rule of axe looks for.
() => {
  const faults = [];
  const clipped = element => { for (let at = element; at; at = at.parentElement) if (getComputedStyle(at).clipPath.startsWith('inset(50%')) return true; return false; };
  const shown = element => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })
      && !clipped(element) && !element.closest('.toasts, .skip, .bell, select, noscript, script, style');
  };
  const name = element => `${element.tagName.toLowerCase()}${[...element.classList].map(one => '.' + one).join('')}`;
  const said = text => text.trim().replace(/\s+/g, ' ').slice(0, 60);
  const scrolls = element => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const within = element => { for (let at = element; at; at = at.parentElement) if (scrolls(at)) return true; return false; };

  // What is scrolled out of a box, or cut by it, is not seen.
  const inView = (box, element) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.overflowY === 'visible' && style.overflowX === 'visible') continue;
      const edge = at.getBoundingClientRect();
      if (box.bottom <= edge.top + 1 || box.top >= edge.bottom - 1 || box.right <= edge.left + 1 || box.left >= edge.right - 1) return false;
    }
    return true;
  };

  // 1. Texts with the boxes of their lines.
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = said(node.data);
    if (!text || !shown(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter(box => box.width > 0 && box.height > 0 && inView(box, node.parentElement));
    if (boxes.length === 0) continue;
    texts.push({ element: node.parentElement, text, boxes });

    // Words that stand one letter a line.
    const lines = new Set(boxes.map(box => Math.round(box.top))).size;
    if (lines >= 4 && node.data.trim().length / lines < 3) faults.push(`"${text}" stands in ${lines} lines of a letter or two (${name(node.parentElement)})`);
  }

  // 2. A text that lies on another one. What floats above the page, as a menu does, lies on it on purpose.
  const floats = element => { for (let at = element; at; at = at.parentElement) if (/fixed|sticky/.test(getComputedStyle(at).position) || at.matches('.mud-popover, .mud-overlay, .mud-dialog-container, [role=dialog]')) return true; return false; };
  const flat = texts.filter(one => !floats(one.element));
  for (const [index, one] of flat.entries())
    for (const other of flat.slice(index + 1)) {
      const over = one.boxes.some(a => other.boxes.some(b =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5));
      if (over) faults.push(`"${one.text}" and "${other.text}" lie on each other (${name(one.element)}, ${name(other.element)})`);
    }

  // 3. A short text that is cut, and one that sticks out of its box.
  for (const element of document.body.querySelectorAll('a, b, button, dd, div, dt, h1, h2, h3, label, li, p, span, summary, td, th')) {
    if (!shown(element) || element.clientWidth === 0 || element.scrollWidth - element.clientWidth <= 1) continue;
    // The wave of a click is wider than its button.
    if (element.matches('.mud-ripple')) continue;
    const style = getComputedStyle(element);
    const text = said(element.innerText || '');
    if (!text) continue;
    if (style.overflowX === 'hidden' || style.overflowX === 'clip') {
      if (text.length <= 20) faults.push(`"${text}" is cut (${name(element)})`);
    } else if (!within(element) && [...element.children].every(child => child.scrollWidth - child.clientWidth <= 1 || child.clientWidth === 0)) {
      faults.push(`"${text}" sticks out of its box by ${element.scrollWidth - element.clientWidth} pixels (${name(element)})`);
    }
  }

  // 4. Buttons that stand over the edge of their card.
  for (const button of document.querySelectorAll('main button, main a.mud-button-root')) {
    const card = button.closest('.card, .mud-table');
    if (!card || !shown(button) || within(button.parentElement)) continue;
    const [a, b] = [button.getBoundingClientRect(), card.getBoundingClientRect()];
    if (a.left < b.left - 1 || a.right > b.right + 1) faults.push(`"${button.ariaLabel || said(button.innerText)}" stands over the edge of its card`);
  }

  return [...new Set(faults)].slice(0, 12);
}
