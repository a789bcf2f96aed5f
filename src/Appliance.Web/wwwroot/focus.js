// Where the keyboard is: into a dialog's field, and never lost when what had the focus goes away.
(() => {
  'use strict';
  const fields = 'input:not([type="hidden"]):enabled, select:enabled, textarea:enabled';
  const lastDialog = () => [...document.querySelectorAll('.mud-dialog')].at(-1);

  let held = null; // what has the focus, or had it until the page took it away
  let place = []; // the elements around it
  let opener = null; // what had the focus before the dialog
  let isBusy = false; // it is disabled while something is done, and comes back

  document.addEventListener('focusin', event => {
    const { target } = event;
    const inDialog = target.closest('.mud-dialog-container');
    if (inDialog && !place.includes(inDialog)) opener = { held, place };
    if (!inDialog) opener = null;
    held = target;
    isBusy = false;
    place = [];
    for (let at = target.parentElement; at; at = at.parentElement) place.push(at);
  });

  // A dialog that opens gives the focus to an invisible element of its own, which no key reaches. Its first field is meant, or its first button.
  document.addEventListener('focusin', event => {
    if (!event.target.matches('.mud-focus-trap > .pointer-events-none[tabindex="-1"]')) return;
    const dialog = event.target.closest('.mud-dialog');
    const first = dialog.querySelector(`.mud-dialog-content :is(${fields})`) ?? dialog.querySelector('.mud-dialog-actions button:enabled');
    first?.focus();
  });

  // Somebody who clicks beside everything wants the focus nowhere.
  document.addEventListener('pointerdown', () => { held = null; }, true);

  const isLost = () => held !== null && document.activeElement === document.body && (isBusy || !held.isConnected || held.disabled);

  function goTo(element) {
    if (!element.matches('a[href], button, input, select, textarea')) element.tabIndex = -1;
    element.focus({ preventScroll: true });
  }

  // The heading of the card or list that it was in, else of the page.
  function headingOf(around) {
    const section = around.find(element => element.isConnected && element.matches('section.card, fieldset.rows, aside'));
    return section?.querySelector('h2, legend') ?? document.querySelector('h1');
  }

  function comeBack() {
    if (!isLost() || lastDialog()) return;
    const before = place.some(element => element.matches('.mud-dialog-container')) ? opener : { held, place };
    if (!before?.held) return;
    if (before.held.isConnected && before.held.disabled) {
      ({ held, place } = before);
      isBusy = true;
      return;
    }
    const next = before.held.isConnected ? before.held : headingOf(before.place);
    if (next) goTo(next);
  }

  // What replaces it is drawn in the same turn, and a new page takes the focus to its heading.
  let waits = false;
  new MutationObserver(() => {
    if (waits || !isLost()) return;
    waits = true;
    setTimeout(() => {
      waits = false;
      comeBack();
    });
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });

  // On a narrow screen the navigation lies over the page: the keyboard stays in it until it is closed.
  const narrow = matchMedia('(max-width: 959px)');
  document.addEventListener('keydown', event => {
    const button = document.querySelector('.drawer-open');
    if (!narrow.matches || button?.getAttribute('aria-expanded') !== 'true' || lastDialog()) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      button.click();
      button.focus();
    } else if (event.key === 'Tab') {
      const stops = [button, ...document.querySelectorAll('.mud-drawer a[href]')];
      const at = stops.indexOf(document.activeElement);
      event.preventDefault();
      stops.at((at + (event.shiftKey ? -1 : 1)) % stops.length).focus();
    }
  }, true);
})();
