/** Starts a run, if the studio was begun with `--allow-runs`. */

import { useState } from 'preact/hooks';
import {
  type StartChoices,
  type StartRequest,
  startChoicesSchema,
  startedSchema,
} from '../../../src/server/messages/control.js';
import { PATHS } from '../../../src/server/paths.js';
import { href } from '../route.js';
import { postJson, SourceError } from '../source.js';
import { useLoaded } from '../ui/loaded.js';
import { Fault, Skeleton } from '../ui/states.js';
import './start-form.css';

export function StartForm({ onStarted }: { readonly onStarted: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="start" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Start a run</summary>
      {open && <Form onStarted={onStarted} />}
    </details>
  );
}

function Form({ onStarted }: { readonly onStarted: () => void }) {
  const { data: choices, fault, reload } = useLoaded(PATHS.startChoices, startChoicesSchema);
  if (fault) return <Fault fault={fault} retry={reload} />;
  if (!choices) return <Skeleton height="12rem" what="The choices are loading" />;
  return <Fields choices={choices} onStarted={onStarted} />;
}

function Fields({ choices, onStarted }: { readonly choices: StartChoices; readonly onStarted: () => void }) {
  const [data, setData] = useState(choices.data[0]);
  const [fault, setFault] = useState<SourceError | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? '');
    const request: StartRequest = {
      ...{ name: text('name'), data: text('data'), words: text('words'), protocol: text('protocol') },
      ...{ net: text('net'), recipe: text('recipe'), preset: text('preset') },
      ...{ epochs: Number(text('epochs')), seed: Number(text('seed')) },
      limit: text('limit') === '' ? null : Number(text('limit')),
    };
    setBusy(true);
    setFault(null);
    try {
      const { id } = await postJson(PATHS.start, startedSchema, request);
      onStarted();
      location.hash = href(['run', id]);
    } catch (error) {
      setFault(error instanceof SourceError ? error : new SourceError(PATHS.start, String(error)));
      setBusy(false);
    }
  };
  return (
    <form class="box fields" onSubmit={submit}>
      <Field label="Name">
        <input name="name" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,63}" autocomplete="off" />
      </Field>
      <Field label="Images">
        <select
          name="data"
          value={data?.name}
          onChange={({ currentTarget }) =>
            setData(choices.data.find(({ name }) => name === currentTarget.value) ?? choices.data[0])
          }
        >
          {choices.data.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Field label="Words">
        <select name="words">
          {data?.words.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Field label="What is held out">
        <select name="protocol">
          {choices.protocols.map(({ name, text }) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Network">
        <select name="net">
          {choices.nets.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Field label="Targets and loss">
        <select name="recipe">
          {choices.recipes.map(({ name, text }) => (
            <option key={name} value={name} title={text}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Preset">
        <select name="preset">
          {choices.presets.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Field label="Epochs">
        <input name="epochs" type="number" min={1} max={1000} value={5} required />
      </Field>
      <Field label="Seed">
        <input name="seed" type="number" min={0} value={0} required />
      </Field>
      <Field label="Images a fold, at most">
        <input name="limit" type="number" min={1} placeholder="all" />
      </Field>
      <div class="wide">
        <button type="submit" class="main" disabled={busy}>
          {busy ? 'Starting …' : 'Start'}
        </button>
      </div>
      {fault && (
        <div class="wide">
          <Fault fault={fault} />
        </div>
      )}
    </form>
  );
}

function Field({ label, children }: { readonly label: string; readonly children: preact.ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label class="field">
      <span>{label}</span>
      {children}
    </label>
  );
}
