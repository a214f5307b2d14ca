// The scan's operands over a vector type `Simd` (see selective-scan-kernel.h, whose rules hold here too): lanes are
// channels in the convolution, projected values in the product.
#pragma once

#include <cstddef>
#include <cstdint>

#include "flush-denormals.h"
#include "operand-kernel.h"
#include "simd-math.h"

namespace videre {
namespace {

template <class Simd>
class OperandTile {
  static constexpr int lanes = Simd::lanes;
  // A block's u, weights and sums fit the nearest cache, and x is read while its lines are there.
  static constexpr std::int64_t channelsPerBlock = 32;
  // Sums of a register tile: as many as leave room for one row of weights and a broadcast value.
  static constexpr int tileRows = Simd::registers >= 32 ? 5 : 4;
  static constexpr int tileVectors = Simd::registers >= 32 ? 5 : 3;
  static_assert(operandTokensPerTask % tileRows == 0);

 public:
  static std::size_t scratchFloats(const OperandShape& shape) {
    const std::int64_t padded = paddedWidth(shape);
    return static_cast<std::size_t>(channelsPerBlock * (operandTokensPerTask + padded) +
                                    2 * operandTokensPerTask * padded);
  }

  OperandTile(const OperandParameters& parameters, const OperandTask& task, float* scratch)
      : parameters_(parameters),
        shape_(parameters.shape),
        firstRow_(task.batch * shape_.length + task.firstToken),
        firstToken_(task.firstToken),
        tokens_(task.tokens),
        vectors_(paddedWidth(shape_) / lanes),
        weights_(scratch),
        u_(weights_ + channelsPerBlock * vectors_ * lanes),
        forwardSums_(u_ + channelsPerBlock * operandTokensPerTask),
        backwardSums_(forwardSums_ + operandTokensPerTask * vectors_ * lanes) {}

  void run() {
    clear(forwardSums_);
    clear(backwardSums_);
    for (std::int64_t channel = 0; channel < shape_.channels; channel += channelsPerBlock) {
      const std::int64_t left = shape_.channels - channel;
      const std::int64_t channels = left < channelsPerBlock ? left : channelsPerBlock;
      addBlock<+1>(parameters_.forward, channel, channels, forwardSums_);
      addBlock<-1>(parameters_.backward, channel, channels, backwardSums_);
    }
    store(forwardSums_, parameters_.forward.projected);
    store(backwardSums_, parameters_.backward.projected);
  }

 private:
  static std::int64_t paddedWidth(const OperandShape& shape) { return (shape.projected + lanes - 1) / lanes * lanes; }

  void clear(float* sums) const {
    for (std::int64_t i = 0; i < tokens_ * vectors_; ++i) Simd::broadcast(0.0f).store(sums + i * lanes);
  }

  // u of some channels, and their share of the projection.
  template <int Step>
  void addBlock(const OperandDirection& direction, std::int64_t channel, std::int64_t channels, float* sums) {
    for (std::int64_t first = 0; first < channels; first += lanes) {
      const std::int64_t left = channels - first;
      const int count = left < lanes ? static_cast<int>(left) : lanes;
      convolve<Step>(direction, channel + first, count, u_ + first);
    }
    loadWeights(direction, channel, channels);
    std::int64_t row = 0;
    for (; row + tileRows <= tokens_; row += tileRows) multiplyRows<tileRows>(row, channels, sums);
    for (; row < tokens_; ++row) multiplyRows<1>(row, channels, sums);
  }

  template <int Step>
  void convolve(const OperandDirection& direction, std::int64_t channel, int count, float* block) {
    const std::int64_t width = shape_.taps;
    const Simd bias = Simd::loadFirst(direction.bias + channel, count);
    for (std::int64_t i = 0; i < tokens_; ++i) {
      const std::int64_t token = firstToken_ + i;
      const std::int64_t reach = Step > 0 ? token + 1 : shape_.length - token;
      const float* x = parameters_.x + (firstRow_ + i) * parameters_.xStride + channel;
      float* u = direction.u + (firstRow_ + i) * shape_.channels + channel;
      // Rows are mostly a page apart: no hardware prefetcher follows.
      __builtin_prefetch(x + channelsPerBlock);
      __builtin_prefetch(u + channelsPerBlock, 1);
      // Every released model has four taps, and all but a few tokens reach them all.
      const Simd sum = width == 4 && reach >= 4
                           ? addTaps<Step>(direction, channel, count, x, 4, bias)
                           : addTaps<Step>(direction, channel, count, x, reach < width ? reach : width, bias);
      const Simd activated = silu(sum);
      activated.store(block + i * channelsPerBlock);
      if (count == lanes) {
        activated.store(u);
      } else {
        activated.storeFirst(u, count);
      }
    }
  }

