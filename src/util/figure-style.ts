/** Font and colours of all figures. Every colour has a value for light pages, which files use, and one for dark pages. */

/** A font that ships with Lexel (used for PNG), then common browser fonts. */
export const FIGURE_FONT = "'DejaVu Sans', 'Helvetica Neue', Arial, sans-serif";

/**
 * Colours by purpose: light page, dark page. The colours of data are distinct in greyscale and for colour-blind readers
 * (after Okabe and Ito). The light values are distinct, so that a page can replace each by its variable.
 */
export const PALETTE = {
  ink: ['#222222', '#e7eaee'],
  faint: ['#6b6b6b', '#a3adba'],
  /** Thin lines that lead the eye. */
  rule: ['#c8c8c8', '#4a535f'],
  /** The background. */
  page: ['#ffffff', '#14171b'],
  /** Text on a coloured area. */
  onColour: ['#fefefe', '#fefefe'],
  better: ['#0072b2', '#62b5e5'],
  worse: ['#d55e00', '#ff9d5c'],
  control: ['#8a6d00', '#d9b94a'],
  /** The true word, and another word of its superclass. */
  right: ['#00714f', '#4cc79b'],
  near: ['#8a5a00', '#e0b04a'],
  /** Curves behind the main one. */
  behind: ['#9dbfd6', '#44708e'],
  /** Blocks of the architecture figure. */
  image: ['#8a8f98', '#7d838d'],
  dense: ['#4e79a7', '#3f6b9b'],
  bottleneck: ['#e0873a', '#b8661f'],
  output: ['#5a9e6f', '#3f8055'],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

export type FigureColour = keyof typeof PALETTE;

/** The light values, which figures are drawn in. */
export const COLOURS = Object.fromEntries(
  Object.entries(PALETTE).map(([name, [light]]) => [name, light]),
) as Readonly<Record<FigureColour, string>>;
