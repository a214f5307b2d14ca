// A warp computes 32 tokens of one direction. Its lanes hold u, as they compute it, just where the tensor cores want the
// left operand of x_proj, and the sums of x_proj where they want that of dt_proj: only weights pass through shared memory.
//
// With g = lane / 4 and q = lane % 4 a lane has the four neighbouring tokens 4 g + i, rows g + 8 (i % 2) of the products' half
// i / 2, and of each 32 channels the eight neighbouring ones 8 q + k. Which channel is which inner index of a product
// does not matter as long as both operands agree: the packed weights see to that, and that a lane's results of four
// products are neighbours, too.

#include "mixer-input.h"

#include <type_traits>

#include "numbers.cuh"

namespace videre::cuda {
namespace {

constexpr int warps = 4;
constexpr int warpTokens = 32;
constexpr int laneTokens = 4;
constexpr int taps = 4;
constexpr int groupSize = 32;        // channels whose weights are copied at once
constexpr int laneChannels = 8;
constexpr int halves = 2;      // of 16 tokens, as the tensor cores take them
constexpr int bcColumns = 32;
constexpr int bcTiles = bcColumns / 8;

// d [16, 8] += a [16, 16] b [16, 8]
template <class T>
__device__ __forceinline__ void multiply(float (&d)[4], std::uint32_t a0, std::uint32_t a1, std::uint32_t a2, std::uint32_t a3,
                                         std::uint32_t b0, std::uint32_t b1) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  } else {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
}

template <class T>
__device__ __forceinline__ std::uint32_t pairOf(float low, float high) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const std::uint32_t*>(&pair);
  } else {
    const __half2 pair = __floats2half2_rn(low, high);
    return *reinterpret_cast<const std::uint32_t*>(&pair);
  }
}
template <class T>
__device__ __forceinline__ float2 floatsOf(std::uint32_t pair) {
  if constexpr (std::is_same_v<T, bfloat16>) return {__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000u)};
  else return __half22float2(*reinterpret_cast<const __half2*>(&pair));
}

// Eight values of 16 bits, in pairs.
struct Words {
  std::uint32_t pairs[4];
};
__device__ __forceinline__ Words loadWords(const void* source) {
  const uint4 all = *static_cast<const uint4*>(source);
  return {{all.x, all.y, all.z, all.w}};
}
__device__ __forceinline__ void storeWords(void* target, const Words& words) {
  *static_cast<uint4*>(target) = {words.pairs[0], words.pairs[1], words.pairs[2], words.pairs[3]};
}

// 16 bytes to shared memory, asynchronously; zeros if they do not exist.
__device__ __forceinline__ void copyAsync(void* shared, const void* source, bool exists = true) {
  const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(source), "r"(exists ? 16 : 0));
}

template <class T, int rankSteps, bool isSplit_>
struct Sizes {
  // All warps of a block work on the same tokens and divide the groups of channels: for batches too small to fill the
  // device otherwise.
  static constexpr bool isSplit = isSplit_;
  static constexpr int tiles = 2 * rankSteps + bcTiles;
  // Weights of a group of channels, as they lie in memory; who reads the same ones is a team.
  static constexpr int teamThreads = isSplit ? 32 : 32 * warps;
  static constexpr int projectionWords = tiles * 32, tapsWords = groupSize * (taps + 1) / 4;
  static constexpr int deltaWords = rankSteps * 2 * 32, biasWords = groupSize / 4;
  static constexpr int stageWords = projectionWords + tapsWords;  // of 16 bytes
  static constexpr int teams = isSplit ? warps : 1;
  static constexpr int stages = isSplit ? 2 : 3;
  // x of a warp: of the tokens and those before or after them a row each, moved on by 16 bytes against conflicts.
  static constexpr int windowRows = warpTokens + taps - 1, windowStride = groupSize / laneChannels + 1;
  static constexpr int windowWords = windowRows * windowStride;
  static constexpr int weightWords = teams * stages * stageWords;
  static constexpr int sharedBytes = (weightWords + warps * stages * windowWords) * 16;
  static_assert(!isSplit || weightWords * 16 >= 2 * tiles * 4 * 32 * 4, "the sums of the warps meet there, too");
};

// Weights of one group after the other, copied to shared memory ahead of their use.
template <class Sizes, int firstWords, int secondWords>
class WeightStages {
 public:
  // Of a group there are `firstWords` of 16 bytes at `first` and `secondWords` at `second`.
  __device__ __forceinline__ WeightStages(uint4* shared, const void* first, const void* second, int direction, int groups)
      : shared_(shared), first_(static_cast<const uint4*>(first) + direction * groups * firstWords),
        second_(static_cast<const uint4*>(second) + direction * groups * secondWords) {}

