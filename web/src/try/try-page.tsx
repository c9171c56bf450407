/** Try it: a network in this page names images with words, also with words that it was never taught. */

import { useEffect } from 'preact/hooks';
import { ImageInput } from '../images/image-input.js';
import { useTitle } from '../ui/title.js';
import { Candidates } from './candidates.js';
import { Examples } from './examples.js';
import { Expression } from './expression.js';
import { ModelBar } from './model-bar.js';
import { Results } from './results.js';
import { add, engine, notice, start } from './try-state.js';
import './try.css';

export default function TryPage() {
  useTitle('Try it');
  useEffect(start, []);
  return (
    <div class="try">
      <header>
        <h1>Try it</h1>
        <p class="lead">
          A network in this page finds the words nearest to your images, also words that it was never taught.
          Nothing is uploaded: your images stay in this browser.
        </p>
        <p class="quiet engine">
          {engine.value
            ? `Runs on WebAssembly ${engine.value.isa}, build ${engine.value.build}.`
            : 'Starting WebAssembly…'}
        </p>
      </header>
      <div class="try-columns">
        <div class="try-side">
          <ModelBar />
          <ImageInput label="Your images" onImages={add} />
          <Examples />
          <Candidates />
        </div>
        <div class="try-main">
          <p role="status" class="notice">
            {notice.value}
          </p>
          <Results />
          <Expression />
        </div>
      </div>
    </div>
  );
}
