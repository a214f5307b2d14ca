// The states of a scan in the layout of the tensor cores' accumulators: a trial that lost to FmaScan (see notes.md, kernel 4),
// kept with the benchmark that says so.
#pragma once

#include "../selective-scan-kernel.cuh"

namespace videre::cuda {

template <int warps, int polynomials, int minBlocks, int unroll>
struct MatrixVariant : ScanVariant<1, warps, polynomials, minBlocks, unroll> {};

// d = a b + c on the tensor cores, in tf32 with float32 sums. With g = lane / 4 and q = lane % 4 a lane holds of
// a [16, 4 or 8]: rows g and g + 8, columns q (and q + 4); of b [4 or 8, 8]: rows q (and q + 4), column g;
// of c and d [16, 8]: rows g and g + 8, columns 2 q and 2 q + 1.
__device__ __forceinline__ void multiplyOuter(float (&d)[4], float a0, float a1, float b) {
  asm("mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(__float_as_uint(a0)), "r"(__float_as_uint(a1)), "r"(__float_as_uint(b)));
}
__device__ __forceinline__ void multiplyInner(float (&d)[4], const float (&h)[4], float b0, float b1) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(__float_as_uint(h[0])), "r"(__float_as_uint(h[2])), "r"(__float_as_uint(h[1])), "r"(__float_as_uint(h[3])),
        "r"(__float_as_uint(b0)), "r"(__float_as_uint(b1)));
}
// The same of [16, 16] in bfloat16: columns 2 q, 2 q + 1, 2 q + 8 and 2 q + 9 of a, which is how accumulators lie.
__device__ __forceinline__ std::uint32_t pairOf(float low, float high) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const std::uint32_t*>(&pair);
}
__device__ __forceinline__ void multiplyInner(float (&d)[4], const float (&left)[4], const float (&right)[4],
                                              std::uint32_t b0, std::uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(pairOf(left[0], left[1])), "r"(pairOf(left[2], left[3])), "r"(pairOf(right[0], right[1])),
        "r"(pairOf(right[2], right[3])), "r"(b0), "r"(b1));
}

// 16 bit types: the otherwise idle tensor cores add the outer products delta' u B to the states and sum over the states
// with C, which leaves two multiplications and an exponential of a state update to the other units. A warp's states are
// two tiles of [16 channels, 8 states] by two of states, in the layout of the tensor cores' accumulators: a lane holds
// channels g, g + 8, g + 16, g + 24 and states 2 q, 2 q + 1, 2 q + 8, 2 q + 9. delta', u and y of channel g + 8 q are its
// own to compute. Factors keep 11 bits (tf32): all of B and C, and of delta' u and h as many as float16 has; with bfloat16
// outputs h goes into the sum as bfloat16, in half the instructions. The states themselves stay float32.
template <class T, class Variant, ScanPass pass>
class MatrixScan {
  static constexpr int halves = 2;
  static constexpr bool sumsInTf32 = pass != ScanPass::summarize && !std::is_same_v<T, bfloat16>;

 public:
  __device__ __forceinline__ MatrixScan(const LanePlace& place, const DeviceScanDirection& direction)
      : place_(place), g_(place.lane / 4), q_(place.lane % 4) {
    const int E = place.launch.scan.channels;
    forEachPlace([&](int m, int n, int i) {
      const int e = min(channelOf(m, i), E - 1);
      rates_[m][n][i] = direction.A[static_cast<std::int64_t>(e) * scanStates + stateOf(n, i)];
      h_[m][n][i] = 0.0f;
    });
    const int e = min(place.firstChannel + ownColumn(), E - 1);
    skip_ = direction.D != nullptr ? direction.D[e] : 0.0f;
    bias_ = direction.deltaBias != nullptr ? direction.deltaBias[e] * log2E : 0.0f;
  }

