/** The visitor's classes: a word each, with images from files or the camera. */

import { useState } from 'preact/hooks';
import { ImageInput } from '../images/image-input.js';
import { Pixels } from '../images/pixels.js';
import { problemOf } from '../workers/link.js';
import { visitorClasses } from './settings.js';
import { addClass, addImages, removeClass, removeImage } from './teach-state.js';
import { SIZE, type VisitorClass } from './types.js';

/** Photos that one press of the camera's button takes. */
const BURST = 20;

export function OwnClasses() {
  const [chosen, setChosen] = useState<string | null>(null);
  const classes = visitorClasses.value;
  const current = classes.find(({ name }) => name === chosen) ?? classes.at(-1);
  return (
    <div class="own">
      <NewClass onAdded={setChosen} />
      {classes.length === 0 && (
        <p class="nothing">
          Name a class by a word, such as <em>cup</em>, and give it about 20 images. Three classes are a good
          start: two to train on, and one that is held out.
        </p>
      )}
      <fieldset class="row group">
        <legend class="away">Your classes</legend>
        {classes.map(({ name, images }) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === current?.name}
            onClick={() => setChosen(name)}
          >
            {name} <span class="quiet">{images.length}</span>
          </button>
        ))}
      </fieldset>
      {current && <ClassImages key={current.name} one={current} />}
    </div>
  );
}

function NewClass({ onAdded }: { readonly onAdded: (name: string) => void }) {
  const [name, setName] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const refused = await addClass(name).catch((error) => problemOf(error).message);
    setBusy(false);
    setFault(refused);
    if (refused !== null) return;
    onAdded(name.trim().toLowerCase());
    setName('');
  };
  return (
    <form class="row" onSubmit={submit}>
      <label class="field">
        <span>Word for a new class</span>
        <input
          type="text"
          autocomplete="off"
          value={name}
          aria-invalid={fault !== null}
          aria-describedby="class-fault"
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={busy}>
        {busy ? 'Looking it up…' : 'Add class'}
      </button>
      <p id="class-fault" role="alert" class="refusal">
        {fault}
      </p>
    </form>
  );
}

function ClassImages({ one: { name, images } }: { readonly one: VisitorClass }) {
  const [fault, setFault] = useState('');
  return (
    <div class="class-images">
      <ImageInput
        label={`Images of ${name}`}
        burst={BURST}
        onImages={async (blobs) =>
          setFault(await addImages(name, blobs).catch((error) => problemOf(error).message))
        }
      />
      {fault && <p role="alert">{fault}</p>}
      <ul class="thumbs">
        {images.map((pixels, i) => (
          <li key={i}>
            <button
              type="button"
              class="picture"
              title="Remove this image"
              aria-label={`Remove image ${i + 1} of ${name}`}
              onClick={() => removeImage(name, i)}
            >
              <Pixels pixels={pixels} size={SIZE} alt="" />
            </button>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => removeClass(name)}>
        Remove the class “{name}”
      </button>
    </div>
  );
}
