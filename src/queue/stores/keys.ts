/** Keys of stores, and names of any characters as parts of keys. */
import { isTemporary } from '../../formats/temporary.js';
import { LexelError } from '../../util/errors.js';
import { visible } from '../../util/visible.js';

/** The last dot of a part is never its end: Windows drops it. Files of the system often start with a dot. */
const PART = /^(?!\.)[A-Za-z0-9._+@=-]+(?<!\.)$/;

/** Characters of a part of a key: a file name, including that of a temporary file, has at most 255 bytes. */
export const MAX_PART = 200;

/** Characters of a key: S3 allows 1024, of which a store's prefix uses some. */
export const MAX_KEY = 700;

const isPart = (part: string) => PART.test(part) && part.length <= MAX_PART && !isTemporary(part);

/** Whether a text is a key. See ObjectStore. */
export function isKey(text: string): boolean {
  return text.length <= MAX_KEY && text.split('/').every(isPart);
}

/** @throws LexelError unless `key` is a key */
export function checkKey(key: string): void {
  if (!isKey(key)) throw notAKey(key, 'key');
}

/** @throws LexelError unless `prefix` is empty, or a key followed by `/` */
export function checkPrefix(prefix: string): void {
  if (prefix !== '' && !(prefix.endsWith('/') && isKey(prefix.slice(0, -1)))) throw notAKey(prefix, 'prefix');
}

const notAKey = (text: string, what: string) =>
  new LexelError(
    `"${visible(text)}" cannot be the ${what} of an object: a part of a key has 1 to ${MAX_PART} letters, digits and ` +
      `._-+@=, and does not start or end with a dot; a key has at most ${MAX_KEY} characters`,
  );

/**
 * A name as a part of a key: letters in upper case become `+` and the letter in lower case, so that names stay different
 * on disks that ignore case. Characters that a part cannot contain become `=` and two hexadecimal digits for each byte of
 * their UTF-8: `+red=2f=c3=a4` for "Red/ä". {@link fromKeyPart} reverses it.
 * @throws LexelError if the name is empty, is not valid Unicode, or becomes too long
 */
export function keyPart(name: string): string {
  if (name === '') throw new LexelError('an empty name cannot be part of a key');
  if (/\p{Surrogate}/u.test(name)) {
    throw new LexelError(`"${visible(name)}" cannot be part of a key: it is not valid Unicode`);
  }
  const part = encodedPart(name);
  if (part.length > MAX_PART) {
    throw new LexelError(
      `"${visible(name)}" cannot be part of a key: it is too long`,
      `Its encoded form has ${part.length} characters; ${MAX_PART} are possible.`,
    );
  }
  return part;
}

/** Whether a name has a {@link keyPart}. */
export function hasKeyPart(name: string): boolean {
  return name !== '' && !/\p{Surrogate}/u.test(name) && encodedPart(name).length <= MAX_PART;
}

/** The name of which `part` is the {@link keyPart}; null if there is none. */
export function fromKeyPart(part: string): string | null {
  const text = part
    .replace(/\+[a-z]/g, ([, letter]) => letter.toUpperCase())
    .replace(/(=[0-9a-f]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString());
  return isPart(part) && encodedPart(text) === part ? text : null;
}

const encodedPart = (name: string): string =>
  Array.from(name, encoded)
    .join('')
    .replace(/^\.|\.$|\.(?=tmp$)/g, hex);

function encoded(character: string): string {
  if (/^[a-z0-9._@-]$/.test(character)) return character;
  return /^[A-Z]$/.test(character) ? `+${character.toLowerCase()}` : hex(character);
}

const hex = (character: string) =>
  Array.from(Buffer.from(character), (byte) => `=${byte.toString(16).padStart(2, '0')}`).join('');
