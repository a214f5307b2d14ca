import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import type { DecoderArchitecture } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import { decoderFiles, loadBundle, loadDecoder } from '../read-bundle.js';
import { requireRetrieval } from '../require-retrieval.js';

const playground = 'models/playground';
let bundle: LoadedBundle;
let architecture: DecoderArchitecture;

beforeAll(async () => {
  bundle = await loadBundle(playground);
  architecture = requireRetrieval(bundle).decoder!;
});

/** The decoder's files in a folder of their own, its weights changed. */
async function withWeights(change: (weights: Buffer) => Buffer): Promise<string> {
  const folder = await temporaryFolder();
  await copyFile(join(playground, decoderFiles.tokenizer), join(folder, decoderFiles.tokenizer));
  await writeFile(
    join(folder, decoderFiles.weights),
    change(await readFile(join(playground, decoderFiles.weights))),
  );
  return folder;
}

describe('loadDecoder', () => {
  it('gives the tensors that the architecture asks for', async () => {
    const decoder = loadDecoder(playground, bundle, architecture);
    expect(decoder.shape('decoder.words.weight')).toEqual([architecture.vocabulary, architecture.hidden]);
    expect(decoder.tensor('resampler.place')).toHaveLength(49 * architecture.hidden);
    expect(() => decoder.tensor('decoder.nothing')).toThrow(/no tensor "decoder.nothing"/);
  });

  it('refuses a decoder of another encoder', () => {
    const other = { ...architecture, encoderFingerprint: '0'.repeat(64) };
    expect(() => loadDecoder(playground, bundle, other)).toThrow(/was trained on the encoder 0{64}/);
  });

  it('refuses another vocabulary or other sizes than its description says', () => {
    expect(() => loadDecoder(playground, bundle, { ...architecture, vocabulary: 10 })).toThrow(
      /vocabulary ends at 9/,
    );
    expect(() =>
      loadDecoder(playground, bundle, { ...architecture, layers: architecture.layers + 1 }),
    ).toThrow(/tensor "decoder.layers.4.attention_norm.weight" of shape \[192\] is missing/);
    expect(() => loadDecoder(playground, bundle, { ...architecture, layers: 1 })).toThrow(
      /has no place in a decoder/,
    );
  });

  it('refuses weights that are cut short or not finite', async () => {
    const cut = await withWeights((weights) => weights.subarray(0, weights.length - 2));
    expect(() => loadDecoder(cut, bundle, architecture)).toThrow(
      expect.objectContaining({ code: 'invalid-model' }),
    );
    const infinite = await withWeights((weights) => {
      weights.writeUInt16LE(0x7c00, weights.length - 2);
      return weights;
    });
    expect(() => loadDecoder(infinite, bundle, architecture)).toThrow(/infinite or not a number/);
  });

  it('says which file is not there', async () => {
    const empty = await temporaryFolder();
    expect(() => loadDecoder(empty, bundle, architecture)).toThrow(
      expect.objectContaining({
        code: 'invalid-model',
        message: expect.stringContaining(decoderFiles.weights),
      }),
    );
  });
});
