import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { AppError } from '../../domain/errors.js';

export interface OnnxSessionOptions {
  /** Threads of one operator; every session has a pool of its own. */
  threads: number;
  /** ONNX Runtime writes what its operators took into this folder, a file for each session. */
  profileFolder?: string;
}

export type Tensors = Record<string, Tensor>;

/** A float32 tensor over `data` (not copied). */
export function floatTensor(data: Float32Array, dims: readonly number[]): Tensor {
  return new Tensor('float32', data, dims);
}

/** One ONNX graph, ready to run. `run` blocks the thread it is called on: sessions belong in workers. */
export class OnnxSession {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @throws AppError `internal` when ONNX Runtime refuses the graph, which this program wrote. */
  static async create(
    graph: Uint8Array,
    { threads, profileFolder }: OnnxSessionOptions,
  ): Promise<OnnxSession> {
    try {
      const session = await InferenceSession.create(graph, {
        graphOptimizationLevel: 'all',
        intraOpNumThreads: threads,
        executionMode: 'sequential',
        logSeverityLevel: 3,
        // By itself ONNX Runtime names a file after the second it was made in.
        ...(profileFolder !== undefined && {
          enableProfiling: true,
          profileFilePrefix: join(profileFolder, randomUUID()),
        }),
        // Idle threads of ONNX Runtime spin, and there is a pool for each stage: they take the cores from each other and
        // from the scan. Measured at 13 stages on two cores, a clip: 200 ms spinning, 37 not; other work on the machine
        // makes it worse.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
      return new OnnxSession(session);
    } catch (cause) {
      throw new AppError('internal', `ONNX Runtime cannot load a graph: ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * Fills `outputs`, whose buffers the caller owns.
   * @throws AppError `internal` when ONNX Runtime fails.
   */
  async runInto(inputs: Tensors, outputs: Tensors): Promise<void> {
    await this.#run(() => this.#session.run(inputs, outputs));
  }

  /**
   * The outputs named, in memory of their own.
   * @throws AppError `internal` when ONNX Runtime fails.
   */
  async run<Name extends string>(
    inputs: Tensors,
    names: readonly Name[],
  ): Promise<Record<Name, Float32Array>> {
    const results = await this.#run(() => this.#session.run(inputs, names));
    const entries = names.map((name) => [name, results[name]!.data]);
    return Object.fromEntries(entries) as Record<Name, Float32Array>;
  }

  /**
   * All outputs as tensors, to be inputs again.
   * @throws AppError `internal` when ONNX Runtime fails.
   */
  runTensors(inputs: Tensors): Promise<Tensors> {
    return this.#run(() => this.#session.run(inputs));
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw new AppError('internal', `ONNX Runtime failed: ${messageOf(cause)}`, { cause });
    }
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
