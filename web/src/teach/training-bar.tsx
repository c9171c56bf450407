/** The state of the training, its numbers next to chance, and what can be done with it. */

import { counted, duration, fixed, roughPercent, words as spaced } from '../../../src/util/format.js';
import { href } from '../route.js';
import { save } from '../ui/download.js';
import { curvesCsv } from './csv.js';
import { busy, epochs, file, forget, goOn, pace, phase, plan, problem, stop } from './teach-state.js';
import type { Plan } from './types.js';

export function TrainingBar() {
  const current = plan.value!;
  return (
    <section class="training" aria-label="Training">
      <p class="what">{describe(current)}</p>
      <State plan={current} />
      {problem.value && (
        <p role="alert">
          {problem.value.message} <span class="quiet">{problem.value.hint}</span>
        </p>
      )}
      <Numbers plan={current} />
      <Actions plan={current} />
    </section>
  );
}

function describe({ data, heldOut, epochs: count, seed, batch }: Plan): string {
  const what =
    data.kind === 'shapes'
      ? `The shapes world: ${data.classes} classes, ${data.perClass} images each`
      : `Your classes: ${data.classes.map(({ name }) => name).join(', ')}`;
  const held = heldOut.length > 0 ? `held out: ${heldOut.map(spaced).join(', ')}` : 'none held out';
  return `${what}; ${held}. ${counted(count, 'epoch')}, batches of ${batch}, seed ${seed}.`;
}

function State({ plan: { epochs: total } }: { readonly plan: Plan }) {
  const done = epochs.value.at(-1)?.epoch ?? 0;
  const now = pace.value;
  const share = phase.value === 'training' && now ? now.done / now.total : done / total;
  return (
    <>
      <progress max={1} value={share} aria-label="Progress of the training" />
      <p class="row pace">
        <strong>{stateText(done, total)}</strong>
        {busy.value && now && (
          <span class="quiet">
            {Math.round(now.rate).toLocaleString('en')} images/s, {timeLeft()}
          </span>
        )}
      </p>
    </>
  );
}

function stateText(done: number, total: number): string {
  switch (phase.value) {
    case 'starting':
      return 'Starting…';
    case 'training':
      return `Epoch ${Math.min(done + 1, total)} of ${total}`;
    case 'stopping':
      return 'Stopping…';
    case 'stopped':
      return done > 0
        ? `Stopped after epoch ${done} of ${total}. It can go on from there.`
        : 'Stopped before the end of the first epoch. It can begin again.';
    case 'failed':
      return 'Failed';
    default:
      return `Finished: ${counted(total, 'epoch')}`;
  }
}

/** From the steps that are left and the time that they take. */
function timeLeft(): string {
  const { done, total, rate } = pace.value!;
  if (!(rate > 0)) return 'time left unknown';
  return `about ${duration(((total - done) * plan.value!.batch) / rate)} left`;
}

/** Rank and hits of the held-out classes, each next to chance. */
function Numbers({ plan: { data, heldOut } }: { readonly plan: Plan }) {
  const last = epochs.value.at(-1);
  if (!last) return null;
  if (heldOut.length === 0)
    return <p class="quiet">No class is held out, so there is nothing unseen to measure.</p>;
  const labels = data.kind === 'shapes' ? data.classes : data.classes.length;
  const { rank, hit1, hit5 } = last.heldOut;
  const share = (value: number | null) => (value === null ? 'n/a' : roughPercent(value));
  const tiles: { name: string; value: string; chance: string }[] = [
    { name: `Rank among all ${labels}`, value: fixed(rank, 1), chance: ((labels + 1) / 2).toFixed(1) },
    {
      name: `hit@1 among the ${heldOut.length} held out`,
      value: share(last.amongHeldOut),
      chance: roughPercent(1 / heldOut.length),
    },
    { name: `hit@1 among all ${labels}`, value: share(hit1), chance: roughPercent(1 / labels) },
    {
      name: `hit@5 among all ${labels}`,
      value: share(hit5),
      chance: roughPercent(Math.min(1, 5 / labels)),
    },
  ];
  return (
    <dl class="tiles" aria-label={`Held-out classes after epoch ${last.epoch}`}>
      {tiles.map(({ name, value, chance }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{value}</strong> <span class="quiet chance">chance {chance}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Actions({ plan: current }: { readonly plan: Plan }) {
  const model = file.value;
  const state = phase.value;
  return (
    <div class="row actions">
      {(state === 'training' || state === 'starting') && (
        <button type="button" onClick={stop} disabled={state === 'starting'}>
          Stop
        </button>
      )}
      {(state === 'stopped' || state === 'failed') && (
        <button type="button" class="main" onClick={goOn}>
          {epochs.value.length > 1 ? 'Go on' : 'Begin again'}
        </button>
      )}
      {model && (
        <>
          <a class="button main" href={href(['try'], { model: `taught/${current.key}` })}>
            Try it on your images
          </a>
          <button type="button" onClick={() => save('lexel-taught.safetensors', new Blob([model]))}>
            Download the model
          </button>
        </>
      )}
      {epochs.value.length > 0 && (
        <button type="button" onClick={() => save('lexel-curves.csv', new Blob([curvesCsv(epochs.value)]))}>
          Download the curves (CSV)
        </button>
      )}
      {!busy.value && (
        <button type="button" onClick={forget}>
          Remove this training
        </button>
      )}
    </div>
  );
}
