import { AppError } from '../../domain/errors.js';
import type { BundleDescription, Precision } from '../../model/bundle.js';
import type { VideoClassification, VideoEncoding } from '../../model/engine.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import type { BlockKernel } from '../../model/scan-operands.js';
import { type BlockParameters, blockParameters } from '../../model/videomamba/block-parameters.js';
import { videoGeometry } from '../../model/videomamba/geometry.js';
import { stageGraphs } from '../../model/videomamba/stage-graphs.js';
import { floatTensor, OnnxSession, type OnnxSessionOptions } from '../onnx-session/onnx-session.js';
import { BlockBuffers } from './block-buffers.js';

export interface VideoEngineOptions extends OnnxSessionOptions {
  /** f32 by default, whatever the bundle says: see `choosePrecision`. */
  precision?: Precision;
}

/**
 * VideoMamba on the CPU: ONNX Runtime for the large products and the ends, `kernel` for what lies between in_proj and
 * out_proj of a block.
 * One call at a time: the buffers between the stages are shared by all calls.
 */
export class VideoEngine {
  readonly #description: BundleDescription;
  readonly #kernel: BlockKernel;
  readonly #stages: readonly OnnxSession[];
  readonly #blocks: readonly BlockParameters[];
  #buffers: BlockBuffers | undefined;

  private constructor(
    description: BundleDescription,
    kernel: BlockKernel,
    stages: readonly OnnxSession[],
    blocks: readonly BlockParameters[],
  ) {
    this.#description = description;
    this.#kernel = kernel;
    this.#stages = stages;
    this.#blocks = blocks;
  }

  /** @throws AppError `invalid-model` when the weights do not fit the architecture. */
  static async load(
    bundle: LoadedBundle,
    kernel: BlockKernel,
    { precision = 'f32', ...options }: VideoEngineOptions,
  ): Promise<VideoEngine> {
    const blocks = blockParameters(bundle);
    const stages: OnnxSession[] = [];
    for (const graph of stageGraphs(bundle, precision)) stages.push(await OnnxSession.create(graph, options));
    return new VideoEngine(bundle.description, kernel, stages, blocks);
  }

  /**
   * @param pixels normalized frames [B, T, 3, S, S]
   * @throws AppError `invalid-input` when `pixels` is not `batch` clips or the model is no retrieval model.
   */
  async encode(pixels: Float32Array, batch: number): Promise<VideoEncoding> {
    this.#requireKind('retrieval');
    const last = await this.#runBlocks(pixels, batch);
    const names = ['vision_embeds', 'pooled', 'projected', 'embedding'] as const;
    const { vision_embeds: visionEmbeds, ...rest } = await last(names);
    return { visionEmbeds, ...rest };
  }

  /**
   * Only `VideoEncoding.embedding`, [B, D]; spares copying the rest.
   * @param pixels normalized frames [B, T, 3, S, S]
   * @throws AppError `invalid-input` as `encode`.
   */
  async embed(pixels: Float32Array, batch: number): Promise<Float32Array> {
    this.#requireKind('retrieval');
    const last = await this.#runBlocks(pixels, batch);
    return (await last(['embedding'])).embedding;
  }

  /**
   * @param pixels normalized frames [B, T, 3, S, S]
   * @throws AppError `invalid-input` when `pixels` is not `batch` clips or the model is no classification model.
   */
  async classify(pixels: Float32Array, batch: number): Promise<VideoClassification> {
    this.#requireKind('classification');
    const last = await this.#runBlocks(pixels, batch);
    return await last(['features', 'logits']);
  }

  async close(): Promise<void> {
    await Promise.all(this.#stages.map((stage) => stage.close()));
  }

  /** Runs everything up to the last scan; what it returns runs the last stage. */
  async #runBlocks(pixels: Float32Array, batch: number) {
    const { video } = this.#description;
    const { pixelValues } = videoGeometry(video);
    if (batch < 1 || pixels.length !== batch * pixelValues) {
      throw new AppError(
        'invalid-input',
        `${batch} clips of [${video.frames}, 3, ${video.imageSize}, ${video.imageSize}] are ${batch * pixelValues} values, got ${pixels.length}.`,
      );
    }
    const buffers = this.#buffersFor(batch);
    const dims = [batch, video.frames, 3, video.imageSize, video.imageSize];
    const last = this.#blocks.length;
    for (const [block, parameters] of this.#blocks.entries()) {
      const stage = this.#stages[block]!;
      if (block === 0) {
        await stage.runInto({ pixels: floatTensor(pixels, dims) }, buffers.firstOutputs());
      } else {
        for (const { inputs, outputs } of buffers.pieces(block)) await stage.runInto(inputs, outputs);
      }
      buffers.runKernels(this.#kernel, parameters);
    }
    return <Name extends string>(names: readonly Name[]) =>
      this.#stages[last]!.run(buffers.lastInputs(last), names);
  }

  #buffersFor(batch: number): BlockBuffers {
    if (this.#buffers?.batch !== batch) this.#buffers = new BlockBuffers(this.#description.video, batch);
    return this.#buffers;
  }

  #requireKind(kind: BundleDescription['kind']): void {
    if (this.#description.kind !== kind) {
      throw new AppError(
        'invalid-input',
        `Model ${this.#description.name} is a ${this.#description.kind} model; this call needs a ${kind} model.`,
      );
    }
  }
}
