// The scan in double precision, sample by sample, on host memory: what the kernels are checked against.
#pragma once

#include <cmath>
#include <vector>

#include "../../include/selective_scan.h"

namespace videre::cuda {

/** Adds y of one direction for one channel of one sequence to `y` [L]. */
inline void addDirection(const ScanShape& shape, const ScanDirection& direction, std::int64_t b, std::int64_t e,
                         bool backward, std::vector<double>& y) {
  if (direction.u == nullptr) return;
  std::vector<double> h(shape.states, 0.0);
  for (std::int64_t step = 0; step < shape.length; ++step) {
    const std::int64_t t = backward ? shape.length - 1 - step : step;
    const std::int64_t at = (b * shape.length + t) * shape.channels + e;
    const std::int64_t row = (b * shape.length + t) * direction.bcStride;
    const double u = direction.u[at];
    const double raw = direction.delta[at] + (direction.deltaBias != nullptr ? direction.deltaBias[e] : 0.0f);
    const double delta = raw > 40.0 ? raw : std::log1p(std::exp(raw));
    double sum = direction.D != nullptr ? direction.D[e] * u : 0.0;
    for (std::int64_t n = 0; n < shape.states; ++n) {
      h[n] = std::exp(delta * direction.A[e * shape.states + n]) * h[n] + delta * direction.B[row + n] * u;
      sum += h[n] * direction.C[row + n];
    }
    y[t] += sum;
  }
}

/** The gated output of one channel of one sequence, [L]. */
inline std::vector<double> scanChannel(const ScanParameters& parameters, std::int64_t b, std::int64_t e) {
  const ScanShape& shape = parameters.shape;
  std::vector<double> y(shape.length, 0.0);
  addDirection(shape, parameters.forward, b, e, false, y);
  addDirection(shape, parameters.backward, b, e, true, y);
  if (parameters.z != nullptr) {
    for (std::int64_t t = 0; t < shape.length; ++t) {
      const double z = parameters.z[(b * shape.length + t) * parameters.zStride + e];
      y[t] *= z / (1.0 + std::exp(-z));
    }
  }
  return y;
}

}  // namespace videre::cuda
