/** What to train on, and what to hold out. */

import { useState } from 'preact/hooks';
import { counted, words as spaced } from '../../../src/util/format.js';
import { route, setQuery } from '../route.js';
import { OwnClasses } from './own-classes.js';
import { labelsOfShapes, missing, RANGES, settings, trainingImages, visitorClasses } from './settings.js';
import { begin, plan } from './teach-state.js';

export function Setup() {
  const { kind } = settings.value;
  const faults = missing.value;
  return (
    <section class="setup" aria-labelledby="setup-title">
      <h2 id="setup-title">{plan.value ? 'Train another network' : 'Train a network'}</h2>
      <fieldset class="row">
        <legend>Images</legend>
        <label class="option">
          <input
            type="radio"
            name="data"
            checked={kind === 'shapes'}
            onChange={() => setQuery({ data: undefined, held: undefined })}
          />
          Drawn shapes, such as “striped triangle”
        </label>
        <label class="option">
          <input
            type="radio"
            name="data"
            checked={kind === 'own'}
            onChange={() => setQuery({ data: 'own', held: undefined, hold: undefined })}
          />
          Your own, from the camera or files
        </label>
      </fieldset>
      {kind === 'own' && <OwnClasses />}
      <HeldOut />
      <details>
        <summary>More settings</summary>
        <div class="row fields">
          {kind === 'shapes' && <Field name="classes" label="Classes" />}
          {kind === 'shapes' && <Field name="images" label="Images of each class" />}
          <Field name="epochs" label="Epochs" value={settings.value.epochs} />
          <Field name="seed" label="Seed" />
        </div>
      </details>
      <ul class="faults" aria-live="polite">
        {faults.map((fault) => (
          <li key={fault}>{fault}</li>
        ))}
      </ul>
      <div class="row">
        <button type="button" class="main" disabled={faults.length > 0} onClick={begin}>
          Train
        </button>
        <span class="quiet">
          {trainingImages().toLocaleString('en')} training images, {counted(settings.value.epochs, 'epoch')},
          seed {settings.value.seed}.
          {plan.value && ' The training above is replaced; its model stays in the list of Try it.'}
        </span>
      </div>
    </section>
  );
}

interface FieldProps {
  readonly name: keyof typeof RANGES;
  readonly label: string;
  readonly value?: number;
}

function Field({ name, label, value }: FieldProps) {
  const { from, to, usual } = RANGES[name];
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        min={from}
        max={to}
        step={1}
        value={route.value.query[name] ?? value ?? usual}
        onChange={({ currentTarget }) => {
          if (currentTarget.reportValidity()) setQuery({ [name]: currentTarget.value || undefined });
        }}
      />
    </label>
  );
}

/** The classes to hold out: drawn by the seed, or ticked. */
function HeldOut() {
  const { kind, classes, heldOut, drawn } = settings.value;
  const [open, setOpen] = useState(!drawn);
  const labels = kind === 'own' ? visitorClasses.value.map(({ name }) => name) : labelsOfShapes(classes);
  if (labels.length === 0) return null;
  const hold = (label: string, yes: boolean) =>
    setQuery({
      held: labels.filter((one) => (one === label ? yes : heldOut.includes(one))).join(',') || 'none',
    });
  return (
    <fieldset class="hold">
      <legend>Held out: never shown in training</legend>
      <p>
        {heldOut.length > 0 ? <strong>{heldOut.map(spaced).join(', ')}</strong> : 'none'}{' '}
        <span class="quiet">{drawn ? '(drawn by the seed)' : '(your choice)'}</span>
      </p>
      <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>Choose others</summary>
        {!drawn && (
          <button type="button" onClick={() => setQuery({ held: undefined })}>
            Draw them by the seed
          </button>
        )}
        <ul class="ticks">
          {labels.map((label) => (
            <li key={label}>
              <label class="option">
                <input
                  type="checkbox"
                  checked={heldOut.includes(label)}
                  onChange={({ currentTarget }) => hold(label, currentTarget.checked)}
                />
                {spaced(label)}
              </label>
            </li>
          ))}
        </ul>
      </details>
    </fieldset>
  );
}
