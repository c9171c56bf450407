/**
 * The script of the page. It sorts tables, shows what a point of a figure is, opens folded sections that are linked to or
 * printed. Without it the page shows the same content. It is one expression, so that its hash allows it in the page's
 * Content-Security-Policy.
 */
export const PAGE_SCRIPT = `(() => {
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  // "−64.7 %" is −64.7, "12 of 20" is 12; a text without a number is not one.
  const numberOf = (text) => {
    const found = text.replaceAll('\\u2212', '-').replaceAll(',', '').match(/^[^\\w-]*([-+]?[0-9.]+)/);
    return found ? Number(found[1]) : null;
  };
  const compare = (a, b) => {
    const [x, y] = [numberOf(a), numberOf(b)];
    if (x !== null && y !== null) return x - y;
    return a.localeCompare(b, 'en');
  };
  for (const table of all('table.sortable')) {
    const heads = all('thead th', table);
    const body = table.querySelector('tbody');
    heads.forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...Array.from(head.childNodes));
      head.append(button);
      button.addEventListener('click', () => {
        const down = head.getAttribute('aria-sort') === 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const text = (row) => row.children[column].textContent.trim();
        const rows = all('tr', body).map((row) => ({ row, key: text(row) }));
        const missing = ({ key }) => key === '' || key === 'n/a';
        rows.sort((a, b) => missing(a) - missing(b) || (down ? -1 : 1) * compare(a.key, b.key));
        body.append(...rows.map(({ row }) => row));
      });
    });
  }

  const folded = all('details');
  const setAll = (open) => folded.forEach((one) => one.toggleAttribute('open', open));
  const contents = document.querySelector('nav.contents');
  if (contents) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Open all sections';
    button.addEventListener('click', () => {
      const open = !folded.every((one) => one.hasAttribute('open'));
      setAll(open);
      button.textContent = open ? 'Close all sections' : 'Open all sections';
    });
    contents.append(button);
  }
  const openTarget = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let one = target; one; one = one.parentElement) if (one.tagName === 'DETAILS') one.toggleAttribute('open', true);
    target.scrollIntoView();
  };
  addEventListener('hashchange', openTarget);
  openTarget();
  let before = [];
  addEventListener('beforeprint', () => { before = folded.map((one) => one.hasAttribute('open')); setAll(true); });
  addEventListener('afterprint', () => folded.forEach((one, i) => one.toggleAttribute('open', before[i])));

  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.hidden = true;
  tip.setAttribute('aria-hidden', 'true');
  document.body.append(tip);
  // The browser's own tooltip is slow; its text becomes the shape's name.
  for (const title of all('figure svg :not(svg) > title')) {
    title.parentElement.setAttribute('data-tip', title.textContent);
    title.parentElement.setAttribute('aria-label', title.textContent);
    title.remove();
  }
  const move = (event) => {
    const shape = event.target.closest && event.target.closest('[data-tip]');
    tip.hidden = !shape;
    if (!shape) return;
    tip.textContent = shape.getAttribute('data-tip');
    const left = Math.min(event.clientX + 12, document.documentElement.clientWidth - tip.offsetWidth - 8);
    Object.assign(tip.style, { left: Math.max(4, left) + 'px', top: event.clientY + 14 + 'px' });
  };
  addEventListener('pointermove', move);
  addEventListener('pointerdown', move);
  addEventListener('scroll', () => { tip.hidden = true; }, { passive: true });
})();`;
