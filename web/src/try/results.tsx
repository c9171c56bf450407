/** The images with their nearest words, and how sure the model is. */

import { roughPercent } from '../../../src/util/format.js';
import { Crop, Pixels } from '../images/pixels.js';
import { answers, clear, images, model, readImages, remove, type TriedImage } from './try-state.js';
import type { Answers } from './try-worker.js';
import { WordList } from './word-list.js';

export function Results() {
  const all = images.value;
  if (all.length === 0) {
    return (
      <p class="nothing">
        The answers appear here. Drop an image on the left, paste one, take a photo, or draw some examples.
      </p>
    );
  }
  const found = answers.value;
  return (
    <section aria-label="Answers">
      <div class="row spread">
        <p class="quiet">
          {found && 'candidates' in found
            ? `Guessing among ${found.candidates.toLocaleString('en')} words: ${roughPercent(1 / found.candidates)} right.`
            : ' '}
        </p>
        {all.length > 1 && (
          <button type="button" onClick={clear}>
            Remove all
          </button>
        )}
      </div>
      {found && 'problem' in found && (
        <p role="alert">
          {found.problem.message} <span class="quiet">{found.problem.hint}</span>
        </p>
      )}
      <ol class="cards" aria-live="polite">
        {all.map((image) => (
          <Card key={image.key} image={image} />
        ))}
      </ol>
    </section>
  );
}

function Card({ image }: { readonly image: TriedImage }) {
  const { name, seen, problem } = image;
  const at = readImages.value.indexOf(image);
  const found = answers.value;
  const own = found && 'images' in found ? found.images[at] : undefined;
  return (
    <li class="card">
      <div class="row spread">
        <h2>
          {at >= 0 && <span class="quiet">{at + 1} </span>}
          {name}
        </h2>
        <button type="button" class="plain" aria-label={`Remove ${name}`} onClick={() => remove(image.key)}>
          ✕
        </button>
      </div>
      {problem && (
        <p role="alert">
          {problem.message} <span class="quiet">{problem.hint}</span>
        </p>
      )}
      {!problem && (
        <div class="views">
          <figure>
            {seen ? (
              <Crop crop={seen.crop} alt="The part of the image that is used" />
            ) : (
              <span class="crop" />
            )}
            <figcaption>used part</figcaption>
          </figure>
          <figure>
            {seen ? (
              <Pixels pixels={seen.pixels} size={seen.size} alt="The pixels that the network sees" />
            ) : (
              <span class="crop" />
            )}
            <figcaption>{seen ? `${seen.size} × ${seen.size}, as it is seen` : ' '}</figcaption>
          </figure>
        </div>
      )}
      {own && (
        <>
          <Familiarity of={own.familiarity} />
          <WordList words={own.words} />
        </>
      )}
    </li>
  );
}

function Familiarity({ of }: { readonly of: Answers['images'][number]['familiarity'] }) {
  if (of === undefined) {
    const open = model.value;
    const known = open.state === 'open' && open.facts.knowsFamiliarity;
    return known ? null : <p class="quiet">This model cannot say how familiar an image is.</p>;
  }
  const compared = `more familiar than ${roughPercent(of.share)} of the images that the model was tested with`;
  return !of.familiar ? (
    <p class="unsure">
      <strong>Not sure: unlike anything it was trained on</strong> ({compared}).
    </p>
  ) : (
    <p>{compared[0].toUpperCase() + compared.slice(1)}.</p>
  );
}
