import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bytesInMemory } from '../../model/byte-source.js';
import { SafetensorsFile } from '../../model/safetensors.js';
import { encodeSafetensors } from '../../model/safetensors-writer.js';
import { readPickle } from '../../model/torch-checkpoint/pickle-machine.js';
import { TorchTensor } from '../../model/torch-checkpoint/pickle-values.js';
import { ZipArchive } from '../../model/torch-checkpoint/zip-archive.js';
import { readProjector } from './mlp-projector.js';
import { embedsAsContent, promptEmbedsPart } from './prompt-embeds.js';
import { torchTensor } from './torch-tensor.js';

/** The system's, where Debian's package puts PyTorch. */
const PYTHON = '/usr/bin/python3';
/** Importing it takes seconds. */
const FIND_TORCH = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)';
const hasTorch = spawnSync(PYTHON, ['-c', FIND_TORCH]).status === 0;

function projectorFile(metadata: Record<string, string> = { fingerprint: 'f', tokens: '2' }, hiddenIn = 3) {
  const tensor = (name: string, shape: number[], values: number[]) => ({
    name,
    type: 'F32' as const,
    shape,
    bytes: () => new Uint8Array(Float32Array.from(values).buffer),
  });
  // The first layer takes [a, b] to [a, b, -a]; the second adds them up, and gives 7 beside it.
  const bytes = encodeSafetensors(
    [
      tensor('0.weight', [3, 2], [1, 0, 0, 1, -1, 0]),
      tensor('0.bias', [3], [0, 0, 0]),
      tensor(
        '2.weight',
        [2, hiddenIn],
        Array.from({ length: 2 * hiddenIn }, (_, at) => (at < hiddenIn ? 1 : 0)),
      ),
      tensor('2.bias', [2], [0, 7]),
    ],
    metadata,
  );
  return SafetensorsFile.fromBytes(bytes, 'projector');
}

const features = {
  modelFingerprint: 'f',
  embedding: new Float32Array(1),
  // Four tokens of two channels: two a group.
  tokens: Float32Array.from([0, 1, 2, 3, 4, 0, 4, 0]),
};

describe('a projector', () => {
  it('averages the tokens in order of time and applies its layers', () => {
    const { tokens, hidden, values } = readProjector(projectorFile()).project(features);
    expect([tokens, hidden]).toEqual([2, 2]);
    // gelu(x) + gelu(-x) = x (2 Phi(x) - 1); means are [1, 2] and [4, 0]. Phi from tables.
    expect([...values]).toEqual([
      expect.closeTo(0.6826895 + 2 * 0.9772499, 5),
      7,
      expect.closeTo(4 * 0.9999367, 5),
      7,
    ]);
  });

  it('refuses features of another video model', () => {
    const other = { ...features, modelFingerprint: 'g' };
    expect(() => readProjector(projectorFile()).project(other)).toThrow(
      expect.objectContaining({ code: 'model-mismatch' }),
    );
  });

  it.each([
    ['without metadata', projectorFile({})],
    ['of no tokens', projectorFile({ fingerprint: 'f', tokens: '0' })],
    ['whose layers do not fit', projectorFile(undefined, 4)],
  ])('is refused %s', (_, file) => {
    expect(() => readProjector(file)).toThrow(expect.objectContaining({ code: 'invalid-model' }));
  });
});

describe('prompt embeddings', () => {
  const values = Float32Array.from([1, -2, 3.5, 4, 5, 6]);
  const file = torchTensor(values, [2, 3]);

  it('are a tensor in a file that our own reader of checkpoints reads', () => {
    const archive = new ZipArchive(bytesInMemory(file));
    const tensor = readPickle(archive.read('archive/data.pkl'), 'tensor');
    if (!(tensor instanceof TorchTensor)) throw new Error('no tensor');
    expect(tensor).toMatchObject({ shape: [2, 3], storage: { type: 'F32', key: '0', elementCount: 6 } });
    const stored = Uint8Array.from(archive.read('archive/data/0'));
    expect(new Float32Array(stored.buffer)).toEqual(values);
  });

  it.skipIf(!hasTorch)(
    `and PyTorch itself, with weights only${hasTorch ? '' : ' (skipped: no PyTorch here)'}`,
    () => {
      const script = `import base64, io, sys, torch
tensor = torch.load(io.BytesIO(base64.b64decode(sys.stdin.read(), validate=True)), weights_only=True)
print(tensor.dtype, tensor.tolist())`;
      const { stdout } = spawnSync(PYTHON, ['-c', script], {
        input: file.toString('base64'),
        encoding: 'utf8',
      });
      expect(stdout).toBe('torch.float32 [[1.0, -2.0, 3.5], [4.0, 5.0, 6.0]]\n');
    },
  );

  it('travel as a content part without text', () => {
    const part = promptEmbedsPart(readProjector(projectorFile()), features);
    const { type, data } = part.providerOptions!.openaiCompatible as { type: string; data: string };
    const body = {
      messages: [
        {
          role: 'user',
          content: [
            { type, text: '', data },
            { type: 'text', text: 'Q' },
          ],
        },
      ],
    };
    expect(embedsAsContent(body)).toEqual({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'prompt_embeds', data },
            { type: 'text', text: 'Q' },
          ],
        },
      ],
    });
    expect(Buffer.from(data, 'base64').subarray(0, 2).toString()).toBe('PK');
  });
});