  __device__ __forceinline__ void fetch(int stage, int group) const {
    const int thread = threadIdx.x % Sizes::teamThreads;
    uint4* const target = shared_ + stage * Sizes::stageWords;
    for (int i = thread; i < firstWords; i += Sizes::teamThreads) copyAsync(target + i, first_ + group * firstWords + i);
    for (int i = thread; i < secondWords; i += Sizes::teamThreads) {
      copyAsync(target + firstWords + i, second_ + group * secondWords + i);
    }
  }
  __device__ __forceinline__ const uint4* at(int stage) const { return shared_ + stage * Sizes::stageWords; }

 private:
  uint4* const shared_;
  const uint4* const first_;
  const uint4* const second_;
};

// The tokens of a warp and those before or after them, of one group of channels, likewise.
template <class T, class Sizes>
class WindowStages {
 public:
  // `first` is the position of the first row in its sequence of `length` tokens, `x` that row.
  __device__ __forceinline__ WindowStages(uint4* shared, const T* x, int stride, int first, int length, int channels)
      : shared_(shared), x_(x + static_cast<std::int64_t>(row(0)) * stride + column() * laneChannels), stride_(stride), channels_(channels) {
#pragma unroll
    for (int i = 0; i < rounds; ++i) {
      const int token = first + row(i);
      present_ |= (row(i) < Sizes::windowRows && token >= 0 && token < length ? 1u : 0u) << i;
    }
  }
  __device__ __forceinline__ void fetch(int stage, int group) const {
    const int channel = group * groupSize + column() * laneChannels;
    uint4* const target = shared_ + stage * Sizes::windowWords + row(0) * Sizes::windowStride + column();
#pragma unroll
    for (int i = 0; i < rounds; ++i) {
      const bool exists = channel < channels_ && (present_ >> i & 1u) != 0u;
      const T* const source = exists ? x_ + i * rowsARound * stride_ + group * groupSize : x_;
      if (row(i) < Sizes::windowRows) copyAsync(target + i * rowsARound * Sizes::windowStride, source, exists);
    }
  }
  __device__ __forceinline__ const uint4* at(int stage) const { return shared_ + stage * Sizes::windowWords; }

 private:
  static constexpr int rowsARound = 32 / (groupSize / laneChannels);
  static constexpr int rounds = (Sizes::windowRows + rowsARound - 1) / rowsARound;
  __device__ __forceinline__ static int row(int round) { return threadIdx.x % 32 / 4 + round * rowsARound; }
  __device__ __forceinline__ static int column() { return threadIdx.x % 4; }

  uint4* const shared_;
  const T* const x_;
  const int stride_, channels_;
  unsigned present_ = 0;  // a bit a round
};

// Calls body(group, stage) for every `step`th group from `first` on, once what fetch(stage, group) has copied is there.
template <class Sizes, class Fetch, class Body>
__device__ __forceinline__ void forEachGroup(int first, int step, int groups, Fetch fetch, Body body) {
  const auto start = [&](int stage, int group) {
    if (group < groups) fetch(stage, group);
    asm volatile("cp.async.commit_group;");
  };
#pragma unroll
  for (int ahead = 0; ahead < Sizes::stages - 1; ++ahead) start(ahead, first + ahead * step);
  int stage = 0;
#pragma unroll 1
  for (int c = first; c < groups; c += step) {
    asm volatile("cp.async.wait_group %0;" ::"n"(Sizes::stages - 2) : "memory");
    if constexpr (Sizes::isSplit) __syncwarp();
    else __syncthreads();
    start(stage == 0 ? Sizes::stages - 1 : stage - 1, c + (Sizes::stages - 1) * step);
    body(c, stage);
    stage = stage + 1 == Sizes::stages ? 0 : stage + 1;
  }
}

