/** Hash of the table of operations. A backend is refused if its kernels were built from another table. */

import { CHOICES, NUMBERS, RECORDS } from './constants.js';
import { OP_NAMES, operationOf } from './ops.js';

/**
 * FNV-1a hash of everything in the table that affects kernels, without the descriptions (OPS_ID in
 * kernels/ops.h).
 */
export function opsId(): number {
  const layout = OP_NAMES.map((name) => {
    const { shared, sizes, fields } = operationOf(name);
    return [name, shared, sizes, fields];
  });
  const text = JSON.stringify([CHOICES, RECORDS, NUMBERS, layout], (key, value) =>
    key === 'about' ? undefined : typeof value === 'function' ? 'depends' : value,
  );
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
