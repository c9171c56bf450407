/** Steps through the epochs whose outputs a run has kept. */

import { useEffect, useState } from 'preact/hooks';

/** Time at each epoch while it plays, in milliseconds. */
const PAUSE = 1600;

export function EpochSteps({
  epochs,
  step,
  onStep,
}: {
  readonly epochs: readonly number[];
  readonly step: number;
  readonly onStep: (step: number) => void;
}) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const next = setTimeout(() => {
      if (step + 1 < epochs.length) onStep(step + 1);
      if (step + 2 >= epochs.length) setPlaying(false);
    }, PAUSE);
    return () => clearTimeout(next);
  }, [playing, step]);
  if (epochs.length < 2) return null;
  return (
    <fieldset class="choice">
      <legend class="away">Epoch</legend>
      <span aria-hidden="true" class="quiet">
        Epoch
      </span>
      {epochs.map((epoch, i) => (
        <button
          key={epoch}
          type="button"
          aria-label={`Epoch ${epoch}`}
          aria-pressed={i === step}
          onClick={() => {
            setPlaying(false);
            onStep(i);
          }}
        >
          {epoch}
        </button>
      ))}
      <button
        type="button"
        onClick={() => {
          if (!playing && step === epochs.length - 1) onStep(0);
          setPlaying(!playing);
        }}
      >
        {playing ? 'Pause' : 'Play'}
      </button>
    </fieldset>
  );
}
