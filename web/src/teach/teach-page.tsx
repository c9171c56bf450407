/** Teach it: a network learns words from images, from random weights, in this page; then it meets a class it never saw. */

import { useEffect } from 'preact/hooks';
import { Skeleton } from '../ui/states.js';
import { useTitle } from '../ui/title.js';
import { Curves } from './curves.js';
import { HeldOutGrid } from './held-out-grid.js';
import { PlaceMap } from './place-map.js';
import { Setup } from './setup.js';
import { busy, engine, open, phase, plan, unkept } from './teach-state.js';
import { TrainingBar } from './training-bar.js';
import './teach.css';

export default function TeachPage() {
  useTitle('Teach it');
  useEffect(() => {
    open();
  }, []);
  return (
    <div class="teach">
      <header>
        <h1>Teach it</h1>
        <p class="lead">
          A small network starts from random weights and learns to place images where the words for them lie.
          Some classes are held out: it never sees their images, and can know them only by their words.
        </p>
        <p class="quiet engine">
          {engine.value
            ? `Trains on WebAssembly ${engine.value.isa}, build ${engine.value.build}. `
            : 'Trains in this browser, with WebAssembly. '}
          Your images stay here.
        </p>
        {unkept.value && (
          <p role="alert" class="note">
            This browser does not keep data for this page ({unkept.value.message}). Images and training are
            lost when the page is closed or reloaded: download the model when it has finished.
          </p>
        )}
      </header>
      {phase.value === 'opening' ? (
        <Skeleton height="70vh" what="Earlier trainings are loading" />
      ) : (
        <Content />
      )}
    </div>
  );
}

function Content() {
  return (
    <>
      {plan.value && <TrainingBar />}
      {plan.value && (
        <div class="teach-columns">
          <Curves />
          <PlaceMap />
        </div>
      )}
      {plan.value && <HeldOutGrid />}
      {!busy.value && <Setup />}
    </>
  );
}
