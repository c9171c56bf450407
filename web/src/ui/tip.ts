/**
 * One tooltip for the page: for marks with `data-tip`, and for terms of the glossary (`data-term`). It opens on hover and
 * on focus, closes with Escape, and can be pointed at itself (WCAG 1.4.13).
 */

import { GLOSSARY } from '../../../src/report/glossary.js';
import './tip.css';

const MEANINGS = new Map(GLOSSARY.map(({ term, meaning }) => [term, meaning]));

export function startTips(): void {
  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.role = 'tooltip';
  tip.hidden = true;
  document.body.append(tip);
  let owner: Element | null = null;

  const hide = () => {
    tip.hidden = true;
    owner?.removeAttribute('aria-describedby');
    owner = null;
  };
  const show = (element: Element, x: number, y: number) => {
    const text = element.getAttribute('data-tip') ?? MEANINGS.get(element.getAttribute('data-term') ?? '');
    if (!text) return;
    if (owner !== element) {
      hide();
      owner = element;
      tip.textContent = text;
      element.setAttribute('aria-describedby', tip.id);
    }
    tip.hidden = false;
    const { clientWidth, clientHeight } = document.documentElement;
    const left = Math.max(4, Math.min(x + 10, clientWidth - tip.offsetWidth - 8));
    const below = y + 16 + tip.offsetHeight < clientHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? y + 12 : Math.max(4, y - tip.offsetHeight - 12)}px`;
  };
  const found = (target: EventTarget | null) =>
    target instanceof Element ? target.closest('[data-tip], [data-term]') : null;

  document.addEventListener('pointermove', (event) => {
    if (event.target instanceof Node && tip.contains(event.target)) return;
    const element = found(event.target);
    if (element) show(element, event.clientX, event.clientY);
    else if (owner !== document.activeElement) hide();
  });
  document.addEventListener('focusin', (event) => {
    const element = found(event.target);
    if (!element?.matches(':focus-visible')) return;
    const { left, bottom } = element.getBoundingClientRect();
    show(element, left, bottom - 8);
  });
  document.addEventListener('focusout', hide);
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') hide();
  });
  document.addEventListener('scroll', hide, { passive: true, capture: true });
}
