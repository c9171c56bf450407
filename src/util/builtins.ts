/** Node's own modules, for code that runs in browsers too and is faster with them. They are not imports, so a bundle has none. */

interface Builtins {
  readonly 'node:crypto': {
    createHash(algorithm: 'sha256'): { update(data: Uint8Array): unknown; digest(): Uint8Array };
  };
  readonly 'node:module': { createRequire(path: string): (name: string) => unknown };
  readonly 'node:zlib': { crc32(data: Uint8Array, sum?: number): number };
}

type Process = { getBuiltinModule?<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined };

/** The module, or undefined outside of Node. */
export const builtin = <Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined =>
  (globalThis as { process?: Process }).process?.getBuiltinModule?.(name);
