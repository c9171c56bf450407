/** Images to begin with, drawn in this page when the reader asks for them. */

import { useEffect, useState } from 'preact/hooks';
import { words as spaced } from '../../../src/util/format.js';
import type { Example } from './draw-examples.js';
import { add, drawExamples, model } from './try-state.js';

interface Drawn extends Example {
  readonly address: string;
}

export function Examples() {
  const [drawn, setDrawn] = useState<readonly Drawn[]>([]);
  const show = async () =>
    setDrawn((await drawExamples()).map((one) => ({ ...one, address: URL.createObjectURL(one.picture) })));
  useEffect(
    () => () => {
      for (const { address } of drawn) URL.revokeObjectURL(address);
    },
    [drawn],
  );
  return (
    <section class="examples" aria-label="Drawn examples">
      {drawn.length === 0 ? (
        <button type="button" disabled={model.value.state !== 'open'} onClick={show}>
          Draw some examples
        </button>
      ) : (
        <ul>
          {drawn.map(({ label, picture, address }) => (
            <li key={label}>
              <button
                type="button"
                class="picture"
                aria-label={`Add the drawing: ${spaced(label)}`}
                title={spaced(label)}
                onClick={() => add([{ blob: picture, name: spaced(label) }])}
              >
                <img src={address} alt="" width="48" height="48" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
