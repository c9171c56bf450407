/** What a page shows instead of its content: while it loads, if it failed, if there is nothing. */

import type { ComponentChildren } from 'preact';
import type { SourceError } from '../source.js';
import './states.css';

/** Keeps the room of what is loading, so that nothing jumps. @param height such as "20rem" */
export function Skeleton({ height, what }: { readonly height: string; readonly what: string }) {
  return (
    <div class="skeleton" style={{ minHeight: height }} role="status">
      <span class="away">{what} …</span>
    </div>
  );
}

/** A failed request: what happened, what to do, and a way to try again. */
export function Fault({ fault, retry }: { readonly fault: SourceError; readonly retry?: () => void }) {
  const { message, hint } = fault;
  return (
    <div class="box fault" role="alert">
      <p>
        <b>{sentence(message)}</b>
      </p>
      {hint && <p>{sentence(hint)}</p>}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="box empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** With a capital letter and a full stop. */
export const sentence = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
