/** deploy/Dockerfile. Nothing is built: there is no Docker where the tests run. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerfileParser, type JSONInstruction } from 'dockerfile-ast';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = DockerfileParser.parse(readFileSync(join(root, 'deploy', 'Dockerfile'), 'utf8'));
const instructions = dockerfile.getInstructions();
const keywords = instructions.map((one) => one.getKeyword());

describe('deploy/Dockerfile', () => {
  it('starts the command line of the package in the exec form, and not as root', () => {
    const [entry] = instructions.filter((one) => one.getKeyword() === 'ENTRYPOINT') as JSONInstruction[];
    const name = entry.getJSONStrings().map((one) => one.getJSONValue());
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(name).toEqual(Object.keys(bin));
    expect(existsSync(join(root, Object.values(bin)[0] as string))).toBe(true);
    expect(keywords.indexOf('USER')).toBeGreaterThan(keywords.lastIndexOf('RUN'));
  });

  it('uses a supported release of Node, and every argument that it declares', () => {
    expect(dockerfile.getFROMs().map((from) => from.getImage())).toEqual(['node:20-slim']);
    for (const argument of dockerfile.getARGs()) {
      const { name } = { name: argument.getProperty()?.getName() };
      const used = instructions.some((one) =>
        one.getVariables().some((variable) => variable.getName() === name),
      );
      expect([name, used]).toEqual([name, true]);
    }
  });
});
