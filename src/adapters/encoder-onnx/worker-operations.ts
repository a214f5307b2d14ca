import type { Embedding, ModelInfo } from '../../ports/encoders.js';
import { type RemoteResult, remote } from '../worker-thread/remote-result.js';

/** What a worker thread that holds an engine is started with. */
export interface EngineWorkerData {
  /** What the thread runs: one of the bundle's two encoders, both with the re-ranker, or a classifier. */
  role: 'video' | 'text' | 'match' | 'classify';
  bundleDirectory: string;
  /** Threads of one ONNX operator. */
  threads: number;
  /** Everything else in the process goes first. */
  givesWay: boolean;
}

/** An engine with what it needs to go from the caller's words and pictures to vectors. */
export interface RunningEncoder<Input> {
  model: ModelInfo;
  encode(inputs: Input): Promise<Embedding[]>;
  close(): Promise<void>;
}

/** What a worker's module exports for `EngineWorker` to call. */
export interface WorkerOperations<Input> {
  /** Loads the model, so that the first caller does not wait and a bad bundle is known at once. */
  load(input: undefined): Promise<RemoteResult<ModelInfo>>;
  encode(input: Input): Promise<RemoteResult<Embedding[]>>;
  /** Frees what the engine holds while its thread still lives. */
  close(input: undefined): Promise<RemoteResult<void>>;
}

export function workerOperations<Input>(
  start: () => Promise<RunningEncoder<Input>>,
): WorkerOperations<Input> {
  let started: Promise<RunningEncoder<Input>> | undefined;
  const running = () => {
    started ??= start();
    return started;
  };
  return {
    load: remote(async () => (await running()).model),
    encode: remote(async (input) => (await running()).encode(input)),
    close: remote(async () => (await running()).close()),
  };
}
