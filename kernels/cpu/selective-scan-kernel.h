// The selective scan over a vector type `Simd` (simd-*.h): lanes are channels, states stay in registers.
// Included by one translation unit per instruction set. Everything is in an unnamed namespace, so that the linker can
// never keep the AVX-512 copy of a function for a machine without it.
//
// A vector type offers: lanes, broadcast, load, loadFirst (the rest zero), store, storeFirst,
// + - * /, fma (a * b + c), max (b where either is NaN), negativeMagnitude (-|a|), anyLess, scaleByPowerOfTwo (a * 2^k,
// k in the low bits of a float 1.5 * 2^23 + k), and Decay, a function object for exp2(delta * rate) of exponents in
// [-120, 0].
#pragma once

#include <cstddef>
#include <cstdint>

#include "flush-denormals.h"
#include "scan-kernel.h"
#include "simd-math.h"

namespace videre {
namespace {

template <class Simd>
class ChannelScan {
  static constexpr int lanes = Simd::lanes;
  // Rows of one token are whole rows of channels apart, mostly a page each. Working on a few tokens of all channels
  // of the task before the next few keeps the same pages in use, and lets the next tokens be fetched while these are
  // computed. The plain loop (all tokens of one vector of channels, then the next) waits for memory three quarters
  // of its time.
  static constexpr int tokensPerChunk = 32;
  static constexpr float smallestExponent = -120.0f;

 public:
  static std::size_t scratchFloats(const ScanParameters& parameters, std::int64_t channels) {
    const std::int64_t padded = (channels + lanes - 1) / lanes * lanes;
    const std::int64_t perChannel = 2 * parameters.shape.states + 1 + largestRank(parameters);
    return static_cast<std::size_t>(padded * perChannel + 3 * lanes * tokensPerChunk);
  }

  ChannelScan(const ScanParameters& parameters, const ScanTask& task, float* scratch)
      : parameters_(parameters),
        shape_(parameters.shape),
        firstToken_(task.batch * shape_.length),
        firstChannel_(task.firstChannel),
        channels_(task.channels),
        vectors_((task.channels + lanes - 1) / lanes),
        rates_(scratch),
        states_(rates_ + vectors_ * lanes * shape_.states),
        fastestRates_(states_ + vectors_ * lanes * shape_.states),
        deltaProjection_(fastestRates_ + vectors_ * lanes),
        delta_(deltaProjection_ + vectors_ * lanes * largestRank(parameters)),
        deltaU_(delta_ + lanes * tokensPerChunk),
        y_(deltaU_ + lanes * tokensPerChunk) {}

  void run() {
    const ScanDirection& forward = parameters_.forward;
    const ScanDirection& backward = parameters_.backward;
    if (forward.u != nullptr) runDirection<+1>(forward, false, backward.u == nullptr);
    if (backward.u != nullptr) runDirection<-1>(backward, forward.u != nullptr, true);
  }

 private:
  static std::int64_t largestRank(const ScanParameters& parameters) {
    const std::int64_t forward = parameters.forward.deltaRank;
    const std::int64_t backward = parameters.backward.deltaRank;
    return forward > backward ? forward : backward;
  }

  // The second direction adds to what the first left in `out`; the last one applies the gate.
  template <int Step>
  void runDirection(const ScanDirection& direction, bool addToOut, bool isLast) {
    loadRates(direction);
    if (direction.deltaProjection != nullptr) loadDeltaProjection(direction);
    const std::int64_t length = shape_.length;
    for (std::int64_t done = 0; done < length; done += tokensPerChunk) {
      const int tokens = static_cast<int>(length - done < tokensPerChunk ? length - done : tokensPerChunk);
      const std::int64_t token = firstToken_ + (Step > 0 ? done : length - 1 - done);
      for (std::int64_t v = 0; v < vectors_; ++v) {
        const Simd largestDelta = prepare<Step>(direction, v, token, tokens);
        const Simd lowest = largestDelta * Simd::load(fastestRates_ + v * lanes);
        if (Simd::anyLess(lowest, Simd::broadcast(smallestExponent))) {
          advanceAll<Step, true>(direction, v, token, tokens);
        } else {
          advanceAll<Step, false>(direction, v, token, tokens);
        }
        const bool gated = isLast && parameters_.z != nullptr;
        if (addToOut) {
          gated ? finish<Step, true, true>(v, token, tokens) : finish<Step, true, false>(v, token, tokens);
        } else {
          gated ? finish<Step, false, true>(v, token, tokens) : finish<Step, false, false>(v, token, tokens);
        }
      }
    }
  }

