/**
 * Parses decimal numbers directly from bytes. A vector file of 400,000 × 300 contains 120 million numbers; creating a
 * string for each would take a minute.
 */

const POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Parses numbers from a buffer; `at` is the position after the last number. */
export class DecimalReader {
  /** Offset of the first byte after the last number. */
  at = 0;

  /**
   * Parses the number at `start`. Returns NaN if there is no number; "nan" and "inf" do not count as numbers. Up to
   * 15 significant digits and powers of ten up to 10²² are exact in a double, so their quotient is correctly rounded.
   * Longer numbers go through JavaScript's parser.
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
    // Leading zeros are counted as digits; so a few short numbers also take the slow path.
    if (digits > 15 || scale < -22) return Number(bytes.toString('latin1', start, p));
    const value = mantissa / POWERS[-scale];
    return negative ? -value : value;
  }

  /** Parses a number with an exponent: finds its end, then uses JavaScript's parser. */
  private slow(bytes: Buffer, start: number, exponent: number, end: number): number {
    let p = exponent + 1;
    if (p < end && (bytes[p] === 0x2d || bytes[p] === 0x2b)) p++;
    const first = p;
    while (p < end && bytes[p] >= 0x30 && bytes[p] <= 0x39) p++;
    this.at = p;
    return p > first ? Number(bytes.toString('latin1', start, p)) : Number.NaN;
  }
}
