import { describe, expect, it } from 'vitest';
import { oddRetrieval, oddVideo, randomBundle } from '../../test/support/random-bundle.js';
import type { BundleDescription } from './bundle.js';
import type { StoredTensor } from './bundle-contents.js';
import { bundleInMemory } from './bundle-in-memory.js';
import { bundleFromCheckpoint, convertCheckpoint } from './convert-checkpoint.js';
import { float32ToFloat16 } from './float-formats.js';
import { parseImportConfig } from './import-config.js';
import { SafetensorsFile } from './safetensors.js';
import { encodeSafetensors } from './safetensors-writer.js';
import { bytesOf, toFloat32 } from './tensor-type.js';

type Tensors = Map<string, StoredTensor>;

const config = (fields: Record<string, unknown> = {}) =>
  parseImportConfig(JSON.stringify({ kind: 'retrieval', text: { heads: 3 }, ...fields }), 'config.json');

function checkpointOf(tensors: ReadonlyMap<string, StoredTensor>) {
  const list = [...tensors].map(([name, tensor]) => ({ ...tensor, name, bytes: () => tensor.bytes }));
  return SafetensorsFile.fromBytes(encodeSafetensors(list), 'model.pth');
}

function zeros(...shape: number[]): StoredTensor {
  return { type: 'F32', shape, bytes: new Uint8Array(4 * shape.reduce((a, b) => a * b, 1)) };
}

/** The random retrieval model's tensors, changed. */
function changed(change: (tensors: Tensors) => void): SafetensorsFile {
  const tensors = new Map(randomBundle(oddRetrieval).tensors);
  change(tensors);
  return checkpointOf(tensors);
}

const original = changed(() => {});

