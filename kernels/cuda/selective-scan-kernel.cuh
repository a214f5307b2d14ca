// The selective scan forward, for inference (kernel 5 of notes.md; what each choice is worth is measured there).
//
//   delta' = softplus(delta + bias);  h_t = exp(delta'_t A) h_{t-1} + delta'_t B_t u_t;  y_t = C_t . h_t + D u_t
//   out = (y_forward + y_backward) * silu(z)
//
// A block walks a range of tokens for a strip of channels in both directions at once: `warps` warps from the first token
// on, as many from the last. Until they meet, each leaves its y in `out`; from there on each finds the other's y, adds,
// gates, and writes the result over it. So the sum and the gate cost no pass of their own.
//
// A warp keeps its channels' states in registers. `group` lanes share their channels and divide the states, so that a row
// of B and C read from shared memory serves `group * own` channels of a lane: with one channel a lane, reading B and C
// would take as long as the exponentials. Tokens come in tiles of `tileTokens`, copied asynchronously one tile ahead and
// laid down in the order of the scan, so that the inner loop knows no direction.
//
// In units of log 2: delta2 = log2(1 + 2^((delta + bias) log2 e)), exp(delta' A) = 2^(delta2 A), and ln 2, the factor that
// the products delta' u lack, is applied once to the sum over states.
#pragma once

#include <cstdint>

#include "numbers.cuh"
#include "selective-scan.h"

namespace videre::cuda {

constexpr int scanStates = 16;
constexpr int tileTokens = 16;

// What a launch computes. A range too long for one walk is cut in chunks: `summarize` finds what each chunk does to the
// state that enters it (h -> 2^(A sum(delta2)) h + state), `resume` walks the chunks from the states thus known.
enum class ScanPass { whole, summarize, resume };

// State at the end of each chunk from 0, and the sum of its delta2: [directions, chunks, B, E, N] and [.., E].
struct ChunkSummaries {
  float* states = nullptr;
  float* deltaSums = nullptr;
};

struct ScanLaunch {
  DeviceScan scan;
  ChunkSummaries summaries;
  int tilesPerChunk = 0;
  int chunks = 1;
};

template <int group_, int own_, int warps_, int polynomials_, int minBlocks_, int unroll_>
struct ScanVariant {
  static constexpr int group = group_;              // lanes that share channels and divide the states: 1 or 2
  static constexpr int own = own_;                  // channels a lane brings into its group: 1 or 2
  static constexpr int warps = warps_;              // a direction
  static constexpr int polynomials = polynomials_;  // of 16 exponentials, how many go to the FMA pipes
  static constexpr int minBlocks = minBlocks_;      // a multiprocessor; bounds the registers
  static constexpr int unroll = unroll_;            // tokens
  static constexpr int warpChannels = 32 * own;
  static constexpr int blockChannels = warpChannels * warps;
};

// Shared memory of one warp. A tile's y overwrites its u.
template <class T, int channels>
struct alignas(16) WarpTiles {
  T u[2][tileTokens][channels];
  T delta[2][tileTokens][channels];
};

// Of one direction: B in columns 0..15, C in 16..31.
struct alignas(16) ProjectedTiles {
  float rows[2][tileTokens][2 * scanStates];
};

// The part of a tile that a lane moves: the packs of 16 bytes at `column` of every `rowsApart`th row from `row` on.
template <class T, int channels>
struct LaneShare {
  static constexpr int packsPerRow = channels / Pack<T>::size;
  static constexpr int rowsApart = 32 / packsPerRow;
  static constexpr int packs = tileTokens / rowsApart;
  static_assert(32 % packsPerRow == 0 && tileTokens % rowsApart == 0);
};

// Moves 16 bytes to shared memory, or zeros where `values`, how many of them exist, is 0. Rows that start on 16 bytes hold
// whole packs, which go asynchronously; others are read value by value.
template <bool aligned, class T>
__device__ __forceinline__ void fetchPack(T* shared, const T* source, int values) {
  if constexpr (aligned) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(source), "r"(values > 0 ? 16 : 0));
  } else {
    for (int i = 0; i < Pack<T>::size; ++i) shared[i] = i < values ? source[i] : fromFloat<T>(0.0f);
  }
}
template <bool aligned, class T>
__device__ __forceinline__ Pack<T> readPack(const T* source, int values) {
  Pack<T> pack;
  if constexpr (aligned) {
    uint4 words{};
    if (values > 0) words = *reinterpret_cast<const uint4*>(source);
    *reinterpret_cast<uint4*>(&pack) = words;
  } else {
#pragma unroll
    for (int i = 0; i < Pack<T>::size; ++i) pack.values[i] = i < values ? source[i] : fromFloat<T>(0.0f);
  }
  return pack;
}
template <bool aligned, class T>
__device__ __forceinline__ void writePack(T* target, const Pack<T>& pack, int values) {
  if constexpr (aligned) {
    if (values > 0) storePack(target, pack);
  } else {
#pragma unroll
    for (int i = 0; i < Pack<T>::size; ++i) {
      if (i < values) target[i] = pack.values[i];
    }
  }
}
__device__ __forceinline__ void waitForCopies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

