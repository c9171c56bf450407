/** A number that changes with the table of operations, so that programs meet only kernels that were built against it. */

import { CHOICES, NUMBERS, RECORDS } from './constants.js';
import { OP_NAMES, operationOf } from './ops.js';

/** FNV-1a of all that kernels are told but for the prose (kernels/ops.h has it as OPS_ID). */
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
