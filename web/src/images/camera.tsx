/** The camera: asked for when this is shown, after a click, and released when it is closed or the page is left. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { NamedBlob } from './image-input.js';

interface Props {
  readonly burst: number;
  readonly onImages: (images: readonly NamedBlob[]) => void;
  readonly onClose: () => void;
}

/** Milliseconds between the pictures of a burst, so that they differ. */
const BETWEEN = 200;

export function Camera({ burst, onImages, onClose }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<'asking' | 'ready' | { readonly problem: string }>('asking');
  const [left, setLeft] = useState(0);
  const open = useRef(true);

  useEffect(() => {
    open.current = true;
    let stream: MediaStream | undefined;
    openCamera().then(
      async (opened) => {
        stream = opened;
        if (!open.current || !video.current) return release(opened);
        video.current.srcObject = opened;
        await video.current.play().catch(() => {});
        setState('ready');
      },
      (error: Error) => setState({ problem: reasonOf(error) }),
    );
    return () => {
      open.current = false;
      release(stream);
    };
  }, []);

  const capture = async () => {
    for (let i = 0; i < burst && open.current && video.current; i++) {
      setLeft(burst - i);
      const blob = await picture(video.current);
      if (blob) onImages([{ blob, name: 'photo.png' }]);
      if (i + 1 < burst) await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    }
    setLeft(0);
  };

  if (typeof state === 'object') {
    return (
      <p role="alert">
        {state.problem}{' '}
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    );
  }
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label="Picture of the camera" />
      <button type="button" disabled={state !== 'ready' || left > 0} onClick={capture}>
        {left > 0 ? `${left} left` : burst === 1 ? 'Take a photo' : `Take ${burst} photos`}
      </button>
    </div>
  );
}

async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new DOMException('', 'InsecureContext');
  return navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
}

function release(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** The middle square of the picture. */
function picture(video: HTMLVideoElement): Promise<Blob | null> {
  const { videoWidth: width, videoHeight: height } = video;
  const side = Math.min(width, height);
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const [x, y] = [(width - side) / 2, (height - side) / 2];
  canvas.getContext('2d')!.drawImage(video, x, y, side, side, 0, 0, side, side);
  return new Promise((resolve) => canvas.toBlob(resolve));
}

function reasonOf({ name, message }: Error): string {
  switch (name) {
    case 'NotAllowedError':
      return 'The browser was not allowed to use the camera. Allow it beside the address, or choose files.';
    case 'NotFoundError':
      return 'There is no camera. Choose files instead.';
    case 'InsecureContext':
      return 'The browser gives a camera only to pages from https or from this machine. Choose files instead.';
    default:
      return `The camera cannot be used (${message}). Choose files instead.`;
  }
}
