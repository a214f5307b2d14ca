import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { DecoderArchitecture } from '../../model/bundle.js';
import { loadBundle, loadDecoder } from '../../model/read-bundle.js';
import { requireRetrieval } from '../../model/require-retrieval.js';
import { type RemoteResult, remote } from '../worker-thread/remote-result.js';
import { type DecodedSequence, DecoderEngine } from './decoder-engine.js';

/** What a worker thread that holds a decoder is started with. */
export interface DecoderWorkerData {
  bundleDirectory: string;
  /** Threads of one ONNX operator. */
  threads: number;
}

/** The decoder as its thread describes it. */
export interface DecoderInfo {
  name: string;
  architecture: DecoderArchitecture;
  tokenizerPath: string;
}

/** The token the model would say next. */
export interface NextToken {
  /** Names what was read to `next` and `forget`; known to the thread that read it, and to none that takes its place. */
  sequence: string;
  token: number;
}

/** What the thread's module exports. Every sequence that `read` begins is to be forgotten, whatever becomes of it. */
export interface DecoderOperations {
  load(input: undefined): Promise<RemoteResult<DecoderInfo>>;
  /** Reads a clip's tokens [T'P, C] and a question. */
  read(input: { tokens: Float32Array; ids: readonly number[] }): Promise<RemoteResult<NextToken>>;
  /** Takes the token that was proposed as said. */
  next(input: NextToken): Promise<RemoteResult<NextToken>>;
  forget(sequence: string): Promise<RemoteResult<void>>;
  close(input: undefined): Promise<RemoteResult<void>>;
}

interface Running {
  info: DecoderInfo;
  engine: DecoderEngine;
}

export function decoderOperations(data: DecoderWorkerData): DecoderOperations {
  let started: Promise<Running> | undefined;
  const running = () => {
    started ??= start(data);
    return started;
  };
  const sequences = new Map<string, DecodedSequence>();

  const propose = (sequence: string, decoded: DecodedSequence): NextToken => {
    sequences.set(sequence, decoded);
    return { sequence, token: likeliest(decoded.logits) };
  };

  return {
    load: remote(async () => (await running()).info),
    read: remote(async ({ tokens, ids }) => {
      const { engine } = await running();
      const decoded = await engine.read(await engine.prompt(tokens), ids);
      return propose(randomUUID(), decoded);
    }),
    next: remote(async ({ sequence, token }) => {
      const before = sequences.get(sequence);
      if (before === undefined) {
        throw new AppError('overloaded', 'The language model was started anew in the middle of the answer.', {
          hint: 'Ask again.',
        });
      }
      const { engine } = await running();
      return propose(sequence, await engine.next(before, token));
    }),
    forget: remote(async (sequence) => {
      sequences.delete(sequence);
    }),
    close: remote(async () => (await running()).engine.close()),
  };
}

async function start({ bundleDirectory, threads }: DecoderWorkerData): Promise<Running> {
  const bundle = await loadBundle(bundleDirectory);
  const { name, video, decoder: architecture } = requireRetrieval(bundle);
  if (architecture === undefined) {
    throw new AppError(
      'invalid-input',
      `The model ${name} in ${bundleDirectory} has no decoder: it answers no questions.`,
    );
  }
  const decoder = loadDecoder(bundleDirectory, bundle, architecture);
  const engine = await DecoderEngine.load(decoder, video, { threads });
  return { info: { name, architecture, tokenizerPath: decoder.tokenizerPath }, engine };
}

function likeliest(logits: Float32Array): number {
  return logits.reduce((best, logit, token) => (logit > logits[best]! ? token : best), 0);
}
