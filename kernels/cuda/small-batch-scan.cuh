// The selective scan of few sequences. One lane a channel, as scanKernel has it, leaves the device empty then, and cutting
// the tokens in chunks costs every exponential twice. So several lanes share a channel and divide its states, the tokens
// stay in one piece, and all that would be done in each of those lanes alike goes to warps of its own:
//
//   computing warps   h and the lane's part of the sum over states, token after token
//   serving warps     copies ahead, softplus and delta' u of the next tile, sums over lanes, D u, sum of the directions and
//                     gate of the tile before
//
// A block has the same number of both and walks both directions at once, as in selective-scan-kernel.cuh, whose units
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
  static constexpr int states = scanStates / lanes;  // of a lane
  static constexpr int warpChannels = 32 / lanes;
  static constexpr int channels = warps * warpChannels;  // of a block
  static constexpr int threads = 4 * 32 * warps;
  static constexpr int tokens = 32;  // of a tile
  static constexpr int stages = 6;   // tiles in shared memory: the one before the current one, and those ahead
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

  // Tile k is served ahead at step k - 1, computed at step k and finished at step k + 1. Warps of the two kinds alternate,
  // and from block to block they change places, so that the four schedulers of a multiprocessor get both.
  __device__ __forceinline__ void run() {
    if ((warp() + blockIdx.x) % 2 == 0) compute();
    else serve();
  }

 private:
  __device__ __forceinline__ static int warp() { return threadIdx.x / 32; }
  // Which one of its direction and kind.
  __device__ __forceinline__ static int ordinal() { return warp() / 2 % Sizes::warps; }
  __device__ __forceinline__ int steps() const { return tiles_ + delay_; }
  __device__ __forceinline__ bool isActive(int step) const {
    const int first = isBackward_ ? delay_ : 0;
    return step >= first && step < first + tiles_;
  }

  // What a lane needs of several tokens, read ahead all at once: a compiler that has to fear that sums are written over it
  // would read it token by token, and each time wait.
  static constexpr int together = 8;
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
        Inputs next;
        next.read(prepared, 0, channel, lane);
