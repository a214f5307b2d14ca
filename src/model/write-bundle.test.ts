import { execFileSync } from 'node:child_process';
import { readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { oddRetrieval, oddVideo, randomBundle } from '../../test/support/random-bundle.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import type { BundleDescription } from './bundle.js';
import type { BundleContents, StoredTensor } from './bundle-contents.js';
import { bundleInMemory } from './bundle-in-memory.js';
import { float32ToFloat16 } from './float-formats.js';
import { loadBundle } from './read-bundle.js';
import { bytesOf, toFloat32 } from './tensor-type.js';
import { writeBundle } from './write-bundle.js';

const contents = randomBundle(oddRetrieval);
const { text: _, projection: __, ...head } = oddRetrieval;
const classification: BundleDescription = { ...head, kind: 'classification', classes: 7, video: oddVideo };

function withTensor(name: string, change: (tensor: StoredTensor) => StoredTensor): BundleContents {
  return {
    ...contents,
    tensors: new Map([...contents.tensors].map(([key, t]) => [key, key === name ? change(t) : t])),
  };
}

function withDescription(change: Partial<BundleDescription>): BundleContents {
  return { ...contents, description: { ...contents.description, ...change } as BundleDescription };
}

describe('a bundle folder', () => {
  it('holds what was written, with the fingerprint it had in memory', async () => {
    for (const each of [contents, randomBundle(classification)]) {
      const folder = join(await temporaryFolder(), 'deep', 'bundle');
      await writeBundle(each, folder);
      const bundle = await loadBundle(folder);
      expect(bundle.description).toEqual(each.description);
      expect(bundle.fingerprint).toBe(bundleInMemory(each).fingerprint);
      for (const [name, { type, shape, bytes }] of each.tensors) {
        expect(bundle.has(name)).toBe(true);
        expect(bundle.shape(name)).toEqual(shape);
        expect(bundle.tensor(name)).toEqual(toFloat32(type, bytes));
      }
      expect(bundle.has('temp2')).toBe(false);
      expect(() => bundle.tensor('temp2')).toThrow(/no tensor "temp2"/);
      expect(bundle.tokenizerPath).toBe(each.tokenizerJson && join(folder, 'tokenizer.json'));
    }
  });

  it('is the same bytes every time', async () => {
    const folder = await temporaryFolder();
    await writeBundle(contents, join(folder, 'a'));
    await writeBundle({ ...contents, tensors: new Map([...contents.tensors].reverse()) }, join(folder, 'b'));
    for (const file of await readdir(join(folder, 'a'))) {
      expect(await readFile(join(folder, 'a', file))).toEqual(await readFile(join(folder, 'b', file)));
    }
  });

  it('takes half-precision weights and gives them as float32', () => {
    const half = withTensor('temp', (t) => ({
      ...t,
      type: 'F16',
      bytes: bytesOf(float32ToFloat16(Float32Array.of(0.5))),
    }));
    expect([...bundleInMemory(half).tensor('temp')]).toEqual([0.5]);
  });
});

describe('a fingerprint', () => {
  const original = bundleInMemory(contents).fingerprint;
  const flipped = withTensor('temp', (t) => ({
    ...t,
    bytes: t.bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)),
  }));

  it('changes with everything that decides a vector', () => {
    const others = [
      flipped,
      withDescription({ preprocessing: { ...contents.description.preprocessing, antialias: true } }),
      withDescription({ video: { ...oddVideo, normEps: 1e-6 } }),
      { ...contents, tokenizerJson: `${contents.tokenizerJson} ` },
    ];
    const fingerprints = others.map((other) => bundleInMemory(other).fingerprint);
    expect(new Set([original, ...fingerprints]).size).toBe(1 + others.length);
  });

  it('does not change with a name, a licence, a history, or the cutting of clips', () => {
    const other = withDescription({
      name: 'x',
      license: 'MIT',
      provenance: { when: 'now' },
      clips: { windowSeconds: 9, strideSeconds: 9 },
    });
    expect(bundleInMemory(other).fingerprint).toBe(original);
  });
});

describe('writeBundle', () => {
  it('never replaces what is no bundle, and a bundle only when told', async () => {
    const parent = await temporaryFolder();
    const folder = join(parent, 'bundle');
    const before = (await writeBundle(contents, folder)).fingerprint;
    const other = randomBundle(oddRetrieval, 2);
    await expect(writeBundle(other, folder)).rejects.toMatchObject({ code: 'invalid-input' });
    expect((await loadBundle(folder)).fingerprint).toBe(before);

    await writeBundle(other, folder, { overwrite: true });
    expect((await loadBundle(folder)).fingerprint).toBe(bundleInMemory(other).fingerprint);

    await writeFile(join(folder, 'notes.txt'), 'mine');
    await expect(writeBundle(contents, folder, { overwrite: true })).rejects.toThrow(/not empty/);
    await writeFile(join(parent, 'file'), 'mine');
    await expect(writeBundle(contents, join(parent, 'file'), { overwrite: true })).rejects.toThrow(
      /no folder/,
    );
    expect((await readdir(parent)).sort()).toEqual(['bundle', 'file']);
  });

  it('refuses to name a decoder that it does not write', async () => {
    const parent = await temporaryFolder();
    const decoder = {
      hidden: 8,
      heads: 2,
      cells: [1, 1, 1] as const,
      resamplerLayers: 1,
      resamplerIntermediate: 8,
      layers: 1,
      intermediate: 8,
      vocabulary: 10,
      maxPosition: 8,
      maxTokens: 4,
      normEps: 1e-5,
      encoderFingerprint: bundleInMemory(contents).fingerprint,
      captionQuestion: 'describe it',
      abstention: 'cannot tell',
    };
    const named = withDescription({ decoder } as Partial<BundleDescription>);
    await expect(writeBundle(named, join(parent, 'new'))).rejects.toMatchObject({ code: 'invalid-model' });
    expect(await readdir(parent)).toEqual([]);
  });

  it('leaves the old bundle and no litter when the new one is faulty', async () => {
    const parent = await temporaryFolder();
    const folder = join(parent, 'bundle');
    const { fingerprint } = await writeBundle(contents, folder);
    const faulty = withTensor('temp', (t) => ({ ...t, bytes: bytesOf(Float32Array.of(Number.NaN)) }));
    await expect(writeBundle(faulty, folder, { overwrite: true })).rejects.toThrow(
      /element 0 of tensor "temp" is infinite/,
    );
    await expect(writeBundle(faulty, join(parent, 'new'))).rejects.toMatchObject({ code: 'invalid-model' });
    expect(await readdir(parent)).toEqual(['bundle']);
    expect((await loadBundle(folder)).fingerprint).toBe(fingerprint);
  });
});

