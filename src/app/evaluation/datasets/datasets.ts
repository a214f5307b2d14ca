import { AppError } from '../../../domain/errors.js';
import type { EvaluationSet } from '../evaluation-set.js';
import { type AnnotationRecord, parseAnnotations } from './annotation-records.js';

interface DatasetRule {
  /** One sentence for reports. */
  protocol: string;
  /** Sentences of one video are joined to one text. */
  paragraph?: boolean;
  /** Which videos of an annotation file that marks splits. */
  split?: string;
  /** A list of the test ids has to be given beside the annotations. */
  needsList?: boolean;
  /** Size of the published split. */
  videos?: number;
  captionsPerVideo?: number;
}

const MULTI_CAPTION = 'every caption is a query; a video is found by the best of its captions';

export const DATASETS = {
  'msrvtt-1ka': {
    protocol: 'MSR-VTT 1k-A (JSFUSION): 1,000 videos, one caption each',
    videos: 1000,
    captionsPerVideo: 1,
  },
  'msrvtt-1kb': {
    protocol: `MSR-VTT 1k-B: 1,000 listed videos; ${MULTI_CAPTION}`,
    needsList: true,
    videos: 1000,
  },
  'msrvtt-full': {
    protocol: `MSR-VTT full test split: 2,990 videos, 20 captions each; ${MULTI_CAPTION}`,
    split: 'test',
    videos: 2990,
    captionsPerVideo: 20,
  },
  msvd: { protocol: `MSVD test split: 670 videos, about 40 captions each; ${MULTI_CAPTION}`, videos: 670 },
  didemo: {
    protocol: 'DiDeMo, paragraph to video: all descriptions of a video joined, whole video',
    paragraph: true,
    captionsPerVideo: 1,
  },
  activitynet: {
    protocol: 'ActivityNet Captions, paragraph to video: all sentences of a video joined, whole video',
    paragraph: true,
    captionsPerVideo: 1,
  },
  lsmdc: { protocol: 'LSMDC: 1,000 clips, one sentence each', videos: 1000, captionsPerVideo: 1 },
  playground: {
    protocol: 'Videre playground: 1,000 rendered test clips, one caption each',
    videos: 1000,
    captionsPerVideo: 1,
  },
  own: { protocol: `Own annotations; ${MULTI_CAPTION}` },
} as const satisfies Record<string, DatasetRule>;

export type DatasetName = keyof typeof DATASETS;

export function isDatasetName(name: string): name is DatasetName {
  return Object.hasOwn(DATASETS, name);
}

/**
 * The data set a user names; `msrvtt` alone is the full test split for `MSRVTT_data.json`, which holds sentences of all
 * splits, and 1k-A for the files that list its pairs.
 */
export function datasetNamed(name: string, annotations: string): DatasetName | undefined {
  if (name === 'msrvtt') return /"sentences"\s*:/.test(annotations) ? 'msrvtt-full' : 'msrvtt-1ka';
  return isDatasetName(name) ? name : undefined;
}

export interface AnnotationText {
  text: string;
  /** For error messages. */
  file: string;
}

/**
 * The set an annotation file describes, by the rules of a data set.
 * @param list ids of the videos that count, one a line; needed for MSVD's and 1k-B's files, which hold all splits
 * @throws AppError `invalid-input` when the file cannot be read or holds none of the listed videos.
 */
export function evaluationSet(
  name: DatasetName,
  annotations: AnnotationText,
  list?: AnnotationText,
): EvaluationSet {
  const rule: DatasetRule = DATASETS[name];
  const records = parseAnnotations(annotations.text, annotations.file);
  if (rule.needsList && list === undefined) {
    throw new AppError('invalid-input', `${name} needs the list of its test videos.`, {
      hint: 'Give --list FILE, one video id a line.',
    });
  }
  const chosen = choose(records, rule, list);
  if (chosen.length === 0) {
    throw new AppError(
      'invalid-input',
      `${annotations.file} holds no captioned video of ${list?.file ?? `split ${rule.split}`}.`,
    );
  }
  const taken = new Set(chosen.map(({ videoId }) => videoId));
  const texts = chosen.flatMap(({ videoId, captions }) =>
    (rule.paragraph ? [captions.join(' ')] : captions).map((caption, number) => ({
      id: `${videoId}#${number}`,
      videoId,
      caption,
    })),
  );
  const training = records.filter(({ videoId, split }) => !taken.has(videoId) && split === 'train');
  return {
    name,
    protocol: rule.protocol,
    videos: chosen.map(({ videoId, file }) => ({ id: videoId, file })),
    texts,
    trainingCaptions: training.flatMap(({ captions }) => captions),
    deviations: deviations(rule, chosen.length, texts.length),
  };
}

function choose(
  records: readonly AnnotationRecord[],
  rule: DatasetRule,
  list?: AnnotationText,
): AnnotationRecord[] {
  const captioned = records.filter(({ captions }) => captions.length > 0);
  if (list !== undefined) {
    const ids = list.text
      .split(/\r\n|\r|\n/)
      .map((line) => line.trim().split(/[,;\t]/)[0]!)
      .filter(Boolean);
    const listed = new Set(ids);
    return captioned.filter(({ videoId }) => listed.has(videoId));
  }
  const marked = captioned.some(({ split }) => split !== undefined);
  return rule.split !== undefined && marked
    ? captioned.filter(({ split }) => split === rule.split)
    : captioned;
}

function deviations(rule: DatasetRule, videos: number, texts: number): string[] {
  const found: string[] = [];
  if (rule.videos !== undefined && videos !== rule.videos) {
    found.push(`the published split has ${rule.videos} videos, the annotations have ${videos}`);
  }
  const expected = rule.captionsPerVideo === undefined ? texts : videos * rule.captionsPerVideo;
  if (texts !== expected) found.push(`${expected} captions were expected, the annotations have ${texts}`);
  return found;
}
