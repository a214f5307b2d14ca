import type { LoadedBundle } from '../../src/model/loaded-bundle.js';
import {
  add,
  layerNorm,
  mean,
  multiply,
  rmsNorm,
  type Sequence,
  silu,
  softplus,
  unit,
  type Vector,
} from './reference-layers.js';

/**
 * VideoMamba as its paper and reference state it: reversed copies of the sequence for the backward direction, a
 * convolution as a sum of taps, the recurrence step by step. Shares nothing with the engine.
 * @param pixels one clip [T, 3, S, S]
 * @returns tokens after the last norm, class token first
 */
export function referenceTokens(bundle: LoadedBundle, pixels: Float32Array): Sequence {
  const { kind, video } = bundle.description;
  const prefix = kind === 'retrieval' ? 'vision_encoder.' : '';
  const t = (name: string) => bundle.tensor(prefix + name);
  const residual = embed(bundle, t, pixels);
  for (let block = 0; block < video.depth; block++) {
    const gamma = t(`layers.${block}.norm.weight`);
    const normalized = residual.map((token) => rmsNorm(token, gamma, video.normEps));
    mixer(bundle, (name) => t(`layers.${block}.mixer.${name}`), normalized).forEach((token, index) => {
      residual[index] = add(residual[index]!, token);
    });
  }
  const gamma = bundle.tensor(kind === 'retrieval' ? 'vision_encoder.norm.weight' : 'norm_f.weight');
  return residual.map((token) => rmsNorm(token, gamma, video.normEps));
}

/** What a retrieval model makes of its tokens. */
export function referencePooling(bundle: LoadedBundle, [classToken, ...patches]: Sequence) {
  const { frames, tubelet, normEps } = bundle.description.video;
  const perStep = patches.length / (frames / tubelet);
  const pooled = Array.from({ length: frames / tubelet }, (_, step) =>
    layerNorm(
      add(mean(patches.slice(step * perStep, (step + 1) * perStep)), classToken!),
      bundle.tensor('vision_encoder.pool_norm.weight'),
      bundle.tensor('vision_encoder.pool_norm.bias'),
      normEps,
    ),
  );
  const projected = pooled.map((step) =>
    add(multiply(bundle.tensor('vision_proj.weight'), step), bundle.tensor('vision_proj.bias')),
  );
  return { pooled, projected, embedding: mean(projected.map(unit)) };
}

type Read = (name: string) => Float32Array;

function embed(bundle: LoadedBundle, t: Read, pixels: Float32Array): Sequence {
  const { width, patchSize, tubelet, imageSize, frames } = bundle.description.video;
  const edge = imageSize / patchSize;
  const spatial = t('pos_embed');
  const temporal = t('temporal_pos_embedding');
  const row = (table: Float32Array, index: number) => table.subarray(index * width, (index + 1) * width);
  const tokens: Sequence = [add(Array.from(t('cls_token')), row(spatial, 0))];
  for (let step = 0; step < frames / tubelet; step++) {
    for (let place = 0; place < edge * edge; place++) {
      const tube: Vector = [];
      for (let channel = 0; channel < 3; channel++) {
        for (let frame = step * tubelet; frame < (step + 1) * tubelet; frame++) {
          for (let y = 0; y < patchSize; y++) {
            for (let x = 0; x < patchSize; x++) {
              const line = Math.floor(place / edge) * patchSize + y;
              const column = (place % edge) * patchSize + x;
              tube.push(pixels[((frame * 3 + channel) * imageSize + line) * imageSize + column]!);
            }
          }
        }
      }
      const patch = add(multiply(t('patch_embed.proj.weight'), tube), t('patch_embed.proj.bias'));
      tokens.push(add(add(patch, row(spatial, 1 + place)), row(temporal, step)));
    }
  }
  return tokens;
}

function mixer(bundle: LoadedBundle, t: Read, tokens: Sequence): Sequence {
  const channels = bundle.description.video.expand * bundle.description.video.width;
  const projected = tokens.map((token) => multiply(t('in_proj.weight'), token));
  const x = projected.map((token) => token.slice(0, channels));
  const z = projected.map((token) => token.slice(channels));
  const forward = scan(bundle, t, '', x);
  const backward = scan(bundle, t, '_b', x.toReversed()).toReversed();
  return forward.map((y, index) => {
    const gated = add(y, backward[index]!).map((value, channel) => value * silu(z[index]![channel]!));
    return multiply(t('out_proj.weight'), gated);
  });
}

function scan(bundle: LoadedBundle, t: Read, suffix: string, x: Sequence): Sequence {
  const { convWidth, dtRank, stateSize } = bundle.description.video;
  const channels = x[0]!.length;
  const [kernel, bias] = [t(`conv1d${suffix}.weight`), t(`conv1d${suffix}.bias`)];
  const [logA, D] = [t(`A${suffix}_log`), t(`D${suffix}`)];
  const state = Array.from({ length: channels }, () => new Array<number>(stateSize).fill(0));
  return x.map((_, time) => {
    const u = Array.from({ length: channels }, (_, channel) => {
      let sum = bias[channel]!;
      for (let tap = 0; tap < convWidth; tap++) {
        sum += kernel[channel * convWidth + tap]! * (x[time - convWidth + 1 + tap]?.[channel] ?? 0);
      }
      return silu(sum);
    });
    const dbc = multiply(t(`x_proj${suffix}.weight`), u);
    const delta = add(
      multiply(t(`dt_proj${suffix}.weight`), dbc.slice(0, dtRank)),
      t(`dt_proj${suffix}.bias`),
    ).map(softplus);
    const B = dbc.slice(dtRank, dtRank + stateSize);
    const C = dbc.slice(dtRank + stateSize);
    return u.map((input, channel) => {
      let y = D[channel]! * input;
      for (let n = 0; n < stateSize; n++) {
        const decay = Math.exp(-Math.exp(logA[channel * stateSize + n]!) * delta[channel]!);
        state[channel]![n] = decay * state[channel]![n]! + delta[channel]! * B[n]! * input;
        y += C[n]! * state[channel]![n]!;
      }
      return y;
    });
  });
}