__device__ __forceinline__ float softplusInLog2(float x) {
  // Beyond 2^24 the 1 is lost anyway, and further on 2^x overflows.
  return x > 24.0f ? x : log2Special(1.0f + exp2Special(x));
}

// float32 inputs deserve the accurate function: log2's unit loses the small deltas.
__device__ __forceinline__ float preciseSoftplusInLog2(float x) { return x > 24.0f ? x : log2E * log1pf(exp2f(x)); }

template <class T, class Variant, ScanPass pass>
class ChannelScan {
  static constexpr int group = Variant::group;
  static constexpr int own = Variant::own;
  static constexpr int channels = group * own;         // whose states a lane keeps
  static constexpr int states = scanStates / group;    // of each of them
  static constexpr int warpChannels = Variant::warpChannels;
  static constexpr bool precise = sizeof(T) == 4;

 public:
  __device__ __forceinline__ ChannelScan(const ScanLaunch& launch, const DeviceScanDirection& direction,
                                         int firstChannel, int batch, int lane)
      : launch_(launch), firstChannel_(firstChannel), batch_(batch), lane_(lane), partner_(lane ^ 16) {
    const int E = launch.scan.channels;
#pragma unroll
    for (int c = 0; c < channels; ++c) {
      const int e = min(channelOf(c), E - 1);
#pragma unroll
      for (int n = 0; n < states; ++n) {
        rates_[c][n] = direction.A[static_cast<std::int64_t>(e) * scanStates + firstState() + n];
        h_[c][n] = 0.0f;
      }
    }
#pragma unroll
    for (int k = 0; k < own; ++k) {
      const int e = min(channelOf(k), E - 1);
      skip_[k] = direction.D != nullptr ? direction.D[e] : 0.0f;
      bias_[k] = direction.deltaBias != nullptr ? direction.deltaBias[e] * log2E : 0.0f;
      deltaSum_[k] = 0.0f;
    }
  }

  __device__ __forceinline__ void advance(T (&u)[tileTokens][warpChannels], const T (&delta)[tileTokens][warpChannels],
                                          const float (&projected)[tileTokens][2 * scanStates]) {
#pragma unroll Variant::unroll
    for (int row = 0; row < tileTokens; ++row) advanceToken(u[row], delta[row], projected[row]);
  }

  __device__ __forceinline__ void storeSummary(int slot) const {
    const auto& scan = launch_.scan;
#pragma unroll
    for (int c = 0; c < channels; ++c) {
      if (channelOf(c) >= scan.channels) continue;
      const std::int64_t at = (static_cast<std::int64_t>(slot) * scan.batch + batch_) * scan.channels + channelOf(c);
#pragma unroll
      for (int n = 0; n < states; ++n) launch_.summaries.states[at * scanStates + firstState() + n] = h_[c][n];
      if (c < own) launch_.summaries.deltaSums[at] = deltaSum_[c];
    }
  }

