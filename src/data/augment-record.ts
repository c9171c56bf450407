/** One image's augmentation, as eight integers. A file without imports: the engine takes the layout from here too. */

/**
 * Places in a record. The pixel at (y, x) of the output comes from (y + shiftY, x + shiftX), reflected at the edges; with
 * `flip` 1 from the mirrored x. Inside the box [top, bottom) x [left, right) of output pixels it comes from image `partner` of
 * the same batch, with that one's own shift and flip (CutMix), or is zero after normalisation where partner is -1 (cutout).
 * All zeros: the image as it is.
 */
export const AUGMENT = {
  shiftY: 0,
  shiftX: 1,
  flip: 2,
  top: 3,
  bottom: 4,
  left: 5,
  right: 6,
  partner: 7,
} as const;

/** Integers of a record. */
export const AUGMENT_FIELDS = Object.keys(AUGMENT).length;
