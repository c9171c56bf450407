/**
 * Reads decimal numbers straight from bytes. A vector file of 400,000 × 300 holds 120 million of them; making a
 * string of each would take a minute.
 */

const POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** One number after another out of a buffer; `at` is where the last one stopped. */
export class DecimalReader {
  /** First byte after the number read last. */
  at = 0;

  /**
   * The number that starts at `start`; NaN when the bytes there are none ("nan" and "inf" are none). Up to 15
   * significant digits are exact in a double, and so are powers of ten up to 22: their quotient is then rounded
   * correctly. Longer ones go through the language's own parser.
   */
  read(bytes: Buffer, start: number, end: number): number {
    let p = start;
    let negative = false;
    if (p < end && (bytes[p] === 0x2d || bytes[p] === 0x2b)) negative = bytes[p++] === 0x2d;
    let mantissa = 0;
    let digits = 0;
    let scale = 0;
    for (; p < end; p++) {
      const digit = bytes[p] - 0x30;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
      digits++;
    }
    if (p < end && bytes[p] === 0x2e) {
      const point = ++p;
      for (; p < end; p++) {
        const digit = bytes[p] - 0x30;
        if (digit < 0 || digit > 9) break;
        mantissa = mantissa * 10 + digit;
      }
      scale = point - p;
      digits -= scale;
    }
    this.at = p;
    if (digits === 0) return Number.NaN;
    if (p < end && (bytes[p] === 0x65 || bytes[p] === 0x45)) return this.slow(bytes, start, p, end);
    // Leading zeros count as digits here, which only sends a few numbers the slow way.
    if (digits > 15 || scale < -22) return Number(bytes.toString('latin1', start, p));
    const value = mantissa / POWERS[-scale];
    return negative ? -value : value;
  }

  /** With an exponent: finds its end, then lets the language parse the whole. */
  private slow(bytes: Buffer, start: number, exponent: number, end: number): number {
    let p = exponent + 1;
    if (p < end && (bytes[p] === 0x2d || bytes[p] === 0x2b)) p++;
    const first = p;
    while (p < end && bytes[p] >= 0x30 && bytes[p] <= 0x39) p++;
    this.at = p;
    return p > first ? Number(bytes.toString('latin1', start, p)) : Number.NaN;
  }
}
