import {
  floatTensor,
  OnnxSession,
  type OnnxSessionOptions,
} from '../../src/adapters/onnx-session/onnx-session.js';
import type { VideoArchitecture } from '../../src/model/bundle.js';
import { GraphWriter } from '../../src/model/onnx/graph-writer.js';
import type { ScanDirection, SelectiveScanKernel } from '../../src/model/selective-scan.js';
import { type VideoGeometry, videoGeometry } from '../../src/model/videomamba/geometry.js';
import { randomFloats } from './models.js';

/** One matrix product [L, K] x [K, N], in a graph of its own. */
class Product {
  readonly #session: OnnxSession;
  readonly #x;
  readonly #y;

  private constructor(session: OnnxSession, rows: number, inner: number, columns: number) {
    this.#session = session;
    this.#x = floatTensor(randomFloats(rows * inner), [1, rows, inner]);
    this.#y = floatTensor(new Float32Array(rows * columns), [1, rows, columns]);
  }

  static async create(rows: number, inner: number, columns: number, options: OnnxSessionOptions) {
    const g = new GraphWriter('product');
    const x = g.input('x', 'float32', [1, rows, inner]);
    const w = g.weight('w', randomFloats(inner * columns), [columns, inner]);
    g.output('y', g.microsoft('FusedMatMul', [x, w], { transB: 1 }), [1, rows, columns]);
    return new Product(await OnnxSession.create(g.finish(), options), rows, inner, columns);
  }

  async run(): Promise<void> {
    await this.#session.runInto({ x: this.#x }, { y: this.#y });
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

/**
 * The least an encoder of this architecture costs, f32: its matrix products, each bare in ONNX Runtime, and its scans, bare
 * in our kernel, as often as a clip needs them. Weights and operands are the same each time, so they lie in the cache
 * more often than the encoder's own.
 */
export class Floor {
  readonly #video: VideoArchitecture;
  readonly #patches: Product;
  readonly #blockProducts: readonly Product[];
  readonly #scan: () => void;

  private constructor(
    video: VideoArchitecture,
    patches: Product,
    blockProducts: readonly Product[],
    scan: () => void,
  ) {
    this.#video = video;
    this.#patches = patches;
    this.#blockProducts = blockProducts;
    this.#scan = scan;
  }

  static async prepare(
    video: VideoArchitecture,
    kernel: SelectiveScanKernel,
    options: OnnxSessionOptions,
  ): Promise<Floor> {
    const geometry = videoGeometry(video);
    const { tokens, channels, patchValues } = geometry;
    const product = (inner: number, columns: number) => Product.create(tokens, inner, columns, options);
    const inProj = await product(video.width, 2 * channels);
    const xProj = await product(channels, video.dtRank + 2 * video.stateSize);
    const dtProj = await product(video.dtRank, channels);
    const outProj = await product(channels, video.width);
    return new Floor(
      video,
      await product(patchValues, video.width),
      // Both directions have an x_proj and a dt_proj.
      [inProj, xProj, xProj, dtProj, dtProj, outProj],
      bareScan(video, geometry, kernel),
    );
  }

  /** One clip's worth. */
  async run(): Promise<void> {
    await this.#patches.run();
    for (let block = 0; block < this.#video.depth; block++) {
      for (const product of this.#blockProducts) await product.run();
      this.#scan();
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      [...new Set([this.#patches, ...this.#blockProducts])].map((product) => product.close()),
    );
  }
}

/** Both directions and the gate, as the scan stands alone: delta whole, nothing else fused. */
function bareScan(
  { stateSize: states }: VideoArchitecture,
  { tokens: length, channels }: VideoGeometry,
  kernel: SelectiveScanKernel,
): () => void {
  const negative = (count: number) => randomFloats(count).map((value) => -4 - 3 * value);
  const direction = (): ScanDirection => ({
    u: randomFloats(length * channels),
    delta: negative(length * channels),
    A: negative(channels * states),
    B: randomFloats(length * states),
    C: randomFloats(length * states),
    bcStride: states,
    D: randomFloats(channels),
    deltaBias: randomFloats(channels),
  });
  const input = {
    forward: direction(),
    backward: direction(),
    z: randomFloats(length * channels),
    zStride: channels,
  };
  const out = new Float32Array(length * channels);
  return () => kernel.run({ batch: 1, length, channels, states }, input, out);
}
