/** A number of a run with what it would be without transfer: the same in every list, tile and table. */

import { SHOW } from '../../../src/report/units.js';
import type { HeadlineNumber } from '../../../src/server/messages/runs.js';
import './measured.css';

type Numbers = Pick<HeadlineNumber, 'unit' | 'value' | 'chance' | 'permutationNull' | 'lowerIsBetter'>;

/** Whether the value lies beyond its null, on the better side; null if there is none to tell. */
function standing({ value, chance, permutationNull, lowerIsBetter }: Numbers): 'beyond' | 'within' | null {
  if (value === null) return null;
  const [low, high] = permutationNull ?? (chance === null ? [null, null] : [chance, chance]);
  if (low === null || high === null) return null;
  return (lowerIsBetter ? value < low : value > high) ? 'beyond' : 'within';
}

/** What stands beside the value: "chance 6.7 %", "null 4.1 to 9.8 %". */
function nullTexts({ unit, chance, permutationNull }: Numbers): string[] {
  const show = SHOW[unit];
  const parts = chance === null ? [] : [`chance ${show(chance)}`];
  if (permutationNull)
    parts.push(`null ${show(permutationNull[0]).replace(/ %$/, '')} to ${show(permutationNull[1])}`);
  return parts;
}

export function Measured({ of }: { readonly of: Numbers }) {
  const where = standing(of);
  if (of.value === null)
    return (
      <span class="measured">
        <span class="quiet" data-tip="This protocol cannot have this number.">
          n/a
        </span>
      </span>
    );
  return (
    <span class={`measured ${where ?? ''}`}>
      <b>{SHOW[of.unit](of.value)}</b>
      {where === 'beyond' && <span class="away"> (better than without transfer)</span>}
      {nullTexts(of).map((text) => (
        <small key={text}>{text}</small>
      ))}
    </span>
  );
}

/** Large, with its label: for the head of a page. */
export function MeasuredTile({ of, label }: { readonly of: Numbers; readonly label: string }) {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd>
        <Measured of={of} />
      </dd>
    </div>
  );
}