  template <int Step>
  __attribute__((always_inline)) Simd addTaps(const OperandDirection& direction, std::int64_t channel, int count,
                                              const float* x, std::int64_t width, Simd sum) const {
    for (std::int64_t d = 0; d < width; ++d) {
      const Simd tap = loadLanes(direction.taps + d * shape_.channels + channel, count);
      sum = Simd::fma(tap, loadLanes(x - Step * d * parameters_.xStride, count), sum);
    }
    return sum;
  }

  // Whole vectors, so that the product has no rest to care about.
  void loadWeights(const OperandDirection& direction, std::int64_t channel, std::int64_t channels) {
    for (std::int64_t k = 0; k < channels; ++k) {
      const float* source = direction.projection + (channel + k) * shape_.projected;
      for (std::int64_t v = 0; v < vectors_; ++v) {
        loadLanes(source + v * lanes, lanesOf(v)).store(weights_ + (k * vectors_ + v) * lanes);
      }
    }
  }

  template <int Rows>
  void multiplyRows(std::int64_t row, std::int64_t channels, float* sums) {
    std::int64_t v = 0;
    for (; vectors_ - v >= tileVectors; v += tileVectors) multiply<Rows, tileVectors>(row, v, channels, sums);
    switch (vectors_ - v) {
      case 4:
        return multiply<Rows, 4>(row, v, channels, sums);
      case 3:
        return multiply<Rows, 3>(row, v, channels, sums);
      case 2:
        return multiply<Rows, 2>(row, v, channels, sums);
      case 1:
        return multiply<Rows, 1>(row, v, channels, sums);
      default:
        return;
    }
  }

  template <int Rows, int Vectors>
  __attribute__((noinline)) void multiply(std::int64_t row, std::int64_t v, std::int64_t channels, float* sums) const {
    const float* u = u_ + row * channelsPerBlock;
    const float* weights = weights_ + v * lanes;
    float* saved = sums + (row * vectors_ + v) * lanes;
    Simd sum[Rows][Vectors];
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
      for (int i = 0; i < Vectors; ++i) sum[r][i] = Simd::load(saved + (r * vectors_ + i) * lanes);
    }
    for (std::int64_t k = 0; k < channels; ++k, ++u, weights += vectors_ * lanes) {
      Simd weight[Vectors];
#pragma GCC unroll 8
      for (int i = 0; i < Vectors; ++i) weight[i] = Simd::load(weights + i * lanes);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        const Simd value = Simd::broadcast(u[r * channelsPerBlock]);
#pragma GCC unroll 8
        for (int i = 0; i < Vectors; ++i) sum[r][i] = Simd::fma(value, weight[i], sum[r][i]);
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
      for (int i = 0; i < Vectors; ++i) sum[r][i].store(saved + (r * vectors_ + i) * lanes);
    }
  }

  void store(const float* sums, float* projected) const {
    for (std::int64_t i = 0; i < tokens_; ++i) {
      for (std::int64_t v = 0; v < vectors_; ++v) {
        float* to = projected + (firstRow_ + i) * shape_.projected + v * lanes;
        Simd::load(sums + (i * vectors_ + v) * lanes).storeFirst(to, lanesOf(v));
      }
    }
  }

  // All but in the last vector of projected values.
  int lanesOf(std::int64_t v) const {
    const std::int64_t left = shape_.projected - v * lanes;
    return left < lanes ? static_cast<int>(left) : lanes;
  }

  static Simd loadLanes(const float* p, int count) {
    return count == lanes ? Simd::load(p) : Simd::loadFirst(p, count);
  }

  const OperandParameters& parameters_;
  const OperandShape shape_;
  const std::int64_t firstRow_;    // of x, u and projected
  const std::int64_t firstToken_;  // of the sequence
  const std::int64_t tokens_;
  const std::int64_t vectors_;     // of projected values
  float* const weights_;           // [channelsPerBlock, vectors, lanes]
  float* const u_;                 // [tokens, channelsPerBlock]
  float* const forwardSums_;       // [tokens, vectors, lanes]
  float* const backwardSums_;      // [tokens, vectors, lanes]
};

template <class Simd>
void runOperandTask(const OperandParameters& parameters, const OperandTask& task, float* scratch) {
  const FlushDenormals flushDenormals;
  OperandTile<Simd>(parameters, task, scratch).run();
}

}  // namespace
}  // namespace videre