  // h -> what the chunk of `slot` makes of it.
  __device__ __forceinline__ void applySummary(int slot) {
    const auto& scan = launch_.scan;
#pragma unroll
    for (int c = 0; c < channels; ++c) {
      const int e = min(channelOf(c), scan.channels - 1);
      const std::int64_t at = (static_cast<std::int64_t>(slot) * scan.batch + batch_) * scan.channels + e;
      const float deltaSum = launch_.summaries.deltaSums[at];
#pragma unroll
      for (int n = 0; n < states; ++n) {
        const float added = launch_.summaries.states[at * scanStates + firstState() + n];
        h_[c][n] = fmaf(exp2Special(deltaSum * rates_[c][n]), h_[c][n], added);
      }
    }
  }

 private:
  __device__ __forceinline__ int firstState() const { return group == 1 ? 0 : (lane_ >> 4) * states; }
  // Own channels first, then the partner's.
  __device__ __forceinline__ int channelOf(int c) const {
    return firstChannel_ + (c < own ? lane_ : partner_) * own + c % own;
  }

  __device__ __forceinline__ void advanceToken(T (&u)[warpChannels], const T (&delta)[warpChannels],
                                               const float (&projected)[2 * scanStates]) {
    float step[channels], input[channels], y[channels], skipped[own];
#pragma unroll
    for (int k = 0; k < own; ++k) {
      const float value = toFloat(u[lane_ * own + k]);
      const float raw = fmaf(toFloat(delta[lane_ * own + k]), log2E, bias_[k]);
      step[k] = precise ? preciseSoftplusInLog2(raw) : softplusInLog2(raw);
      input[k] = step[k] * value;
      skipped[k] = skip_[k] * value;
      if constexpr (pass == ScanPass::summarize) deltaSum_[k] += step[k];
      if constexpr (group == 2) {
        step[own + k] = __shfl_xor_sync(0xffffffffu, step[k], 16);
        input[own + k] = __shfl_xor_sync(0xffffffffu, input[k], 16);
      }
    }
#pragma unroll
    for (int c = 0; c < channels; ++c) y[c] = 0.0f;
    const float* B = projected + firstState();
    const float* C = B + scanStates;
#pragma unroll
    for (int quad = 0; quad < states; quad += 4) {
      const float4 b4 = *reinterpret_cast<const float4*>(B + quad);
      const float4 c4 = pass == ScanPass::summarize ? float4{} : *reinterpret_cast<const float4*>(C + quad);
      const float b[4] = {b4.x, b4.y, b4.z, b4.w};
      const float cc[4] = {c4.x, c4.y, c4.z, c4.w};
#pragma unroll
      for (int n = 0; n < 4; ++n) {
#pragma unroll
        for (int c = 0; c < channels; ++c) {
          const float decay = exponential((quad + n) * channels + c, step[c] * rates_[c][quad + n]);
          h_[c][quad + n] = fmaf(decay, h_[c][quad + n], input[c] * b[n]);
          if constexpr (pass != ScanPass::summarize) y[c] = fmaf(h_[c][quad + n], cc[n], y[c]);
        }
      }
    }
    if constexpr (pass != ScanPass::summarize) {
#pragma unroll
      for (int k = 0; k < own; ++k) {
        float sum = y[k];
        if constexpr (group == 2) sum += __shfl_xor_sync(0xffffffffu, y[own + k], 16);
        u[lane_ * own + k] = fromFloat<T>(fmaf(ln2, sum, skipped[k]));
      }
    }
  }

  // The polynomials are spread evenly among a lane's exponentials.
  __device__ static __forceinline__ float exponential(int index, float x) {
    constexpr int p = precise ? 0 : Variant::polynomials;
    return (index + 1) * p / 16 != index * p / 16 ? exp2Polynomial(x) : exp2Special(x);
  }

  const ScanLaunch& launch_;
  const int firstChannel_, batch_, lane_, partner_;
  float rates_[channels][states], h_[channels][states];
  float skip_[own], bias_[own], deltaSum_[own];
};

