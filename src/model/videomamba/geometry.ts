import type { VideoArchitecture } from '../bundle.js';

/** The sizes that follow from an architecture. */
export interface VideoGeometry {
  /** T', time steps after patch embedding: frames / tubelet. */
  timeSteps: number;
  /** Patches along one edge of a frame. */
  patchesPerEdge: number;
  /** P, patches of one frame. */
  patchesPerFrame: number;
  /** Values in one tube of pixels: 3 * tubelet * patchSize^2. */
  patchValues: number;
  /** L, tokens with the class token: 1 + T' P. */
  tokens: number;
  /** E, channels inside a block: expand * C. */
  channels: number;
  /** Values in one clip's input: T * 3 * S * S. */
  pixelValues: number;
}

export function videoGeometry(video: VideoArchitecture): VideoGeometry {
  const timeSteps = video.frames / video.tubelet;
  const patchesPerEdge = Math.floor(video.imageSize / video.patchSize);
  const patchesPerFrame = patchesPerEdge ** 2;
  return {
    timeSteps,
    patchesPerEdge,
    patchesPerFrame,
    patchValues: 3 * video.tubelet * video.patchSize ** 2,
    tokens: 1 + timeSteps * patchesPerFrame,
    channels: video.expand * video.width,
    pixelValues: video.frames * 3 * video.imageSize ** 2,
  };
}
