import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { duplicateGroups } from '../alignment.js';
import { type DatasetName, evaluationSet } from './datasets.js';

function load(name: DatasetName, text: string, list?: string) {
  return evaluationSet(
    name,
    { text, file: 'annotations' },
    list === undefined ? undefined : { text: list, file: 'list' },
  );
}

const real = join('..', 'shared', 'realdata', 'msrvtt');
const hasReal = existsSync(real);

describe.skipIf(!hasReal)(
  `the MSR-VTT 1k-A files${hasReal ? '' : ' (skipped: no ../shared/realdata here)'}`,
  () => {
    const files = [
      'MSRVTT_JSFUSION_test.csv',
      'MSRVTT_JSFUSION_test.semicolon_crlf.csv',
      'msrvtt_ret_test1k.json',
    ];
    const sets = files.map((file) => load('msrvtt-1ka', readFileSync(join(real, file), 'utf8')));

    it.each(files.map((file, index) => [basename(file), sets[index]!] as const))(
      '%s: 1,000 pairs, one caption a video, four groups of equal captions',
      (_, { videos, texts, deviations }) => {
        expect(videos).toHaveLength(1000);
        expect(texts).toHaveLength(1000);
        expect(new Set(texts.map(({ videoId }) => videoId)).size).toBe(1000);
        const captions = texts.map(({ caption }) => caption);
        expect(new Set(captions).size).toBe(995);
        expect(
          duplicateGroups(captions)
            .map((group) => group.length)
            .sort(),
        ).toEqual([2, 2, 2, 3]);
        expect(deviations).toEqual([]);
      },
    );

    it('say the same, whatever their format', () => {
      const pairs = sets.map(({ texts }) => texts.map(({ id, caption }) => `${id} ${caption}`));
      expect(pairs[0]![0]).toBe('video9770#0 a person is connecting something to system');
      expect(pairs[1]).toEqual(pairs[0]);
      expect(pairs[2]).toEqual(pairs[0]);
    });
  },
);

describe('other data sets', () => {
  it('MSR-VTT full: only the test split, every caption, training captions kept for QB-Norm', () => {
    const set = load(
      'msrvtt-full',
      JSON.stringify({
        videos: [
          { video_id: 'video0', split: 'train' },
          { video_id: 'video7010', split: 'test' },
        ],
        sentences: [
          { video_id: 'video7010', caption: 'one' },
          { video_id: 'video0', caption: 'learnt' },
          { video_id: 'video7010', caption: 'two' },
        ],
      }),
    );
    expect(set.texts.map(({ id, caption }) => [id, caption])).toEqual([
      ['video7010#0', 'one'],
      ['video7010#1', 'two'],
    ]);
    expect(set.trainingCaptions).toEqual(['learnt']);
    expect(set.deviations.join()).toContain('2990 videos');
  });

  it('MSR-VTT 1k-B: the listed videos of the same file; without a list it says what is missing', () => {
    const file = JSON.stringify({
      videos: ['a', 'b'].map((video_id) => ({ video_id, split: 'test' })),
      sentences: ['a', 'b'].map((video_id) => ({ video_id, caption: `of ${video_id}` })),
    });
    expect(load('msrvtt-1kb', file, 'b\n').texts).toMatchObject([{ videoId: 'b', caption: 'of b' }]);
    expect(() => load('msrvtt-1kb', file)).toThrow('needs the list');
  });

  it('MSVD: lines of id and words, comments left out, the test list alone', () => {
    const lines = '# VideoID Description\nabc_1_2 a cat runs\nxyz_3_4 a dog\nabc_1_2 the cat is running\n';
    const set = load('msvd', lines, 'abc_1_2\r\n');
    expect(set.texts.map(({ id, caption }) => `${id}: ${caption}`)).toEqual([
      'abc_1_2#0: a cat runs',
      'abc_1_2#1: the cat is running',
    ]);
  });

  it('DiDeMo and ActivityNet: one paragraph a video', () => {
    const didemo = JSON.stringify([
      { video: '1@N02_x.mov', description: 'a door opens' },
      { video: '1@N02_x.mov', description: 'a man waves' },
    ]);
    expect(load('didemo', didemo).texts).toMatchObject([{ caption: 'a door opens a man waves' }]);
    const activitynet = JSON.stringify({
      v_abc: { duration: 9, timestamps: [[0, 1]], sentences: ['He runs.', ' He jumps. '] },
    });
    expect(load('activitynet', activitynet)).toMatchObject({
      videos: [{ id: 'v_abc' }],
      texts: [{ caption: 'He runs. He jumps.' }],
    });
  });

  it('LSMDC: tab-separated, clip first and sentence last', () => {
    const line = '1004_Juno_00.00.32.801-00.00.38.164\t00.00\t00.38\t00.32\t00.38\tSOMEONE runs, fast.';
    expect(load('lsmdc', `${line}\n`)).toMatchObject({
      videos: [{ id: '1004_Juno_00.00.32.801-00.00.38.164' }],
      texts: [{ caption: 'SOMEONE runs, fast.' }],
    });
  });

  it('own csv: quoted fields, a byte order mark, several captions a video', () => {
    const csv = '\uFEFFvideo,caption\r\nx.mp4,"a dog, ""Rex"", runs"\r\ny/z.webm,a cat\r\nx.mp4,again\r\n';
    expect(load('own', csv).texts.map(({ id, caption }) => `${id}: ${caption}`)).toEqual([
      'x#0: a dog, "Rex", runs',
      'x#1: again',
      'y/z#0: a cat',
    ]);
  });

  it.each([
    ['{"videos": 3}', 'no list of sentences'],
    ['[{"video": "a.mp4"}]', 'entry 0 (a.mp4) has no caption'],
    ['[1]', 'entry 0 is no object'],
    ['{', 'is not valid JSON'],
    ['video,caption\nonly-one-field\n', 'row 2'],
    ['', 'lists no videos'],
  ])('refuses %j and says why', (text, message) => {
    expect(() => load('own', text)).toThrow(message);
  });
});
