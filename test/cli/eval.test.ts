import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from 'citty';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { evalCommand } from '../../src/cli/eval-command.js';
import { encodeSafetensors } from '../../src/model/safetensors-writer.js';
import { bytesOf } from '../../src/model/tensor-type.js';
import { seededRandom } from '../support/seeded-random.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const playground = fileURLToPath(new URL('../../models/playground/test', import.meta.url));

afterEach(() => vi.restoreAllMocks());

/** What the command prints on standard output. */
async function printed(...rawArgs: string[]): Promise<string> {
  const chunks: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => chunks.push(String(chunk)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    await runCommand(evalCommand, { rawArgs });
  } finally {
    vi.restoreAllMocks();
  }
  return chunks.join('');
}

async function results(...rawArgs: string[]): Promise<Record<string, number>> {
  return JSON.parse(await printed(...rawArgs, '--json')).results;
}

/** A matrix whose truth is on the diagonal, `common` shared by all that are made with the same seed. */
function scores(size: number, seed: number, own: number): Float32Array {
  const [common, noise] = [seededRandom(seed), seededRandom(own)];
  return Float32Array.from({ length: size * size }, (_, cell) => {
    const truth = cell % (size + 1) === 0 ? 0.8 : 0;
    return truth + common() + noise();
  });
}

async function matrixFile(folder: string, name: string, size: number, values: Float32Array) {
  const path = join(folder, `${name}.safetensors`);
  const tensor = { name: 'scores', type: 'F32', shape: [size, size], bytes: () => bytesOf(values) } as const;
  await writeFile(path, encodeSafetensors([tensor]));
  return path;
}

describe('videre eval', () => {
  it.each([
    [['--matrix', 'a.npy', '--videos', 'folder'], '--videos means nothing to --matrix.'],
    [['--matrix', 'a.npy', '--no-rerank'], '--no-rerank means nothing to --matrix.'],
    [['--matrix', 'a.npy', '--limit', '3'], '--limit means nothing to --matrix.'],
    [['own', '--text-ids', 'a.txt'], '--text-ids means nothing to the evaluation of a model.'],
    [['classification', '--bank', 'a.txt'], '--bank means nothing to classification.'],
    [['compare', 'a', 'b', '--bundle', 'x'], '--bundle means nothing to compare.'],
  ])('refuses %j rather than leave an option unheard', async (rawArgs, message) => {
    await expect(printed(...rawArgs)).rejects.toThrow(message);
  });
});

describe('videre eval --matrix', () => {
  const size = 150;

  it('catches a fused matrix in another item order, and does not flag one in the same', async () => {
    const folder = await temporaryFolder();
    const [first, second] = [scores(size, 1, 2), scores(size, 1, 3)];
    // Items i and size - 1 - i change places, on both axes: the diagonal stays where it was.
    const turned = second.toReversed();
    const a = await matrixFile(folder, 'a', size, first);
    const aligned = await results('--matrix', a, '--fuse', await matrixFile(folder, 'b', size, second));
    expect(aligned['selfcheck.flagged']).toBe(0);
    expect(aligned['selfcheck.alignment_p']).toBeLessThanOrEqual(0.01);
    const misaligned = await results('--matrix', a, '--fuse', await matrixFile(folder, 'c', size, turned));
    expect(misaligned['selfcheck.flagged']).toBe(1);
    expect(misaligned['selfcheck.alignment_p']).toBeGreaterThan(0.01);
    // And why it matters: the wrong sum looks better than the right one.
    expect(misaligned['t2v.r1']).toBeGreaterThan(aligned['t2v.r1']!);
  });

  it('puts a fused matrix with ids into the order of the first', async () => {
    const folder = await temporaryFolder();
    const second = scores(size, 1, 3);
    const ids = Array.from({ length: size }, (_, item) => `video${item}`);
    const [forwards, backwards] = [join(folder, 'ids'), join(folder, 'turned')];
    await writeFile(forwards, ids.join('\n'));
    await writeFile(backwards, ids.toReversed().join('\n'));
    const a = await matrixFile(folder, 'a', size, scores(size, 1, 2));
    const b = await matrixFile(folder, 'b', size, second);
    const c = await matrixFile(folder, 'c', size, second.toReversed());
    const named = ['--matrix', a, '--text-ids', forwards, '--video-ids', forwards];
    const expected = await results(...named, '--fuse', b);
    const reordered = await results(
      ...named,
      ...['--fuse', c, '--fuse-text-ids', backwards, '--fuse-video-ids', backwards],
    );
    expect(reordered).toEqual(expected);
  });

  it('shows what ties allow, and that labels do not matter to a constant matrix', async () => {
    const folder = await temporaryFolder();
    const file = await matrixFile(folder, 'flat', size, new Float32Array(size * size));
    const flat = await results('--matrix', file);
    expect(flat['t2v.r1.optimistic']).toBe(100);
    expect(flat['t2v.r1.pessimistic']).toBe(0);
    expect(flat['selfcheck.flagged']).toBe(1);
  });

  it('names what it cannot evaluate', async () => {
    const folder = await temporaryFolder();
    const values = scores(4, 1, 2);
    values[6] = Number.NaN;
    const file = await matrixFile(folder, 'holes', 4, values);
    await expect(printed('--matrix', file)).rejects.toThrow('text 1 with video 2 is NaN');
    await expect(printed('msrvtt-1kz', '--videos', folder)).rejects.toThrow('"msrvtt-1kz"');
    await expect(printed('msvd')).rejects.toThrow('its videos and its annotations');
  });
});

