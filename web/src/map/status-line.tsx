/** How much of a run is on its map, and what draws it. */
import type { Pace } from './controller.js';
import type { MapScene } from './gl/scene.js';
import type { LoadedMap } from './load-map.js';

export interface StatusLineProps {
  readonly map: LoadedMap;
  readonly atlases: readonly (ImageBitmap | null)[];
  readonly renderer: MapScene['renderer'] | 'none' | null;
  readonly pace: Pace;
}

const number = (value: number) => value.toLocaleString('en');

export function StatusLine({ map: { about, added }, atlases, renderer, pace }: StatusLineProps) {
  const { heldOut, seen, pictures, missing, words } = about;
  const loaded = atlases.filter((atlas) => atlas).length;
  const seenText = seen.total > 0 ? `, ${number(seen.shown)} of ${number(seen.total)} of seen classes` : '';
  return (
    <div class="map-status quiet">
      <span>
        {number(words - added.length)} words{added.length > 0 && ` and ${added.length} added`}; images loaded:{' '}
        {number(heldOut.shown)} of {number(heldOut.total)} of held-out classes{seenText}
      </span>
      {pictures ? (
        <span>
          Pictures: {loaded} of {pictures.atlases} sheets loaded
        </span>
      ) : (
        <span>
          Dots instead of pictures: {missing?.reason}. {missing?.hint}
        </span>
      )}
      {renderer && renderer !== 'none' && (
        <span>
          {renderer.software && <b>Software rendering. </b>}
          Renderer: {renderer.name}
          {pace.frame !== null &&
            `; ${pace.frame.toFixed(0)} ms a frame, ${pace.script.toFixed(1)} ms in JavaScript`}
        </span>
      )}
    </div>
  );
}
