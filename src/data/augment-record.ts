/** The augmentation of one image as eight integers. This file has no imports because the engine uses it too. */

/**
 * Indices of the fields of a record. The output pixel at (y, x) comes from (y + shiftY, x + shiftX), reflected at the
 * edges; if `flip` is 1, x is mirrored first. Pixels inside the box [top, bottom) x [left, right) of the output come from
 * image `partner` of the same batch, with the partner's shift and flip (CutMix), or are zero after normalisation if
 * partner is -1 (cutout). A record of zeros leaves the image unchanged.
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

/** Number of integers in a record. */
export const AUGMENT_FIELDS = Object.keys(AUGMENT).length;
