// The selective scan of few sequences. One lane a channel, as scanKernel has it, leaves the device empty then, and cutting
// the tokens in chunks costs every exponential twice. So several lanes share a channel and divide its states, the tokens
// stay in one piece, and all that would be done in each of those lanes alike goes to warps of its own:
//
//   preparing warps   copies ahead; softplus and delta' u of the next tile
//   computing warps   h and the lane's part of the sum over states, token after token
//   finishing warps   sums over lanes, D u, sum of the directions and gate of the tile before
//
// A block has the same number of each and walks both directions at once, as in selective-scan-kernel.cuh, whose units
// (powers of two) these are.
#pragma once

#include "numbers.cuh"
#include "selective-scan-kernel.cuh"
#include "selective-scan.h"

namespace videre::cuda {

template <class T, int lanes_, int warps_>
struct SmallBatch {
  static constexpr int lanes = lanes_;               // of a channel
  static constexpr int warps = warps_;               // of a direction and kind
  static constexpr int kinds = 3;
  static constexpr int states = scanStates / lanes;  // of a lane
  static constexpr int warpChannels = 32 / lanes;
  static constexpr int channels = warps * warpChannels;  // of a block
  static constexpr int threads = 2 * kinds * 32 * warps;
  static constexpr int tokens = 32;  // of a tile
  static constexpr int stages = 6;   // tiles in shared memory: two before the current one, and those ahead
  static constexpr int padded = 36;  // a row of 32 floats, moved on by one wide bank

  // Of one direction; rows are in the order of the scan.
  struct Direction {
    struct alignas(16) Raw {
      T u[tokens][channels], delta[tokens][channels];
    } raw[stages];
    struct alignas(16) {
      T rows[tokens][2][scanStates];  // B, C
    } projected[stages];
    struct alignas(16) Prepared {
      float2 steps[tokens][channels];  // delta', delta' u
      float projected[tokens][padded];  // for each lane of a channel its states' B, then C
    } prepared[2];
    alignas(16) float sums[2][tokens][warps][padded];  // over a lane's states
  };
  struct Shared {
    Direction directions[2];
  };
};

template <class T, class Sizes>
class SmallBatchWalk {
  static constexpr int tokens = Sizes::tokens, stages = Sizes::stages, states = Sizes::states, lanes = Sizes::lanes;
  using Direction = typename Sizes::Direction;

 public:
  __device__ __forceinline__ SmallBatchWalk(const DeviceScan& scan, typename Sizes::Shared& shared)
      : scan_(scan), isBackward_(threadIdx.x >= Sizes::threads / 2),
        direction_(isBackward_ ? scan.backward : scan.forward), shared_(shared.directions[isBackward_]) {
    const int strips = scan.channels / Sizes::channels;
    firstChannel_ = blockIdx.x % strips * Sizes::channels;
    firstRow_ = static_cast<std::int64_t>(blockIdx.x / strips) * scan.length;
    tiles_ = (scan.length + tokens - 1) / tokens;
    delay_ = tiles_ % 2;
  }

  // Tile k is prepared at step k - 1, computed at step k and finished at step k + 1. Warps of the kinds alternate, and from
  // block to block they change places, so that the four schedulers of a multiprocessor get all of them.
  __device__ __forceinline__ void run() {
    switch ((warp() + blockIdx.x) % Sizes::kinds) {
      case 0: compute(); break;
      case 1: prepareAll(); break;
      default: finishAll();
    }
  }

 private:
  __device__ __forceinline__ static int warp() { return threadIdx.x / 32; }
  // Which one of its direction and kind.
  __device__ __forceinline__ static int ordinal() { return warp() / Sizes::kinds % Sizes::warps; }
  __device__ __forceinline__ int steps() const { return tiles_ + delay_; }
  __device__ __forceinline__ bool isActive(int step) const {
    const int first = isBackward_ ? delay_ : 0;
    return step >= first && step < first + tiles_;
  }

  // What a lane needs of several tokens, read ahead all at once: a compiler that has to fear that sums are written over it
  // would read it token by token, and each time wait.
  static constexpr int together = 4;
  struct Inputs {
    float2 steps[together];
    float projected[together][2 * states];

    __device__ __forceinline__ void read(const typename Direction::Prepared& prepared, int t, int channel, int lane) {
#pragma unroll
      for (int i = 0; i < together; ++i) {
        steps[i] = prepared.steps[t + i][channel];
#pragma unroll
        for (int n = 0; n < 2 * states; n += 4) {
          *reinterpret_cast<float4*>(projected[i] + n) =
              *reinterpret_cast<const float4*>(&prepared.projected[t + i][lane * 2 * states + n]);
        }
      }
    }
  };
  struct Decays {
    float values[together][states];