#pragma unroll
        for (int t = 0; t < tokens; t += together) {
          const Inputs now = next;
          if (t + together < tokens) next.read(prepared, t + together, channel, lane);
          float y[together] = {};
#pragma unroll
          for (int i = 0; i < together; ++i) {
#pragma unroll
            for (int n = 0; n < states; ++n) {
              h[n] = fmaf(exp2Special(now.steps[i].x * rates[n]), h[n], now.steps[i].y * now.projected[i][n]);
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

  // A serving thread has one row of a tile and the channels of one warp from its copying to its writing, so that between
  // those it need not wait for other threads. Of two warps one has B, the other C.
  static constexpr int own = Sizes::warpChannels, projections = 2 / Sizes::warps;
  __device__ __forceinline__ void serve() {
    row_ = threadIdx.x % 32;
    column_ = ordinal() * own;
#pragma unroll
    for (int k = 0; k < own; ++k) {
      const int e = firstChannel_ + column_ + k;
      bias_[k] = direction_.deltaBias != nullptr ? direction_.deltaBias[e] * log2E : 0.0f;
      skip_[k] = direction_.D != nullptr ? direction_.D[e] : 0.0f;
    }
    for (int step = 0; step < stages - 2; ++step) fetch(step);
    for (int step = -1; step <= steps(); ++step) {
      // What memory has to bring first of all.
      const bool finishes = 2 * (step - 1) >= steps();
      const int token = tokenOf(step - 1);
      const bool writes = isActive(step - 1) && token < scan_.length;
      T* const out = static_cast<T*>(scan_.out) + (firstRow_ + token) * scan_.channels + firstChannel_ + column_;
      Values other{}, gate{};
      if (writes && finishes) {
        other = loadValues(out);
        const T* const z = static_cast<const T*>(scan_.z);
        if (z != nullptr) gate = loadValues(z + (firstRow_ + token) * scan_.zStride + firstChannel_ + column_);
      }
      if (isActive(step + 1)) prepare(step + 1);
      if (writes) write(step - 1, out, finishes, other, gate);
      fetch(step - 1 + stages);
      __syncthreads();
    }
  }

  // The natural position of this thread's row.
  __device__ __forceinline__ int tokenOf(int step) const {
    const int tile = isBackward_ ? tiles_ - 1 - (step - delay_) : step;
    return tile * tokens + (isBackward_ ? tokens - 1 - row_ : row_);
  }

  struct alignas(own * sizeof(T)) Values {
    T values[own];
  };
  __device__ __forceinline__ static Values loadValues(const T* source) { return *reinterpret_cast<const Values*>(source); }

  __device__ __forceinline__ void fetch(int step) {
    if (isActive(step)) {
      const int stage = step % stages, token = tokenOf(step);
      const bool exists = token < scan_.length;
      const std::int64_t row = firstRow_ + (exists ? token : 0), place = row * scan_.channels + firstChannel_ + column_;
      auto& raw = shared_.raw[stage];
      copyAsync<sizeof(Values)>(&raw.u[row_][column_], static_cast<const T*>(direction_.u) + place, exists);
      copyAsync<sizeof(Values)>(&raw.delta[row_][column_], static_cast<const T*>(direction_.delta) + place, exists);
#pragma unroll
      for (int i = 0; i < projections; ++i) {
        const int which = ordinal() + i;
        const T* const bc = static_cast<const T*>(which == 0 ? direction_.B : direction_.C) + row * scan_.bcStride;
        T* const target = shared_.projected[stage].rows[row_][which];
        copyAsync<16>(target, bc, exists);
        copyAsync<16>(target + 8, bc + 8, exists);
      }
    }
    asm volatile("cp.async.commit_group;");
  }

  __device__ __forceinline__ void prepare(int step) {
    asm volatile("cp.async.wait_group %0;" ::"n"(stages - 3) : "memory");
    const auto& raw = shared_.raw[step % stages];
    auto& prepared = shared_.prepared[step & 1];
    const Values u = loadValues(&raw.u[row_][column_]), delta = loadValues(&raw.delta[row_][column_]);
    float steps[2 * own];
#pragma unroll
    for (int k = 0; k < own; ++k) {
      const float given = toFloat(delta.values[k]);
      steps[2 * k] = scan_.deltaForm == DeltaForm::raw ? softplusInLog2(fmaf(given, log2E, bias_[k])) : given;
      steps[2 * k + 1] = steps[2 * k] * toFloat(u.values[k]);
    }
#pragma unroll
    for (int k = 0; k < own; k += 2) {
      *reinterpret_cast<float4*>(&prepared.steps[row_][column_ + k]) = {steps[2 * k], steps[2 * k + 1], steps[2 * k + 2],
                                                                         steps[2 * k + 3]};
    }
#pragma unroll
    for (int i = 0; i < projections; ++i) spreadProjected(ordinal() + i, step % stages, prepared.projected[row_]);
  }
  // B (0) or C (1) of this thread's row to float32, to where the lanes look for it.
  __device__ __forceinline__ void spreadProjected(int which, int stage, float* target) const {
    const T* const source = shared_.projected[stage].rows[row_][which];
    float values[2][8];
    unpack(loadPack(source), values[0]);
    unpack(loadPack(source + 8), values[1]);
#pragma unroll
    for (int n = 0; n < scanStates; n += 2) {
      *reinterpret_cast<float2*>(target + (2 * (n / states) + which) * states + n % states) = {values[n / 8][n % 8],
                                                                                               values[n / 8][n % 8 + 1]};
    }
  }

  __device__ __forceinline__ void write(int step, T* out, bool finishes, const Values& other, const Values& gate) {
    const Values u = loadValues(&shared_.raw[step % stages].u[row_][column_]);
    const float* const sums = shared_.sums[step & 1][row_][ordinal()];
    Values result;
#pragma unroll
    for (int k = 0; k < own; ++k) {
      float sum = 0.0f;
#pragma unroll
      for (int lane = 0; lane < lanes; lane += 4) {
        const float4 part = *reinterpret_cast<const float4*>(&sums[k * lanes + lane]);
        sum += (part.x + part.y) + (part.z + part.w);
      }
      float y = fmaf(ln2, sum, skip_[k] * toFloat(u.values[k]));
      if (finishes) y = (y + toFloat(other.values[k])) * (scan_.z != nullptr ? silu<T>(toFloat(gate.values[k])) : 1.0f);
      result.values[k] = fromFloat<T>(y);
    }
    *reinterpret_cast<Values*>(out) = result;
  }

  const DeviceScan& scan_;
  const bool isBackward_;
  const DeviceScanDirection& direction_;
  Direction& shared_;
  int firstChannel_, tiles_, delay_, row_, column_;
  std::int64_t firstRow_;
  float bias_[own], skip_[own];
};

template <class T, class Sizes>
__global__ __launch_bounds__(Sizes::threads) void smallBatchScanKernel(const __grid_constant__ DeviceScan scan) {
  extern __shared__ __align__(16) unsigned char memory[];
  SmallBatchWalk<T, Sizes>(scan, *reinterpret_cast<typename Sizes::Shared*>(memory)).run();
}

}  // namespace videre::cuda