  // Rates to base 2, lanes side by side: [vectors, N, lanes]. Lanes past the last channel get rate and state 0.
  void loadRates(const ScanDirection& direction) {
    const std::int64_t states = shape_.states;
    for (std::int64_t v = 0; v < vectors_; ++v) {
      for (int lane = 0; lane < lanes; ++lane) {
        const bool used = lane < lanesOf(v);
        const float* source = direction.A + (used ? (firstChannel_ + v * lanes + lane) * states : 0);
        float fastest = 0.0f;
        for (std::int64_t n = 0; n < states; ++n) {
          const float rate = used ? source[n] * log2E : 0.0f;
          rates_[(v * states + n) * lanes + lane] = rate;
          states_[(v * states + n) * lanes + lane] = 0.0f;
          fastest = rate < fastest ? rate : fastest;
        }
        fastestRates_[v * lanes + lane] = fastest;
      }
    }
  }

  // Lanes side by side and on cache lines, which the rows of E values are not: [vectors, R, lanes].
  void loadDeltaProjection(const ScanDirection& direction) {
    for (std::int64_t v = 0; v < vectors_; ++v) {
      for (std::int64_t r = 0; r < direction.deltaRank; ++r) {
        const float* source = direction.deltaProjection + r * shape_.channels + firstChannel_ + v * lanes;
        loadLanes(source, lanesOf(v)).store(deltaProjection_ + (v * direction.deltaRank + r) * lanes);
      }
    }
  }

  // delta_ = delta + bias for a chunk of tokens, from the low-rank values. Computed here, where its product is used at
  // once, because written to memory it is as large as u.
  template <int Step>
  void projectDelta(const ScanDirection& direction, std::int64_t v, std::int64_t token, int tokens, Simd bias) {
    int i = 0;
    for (; tokens - i >= 8; i += 8) projectTokens<8, Step>(direction, v, token, i, bias);
    for (; i < tokens; ++i) projectTokens<1, Step>(direction, v, token, i, bias);
  }