    __device__ __forceinline__ void compute(const Inputs& inputs, const float (&rates)[states]) {
#pragma unroll
      for (int i = 0; i < together; ++i) {
#pragma unroll
        for (int n = 0; n < states; ++n) values[i][n] = exp2Special(inputs.steps[i].x * rates[n]);
      }
    }
  };

  __device__ __forceinline__ void compute() {
    const int lane = threadIdx.x % lanes, channel = ordinal() * Sizes::warpChannels + threadIdx.x % 32 / lanes;
    const float* const A = direction_.A + static_cast<std::int64_t>(firstChannel_ + channel) * scanStates + lane * states;
    float rates[states], h[states];
#pragma unroll
    for (int n = 0; n < states; ++n) {
      rates[n] = A[n];
      h[n] = 0.0f;
    }
    for (int step = -1; step <= steps(); ++step) {
      if (isActive(step)) {
        const auto& prepared = shared_.prepared[step & 1];
        auto& sums = shared_.sums[step & 1];
        // One warp alone has to hide its latencies: inputs come two groups of tokens ahead, decays one.
        Inputs following, last;
        Decays next;
        following.read(prepared, 0, channel, lane);
        last.read(prepared, together, channel, lane);
        next.compute(following, rates);
#pragma unroll
        for (int t = 0; t < tokens; t += together) {
          const Inputs now = following;
          const Decays decays = next;
          following = last;
          if (t + 2 * together < tokens) last.read(prepared, t + 2 * together, channel, lane);
          if (t + together < tokens) next.compute(following, rates);
          float y[together] = {};
#pragma unroll
          for (int i = 0; i < together; ++i) {
#pragma unroll
            for (int n = 0; n < states; ++n) {
              h[n] = fmaf(decays.values[i][n], h[n], now.steps[i].y * now.projected[i][n]);
              y[i] = fmaf(h[n], now.projected[i][states + n], y[i]);
            }
          }
#pragma unroll
          for (int i = 0; i < together; ++i) sums[t + i][ordinal()][threadIdx.x % 32] = y[i];
        }
      }
      __syncthreads();
    }
  }

  // A preparing or finishing thread has one row of all tiles and the channels of one computing warp, so that between copying
  // and preparing it need not wait for other threads. Of two preparing warps one has B, the other C.
  static constexpr int own = Sizes::warpChannels, projections = 2 / Sizes::warps;
  __device__ __forceinline__ static int row() { return threadIdx.x % 32; }
  __device__ __forceinline__ static int column() { return ordinal() * own; }

  // Zeros if there are none.
  __device__ __forceinline__ void loadParameters(const float* source, float (&values)[own]) const {
#pragma unroll
    for (int k = 0; k < own; ++k) values[k] = source != nullptr ? source[firstChannel_ + column() + k] : 0.0f;
  }

  __device__ __forceinline__ void prepareAll() {
    float bias[own];
    loadParameters(direction_.deltaBias, bias);
    for (int step = 0; step < stages - 3; ++step) fetch(step);
    for (int step = -1; step <= steps(); ++step) {
      if (isActive(step + 1)) prepare(step + 1, bias);
      fetch(step - 2 + stages);
      __syncthreads();
    }
  }

  __device__ __forceinline__ void finishAll() {
    float skip[own];
    loadParameters(direction_.D, skip);
    Values other{}, gate{};
    for (int step = -1; step <= steps(); ++step) {
      // The other direction's y of a tile is there two steps after the one at which that direction computed it, which is
      // a step too late to be read ahead where the directions meet.
      if (finishes(step - 1) && 2 * (step - 1) == steps()) other = loadValues(outputOf(step - 1));
      Values nextOther{}, nextGate{};
      if (finishes(step)) {
        if (2 * step > steps()) nextOther = loadValues(outputOf(step));
        if (scan_.z != nullptr) {
          const std::int64_t zRow = firstRow_ + tokenOf(step);
          nextGate = loadValues(static_cast<const T*>(scan_.z) + zRow * scan_.zStride + firstChannel_ + column());
        }
      }
      if (exists(step - 1)) finish(step - 1, skip, other, gate);
      other = nextOther;
      gate = nextGate;
      __syncthreads();
    }
  }

  // Whether this thread has a token at a step, and whether that token's y has come from the other direction before.
  __device__ __forceinline__ bool exists(int step) const { return isActive(step) && tokenOf(step) < scan_.length; }
  __device__ __forceinline__ bool finishes(int step) const { return 2 * step >= steps() && exists(step); }
  __device__ __forceinline__ T* outputOf(int step) const {
    return static_cast<T*>(scan_.out) + (firstRow_ + tokenOf(step)) * scan_.channels + firstChannel_ + column();
  }

  // The natural position of this thread's row.
  __device__ __forceinline__ int tokenOf(int step) const {
    const int tile = isBackward_ ? tiles_ - 1 - (step - delay_) : step;
    return tile * tokens + (isBackward_ ? tokens - 1 - row() : row());
  }

