/** Finds words on the map, and adds others of the run's vocabulary. */

import { useEffect, useState } from 'preact/hooks';
import {
  LONGEST_WORD,
  MOST_ADDED,
  type Vocabulary,
  vocabularySchema,
} from '../../../src/server/messages/map-words.js';
import { PATHS } from '../../../src/server/paths.js';
import { route, setQuery } from '../route.js';
import { readJson } from '../source.js';
import { Fault, sentence } from '../ui/states.js';
import type { LoadedMap } from './load-map.js';
import { nameOf } from './selection.js';
import type { AddedWords } from './use-added-words.js';

export interface WordBoxProps {
  readonly map: LoadedMap;
  /** Whether words can be added; an export has no vocabulary. */
  readonly adds: boolean;
  /** Those of the address. */
  readonly words: readonly string[];
  /** Shows the word of a class. */
  readonly onFind: (classIndex: number) => void;
  readonly onAdd: (word: string) => void;
}

/** Time without a keystroke after which words are suggested, in milliseconds. */
const PAUSE = 150;

export function WordBox({ map, adds, words, onFind, onAdd }: WordBoxProps) {
  const text = route.value.query.q ?? '';
  const { vocabulary, ask } = useVocabulary(map.id, adds);
  const labels = map.about.classes.slice(0, map.about.classes.length - map.added.length);
  const labelOf = (wanted: string) => {
    const name = wanted.trim().toLowerCase().replaceAll(' ', '_');
    return labels.findIndex(({ label }) => label.toLowerCase() === name);
  };
  const mayAdd = adds && vocabulary?.words !== null;
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        const word = text.trim().replace(/\s+/g, '_');
        const index = labelOf(text);
        if (index >= 0) onFind(index);
        else if (mayAdd && word !== '') onAdd(word);
      }}
    >
      <label>
        <span class="away">Find a word</span>
        <input
          type="search"
          list="map-words"
          placeholder="Find a word"
          maxLength={LONGEST_WORD}
          value={text}
          aria-describedby="map-vocabulary"
          onFocus={() => ask(text)}
          onInput={({ currentTarget: { value } }) => {
            setQuery({ q: value || undefined });
            const index = labelOf(value);
            if (index >= 0) onFind(index);
            else ask(value);
          }}
        />
      </label>
      <datalist id="map-words">
        {labels.map(({ label }, index) => (
          <option key={label} value={nameOf(map, index)} />
        ))}
        {(vocabulary?.words?.suggested ?? [])
          .filter((word) => labelOf(word) < 0)
          .map((word) => (
            <option key={`vocabulary ${word}`} value={word} />
          ))}
      </datalist>
      {mayAdd && (
        <button type="submit" disabled={words.length >= MOST_ADDED}>
          Add the word
        </button>
      )}
      <small id="map-vocabulary" class="quiet">
        {vocabularyText(adds, vocabulary, words.length)}
      </small>
    </form>
  );
}

/** What can be added, or why nothing can. */
function vocabularyText(adds: boolean, vocabulary: Vocabulary | null, added: number): string {
  if (!adds)
    return 'An export has only the words of the labels; lexel studio adds any other word of the run’s vectors.';
  if (added >= MOST_ADDED) return `${MOST_ADDED} words are added; take one off before you add another.`;
  if (!vocabulary) return 'Any word of the run’s vectors can be added.';
  const { words, missing } = vocabulary;
  if (!words) return `No other words: ${sentence(missing?.reason ?? '')} ${missing?.hint ?? ''}`;
  const { count, source, own } = words;
  const any = `Any of the ${count.toLocaleString('en')} words of ${source} can be added`;
  return own ? `${any}.` : `${any}; they are of the run’s space, but not the file that it was begun with.`;
}

/** The added words, each to be shown or taken off, and how they were placed. */
export function AddedList({
  words,
  found: { map, unknown, waiting, fault, retry },
  placing,
  adds,
  onShow,
}: {
  readonly words: readonly string[];
  readonly found: AddedWords;
  /** How the method places a word. */
  readonly placing: string;
  readonly adds: boolean;
  readonly onShow: (word: string) => void;
}) {
  if (words.length === 0) return null;
  const without = (word: string) =>
    setQuery({ words: words.filter((one) => one !== word).join(' ') || undefined });
  const placed = new Set(map.added.map(({ word }) => word));
  return (
    <section class="map-added" aria-label="Added words">
      <div class="row" role="status">
        <span class="quiet">Added:</span>
        {words.map((word) => (
          <span key={word} class="row map-word">
            <button type="button" disabled={!placed.has(word)} onClick={() => onShow(word)}>
              {word.replaceAll('_', ' ')}
            </button>
            <button type="button" aria-label={`Take ${word} off the map`} onClick={() => without(word)}>
              ×
            </button>
          </span>
        ))}
        <span class="quiet">
          {!adds
            ? 'An export cannot place them: it has only the words of the labels.'
            : waiting
              ? 'They are being placed …'
              : placing}
        </span>
      </div>
      {words
        .filter((word) => unknown.has(word))
        .map((word) => (
          <p key={word} class="note" role="alert">
            {unknown.get(word)}
          </p>
        ))}
      {fault && <Fault fault={fault} retry={retry} />}
    </section>
  );
}

/** The run's vocabulary, asked when the reader writes. */
function useVocabulary(id: string, adds: boolean) {
  const [begins, setBegins] = useState<string | null>(null);
  const [vocabulary, setVocabulary] = useState<Vocabulary | null>(null);
  useEffect(() => {
    if (begins === null || !adds) return;
    const stop = new AbortController();
    const waiting = setTimeout(() => {
      const search = `?${new URLSearchParams({ begins })}`;
      readJson(PATHS.vocabulary(id), vocabularySchema, stop.signal, search).then(setVocabulary, () => {
        // Suggestions are a help; adding a word tells the fault.
      });
    }, PAUSE);
    return () => {
      clearTimeout(waiting);
      stop.abort();
    };
  }, [id, adds, begins]);
  return { vocabulary, ask: (text: string) => setBegins(text.trim()) };
}