  template <int Tokens, int Step>
  void projectTokens(const ScanDirection& direction, std::int64_t v, std::int64_t token, int first, Simd bias) {
    const float* weights = deltaProjection_ + v * direction.deltaRank * lanes;
    const std::int64_t rowStep = Step * direction.bcStride;
    const float* low = direction.delta + (token + Step * first) * direction.bcStride;
    Simd sum[Tokens];
#pragma GCC unroll 8
    for (int i = 0; i < Tokens; ++i) sum[i] = bias;
    for (std::int64_t r = 0; r < direction.deltaRank; ++r, ++low, weights += lanes) {
      const Simd weight = Simd::load(weights);
#pragma GCC unroll 8
      for (int i = 0; i < Tokens; ++i) sum[i] = Simd::fma(weight, Simd::broadcast(low[i * rowStep]), sum[i]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < Tokens; ++i) sum[i].store(delta_ + (first + i) * lanes);
  }

  // For a chunk of tokens: delta_ = softplus(delta + bias), deltaU_ = delta_ * u, y_ = D * u. Returns the largest delta
  // of each lane.
  template <int Step>
  Simd prepare(const ScanDirection& direction, std::int64_t v, std::int64_t token, int tokens) {
    const std::int64_t channels = shape_.channels;
    const std::int64_t channel = firstChannel_ + v * lanes;
    const int count = lanesOf(v);
    const Simd bias = Simd::loadFirst(direction.deltaBias + channel, count);
    const Simd D = Simd::loadFirst(direction.D + channel, count);
    Simd largest = Simd::broadcast(0.0f);
    const bool isProjected = direction.deltaProjection != nullptr;
    if (isProjected) projectDelta<Step>(direction, v, token, tokens, bias);
    for (int i = 0; i < tokens; ++i) {
      const std::int64_t at = (token + Step * i) * channels + channel;
      const Simd u = loadLanes(direction.u + at, count);
      const Simd raw = isProjected ? Simd::load(delta_ + i * lanes) : loadLanes(direction.delta + at, count) + bias;
      const Simd delta = softplus(raw);
      delta.store(delta_ + i * lanes);
      (delta * u).store(deltaU_ + i * lanes);
      (D * u).store(y_ + i * lanes);
      largest = Simd::max(delta, largest);
    }
    return largest;
  }

  // All N states. N is 16 in every released model: that many at a time is best for AVX-512, whose registers hold them,
  // and no worse for vectors that keep them in the nearest cache.
  template <int Step, bool Clamped>
  void advanceAll(const ScanDirection& direction, std::int64_t v, std::int64_t token, int tokens) {
    std::int64_t n = 0;
    for (; shape_.states - n >= 16; n += 16) advance<16, Step, Clamped>(direction, v, n, token, tokens);
    for (; shape_.states - n >= 4; n += 4) advance<4, Step, Clamped>(direction, v, n, token, tokens);
    for (; n < shape_.states; ++n) advance<1, Step, Clamped>(direction, v, n, token, tokens);
  }

  // y_ += C . h over a chunk of tokens for `States` states from `firstState` on. Where `Clamped`, exponents may be out
  // of the range of Decay: such decays leave nothing, and any tiny number stands for them.
  template <int States, int Step, bool Clamped>
  __attribute__((noinline)) void advance(const ScanDirection& direction, std::int64_t v, std::int64_t firstState,
                                         std::int64_t token, int tokens) {
    const float* const rates = rates_ + (v * shape_.states + firstState) * lanes;
    float* const saved = states_ + (v * shape_.states + firstState) * lanes;
    const std::int64_t rowStep = Step * direction.bcStride;
    const float* B = direction.B + token * direction.bcStride + firstState;
    const float* C = direction.C + token * direction.bcStride + firstState;
    const typename Simd::Decay decay = decay_;
    Simd h[States];
#pragma GCC unroll 16
    for (int n = 0; n < States; ++n) h[n] = Simd::load(saved + n * lanes);
    for (int i = 0; i < tokens; ++i, B += rowStep, C += rowStep) {
      const Simd delta = Simd::load(delta_ + i * lanes);
      const Simd deltaU = Simd::load(deltaU_ + i * lanes);
      fetch(direction, v, token + Step * (i + tokensPerChunk));
      // Two sums: one would be a chain of `States` dependent additions a token.
      Simd even = Simd::load(y_ + i * lanes);
      Simd odd = Simd::broadcast(0.0f);
#pragma GCC unroll 16
      for (int n = 0; n < States; ++n) {
        const Simd rate = Simd::load(rates + n * lanes);
        const Simd kept = Clamped ? clampedDecay(decay, delta, rate) : decay(delta, rate);
        h[n] = Simd::fma(kept, h[n], deltaU * Simd::broadcast(B[n]));
        Simd& sum = n % 2 == 0 ? even : odd;
        sum = Simd::fma(h[n], Simd::broadcast(C[n]), sum);
      }
      (even + odd).store(y_ + i * lanes);
    }
#pragma GCC unroll 16
    for (int n = 0; n < States; ++n) h[n].store(saved + n * lanes);
  }

  // Asks for the memory that this vector of channels needs at a later token.
  // Inlined by force: GCC takes a function that only prefetches for one without effects and drops the call.
  __attribute__((always_inline)) void fetch(const ScanDirection& direction, std::int64_t v, std::int64_t token) const {
    if (token < firstToken_ || token >= firstToken_ + shape_.length) return;
    const std::int64_t channel = firstChannel_ + v * lanes;
    const std::int64_t at = token * shape_.channels + channel;
    __builtin_prefetch(direction.u + at);
    if (direction.deltaProjection == nullptr) __builtin_prefetch(direction.delta + at);
    __builtin_prefetch(parameters_.out + at, 1);
    if (parameters_.z != nullptr) __builtin_prefetch(parameters_.z + token * parameters_.zStride + channel);
  }

  static Simd clampedDecay(const typename Simd::Decay& decay, Simd delta, Simd rate) {
    return decay(Simd::broadcast(1.0f), Simd::max(Simd::broadcast(smallestExponent), delta * rate));
  }

  template <int Step, bool Add, bool Gated>
  void finish(std::int64_t v, std::int64_t token, int tokens) {
    const std::int64_t channel = firstChannel_ + v * lanes;
    const int count = lanesOf(v);
    for (int i = 0; i < tokens; ++i) {
      const std::int64_t row = token + Step * i;
      float* out = parameters_.out + row * shape_.channels + channel;
      Simd y = Simd::load(y_ + i * lanes);
      if constexpr (Add) y = y + loadLanes(out, count);
      if constexpr (Gated) y = y * silu(loadLanes(parameters_.z + row * parameters_.zStride + channel, count));
      if (count == lanes) {
        y.store(out);
      } else {
        y.storeFirst(out, count);
      }
    }
  }

  // All but in the last vector.
  int lanesOf(std::int64_t v) const {
    const std::int64_t left = channels_ - v * lanes;
    return left < lanes ? static_cast<int>(left) : lanes;
  }

  static Simd loadLanes(const float* p, int count) {
    return count == lanes ? Simd::load(p) : Simd::loadFirst(p, count);
  }

  const ScanParameters& parameters_;
  const ScanShape shape_;
  const std::int64_t firstToken_;
  const std::int64_t firstChannel_;
  const std::int64_t channels_;  // of this task
  const std::int64_t vectors_;
  const typename Simd::Decay decay_{};
  float* const rates_;         // [vectors, N, lanes]
  float* const states_;        // [vectors, N, lanes]
  float* const fastestRates_;  // [vectors, lanes]
  float* const deltaProjection_;  // [vectors, R, lanes]
  float* const delta_;         // [tokensPerChunk, lanes], as are the next two
  float* const deltaU_;
  float* const y_;
};

template <class Simd>
void runScanTask(const ScanParameters& parameters, const ScanTask& task, float* scratch) {
  const FlushDenormals guard;
  ChannelScan<Simd>(parameters, task, scratch).run();
}

}  // namespace
}  // namespace videre
