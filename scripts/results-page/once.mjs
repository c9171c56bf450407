/** A function that computes each result once. @param compute of arguments that JSON tells apart */
export function once(compute) {
  const known = new Map();
  return (...args) => {
    const key = JSON.stringify(args);
    if (!known.has(key)) known.set(key, compute(...args));
    return known.get(key);
  };
}
