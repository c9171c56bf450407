/** Where images come from: files that are chosen or dropped, the clipboard, and the camera. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Camera } from './camera.js';
import './images.css';

export interface NamedBlob {
  readonly blob: Blob;
  readonly name: string;
}

interface Props {
  readonly onImages: (images: readonly NamedBlob[]) => void;
  /** What the images are for, such as "Images to classify". */
  readonly label: string;
  /** Pictures that one press takes. Default 1. */
  readonly burst?: number;
}

export function ImageInput({ onImages, label, burst = 1 }: Props) {
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [camera, setCamera] = useState(false);
  const take = (files: Iterable<File>) => {
    const images = Array.from(files, (file) => ({ blob: file, name: file.name || 'pasted image' }));
    if (images.length > 0) onImages(images);
  };
  usePasted(take);
  return (
    <section
      class={over ? 'drop over' : 'drop'}
      aria-label={label}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files ?? []);
      }}
    >
      <p>Drop images here, paste them, or</p>
      <div class="row">
        <button type="button" onClick={() => chooser.current?.click()}>
          Choose files
        </button>
        <button type="button" aria-pressed={camera} onClick={() => setCamera(!camera)}>
          {camera ? 'Close the camera' : 'Use the camera'}
        </button>
      </div>
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          take(currentTarget.files ?? []);
          currentTarget.value = '';
        }}
      />
      {camera && <Camera burst={burst} onImages={onImages} onClose={() => setCamera(false)} />}
    </section>
  );
}

/** Images pasted anywhere on the page, except into a text field. */
function usePasted(take: (files: Iterable<File>) => void): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const pasted = ({ clipboardData }: ClipboardEvent) => {
      const files = Array.from(clipboardData?.files ?? []).filter(({ type }) => type.startsWith('image/'));
      latest.current(files);
    };
    document.addEventListener('paste', pasted);
    return () => document.removeEventListener('paste', pasted);
  }, []);
}
