/** The title of the browser's tab. */

import { useEffect } from 'preact/hooks';

export function useTitle(text: string): void {
  useEffect(() => {
    document.title = `${text} · Lexel studio`;
  }, [text]);
}
