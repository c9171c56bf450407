/** The answer of ListObjectsV2. */
import { DOMParser } from 'linkedom';

export interface Listing {
  readonly keys: readonly string[];
  /** Continues the list; undefined at its end. */
  readonly next: string | undefined;
}

/** Characters of an answer: it has at most 1000 keys, of 1024 bytes. Parsing takes thirty times the memory. */
const LONGEST = 8 << 20;

/** Reads an answer with `encoding-type=url`. @returns undefined if it is not a whole list */
export function readListing(xml: string): Listing | undefined {
  if (xml.length > LONGEST) return undefined;
  // linkedom also reads a document that is cut off.
  if (!/<\/ListBucketResult>\s*$/.test(xml)) return undefined;
  const list = new DOMParser().parseFromString(xml, 'text/xml').documentElement as unknown as Element | null;
  if (list?.localName !== 'ListBucketResult') return undefined;
  const children = Array.from(list.children);
  const textOf = (name: string) => children.find((child) => child.localName === name)?.textContent?.trim();
  const entries = children.filter((child) => child.localName === 'Contents');
  const encoded = textOf('EncodingType') === 'url';
  const keys: string[] = [];
  for (const entry of entries) {
    const key = Array.from(entry.children).find((child) => child.localName === 'Key')?.textContent ?? '';
    const decoded = encoded ? decode(key) : key;
    if (!decoded) return undefined;
    keys.push(decoded);
  }
  const [count, truncated] = [textOf('KeyCount'), textOf('IsTruncated')];
  if (count !== undefined && Number(count) !== keys.length) return undefined;
  const next = textOf('NextContinuationToken');
  if (truncated === 'true') return next ? { keys, next } : undefined;
  return truncated === 'false' ? { keys, next: undefined } : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