template <class T, class Sizes, int rankSteps>
__global__ __launch_bounds__(32 * warps, 3) void mixerInputKernel(const __grid_constant__ MixerInput input) {
  constexpr bool isSplit = Sizes::isSplit;
  constexpr int rankTiles = 2 * rankSteps, tiles = Sizes::tiles;
  extern __shared__ uint4 memory[];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, q = lane % 4;
  uint4* const shared = memory + (isSplit ? warp * Sizes::stages * Sizes::stageWords : 0);
  const int E = input.channels, groups = (E + groupSize - 1) / groupSize;
  // The two directions of the same tokens run side by side and share what memory brings.
  const int direction = blockIdx.x % 2;
  const int tilesOfSequence = (input.tokens + warpTokens - 1) / warpTokens, tasks = tilesOfSequence * input.batch;
  const int wanted = isSplit ? blockIdx.x / 2 : blockIdx.x / 2 * warps + warp, task = min(wanted, tasks - 1);
  const int L = wanted < tasks ? input.tokens : 0;  // a warp without a task has no tokens, but waits with the others
  const int firstToken = task % tilesOfSequence * warpTokens, first = firstToken + g * laneTokens;
  const std::int64_t sequence = static_cast<std::int64_t>(task / tilesOfSequence) * input.tokens;
  const std::int64_t row = static_cast<std::int64_t>(direction) * input.batch * input.tokens + sequence + first;  // of u, delta, bc
  const int firstGroup = isSplit ? warp : 0, groupStep = isSplit ? warps : 1;

  float sums[halves][tiles][4] = {};
  {
    constexpr int window = laneTokens + taps - 1;
    const int windowStart = firstToken - (direction == 0 ? taps - 1 : 0);
    const WindowStages<T, Sizes> windows(memory + Sizes::weightWords + warp * Sizes::stages * Sizes::windowWords,
                                         static_cast<const T*>(input.x) + (sequence + windowStart) * input.xStride,
                                         static_cast<int>(input.xStride), windowStart, L, E);
    const WeightStages<Sizes, Sizes::projectionWords, Sizes::tapsWords> stages(
        shared, input.weights.projection, input.weights.convolution, direction, groups);
    const auto fetch = [&](int stage, int c) {
      stages.fetch(stage, c);
      windows.fetch(stage, c);
    };
    T* const target = static_cast<T*>(input.u) + row * E + q * laneChannels;
    forEachGroup<Sizes>(firstGroup, groupStep, groups, fetch, [&](int c, int stage) {
      const uint4* const weights = stages.at(stage);
      // For each lane of a row its channels' taps, then their biases.
      const float4* const convolution =
          reinterpret_cast<const float4*>(weights + Sizes::projectionWords) + q * (taps + 1) * laneChannels / 4;
      const uint4* const rows = windows.at(stage) + g * laneTokens * Sizes::windowStride + q;
      Words u[laneTokens];
#pragma unroll
      for (int k = 0; k < laneChannels / 4; ++k) {
        float4 w[taps + 1];
#pragma unroll
        for (int tap = 0; tap <= taps; ++tap) w[tap] = convolution[tap * laneChannels / 4 + k];
        float4 values[laneTokens];
#pragma unroll
        for (int j = 0; j < window; ++j) {
          const uint2 pairs = reinterpret_cast<const uint2*>(rows + j * Sizes::windowStride)[k];
          const float2 low = floatsOf<T>(pairs.x), high = floatsOf<T>(pairs.y);
#pragma unroll
          for (int i = 0; i < laneTokens; ++i) {
            if (j - i < 0 || j - i >= taps) continue;
            const float4 before = j == i ? w[taps] : values[i];
            values[i].x = fmaf(w[j - i].x, low.x, before.x);
            values[i].y = fmaf(w[j - i].y, low.y, before.y);
            values[i].z = fmaf(w[j - i].z, high.x, before.z);
            values[i].w = fmaf(w[j - i].w, high.y, before.w);
          }
        }
#pragma unroll
        for (int i = 0; i < laneTokens; ++i) {
          u[i].pairs[2 * k] = pairOf<T>(silu<T>(values[i].x), silu<T>(values[i].y));
          u[i].pairs[2 * k + 1] = pairOf<T>(silu<T>(values[i].z), silu<T>(values[i].w));
        }
      }
      if (c * groupSize + q * laneChannels < E) {
#pragma unroll
        for (int i = 0; i < laneTokens; ++i) {
          if (first + i < L) storeWords(target + i * E + c * groupSize, u[i]);
        }
      }
#pragma unroll
      for (int tile = 0; tile < tiles; ++tile) {
        const Words b = loadWords(weights + tile * 32 + lane);
#pragma unroll
        for (int half = 0; half < halves; ++half) {
          const Words &even = u[2 * half], &odd = u[2 * half + 1];
          multiply<T>(sums[half][tile], even.pairs[0], odd.pairs[0], even.pairs[1], odd.pairs[1], b.pairs[0], b.pairs[1]);
          multiply<T>(sums[half][tile], even.pairs[2], odd.pairs[2], even.pairs[3], odd.pairs[3], b.pairs[2], b.pairs[3]);
        }
      }
    });
  }
  if constexpr (isSplit) {
    auto* const all = reinterpret_cast<float(*)[32]>(memory);
    for (int turn = 0; turn < warps; ++turn) {
      __syncthreads();
      if (warp != turn) continue;
#pragma unroll
      for (int i = 0; i < halves * tiles * 4; ++i) {
        all[i][lane] = sums[i / (tiles * 4)][i / 4 % tiles][i % 4] + (turn == 0 ? 0.0f : all[i][lane]);
      }
    }
    __syncthreads();
#pragma unroll
    for (int i = 0; i < halves * tiles * 4; ++i) sums[i / (tiles * 4)][i / 4 % tiles][i % 4] = all[i][lane];
    __syncthreads();
  }

  if (!isSplit || warp == 0) {
    T* const bc = static_cast<T*>(input.bc) + row * bcColumns + q * laneChannels;
#pragma unroll
    for (int i = 0; i < laneTokens; ++i) {
      Words words;
#pragma unroll
      for (int k = 0; k < bcTiles; ++k) {
        const float(&sum)[4] = sums[i / 2][rankTiles + k];
        words.pairs[k] = pairOf<T>(sum[i % 2 * 2], sum[i % 2 * 2 + 1]);
      }
      if (first + i < L) storeWords(bc + i * bcColumns, words);
    }
  }

  // The sums of delta's rank as left operand.
  std::uint32_t low[halves][rankSteps][4];
#pragma unroll
  for (int half = 0; half < halves; ++half) {
#pragma unroll
    for (int s = 0; s < rankSteps; ++s) {
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        const float(&sum)[4] = sums[half][2 * s + k / 2];
        low[half][s][k] = pairOf<T>(sum[k % 2 * 2], sum[k % 2 * 2 + 1]);
      }
    }
  }
  const WeightStages<Sizes, Sizes::deltaWords, Sizes::biasWords> stages(shared, input.weights.deltaProjection,
                                                                        input.weights.deltaBias, direction, groups);
  T* const target = static_cast<T*>(input.delta) + row * E + q * laneChannels;
  if constexpr (!isSplit) __syncthreads();
  const auto fetch = [&](int stage, int c) { stages.fetch(stage, c); };
  forEachGroup<Sizes>(firstGroup, groupStep, groups, fetch, [&](int c, int stage) {
    const uint4* const weights = stages.at(stage);
    float raw[halves][4][4] = {};
#pragma unroll
    for (int s = 0; s < rankSteps; ++s) {
#pragma unroll
      for (int both = 0; both < 2; ++both) {
        const Words b = loadWords(weights + (s * 2 + both) * 32 + lane);
#pragma unroll
        for (int k = 0; k < 2; ++k) {
#pragma unroll
          for (int half = 0; half < halves; ++half) {
            multiply<T>(raw[half][2 * both + k], low[half][s][0], low[half][s][1], low[half][s][2], low[half][s][3],
                        b.pairs[2 * k], b.pairs[2 * k + 1]);
          }
        }
      }
    }
    if (c * groupSize + q * laneChannels >= E) return;
    float bias[laneChannels];
#pragma unroll
    for (int k = 0; k < 2; ++k) {
      *reinterpret_cast<uint4*>(bias + 4 * k) = weights[Sizes::deltaWords + 2 * q + k];
    }
#pragma unroll
    for (int i = 0; i < laneTokens; ++i) {
      Words words;
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        const float(&sum)[4] = raw[i / 2][k];
        words.pairs[k] = pairOf<T>(softplusInLog2(sum[i % 2 * 2] + bias[2 * k]), softplusInLog2(sum[i % 2 * 2 + 1] + bias[2 * k + 1]));
      }
      if (first + i < L) storeWords(target + i * E + c * groupSize, words);
    }
  });
}