describe('convertCheckpoint', () => {
  it('reads the whole architecture off the shapes', () => {
    const { contents } = convertCheckpoint(original, config());
    expect(contents.description).toMatchObject({ kind: 'retrieval', projection: 10, video: oddVideo });
    expect(contents.description).toMatchObject({ text: { ...oddRetrieval.text, maxTokens: 16 } });
    expect([...contents.tensors]).toEqual(
      [...randomBundle(oddRetrieval).tensors].map(([name, tensor]) => [
        name,
        { ...tensor, bytes: expect.anything() },
      ]),
    );
    for (const [name, { bytes }] of randomBundle(oddRetrieval).tensors) {
      expect(Buffer.compare(contents.tensors.get(name)!.bytes, bytes), name).toBe(0);
    }
  });

  it('leaves training-only tensors behind', () => {
    const checkpoint = changed((tensors) => {
      tensors.set('vision_encoder.clip_decoder.0.head.weight', zeros(3, 3));
      tensors.set('text_encoder.cls.predictions.bias', zeros(3));
      tensors.set('text_encoder.bert.embeddings.position_ids', { ...zeros(1, 2), type: 'I32' });
    });
    const { contents, dropped } = convertCheckpoint(checkpoint, config());
    expect(dropped.sort()).toEqual([
      'text_encoder.bert.embeddings.position_ids',
      'text_encoder.cls.predictions.bias',
      'vision_encoder.clip_decoder.0.head.weight',
    ]);
    expect(bundleInMemory(contents).fingerprint).toBe(bundleFromCheckpoint(original, config()).fingerprint);
  });

  it('keeps half-precision weights as they are, and widens what it computes', () => {
    const halved = changed((tensors) => {
      for (const [name, { shape, bytes }] of tensors) {
        tensors.set(name, { type: 'F16', shape, bytes: bytesOf(float32ToFloat16(toFloat32('F32', bytes))) });
      }
    });
    const { contents } = convertCheckpoint(halved, config({ image_size: 20, num_frames: 10, half: true }));
    const typeOf = (name: string) => contents.tensors.get(name)?.type;
    expect(typeOf('vision_proj.weight')).toBe('F16');
    expect(typeOf('vision_encoder.pos_embed')).toBe('F32');
    expect(typeOf('vision_encoder.temporal_pos_embedding')).toBe('F32');
    const forced = convertCheckpoint(halved, config({ weights: 'F32' })).contents.tensors;
    expect(new Set([...forced.values()].map(({ type }) => type))).toEqual(new Set(['F32']));
  });

  it('resamples both position tables when the model is to run at another geometry', () => {
    const { contents, changes } = convertCheckpoint(original, config({ image_size: 20, num_frames: 10 }));
    expect(contents.description.video).toEqual({ ...oddVideo, imageSize: 20, frames: 10 });
    expect(contents.tensors.get('vision_encoder.pos_embed')!.shape).toEqual([1, 26, 20]);
    expect(contents.tensors.get('vision_encoder.temporal_pos_embedding')!.shape).toEqual([1, 5, 20]);
    expect(changes).toEqual([
      '"vision_encoder.pos_embed" resampled from 3 x 3 to 5 x 5 patches',
      '"vision_encoder.temporal_pos_embedding" resampled from 3 to 5 time steps',
    ]);
    const table = bundleInMemory(contents).tensor('vision_encoder.pos_embed');
    expect(table.subarray(0, 20)).toEqual(
      original.readTensorAsFloat32('vision_encoder.pos_embed').subarray(0, 20),
    );
  });

  it('inflates an image model: its patch kernel over time, and a temporal table of zeros', () => {
    const { text: _, projection: __, ...head } = oddRetrieval;
    const image: BundleDescription = { ...head, kind: 'classification', classes: 7 };
    const tensors: Tensors = new Map(randomBundle(image).tensors);
    const values = Float32Array.from({ length: 20 * 3 * 16 }, (_, i) => i);
    tensors.set('patch_embed.proj.weight', { type: 'F32', shape: [20, 3, 4, 4], bytes: bytesOf(values) });
    tensors.delete('temporal_pos_embedding');
    const checkpoint = checkpointOf(tensors);
    const fields = { kind: 'classification', text: undefined, tubelet: 2, num_frames: 6 };

    const repeated = bundleFromCheckpoint(checkpoint, config({ ...fields, inflation: 'repeat' }));
    expect(repeated.shape('patch_embed.proj.weight')).toEqual([20, 3, 2, 4, 4]);
    expect([...repeated.tensor('patch_embed.proj.weight').subarray(16, 20)]).toEqual([0, 0.5, 1, 1.5]);
    expect(repeated.tensor('temporal_pos_embedding')).toEqual(new Float32Array(3 * 20));

    const centered = bundleFromCheckpoint(checkpoint, config(fields));
    expect([...centered.tensor('patch_embed.proj.weight').subarray(14, 20)]).toEqual([0, 0, 0, 1, 2, 3]);
    expect(() => convertCheckpoint(checkpoint, config({ ...fields, num_frames: undefined }))).toThrow(
      /num_frames is missing/,
    );
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['embed_dim', { embed_dim: 21 }, /embed_dim is 21 in the config, but 20 by .*patch_embed\.proj\.weight/],
    ['depth', { depth: 3 }, /depth is 3 .* but 2/],
    ['tubelet', { tubelet: 1 }, /tubelet is 1 .* but 2/],
    [
      'checkpoint_image_size',
      { checkpoint_image_size: 16 },
      /checkpoint_image_size is 16 .* but 12 by .*pos_embed/,
    ],
    ['checkpoint_num_frames', { checkpoint_num_frames: 8 }, /checkpoint_num_frames is 8 .* but 6/],
    ['projection_dim', { projection_dim: 9 }, /projection_dim is 9 .* but 10 by .*vision_proj/],
    ['text.fusion_layer', { text: { heads: 3, fusion_layer: 1 } }, /text\.fusion_layer is 1 .* but 2/],
    ['text.vocab', { text: { heads: 3, vocab: 9 } }, /text\.vocab is 9 .* but 12/],
    ['text.heads', { text: { heads: 5 } }, /text\.hidden 12 is no multiple of text\.heads 5/],
    ['missing text.heads', { text: {} }, /text\.heads is missing/],
    [
      'text.max_tokens',
      { text: { heads: 3, max_tokens: 17 } },
      /text\.max_tokens is 17 .* only 16 positions/,
    ],
    ['image_size', { image_size: 15 }, /image_size 15 is no multiple of patch 4/],
    ['num_frames', { num_frames: 5 }, /num_frames 5 is no multiple of tubelet 2/],
  ])('names the field when %s does not fit', (_, fields, message) => {
    expect(() => convertCheckpoint(original, config(fields))).toThrow(message);
    expect(() => convertCheckpoint(original, config(fields))).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });

  it.each<[string, (tensors: Tensors) => void, RegExp]>([
    [
      'is missing',
      (t) => t.delete('vision_encoder.layers.1.mixer.A_b_log'),
      /lacks tensor "vision_encoder\.layers\.1\.mixer\.A_b_log" of shape \[40, 8\]/,
    ],
    [
      'has another shape',
      (t) => t.set('vision_encoder.layers.1.mixer.D', zeros(41)),
      /"vision_encoder\.layers\.1\.mixer\.D" has shape \[41\]/,
    ],
    [
      'has another rank',
      (t) => t.set('vision_encoder.pos_embed', zeros(10, 20)),
      /"vision_encoder\.pos_embed" has shape \[10, 20\]/,
    ],
    ['is no square of patches', (t) => t.set('vision_encoder.pos_embed', zeros(1, 9, 20)), /square/],
    [
      'is a bias that would be ignored',
      (t) => t.set('vision_encoder.layers.0.mixer.in_proj.bias', zeros(80)),
      /"vision_encoder\.layers\.0\.mixer\.in_proj\.bias" belongs to no VideoMamba/,
    ],
    [
      'is a layer after a gap',
      (t) => t.set('vision_encoder.layers.3.norm.weight', zeros(20)),
      /"vision_encoder\.layers\.3\.norm\.weight"/,
    ],
    [
      'is not finite',
      (t) =>
        t.set('temp', { type: 'F32', shape: [], bytes: bytesOf(Float32Array.of(Number.POSITIVE_INFINITY)) }),
      /tensor "temp" is infinite/,
    ],
  ])('names the tensor that %s', (_, change, message) => {
    expect(() => bundleFromCheckpoint(changed(change), config())).toThrow(message);
    expect(() => bundleFromCheckpoint(changed(change), config())).toThrow(
      expect.objectContaining({ code: 'invalid-model' }),
    );
  });

  it('says when weights are too large for the half precision that was asked for', () => {
    const large = changed((t) =>
      t.set('temp', { type: 'F32', shape: [], bytes: bytesOf(Float32Array.of(1e6)) }),
    );
    expect(() => bundleFromCheckpoint(large, config({ weights: 'F16' }))).toThrow(
      /tensor "temp" is infinite/,
    );
  });

  it('says when the checkpoint is of another kind of model', () => {
    expect(() => convertCheckpoint(original, config({ kind: 'classification' }))).toThrow(
      /no tensor "patch_embed\.proj\.weight", so it is no VideoMamba classification checkpoint/,
    );
  });
});

describe('parseImportConfig', () => {
  it.each<[string, string, RegExp]>([
    ['an unknown field', '{"kind":"retrieval","num_frame":8}', /"num_frame"/],
    ['an unknown field of the text part', '{"kind":"retrieval","text":{"head":8}}', /text: .*"head"/],
    ['a kind nobody knows', '{"kind":"detection"}', /kind/],
    ['a pooling we do not compute', '{"kind":"retrieval","pool":"cls"}', /pool/],
    ['a size of the wrong type', '{"kind":"retrieval","image_size":"224"}', /image_size/],
    ['no JSON', 'kind: retrieval', /not valid JSON/],
  ])('refuses %s', (_, json, message) => {
    expect(() => parseImportConfig(json, 'config.json')).toThrow(message);
    expect(() => parseImportConfig(json, 'config.json')).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });
});
