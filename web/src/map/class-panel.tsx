/** The held-out classes, and where the images of the chosen one fell. */
import type { LoadedMap } from './load-map.js';
import { answersFor, imagesOf, nameOf, nearestWords, wordPoint } from './selection.js';

export interface ClassPanelProps {
  readonly map: LoadedMap;
  readonly chosen: number | null;
  readonly onChoose: (classIndex: number | null) => void;
}

/** Answers that are listed for a class. */
const LISTED = 6;

export function ClassPanel({ map, chosen, onChoose }: ClassPanelProps) {
  const { classes } = map.about;
  const held = classes
    .map((one, index) => ({ ...one, index }))
    .filter(({ heldOut }) => heldOut)
    .sort((a, b) => (a.meanRank ?? Infinity) - (b.meanRank ?? Infinity) || a.index - b.index);
  return (
    <section aria-labelledby="map-classes">
      <h2 id="map-classes">Held-out classes</h2>
      <p class="quiet">
        With the mean place of the right word among {map.about.candidates}; guessing gives{' '}
        {((map.about.candidates + 1) / 2).toFixed(1)}.
      </p>
      <ul class="map-classes">
        {held.map(({ index, meanRank }) => (
          <li key={index}>
            <button
              type="button"
              aria-pressed={index === chosen}
              onClick={() => onChoose(index === chosen ? null : index)}
            >
              {nameOf(map, index)}{' '}
              <span class="quiet">{meanRank === null ? 'no direction' : meanRank.toFixed(1)}</span>
            </button>
          </li>
        ))}
      </ul>
      {chosen !== null && <ClassFacts map={map} chosen={chosen} onChoose={onChoose} />}
    </section>
  );
}

function ClassFacts({ map, chosen, onChoose }: ClassPanelProps & { readonly chosen: number }) {
  const images = imagesOf(map, chosen);
  const word = wordPoint(map, chosen);
  const near = word < 0 ? [] : nearestWords(map.points, word);
  const { heldOut } = map.about.classes[chosen];
  return (
    <div class="box" role="status">
      <h3>
        {nameOf(map, chosen)} <small class="quiet">{heldOut ? 'held out' : 'seen in training'}</small>
      </h3>
      <p>
        Words nearest to its word:{' '}
        {near.map(({ classIndex, cosine }, i) => (
          <>
            {i > 0 && ', '}
            {nameOf(map, classIndex)} <span class="quiet">{cosine.toFixed(2)}</span>
          </>
        ))}
        .
      </p>
      {images.length > 0 && (
        <p>
          Its {images.length} images lie nearest to:{' '}
          {answersFor(map, images)
            .slice(0, LISTED)
            .map(({ classIndex, count }, i) => (
              <>
                {i > 0 && ', '}
                {classIndex === chosen ? <b>{nameOf(map, classIndex)}</b> : nameOf(map, classIndex)}{' '}
                <span class="quiet">{count}</span>
              </>
            ))}
          .
        </p>
      )}
      <button type="button" onClick={() => onChoose(null)}>
        Clear
      </button>
    </div>
  );
}