// Blocks that leave no multiprocessor idle; with fewer, channels are divided.
bool shouldSplit(int tasks) {
  int device = 0, multiprocessors = 1;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device);
  return 2 * tasks < 8 * multiprocessors;
}

template <class T, int rankSteps, bool isSplit>
cudaError_t launchAs(const MixerInput& input, int blocks, cudaStream_t stream) {
  using Chosen = Sizes<T, rankSteps, isSplit>;
  const auto kernel = mixerInputKernel<T, Chosen, rankSteps>;
  const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Chosen::sharedBytes);
  if (error != cudaSuccess) return error;
  kernel<<<blocks, 32 * warps, Chosen::sharedBytes, stream>>>(input);
  return cudaGetLastError();
}
template <class T, int rankSteps>
cudaError_t launchAs(const MixerInput& input, cudaStream_t stream) {
  const int tasks = (input.tokens + warpTokens - 1) / warpTokens * input.batch;
  return shouldSplit(tasks) ? launchAs<T, rankSteps, true>(input, 2 * tasks, stream)
                            : launchAs<T, rankSteps, false>(input, 2 * ((tasks + warps - 1) / warps), stream);
}

template <class T>
cudaError_t launch(const MixerInput& input, cudaStream_t stream) {
  switch (input.rank) {
    case 16: return launchAs<T, 1>(input, stream);
    case 32: return launchAs<T, 2>(input, stream);
    case 48: return launchAs<T, 3>(input, stream);
    case 64: return launchAs<T, 4>(input, stream);
  }
  return cudaErrorInvalidValue;
}

