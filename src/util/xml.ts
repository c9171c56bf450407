import { visibleLines } from './visible.js';

/** Text for XML and HTML, attributes included; control characters, which XML refuses, stand as escapes. */
export function escapeXml(text: string): string {
  return visibleLines(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
