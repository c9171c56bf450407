/**
 * The class that is pointed at or focused, anywhere on the page: everything with its label in `data-class` lights up. A
 * click keeps it in the address. In figures the nearest mark counts, so that small dots are easy to hit.
 */

import { effect, signal } from '@preact/signals';
import { route, setQuery } from '../route.js';

/** Label of the class under the pointer or the focus; null: none. */
const pointed = signal<string | null>(null);

/** Pixels within which a mark of a figure counts as pointed at. */
const REACH = 14;

/** The class that is shown: pointed at, or else kept. */
export const shownClass = (): string | null => pointed.value ?? route.value.query.class ?? null;

/** @returns a function that ends it */
export function followPointer(root: HTMLElement): () => void {
  const labelAt = (event: Event): string | null => {
    if (!(event.target instanceof Element)) return null;
    const own = event.target.closest('[data-class]');
    if (own) return only(own);
    const figure = event.target.closest('figure');
    if (figure && event instanceof MouseEvent) return nearestMark(figure, event.clientX, event.clientY);
    return null;
  };
  const point = (event: Event) => {
    pointed.value = labelAt(event);
  };
  const leave = () => {
    pointed.value = null;
  };
  const keep = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest('button, a, input, select, aside, summary'))
      return;
    const label = labelAt(event);
    if (label !== null) setQuery({ class: route.peek().query.class === label ? undefined : label });
  };
  root.addEventListener('pointermove', point);
  root.addEventListener('pointerleave', leave);
  root.addEventListener('focusin', point);
  root.addEventListener('focusout', leave);
  root.addEventListener('click', keep);
  const stop = effect(() => light(root, shownClass()));
  return () => {
    root.removeEventListener('pointermove', point);
    root.removeEventListener('pointerleave', leave);
    root.removeEventListener('focusin', point);
    root.removeEventListener('focusout', leave);
    root.removeEventListener('click', keep);
    stop();
    pointed.value = null;
  };
}

/** The label of an element that belongs to one class; a bar of several has none. */
function only(element: Element): string | null {
  const labels = element.getAttribute('data-class')!.split(' ');
  return labels.length === 1 ? decodeURIComponent(labels[0]) : null;
}

function nearestMark(figure: Element, x: number, y: number): string | null {
  let best = REACH;
  let found: Element | null = null;
  for (const mark of figure.querySelectorAll('[data-class]')) {
    if (mark.getAttribute('data-class')!.includes(' ')) continue;
    const { left, right, top, bottom } = mark.getBoundingClientRect();
    const distance = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
    if (distance < best) [best, found] = [distance, mark];
  }
  return found && only(found);
}

/** Marks what belongs to a class, and nothing else. */
export function light(root: ParentNode, label: string | null): void {
  for (const element of root.querySelectorAll('.lit')) element.classList.remove('lit');
  if (label === null) return;
  const selector = `[data-class~="${CSS.escape(encodeURIComponent(label))}"]`;
  for (const element of root.querySelectorAll(selector)) element.classList.add('lit');
}