describe('videre eval DATASET', () => {
  it('evaluates real files, names those that are missing, goes on from its cache, and compares runs', async () => {
    const folder = await temporaryFolder();
    const videos = join(folder, 'videos');
    await mkdir(videos);
    const names = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((number) => `video${number}`);
    for (const name of names)
      await copyFile(join(playground, 'videos', `${name}.mp4`), join(videos, `${name}.mp4`));
    await writeFile(join(videos, 'broken.mp4'), 'no video');
    const { sentences } = JSON.parse(await readFile(join(playground, 'annotations.json'), 'utf8')) as {
      sentences: { video_id: string; caption: string }[];
    };
    const rows = sentences.filter(({ video_id }) => names.includes(video_id));
    const annotations = join(folder, 'captions.csv');
    const lines = rows.map(({ video_id, caption }) => `${video_id}.mp4,"${caption}"`);
    await writeFile(
      annotations,
      ['video,caption', ...lines, 'broken.mp4,<b>a broken file</b>', 'absent.mp4,nothing'].join('\r\n'),
    );
    const run = ['own', '--videos', videos, '--annotations', annotations, '--data', join(folder, 'data')];
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];

    const text = await printed(...run, '--out', first);
    const report = JSON.parse(await readFile(join(first, 'report.json'), 'utf8'));
    expect(report.missing.map(({ id }: { id: string }) => id)).toEqual(['broken', 'absent']);
    expect(report.results['embedding.t2v.r1']).toBeGreaterThan(80);
    expect(report.results).toMatchObject({ 'selfcheck.flagged': 0, 'run.partial': 1, 'run.missing': 2 });
    expect(Object.keys(report.results)).toEqual(
      expect.arrayContaining(['index.t2v.r1', 'itm.v2t.r10', 'dsl.t2v.mnr', 'itm.t2v.r1.ci95_low']),
    );
    const pages = [
      text,
      await readFile(join(first, 'report.md'), 'utf8'),
      await readFile(join(first, 'report.html'), 'utf8'),
    ];
    for (const page of pages) {
      expect(page).toContain('PARTIAL RUN');
      expect(page).toContain('absent');
    }
    expect(pages[2]).not.toMatch(/<b>a broken|src="(?!data:)|href=/);

    await printed(...run, '--out', second);
    const again = JSON.parse(await readFile(join(second, 'report.json'), 'utf8'));
    expect(again.settings.featuresFromCache).toBe(names.length);
    expect(again.results).toEqual(report.results);

    const files = ['compare', join(first, 'report.json'), join(second, 'report.json')];
    const same = await results(...files);
    expect(same['embedding.t2v.r1.difference']).toBe(0);
    expect(same['embedding.t2v.r1.p']).toBe(1);
  });
});
