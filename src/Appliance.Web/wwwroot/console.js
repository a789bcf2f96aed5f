// The little that must happen in the browser: theme, shortcuts, what was typed, and the connection. No inline scripts anywhere.
(() => {
  'use strict';
  const root = document.documentElement;

  // Signing out ends this page's connection, too. The answer leads to the sign-in page; loading this page again would win the race and come back to it.
  let leaving = false;

  // A form without a method is the framework's. Once its circuit is gone nobody handles it, and the browser would send its fields, passwords too, in an address.
  document.addEventListener('submit', event => {
    if (!event.target.hasAttribute('method')) event.preventDefault();
    else if (event.target.action.endsWith('/sign-out')) leaving = true;
  }, true);

  // Theme: the system's until somebody chooses. The buttons of the choice say which one it is.
  const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  function markTheme() {
    for (const button of document.querySelectorAll('[data-theme-set]')) {
      button.setAttribute('aria-pressed', String(button.dataset.themeSet === (root.dataset.theme ?? 'system')));
    }
  }
  function setTheme(theme) {
    if (theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme;
    document.cookie = `appliance_theme=${theme}; path=/; max-age=${theme === 'system' ? 0 : 31536000}; samesite=lax`;
    markTheme();
  }
  document.addEventListener('click', event => {
    const choice = event.target.closest('[data-theme-set]');
    if (choice) setTheme(choice.dataset.themeSet);
    else if (event.target.closest('[data-theme-toggle]')) setTheme(isDark() ? 'light' : 'dark');
  });
  document.addEventListener('toggle', event => {
    if (event.target.open && event.target.querySelector('[data-theme-set]')) markTheme();
  }, true);

  // A password is shown while its button is pressed. It is hidden again before it is sent: browsers offer what they saw in a text field to the next person.
  function reveal(button, shown) {
    const field = document.getElementById(button.dataset.reveal);
    if (!field) return;
    field.spellcheck = false;
    field.autocapitalize = 'none';
    field.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
  }
  document.addEventListener('click', event => {
    const button = event.target.closest('[data-reveal]');
    if (button) reveal(button, button.getAttribute('aria-pressed') !== 'true');
  });
  document.addEventListener('submit', event => {
    for (const button of event.target.querySelectorAll('[data-reveal][aria-pressed="true"]')) reveal(button, false);
  }, true);

  // What shows a chart's values is loaded by the first look at one.
  const { charts } = document.currentScript.dataset;
  const looks = ['pointermove', 'focusin'];
  function loadCharts(event) {
    if (!event.target.closest?.('[data-chart]')) return;
    for (const kind of looks) document.removeEventListener(kind, loadCharts);
    document.head.append(Object.assign(document.createElement('script'), { src: charts }));
  }
  for (const kind of looks) document.addEventListener(kind, loadCharts);

  // "/" goes to the search. While it shows something, arrows, Home and End choose there and do not move the cursor.
  const searches = element => element.id === 'top-search' && element.getAttribute('aria-expanded') === 'true';
  document.addEventListener('keydown', event => {
    if (searches(event.target) && ['ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) event.preventDefault();
    const typing = event.target.closest('input, textarea, select, [contenteditable]');
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.getElementById('top-search');
      if (search) { event.preventDefault(); search.focus(); }
    }
  });

  // A row opens what its link opens, for those who do not aim; Escape closes the details, unless a dialog stands before them.
  document.addEventListener('click', event => {
    const row = event.target.closest('tr[data-open]');
    if (row && !event.target.closest('a, button, input, label') && getSelection().isCollapsed) row.querySelector('a.open')?.click();
    for (const menu of document.querySelectorAll('details[data-menu][open]')) {
      if (!menu.contains(event.target) || event.target.closest('a')) menu.open = false;
    }
  });
  document.addEventListener('focusout', event => {
    const menu = event.target.closest?.('details[data-menu][open]');
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || event.defaultPrevented || searches(event.target) || document.querySelector('.mud-dialog')) return;
    const menu = document.querySelector('details[data-menu][open]');
    if (menu) {
      menu.open = false;
      menu.querySelector('summary').focus();
    } else {
      document.querySelector('[data-escape]')?.click();
    }
  });

  // A row by its grip may be let go on another row: the browser wants a word for that while it moves. Dragged text falls into fields as ever.
  let gripped = false;
  document.addEventListener('dragstart', event => { gripped = !!event.target.closest?.('.grip'); });
  document.addEventListener('dragover', event => {
    if (gripped && event.target.closest?.('[data-drop]')) event.preventDefault();
  });
  document.addEventListener('drop', event => {
    if (gripped) event.preventDefault();
  });
  document.addEventListener('dragend', () => { gripped = false; });

  // What is shown once can be taken along. Without https there is no clipboard for scripts, and the old way must do.
  document.addEventListener('click', async event => {
    if (event.target.closest('[data-print]')) print();
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(source);
      document.execCommand('copy');
    }
    const label = button.querySelector('span');
    if (label) label.textContent = 'Copied';
  });

  // Opens all that is folded in a section, or folds it again.
  document.addEventListener('click', event => {
    const button = event.target.closest('[data-unfold]');
    if (!button) return;
    const open = button.getAttribute('aria-expanded') !== 'true';
    for (const fold of document.getElementById(button.dataset.unfold).querySelectorAll('details')) fold.open = open;
    button.setAttribute('aria-expanded', open);
    button.querySelector('[data-text]').textContent = open ? 'Collapse all' : 'Expand all';
  });

  // Times in the browser's own zone.
  document.addEventListener('mouseover', event => {
    const time = event.target.closest?.('time[datetime]');
    if (time) time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' });
  });

  // What was typed: the server says what it knows as a draft, fields typed since stand beside it. One tab, one session.
  const slot = key => `draft:${key}`;
  const read = key => { try { return JSON.parse(sessionStorage.getItem(slot(key))); } catch { return null; } };
  const write = (key, kept) => { try { sessionStorage.setItem(slot(key), JSON.stringify(kept)); } catch { /* full or forbidden: typing goes on */ } };
  const valueOf = field => field.type === 'checkbox' ? field.checked : field.value;
  const unheard = new Map(); // key → name → the field, the number of its last stroke, and how often it was said again, until the server says that its draft has it
  const begun = new WeakMap(); // form → the key under which this very form began to keep something
  let strokes = 0;
  let reloading = false;
  for (const kind of ['input', 'change']) {
    document.addEventListener(kind, event => {
      const field = event.target;
      const form = field.closest?.('[data-keep]');
      if (!form || !field.name) return;
      const { keep } = form.dataset;
      let kept = read(keep);
      if (!kept) {
        kept = { base: null, draft: null, fields: {} };
        begun.set(form, keep);
      }
      kept.fields[field.name] = valueOf(field);
      write(keep, kept);
      if (!unheard.has(keep)) unheard.set(keep, new Map());
      const again = event.isTrusted ? 0 : unheard.get(keep).get(field.name)?.again ?? 0;
      unheard.get(keep).set(field.name, { field, stroke: ++strokes, again });
    }, true);
  }
  const isThere = (name, field) => field.isConnected && field.name === name;
  function say(field) {
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.dispatchEvent(new Event('change', { bubbles: true }));
  }

  // What went out on a connection that was lost may never have arrived, also what went out before anybody noticed. Said twice, it does no harm.
  function sayAgain() {
    for (const fields of [...unheard.values()]) {
      for (const [name, { field }] of [...fields]) {
        if (isThere(name, field)) say(field);
      }
    }
  }

  // What arrived and still is not in the draft. A server that will not have it is not asked for ever.
  function repeat(key, missed) {
    const fields = unheard.get(key);
    for (const name of missed) {
      const typed = fields?.get(name);
      if (!typed) continue;
      if (!isThere(name, typed.field) || typed.again === 3) {
        fields.delete(name);
      } else {
        typed.again++;
        say(typed.field);
      }
    }
  }
  addEventListener('beforeunload', event => {
    if (!reloading && document.querySelector('[data-keep][data-dirty]')) event.preventDefault();
  });

  window.appliance = {
    setTheme,
    signOut() {
      document.getElementById('sign-out').requestSubmit();
    },
    reveal(id) {
      document.getElementById(id)?.scrollIntoView({ block: 'nearest' });
    },
    strokes(key) {
      const fields = {};
      for (const [name, { field }] of unheard.get(key) ?? []) {
        if (isThere(name, field)) fields[name] = valueOf(field);
      }
      return { count: strokes, fields };
    },
    repeat,
    keep(key, base, draft, heard, missed) {
      // The draft has every stroke up to number heard, but for what it missed: events and answers arrive in their order. Later ones stand beside it.
      const before = read(key)?.fields ?? {};
      const fields = {};
      const waiting = unheard.get(key) ?? new Map();
      for (const [name, { stroke }] of waiting) {
        if (stroke <= heard && !missed.includes(name)) waiting.delete(name);
        else if (name in before) fields[name] = before[name];
      }
      write(key, { base, draft, fields });
      repeat(key, missed);
    },
    kept(key) {
      // What somebody types faster than the form asks is on its way to the server; only what an earlier form left can come back.
      const form = document.querySelector(`[data-keep="${CSS.escape(key)}"]`);
      const typedHere = form && begun.get(form) === key;
      begun.delete(form);
      const kept = typedHere ? null : read(key);
      return kept ? JSON.stringify(kept) : null;
    },
    forget(key) {
      unheard.delete(key);
      sessionStorage.removeItem(slot(key));
    },
    recall(name) {
      try { return localStorage.getItem(name); } catch { return null; }
    },
    remember(name, value) {
      try { localStorage.setItem(name, value); } catch { /* full or forbidden: it is only forgotten */ }
    },
    focusHeading() {
      if (document.activeElement?.closest('input, textarea, select, [data-menu][open]')) return;
      const heading = document.querySelector('h1');
      if (!heading) return;
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    },
    focus(id) {
      // hosts/0 is a line of the field hosts: the nearest control that is there.
      for (let at = id; at.length > 2; at = at.slice(0, Math.max(at.lastIndexOf('-'), 0))) {
        const field = document.getElementById(at) ?? document.querySelector(`[data-problem="${CSS.escape(at)}"]`);
        if (!field) continue;
        field.closest('details')?.setAttribute('open', '');
        field.scrollIntoView({ block: 'center' });
        field.focus();
        return;
      }
    },
    watchTab(tab) {
      document.addEventListener('visibilitychange', () => tab.invokeMethodAsync('Look', document.visibilityState === 'visible').catch(() => { }));
    }
  };

  // The connection. The framework marks a bar of ours; after a new start of the server there is nothing to come back to but the page itself.
  const bar = document.getElementById('components-reconnect-modal');
  if (!window.Blazor || !bar) return;
  new MutationObserver(() => {
    const has = state => bar.classList.contains(`components-reconnect-${state}`);
    if (has('show')) {
      root.classList.add('disconnected');
      askForSession();
    } else if (has('hide')) {
      root.classList.remove('disconnected');
      sayAgain();
    } else if (has('rejected') || has('failed') || has('resume-failed')) {
      reload();
    }
  }).observe(bar, { attributes: true, attributeFilter: ['class'] });

  // A session that has ended takes its pages along: there is nothing to come back to but the sign-in page.
  let asking = false;
  async function askForSession() {
    if (asking) return;
    asking = true;
    while (root.classList.contains('disconnected') && !reloading) {
      try {
        if ((await fetch('/_blazor/initializers/', { cache: 'no-store' })).status === 401) reload();
      } catch { /* the server is away */ }
      await new Promise(resolve => setTimeout(resolve, 1000));
    }
    asking = false;
  }

  async function reload() {
    if (reloading || leaving) return;
    reloading = true;
    root.classList.add('disconnected', 'reloading');
    for (; ;) {
      try {
        const isThere = (await fetch('/healthz', { cache: 'no-store' })).ok;
        if (leaving) return; // signed out meanwhile: that answer is on its way
        if (isThere) { location.reload(); return; }
      } catch { /* not there yet */ }
      await new Promise(resolve => setTimeout(resolve, 1000));
    }
  }

  Blazor.start({
    circuit: {
      reconnectionOptions: { maxRetries: 100000, retryIntervalMilliseconds: tries => tries < 10 ? 500 : 2000 }
    }
  });
})();

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