describe('loadBundle', () => {
  async function damaged(damage: (folder: string) => Promise<void>): Promise<string> {
    const folder = await temporaryFolder();
    await writeBundle(contents, folder);
    await damage(folder);
    return folder;
  }

  const editDescription =
    (edit: (description: Record<string, unknown>) => void) => async (folder: string) => {
      const path = join(folder, 'bundle.json');
      const description = JSON.parse(await readFile(path, 'utf8'));
      edit(description);
      await writeFile(path, JSON.stringify(description));
    };
  const linkAway = (file: string) => async (folder: string) => {
    await rename(join(folder, file), join(folder, 'elsewhere'));
    await symlink('elsewhere', join(folder, file));
  };

  it.each<[string, (folder: string) => Promise<void>, RegExp]>([
    ['no bundle.json', (folder) => rm(join(folder, 'bundle.json')), /bundle\.json does not exist/],
    [
      'no weights',
      (folder) => rm(join(folder, 'weights.safetensors')),
      /weights\.safetensors does not exist/,
    ],
    ['no tokenizer', (folder) => rm(join(folder, 'tokenizer.json')), /tokenizer\.json does not exist/],
    ['weights behind a symbolic link', linkAway('weights.safetensors'), /symbolic link/],
    ['a description behind a symbolic link', linkAway('bundle.json'), /symbolic link/],
    ['a tokenizer behind a symbolic link', linkAway('tokenizer.json'), /symbolic link/],
    ['truncated weights', (folder) => truncate(join(folder, 'weights.safetensors'), 9000), /truncated/],
    [
      'a description that is no JSON',
      (folder) => writeFile(join(folder, 'bundle.json'), '{'),
      /not valid JSON/,
    ],
    ['an unknown field', editDescription((d) => Object.assign(d, { url: 'x' })), /url/],
    ['an unknown format', editDescription((d) => Object.assign(d, { format: 'videre-bundle/2' })), /format/],
    ['a width of 0', editDescription((d) => Object.assign(d.video as object, { width: 0 })), /video\.width/],
    [
      'other sizes than its weights',
      editDescription((d) => Object.assign(d, { projection: 11 })),
      /"vision_proj\.weight" has shape \[10, 20\]/,
    ],
    [
      'more blocks than its weights',
      editDescription((d) => Object.assign(d.video as object, { depth: 3 })),
      /"vision_encoder\.layers\.2\..*missing/,
    ],
    [
      'fewer blocks than its weights',
      editDescription((d) => Object.assign(d.video as object, { depth: 1 })),
      /layers\.1\..*no place/,
    ],
    [
      'frames that are no whole tubes',
      editDescription((d) => Object.assign(d.video as object, { frames: 5 })),
      /frames 5 is no multiple of tubelet 2/,
    ],
    [
      'a tokenizer of a larger vocabulary',
      (folder) =>
        writeFile(
          join(folder, 'tokenizer.json'),
          contents.tokenizerJson!.replaceAll('"grass":11', '"grass":12'),
        ),
      /"grass" has id 12/,
    ],
  ])('refuses %s', async (_, damage, message) => {
    const folder = await damaged(damage);
    await expect(loadBundle(folder)).rejects.toThrow(message);
    await expect(loadBundle(folder)).rejects.toMatchObject({ name: 'AppError' });
  });

  it('refuses a pipe in place of the weights without waiting for it', async () => {
    const folder = await damaged(async (folder) => {
      await rm(join(folder, 'weights.safetensors'));
      execFileSync('mkfifo', [join(folder, 'weights.safetensors')]);
    });
    await expect(loadBundle(folder)).rejects.toThrow(/not a regular file/);
  });

  it('goes on reading the bundle it opened when the folder is replaced', async () => {
    const folder = join(await temporaryFolder(), 'bundle');
    const bundle = await writeBundle(contents, folder);
    await writeBundle(randomBundle(oddRetrieval, 2), folder, { overwrite: true });
    const { bytes } = contents.tensors.get('vision_proj.weight')!;
    expect(bundle.tensor('vision_proj.weight')).toEqual(toFloat32('F32', bytes));
  });
});