  __device__ __forceinline__ void advance(Tile<T, Variant>& u, const Tile<T, Variant>& delta, const ProjectedRow (&projected)[tileTokens<T, Variant>]) {
    const int own = ownColumn();
#pragma unroll Variant::unroll
    for (int row = 0; row < tileTokens<T, Variant>; ++row) {
      const float value = toFloat(u[row][own]);
      const float step = softplusInLog2(fmaf(toFloat(delta[row][own]), log2E, bias_));
      float steps[4], input[4];
      const float product = step * value;
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        steps[k] = __shfl_sync(0xffffffffu, step, k, 4);
        // Row g + 8 k of the outer product comes from the lane whose own channel it is, through column q = k.
        input[k] = q_ == k ? product : 0.0f;
      }
      float y[halves][4] = {};
#pragma unroll
      for (int n = 0; n < halves; ++n) {
        const float b = projected[row][8 * n + g_];
        const float2 c = *reinterpret_cast<const float2*>(&projected[row][scanStates + 8 * n + 2 * q_]);
#pragma unroll
        for (int m = 0; m < halves; ++m) {
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            h_[m][n][i] *= exponential<Variant::polynomials>((m * halves + n) * 4 + i, steps[2 * m + i / 2] * rates_[m][n][i]);
          }
          multiplyOuter(h_[m][n], input[2 * m], input[2 * m + 1], b);
          if constexpr (sumsInTf32) multiplyInner(y[m], h_[m][n], c.x, c.y);
        }
      }
      if constexpr (pass != ScanPass::summarize && !sumsInTf32) {
        const float2 c0 = *reinterpret_cast<const float2*>(&projected[row][scanStates + 2 * q_]);
        const float2 c1 = *reinterpret_cast<const float2*>(&projected[row][scanStates + 8 + 2 * q_]);
        const std::uint32_t low = pairOf(c0.x, c0.y), high = pairOf(c1.x, c1.y);
#pragma unroll
        for (int m = 0; m < halves; ++m) multiplyInner(y[m], h_[m][0], h_[m][1], low, high);
      }
      if constexpr (pass == ScanPass::summarize) {
        deltaSum_ += step;
      } else {
        // All columns of y are alike.
        const float low = q_ == 0 ? y[0][0] : y[0][2], high = q_ == 2 ? y[1][0] : y[1][2];
        u[row][own] = fromFloat<T>(fmaf(ln2, q_ < 2 ? low : high, skip_ * value));
      }
    }
  }

  // Calls body(i, state) for the states of the lane.
  static constexpr int stateCount = scanStates;
  template <class Body>
  __device__ __forceinline__ void forEachState(Body body) {
    forEachPlace([&](int m, int n, int i) { body((m * halves + n) * 4 + i, h_[m][n][i]); });
  }

  __device__ __forceinline__ void storeSummary(int slot) const {
    const auto& launch = place_.launch;
    forEachPlace([&](int m, int n, int i) {
      const int e = channelOf(m, i);
      if (e < launch.scan.channels) {
        launch.summaries.states[place_.summaryOf(slot, e) * scanStates + stateOf(n, i)] = h_[m][n][i];
      }
    });
    const int e = place_.firstChannel + ownColumn();
    if (e < launch.scan.channels) launch.summaries.deltaSums[place_.summaryOf(slot, e)] = deltaSum_;
  }

  __device__ __forceinline__ void applySummary(int slot) {
    const auto& launch = place_.launch;
    forEachPlace([&](int m, int n, int i) {
      const std::int64_t at = place_.summaryOf(slot, min(channelOf(m, i), launch.scan.channels - 1));
      const float decay = exp2Special(launch.summaries.deltaSums[at] * rates_[m][n][i]);
      h_[m][n][i] = fmaf(decay, h_[m][n][i], launch.summaries.states[at * scanStates + stateOf(n, i)]);
    });
  }

 private:
  template <class Body>
  __device__ static __forceinline__ void forEachPlace(Body body) {
#pragma unroll
    for (int m = 0; m < halves; ++m) {
#pragma unroll
      for (int n = 0; n < halves; ++n) {
#pragma unroll
        for (int i = 0; i < 4; ++i) body(m, n, i);
      }
    }
  }
  __device__ __forceinline__ int ownColumn() const { return g_ + 8 * q_; }
  __device__ __forceinline__ int channelOf(int m, int i) const { return place_.firstChannel + 16 * m + 8 * (i / 2) + g_; }
  __device__ __forceinline__ int stateOf(int n, int i) const { return 8 * n + 2 * q_ + i % 2; }

  const LanePlace place_;
  const int g_, q_;
  float rates_[halves][halves][4], h_[halves][halves][4];
  float skip_, bias_, deltaSum_ = 0.0f;
};

template <int warps, int polynomials, int minBlocks, int unroll>
struct StatesOf<MatrixVariant<warps, polynomials, minBlocks, unroll>> {
  template <class T, ScanPass pass>
  using Type = MatrixScan<T, MatrixVariant<warps, polynomials, minBlocks, unroll>, pass>;
};

}  // namespace videre::cuda
