import { visibleLines } from './visible.js';

/** Escapes text for XML and HTML, including attributes. Control characters, which XML forbids, become visible escapes. */
export function escapeXml(text: string): string {
  return visibleLines(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