// Four values of B or C, from memory to float32.
template <bool aligned, class T>
__device__ __forceinline__ float4 loadQuad(const T* source) {
  T values[4];
  if constexpr (aligned && sizeof(T) == 2) {
    *reinterpret_cast<uint2*>(values) = *reinterpret_cast<const uint2*>(source);
  } else if constexpr (aligned) {
    *reinterpret_cast<uint4*>(values) = *reinterpret_cast<const uint4*>(source);
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) values[i] = source[i];
  }
  return {toFloat(values[0]), toFloat(values[1]), toFloat(values[2]), toFloat(values[3])};
}

// Grid: x strips of channels, y batch, z chunks. Block: `warps` * 32 threads for each direction that is present.
template <class T, class Variant, ScanPass pass, bool aligned>
__global__ __launch_bounds__(64 * Variant::warps, Variant::minBlocks) void scanKernel(const __grid_constant__
                                                                                      ScanLaunch launch) {
  constexpr int directionThreads = 32 * Variant::warps;
  constexpr int quadsPerRow = 2 * scanStates / 4;
  constexpr int quadsPerThread = tileTokens * quadsPerRow / directionThreads;
  static_assert(quadsPerThread * directionThreads == tileTokens * quadsPerRow);
  using Share = LaneShare<T, Variant::warpChannels>;
  __shared__ WarpTiles<T, Variant::warpChannels> warpTiles[2 * Variant::warps];
  __shared__ ProjectedTiles projectedTiles[2];

  const DeviceScan& scan = launch.scan;
  const int E = scan.channels, L = scan.length;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const bool both = blockDim.x > directionThreads;
  const bool backward = both ? warp >= Variant::warps : scan.forward.u == nullptr;
  const DeviceScanDirection& direction = backward ? scan.backward : scan.forward;
  const int batch = blockIdx.y, chunk = blockIdx.z;
  const int firstChannel = blockIdx.x * Variant::blockChannels + warp % Variant::warps * Variant::warpChannels;
  const int tiles = min(launch.tilesPerChunk, (L + tileTokens - 1) / tileTokens - chunk * launch.tilesPerChunk);
  // With an odd number of tiles both directions would reach the middle one at the same time; the backward one waits.
  const int delay = both ? tiles % 2 : 0;
  const int first = backward ? delay : 0;  // step at which this direction takes its first tile
  const int steps = tiles + delay;

  ChannelScan<T, Variant, pass> channelScan(launch, direction, firstChannel, batch, lane);
  if constexpr (pass == ScanPass::resume) {
    // Summaries of the forward direction lie in slots 0 .. chunks - 1, those of the backward one behind them.
    if (backward) {
      for (int c = launch.chunks - 1; c > chunk; --c) channelScan.applySummary(launch.chunks + c);
    } else {
      for (int c = 0; c < chunk; ++c) channelScan.applySummary(c);
    }
  }

  // What this lane moves: one column of packs. Rows of a tile are in the order of the scan.
  WarpTiles<T, Variant::warpChannels>& own = warpTiles[warp];
  const int sign = backward ? -1 : 1;
  const int row = lane / Share::packsPerRow, column = lane % Share::packsPerRow * Pack<T>::size;
  const int channel = firstChannel + column;
  const int packValues = E - channel;  // at least that many exist, if it is above 0
  const std::int64_t sequence = static_cast<std::int64_t>(batch) * L;
  // Natural position of row 0 of the tile at hand.
  int tileStart = (chunk * launch.tilesPerChunk + (backward ? tiles - 1 : 0)) * tileTokens + (backward ? tileTokens - 1 : 0);

  // Calls body(row in the tile, token, how many values of the pack exist) for each pack of this lane.
  const auto forEachPack = [&](int start, auto body) {
#pragma unroll
    for (int i = 0; i < Share::packs; ++i) {
      const int tileRow = row + i * Share::rowsApart, token = start + sign * tileRow;
      body(tileRow, token, token < L ? packValues : 0);
    }
  };
  const auto fetchTokens = [&](int stage, int start) {
    forEachPack(start, [&](int tileRow, int token, int values) {
      const std::int64_t offset = values > 0 ? (sequence + token) * E + channel : 0;
      fetchPack<aligned>(&own.u[stage][tileRow][column], static_cast<const T*>(direction.u) + offset, values);
      fetchPack<aligned>(&own.delta[stage][tileRow][column], static_cast<const T*>(direction.delta) + offset, values);
    });
  };

  // B and C, a few quads a thread of the direction.
  ProjectedTiles& projected = projectedTiles[both && backward];
  const int thread = threadIdx.x % directionThreads;
  const int quadRow = thread / quadsPerRow, quadColumn = thread % quadsPerRow * 4;
  constexpr int quadRowsApart = directionThreads / quadsPerRow;
  const auto fetchProjected = [&](int stage, int start) {
    const T* source = static_cast<const T*>(quadColumn < scanStates ? direction.B : direction.C);
    float4 quads[quadsPerThread];
#pragma unroll
    for (int i = 0; i < quadsPerThread; ++i) {
      const int token = start + sign * (quadRow + i * quadRowsApart);
      const std::int64_t offset = (sequence + token) * scan.bcStride + quadColumn % scanStates;
      quads[i] = token < L ? loadQuad<aligned>(source + offset) : float4{};
    }
#pragma unroll
    for (int i = 0; i < quadsPerThread; ++i) {
      *reinterpret_cast<float4*>(&projected.rows[stage][quadRow + i * quadRowsApart][quadColumn]) = quads[i];
    }
  };

  if (first == 0) {
    fetchTokens(0, tileStart);
    fetchProjected(0, tileStart);
  }
  waitForCopies();
  __syncthreads();

  for (int step = 0; step < steps; ++step) {
    const int stage = step % 2;
    const bool isActive = step >= first && step < first + tiles;
    const bool fetchesNext = step + 1 >= first && step + 1 < first + tiles;
    const int nextStart = isActive ? tileStart + sign * tileTokens : tileStart;
    if (fetchesNext) fetchTokens(1 - stage, nextStart);
    if (isActive) channelScan.advance(own.u[stage], own.delta[stage], projected.rows[stage]);

    // What follows waits for memory; the other blocks of the multiprocessor work meanwhile. Held in registers across
    // the loop above, these values would cost a block its place.
    if (isActive && pass != ScanPass::summarize) {
      __syncwarp();
      // The direction that comes to a tile later finishes it; the other one came at step `steps - 1 - step`.
      const bool finishes = !both || 2 * step >= steps;
      forEachPack(tileStart, [&](int tileRow, int token, int values) {
        T* const target = static_cast<T*>(scan.out) + (sequence + token) * E + channel;
        Pack<T> result = loadPack(&own.u[stage][tileRow][column]);
        if (finishes) {
          float y[Pack<T>::size], other[Pack<T>::size], gate[Pack<T>::size];
          const T* z = static_cast<const T*>(scan.z) + (sequence + token) * scan.zStride + channel;
          unpack(readPack<aligned>(z, scan.z != nullptr ? values : 0), gate);
          unpack(readPack<aligned, T>(target, both ? values : 0), other);
          unpack(result, y);
#pragma unroll
          for (int k = 0; k < Pack<T>::size; ++k) {
            const float factor = silu(gate[k]);
            y[k] = (y[k] + other[k]) * (scan.z != nullptr ? factor : 1.0f);
          }
          result = pack<T>(y);
        }
        writePack<aligned>(target, result, values);
      });
    }
    if (fetchesNext) fetchProjected(1 - stage, nextStart);
    tileStart = nextStart;
    waitForCopies();
    __syncthreads();
  }

  if constexpr (pass == ScanPass::summarize) {
    channelScan.storeSummary((backward ? launch.chunks : 0) + chunk);
  }
}

}  // namespace videre::cuda
