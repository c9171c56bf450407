/** Lets the event loop run, so that signals, messages and aborts are delivered during long computations. */

type Immediate = { setImmediate?(callback: () => void): unknown };

/** Resolves after the events that wait now. Browsers delay a timer by milliseconds, but not a message. */
export function breathe(): Promise<void> {
  const { setImmediate } = globalThis as Immediate;
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
