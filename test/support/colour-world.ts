import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../src/domain/errors.js';
import type {
  ClipFrames,
  Embedding,
  ModelInfo,
  TextEncoder,
  VideoEncoder,
} from '../../src/ports/encoders.js';
import {
  type MediaInfo,
  type MediaReader,
  type SmallFrame,
  SURVEY_EDGE,
  type VideoFrame,
} from '../../src/ports/media-reader.js';

/**
 * A world small enough to know every answer in it: a video is a row of plain colours, its file a script that says
 * which, a vector is a mean colour. It stands in for ffmpeg and the model where a test is about what lies between.
 */
const COLOURS: Record<string, readonly [number, number, number]> = {
  red: [255, 0, 0],
  green: [0, 255, 0],
  blue: [0, 0, 255],
};

/** Each colour as a survey shows it. */
const SMALL_PICTURES = Object.fromEntries(
  Object.entries(COLOURS).map(([name, rgb]) => [
    name,
    Uint8Array.from({ length: SURVEY_EDGE ** 2 * 3 }, (_, position) => rgb[position % 3]!),
  ]),
);

export const colourModel: ModelInfo = {
  name: 'colours',
  fingerprint: 'c0105',
  dimension: 3,
  framesPerClip: 4,
  clips: { windowSeconds: 4, strideSeconds: 2 },
  kernel: 'none',
};

export interface VideoScript {
  framesPerSecond: number;
  /** What is shown, in order, and for how many seconds. */
  scenes: [colour: string, seconds: number][];
  /** The file breaks off before this frame. */
  endsBeforeFrame?: number;
}

export async function writeScript(folder: string, name: string, script: VideoScript): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(script));
  return path;
}

function frameColours({ framesPerSecond, scenes }: VideoScript): string[] {
  return scenes.flatMap(([colour, seconds]) =>
    Array<string>(Math.round(seconds * framesPerSecond)).fill(colour),
  );
}

/** Counts the frames that are alive, so that a test can bound what ingest holds. */
export class ScriptReader implements MediaReader {
  decoded = 0;

  async probe(path: string): Promise<MediaInfo> {
    const script = await readScript(path);
    const count = frameColours(script).length;
    return {
      container: 'script',
      codec: 'colours',
      width: 2,
      height: 1,
      rotationDegrees: 0,
      hasAudio: false,
      durationSeconds: count / script.framesPerSecond,
      frameTimes: Float64Array.from({ length: count }, (_, index) => index / script.framesPerSecond),
    };
  }

  async *frames(path: string, info: MediaInfo, indices: readonly number[]): AsyncGenerator<VideoFrame> {
    const script = await readScript(path);
    const colours = frameColours(script);
    for (const index of indices) {
      if (index >= (script.endsBeforeFrame ?? Number.POSITIVE_INFINITY)) {
        throw new AppError('truncated-media', `${path} ends before frame ${index}.`);
      }
      this.decoded++;
      const colour = COLOURS[colours[index]!]!;
      const pixels = Uint8Array.from([...colour, ...colour]);
      yield { index, timeSeconds: info.frameTimes[index]!, width: 2, height: 1, pixels };
    }
  }

  async *survey(path: string, info: MediaInfo): AsyncGenerator<SmallFrame> {
    for (const [index, colour] of frameColours(await readScript(path)).entries()) {
      yield { timeSeconds: info.frameTimes[index]!, pixels: SMALL_PICTURES[colour]! };
    }
  }

  async thumbnail(): Promise<Uint8Array> {
    throw new AppError('internal', 'A script has no thumbnails.');
  }
}

async function readScript(path: string): Promise<VideoScript> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new AppError('unsupported-media', `${path} is no script.`, { cause, hint: 'Write one.' });
  }
}

export class ColourVideoEncoder implements VideoEncoder {
  readonly model: ModelInfo;
  readonly batchSizes: number[] = [];

  constructor(model: ModelInfo = colourModel) {
    this.model = model;
  }

  async encode(clips: readonly ClipFrames[], signal?: AbortSignal): Promise<Embedding[]> {
    signal?.throwIfAborted();
    this.batchSizes.push(clips.length);
    return clips.map(({ frames }) => {
      const mean = new Float32Array(3);
      for (const pixels of frames) for (let c = 0; c < 3; c++) mean[c]! += pixels[c]! / 255 / frames.length;
      return mean;
    });
  }

  async close(): Promise<void> {}
}

export class ColourTextEncoder implements TextEncoder {
  readonly model = colourModel;

  async encode(texts: readonly string[]): Promise<Embedding[]> {
    return texts.map((text) => {
      const sum = Float32Array.from([0.01, 0.01, 0.01]);
      for (const word of text.split(' '))
        COLOURS[word]?.forEach((value, c) => {
          sum[c]! += value;
        });
      const norm = Math.hypot(...sum);
      return sum.map((value) => value / norm);
    });
  }

  async close(): Promise<void> {}
}