  struct alignas(own * sizeof(T)) Values {
    T values[own];
  };
  __device__ __forceinline__ static Values loadValues(const T* source) { return *reinterpret_cast<const Values*>(source); }

  __device__ __forceinline__ void fetch(int step) {
    if (isActive(step)) {
      const int stage = step % stages, token = tokenOf(step);
      const bool isToken = token < scan_.length;
      const std::int64_t source = firstRow_ + (isToken ? token : 0), place = source * scan_.channels + firstChannel_ + column();
      auto& raw = shared_.raw[stage];
      copyAsync<sizeof(Values)>(&raw.u[row()][column()], static_cast<const T*>(direction_.u) + place, isToken);
      copyAsync<sizeof(Values)>(&raw.delta[row()][column()], static_cast<const T*>(direction_.delta) + place, isToken);
#pragma unroll
      for (int i = 0; i < projections; ++i) {
        const int which = ordinal() + i;
        const T* const bc = static_cast<const T*>(which == 0 ? direction_.B : direction_.C) + source * scan_.bcStride;
        T* const target = shared_.projected[stage].rows[row()][which];
        copyAsync<16>(target, bc, isToken);
        copyAsync<16>(target + 8, bc + 8, isToken);
      }
    }
    asm volatile("cp.async.commit_group;");
  }

  __device__ __forceinline__ void prepare(int step, const float (&bias)[own]) {
    asm volatile("cp.async.wait_group %0;" ::"n"(stages - 4) : "memory");
    const auto& raw = shared_.raw[step % stages];
    auto& prepared = shared_.prepared[step & 1];
    const Values u = loadValues(&raw.u[row()][column()]), delta = loadValues(&raw.delta[row()][column()]);
    float steps[2 * own];
#pragma unroll
    for (int k = 0; k < own; ++k) {
      const float given = toFloat(delta.values[k]);
      steps[2 * k] = scan_.deltaForm == DeltaForm::raw ? softplusInLog2(fmaf(log2E, given, log2E * bias[k])) : given;
      steps[2 * k + 1] = steps[2 * k] * toFloat(u.values[k]);
    }
#pragma unroll
    for (int k = 0; k < own; k += 2) {
      *reinterpret_cast<float4*>(&prepared.steps[row()][column() + k]) = {steps[2 * k], steps[2 * k + 1], steps[2 * k + 2],
                                                                         steps[2 * k + 3]};
    }
#pragma unroll
    for (int i = 0; i < projections; ++i) spreadProjected(ordinal() + i, step % stages, prepared.projected[row()]);
  }
  // B (0) or C (1) of this thread's row to float32, to where the lanes look for it.
  __device__ __forceinline__ void spreadProjected(int which, int stage, float* target) const {
    const T* const source = shared_.projected[stage].rows[row()][which];
    float values[2][8];
    unpack(loadPack(source), values[0]);
    unpack(loadPack(source + 8), values[1]);
#pragma unroll
    for (int n = 0; n < scanStates; n += 2) {
      *reinterpret_cast<float2*>(target + (2 * (n / states) + which) * states + n % states) = {values[n / 8][n % 8],
                                                                                               values[n / 8][n % 8 + 1]};
    }
  }

  __device__ __forceinline__ void finish(int step, const float (&skip)[own], const Values& other, const Values& gate) {
    const Values u = loadValues(&shared_.raw[step % stages].u[row()][column()]);
    const float* const sums = shared_.sums[step & 1][row()][ordinal()];
    Values result;
#pragma unroll
    for (int k = 0; k < own; ++k) {
      float sum = 0.0f;
#pragma unroll
      for (int lane = 0; lane < lanes; lane += 4) {
        const float4 part = *reinterpret_cast<const float4*>(&sums[k * lanes + lane]);
        sum += (part.x + part.y) + (part.z + part.w);
      }
      float y = fmaf(ln2, sum, skip[k] * toFloat(u.values[k]));
      if (2 * step >= steps()) y = (y + toFloat(other.values[k])) * (scan_.z != nullptr ? silu<T>(toFloat(gate.values[k])) : 1.0f);
      result.values[k] = fromFloat<T>(y);
    }
    *reinterpret_cast<Values*>(outputOf(step)) = result;
  }

  const DeviceScan& scan_;
  const bool isBackward_;
  const DeviceScanDirection& direction_;
  Direction& shared_;
  int firstChannel_, tiles_, delay_;
  std::int64_t firstRow_;
};

template <class T, class Sizes>
__global__ __launch_bounds__(Sizes::threads) void smallBatchScanKernel(const __grid_constant__ DeviceScan scan) {
  extern __shared__ __align__(16) unsigned char memory[];
  SmallBatchWalk<T, Sizes>(scan, *reinterpret_cast<typename Sizes::Shared*>(memory)).run();
}

}  // namespace videre::cuda