// The place that value `index` of a lane's results of four products has among 32 neighbours: tile k, column n.
int neighbour(int tile, int column) { return column / 2 * 8 + tile * 2 + column % 2; }

}  // namespace

std::vector<float> packConvolution(const std::vector<float>& kernel, const std::vector<float>& bias, bool isForward) {
  const int channels = static_cast<int>(bias.size()), groups = (channels + groupSize - 1) / groupSize;
  std::vector<float> packed;
  packed.reserve(static_cast<std::size_t>(groups) * groupSize * (taps + 1));
  for (int first = 0; first < groups * groupSize; first += laneChannels) {
    for (int tap = 0; tap <= taps; ++tap) {
      for (int channel = first; channel < first + laneChannels; ++channel) {
        if (channel >= channels) packed.push_back(0.0f);
        else if (tap == taps) packed.push_back(bias[channel]);
        else packed.push_back(kernel[static_cast<std::size_t>(channel) * taps + (isForward ? tap : taps - 1 - tap)]);
      }
    }
  }
  return packed;
}

std::vector<float> packProjection(const std::vector<float>& matrix, int rank, int channels) {
  const int groups = (channels + groupSize - 1) / groupSize, tiles = (rank + bcColumns) / 8;
  std::vector<float> packed;
  packed.reserve(static_cast<std::size_t>(groups) * tiles * 32 * 8);
  for (int c = 0; c < groups; ++c) {
    for (int tile = 0; tile < tiles; ++tile) {
      for (int lane = 0; lane < 32; ++lane) {
        const int column = lane / 4, bcTile = tile - rank / 8;
        const std::size_t output = bcTile < 0 ? tile * 8 + column : rank + neighbour(bcTile, column);
        for (int k = 0; k < 8; ++k) {
          const int channel = c * groupSize + lane % 4 * 8 + k;
          packed.push_back(channel < channels ? matrix[output * channels + channel] : 0.0f);
        }
      }
    }
  }
  return packed;
}

std::vector<float> packDeltaProjection(const std::vector<float>& matrix, int rank, int channels) {
  const int groups = (channels + groupSize - 1) / groupSize;
  std::vector<float> packed;
  packed.reserve(static_cast<std::size_t>(groups) * 32 * rank);
  for (int c = 0; c < groups; ++c) {
    for (int s = 0; s < rank / 16; ++s) {
      for (int pair = 0; pair < 2; ++pair) {
        for (int lane = 0; lane < 32; ++lane) {
          for (int k = 0; k < 8; ++k) {
            const int channel = c * groupSize + neighbour(2 * pair + k / 4, lane / 4);
            const int r = s * 16 + k / 2 % 2 * 8 + lane % 4 * 2 + k % 2;
            packed.push_back(channel < channels ? log2E * matrix[static_cast<std::size_t>(channel) * rank + r] : 0.0f);
          }
        }
      }
    }
  }
  return packed;
}

std::vector<float> packDeltaBias(std::vector<float> bias) {
  for (float& value : bias) value *= log2E;
  bias.resize((bias.size() + groupSize - 1) / groupSize * groupSize, 0.0f);
  return bias;
}

cudaError_t computeMixerInput(const MixerInput& input, cudaStream_t stream) {
  switch (input.type) {
    case NumberType::float16: return launch<float16>(input, stream);
    case NumberType::bfloat16: return launch<bfloat16>(input, stream);
    case NumberType::float32: break;
  }
  return cudaErrorInvalidValue;
}

}  // namespace videre::cuda
