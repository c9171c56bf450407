/** Passwords in addresses must not reach messages, files or process titles. */

/** The text with the user and password of every address in it replaced by `***`. */
export function withoutPassword(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1***@');
}
