import { AppError } from '../../domain/errors.js';
import type { ClipFrames, TextEncoder, VideoEncoder } from '../../ports/encoders.js';
import type { VideoClassifier } from '../../ports/video-classifier.js';

const WIDTH = 64;
const HEIGHT = 48;
const SQUARE = 12;

/** Two texts any model tells apart. */
const TEXTS = ['a square moves to the right', 'nothing happens'];

/** The engines of a model, opened: those that its kind has. */
export interface ModelUnderTest {
  videoEncoder?: VideoEncoder;
  textEncoder?: TextEncoder;
  classifier?: VideoClassifier;
}

/**
 * Runs a model once on frames and texts made up here: whether its weights and the engines of this machine go together.
 * It says nothing about how good the model is.
 * @throws AppError `invalid-model` naming what is wrong with what came out.
 */
export async function selfTest({ videoEncoder, textEncoder, classifier }: ModelUnderTest): Promise<void> {
  if (videoEncoder !== undefined) {
    const frames = movingSquare(videoEncoder.model.framesPerClip);
    const still = { ...frames, frames: frames.frames.map(() => frames.frames[0]!) };
    const [moving, standing] = await videoEncoder.encode([frames, still]);
    assertUsable(moving!, 'The vector of a moving square');
    if (norm(moving!) > 1.001)
      throw faulty(`The vector of a clip has norm ${norm(moving!).toFixed(3)}, above 1`);
    assertDifferent(moving!, standing!, 'A moving and a standing square');
  }
  if (textEncoder !== undefined) {
    const [first, second] = await textEncoder.encode(TEXTS);
    assertUsable(first!, `The vector of "${TEXTS[0]}"`);
    if (Math.abs(norm(first!) - 1) > 1e-3)
      throw faulty(`The vector of a text has norm ${norm(first!).toFixed(3)}, not 1`);
    assertDifferent(first!, second!, `"${TEXTS[0]}" and "${TEXTS[1]}"`);
  }
  if (classifier !== undefined) {
    const [logits] = await classifier.classify([movingSquare(classifier.model.framesPerClip)]);
    assertUsable(logits!, 'The scores of a moving square');
    if (logits!.length !== classifier.model.classes) {
      throw faulty(`The model gives ${logits!.length} scores for ${classifier.model.classes} classes`);
    }
  }
}

/** A white square that goes from left to right over grey. */
function movingSquare(frameCount: number): ClipFrames {
  const frames = Array.from({ length: frameCount }, (_, frame) => {
    const left = Math.round(((WIDTH - SQUARE) * frame) / Math.max(1, frameCount - 1));
    const pixels = new Uint8Array(WIDTH * HEIGHT * 3).fill(96);
    for (let row = 0; row < SQUARE; row++) {
      const start = ((HEIGHT - SQUARE) / 2 + row) * WIDTH + left;
      pixels.fill(255, start * 3, (start + SQUARE) * 3);
    }
    return pixels;
  });
  return { width: WIDTH, height: HEIGHT, frames };
}

function assertUsable(values: Float32Array, name: string): void {
  if (!values.every(Number.isFinite)) throw faulty(`${name} holds values that are no finite numbers`);
  if (values.every((value) => value === 0)) throw faulty(`${name} is all zeros`);
}

function assertDifferent(left: Float32Array, right: Float32Array, names: string): void {
  if (left.every((value, position) => value === right[position]))
    throw faulty(`${names} give the same vector`);
}

function norm(values: Float32Array): number {
  return Math.hypot(...values);
}

function faulty(what: string): AppError {
  return new AppError('invalid-model', `${what}: the model does not work on this machine.`, {
    hint: 'Pull or import it again; if that does not help, the checkpoint is not what its config says.',
  });
}
