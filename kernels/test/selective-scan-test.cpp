// Every scan level of this machine against the definition in float64, over odd shapes. Operands are allocated to the
// float, so that the sanitizers see every access past them; `node scripts/build-native.mjs --sanitize` builds and runs
// this. Prints the worst error of each level; exits with 1 if one is too large.

#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "../cpu/selective-scan.h"

namespace {

using videre::ScanDirection;
using videre::InstructionLevel;
using videre::ScanParameters;
using videre::ScanShape;

constexpr double tolerance = 1e-5;  // of the largest |y|
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

struct Case {
  ScanShape shape;
  std::int64_t gap;  // floats between rows of B, C and z
  bool forward, backward, gate;
  float lowestDelta, highestDelta;
  std::int64_t rank = 0;  // of delta; 0: whole. At most the length of a row of B with its gap.
};

struct DirectionOperands {
  std::vector<float> u, delta, A, B, C, D, deltaBias, deltaProjection;
  std::int64_t bcStride = 0;
  std::int64_t deltaRank = 0;

  ScanDirection view() const {
    ScanDirection view;
    view.u = u.data();
    view.delta = delta.data();
    view.deltaProjection = deltaRank > 0 ? deltaProjection.data() : nullptr;
    view.deltaRank = deltaRank;
    view.A = A.data();
    view.B = B.data();
    view.C = C.data();
    view.bcStride = bcStride;
    view.D = D.data();
    view.deltaBias = deltaBias.data();
    return view;
  }
};

struct Operands {
  DirectionOperands forward, backward;
  std::vector<float> z;
  std::int64_t zStride = 0;
};

class RandomOperands {
 public:
  explicit RandomOperands(const Case& c) : case_(c), rows_(c.shape.batch * c.shape.length) {}

  Operands make() {
    Operands operands;
    if (case_.forward) operands.forward = direction();
    if (case_.backward) operands.backward = direction();
    if (case_.gate) {
      operands.zStride = case_.shape.channels + case_.gap;
      operands.z = strided(case_.shape.channels, -4, 4);
    }
    return operands;
  }

 private:
  std::vector<float> uniform(std::int64_t count, float low, float high) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::uniform_real_distribution<float> distribution(low, high);
    for (float& value : values) value = distribution(generator_);
    return values;
  }

  // NaN between the rows: a kernel that reads it shows.
  std::vector<float> strided(std::int64_t width, float low, float high) {
    return rowsOf(width, width + case_.gap, low, high);
  }

  std::vector<float> rowsOf(std::int64_t width, std::int64_t stride, float low, float high) {
    std::vector<float> values(static_cast<std::size_t>((rows_ - 1) * stride + width), notANumber);
    const std::vector<float> dense = uniform(rows_ * width, low, high);
    for (std::int64_t i = 0; i < rows_ * width; ++i) {
      values[static_cast<std::size_t>(i / width * stride + i % width)] = dense[static_cast<std::size_t>(i)];
    }
    return values;
  }

  DirectionOperands direction() {
    const auto [batch, length, channels, states] = case_.shape;
    DirectionOperands operands;
    operands.u = uniform(rows_ * channels, -1, 1);
    operands.bcStride = states + case_.gap;
    operands.deltaRank = case_.rank;
    if (case_.rank > 0) {
      operands.delta = rowsOf(case_.rank, operands.bcStride, case_.lowestDelta, case_.highestDelta);
      operands.deltaProjection = uniform(case_.rank * channels, 0, 1.0f / static_cast<float>(case_.rank));
    } else {
      operands.delta = uniform(rows_ * channels, case_.lowestDelta, case_.highestDelta);
    }
    operands.A = uniform(channels * states, -16, -0.5f);
    operands.B = strided(states, -1, 1);
    operands.C = strided(states, -1, 1);
    operands.D = uniform(channels, -1, 1);
    operands.deltaBias = uniform(channels, -1, 1);
    return operands;
  }

  const Case& case_;
  const std::int64_t rows_;
  std::mt19937 generator_{20240717};
};

void addReference(const ScanShape& shape, const ScanDirection& d, bool reversed, std::vector<double>& y) {
  for (std::int64_t b = 0; b < shape.batch; ++b) {
    for (std::int64_t e = 0; e < shape.channels; ++e) {
      std::vector<double> h(static_cast<std::size_t>(shape.states), 0.0);
      for (std::int64_t i = 0; i < shape.length; ++i) {
        const std::int64_t row = b * shape.length + (reversed ? shape.length - 1 - i : i);
        const std::int64_t at = row * shape.channels + e;
        double raw = d.deltaBias[e];
        if (d.deltaProjection == nullptr) raw += static_cast<double>(d.delta[at]);
        for (std::int64_t r = 0; r < d.deltaRank; ++r) {
          raw += static_cast<double>(d.delta[row * d.bcStride + r]) *
                 static_cast<double>(d.deltaProjection[r * shape.channels + e]);
        }
        const double delta = std::fmax(raw, 0.0) + std::log1p(std::exp(-std::fabs(raw)));
        const double u = d.u[at];
        double sum = d.D[e] * u;
        for (std::int64_t n = 0; n < shape.states; ++n) {
          double& state = h[static_cast<std::size_t>(n)];
          state = std::exp(delta * d.A[e * shape.states + n]) * state + delta * d.B[row * d.bcStride + n] * u;
          sum += d.C[row * d.bcStride + n] * state;
        }
        y[static_cast<std::size_t>(at)] += sum;
      }
    }
  }
}

std::vector<double> reference(const ScanShape& shape, const Operands& operands) {
  std::vector<double> y(static_cast<std::size_t>(shape.batch * shape.length * shape.channels), 0.0);
  if (!operands.forward.u.empty()) addReference(shape, operands.forward.view(), false, y);
  if (!operands.backward.u.empty()) addReference(shape, operands.backward.view(), true, y);
  if (!operands.z.empty()) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::size_t channels = static_cast<std::size_t>(shape.channels);
      const double z = operands.z[i / channels * static_cast<std::size_t>(operands.zStride) + i % channels];
      y[i] *= z / (1.0 + std::exp(-z));
    }
  }
  return y;
}

double relativeError(const std::vector<float>& actual, const std::vector<double>& expected) {
  double worst = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::fabs(actual[i] - expected[i]);
    if (std::isnan(difference)) return difference;
    worst = std::fmax(worst, difference);
    largest = std::fmax(largest, std::fabs(expected[i]));
  }
  return worst / largest;
}

std::vector<float> scan(const ScanShape& shape, const Operands& operands, InstructionLevel level, int threads,
                        videre::ThreadPool& pool) {
  std::vector<float> out(static_cast<std::size_t>(shape.batch * shape.length * shape.channels), notANumber);
  ScanParameters parameters;
  parameters.shape = shape;
  if (!operands.forward.u.empty()) parameters.forward = operands.forward.view();
  if (!operands.backward.u.empty()) parameters.backward = operands.backward.view();
  if (!operands.z.empty()) parameters.z = operands.z.data();
  parameters.zStride = operands.zStride;
  parameters.out = out.data();
  videre::selectiveScan(parameters, level, threads, pool);
  return out;
}

// Callers that come and go on one pool must each get their own result.
bool callersShareThePool(videre::ThreadPool& pool) {
  const Case c{{1, 50, 200, 16}, 0, true, true, true, -7, 0};
  const Operands operands = RandomOperands(c).make();
  const InstructionLevel level = videre::availableLevels().back();
  const std::vector<float> expected = scan(c.shape, operands, level, 1, pool);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> callers;
  for (int& mistakes : wrong) {
    callers.emplace_back([&] {
      for (int i = 0; i < 25; ++i) mistakes += scan(c.shape, operands, level, 1 + i % 5, pool) != expected;
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const int mistakes : wrong) {
    if (mistakes > 0) return false;
  }
  return true;
}

}  // namespace

int main() {
  const std::vector<Case> cases = {
      {{1, 1, 1, 1}, 0, true, false, false, -7, 0},      {{3, 1, 33, 16}, 0, true, true, true, -7, 0},
      {{1, 31, 15, 16}, 2, true, true, true, -7, 0},     {{2, 32, 17, 16}, 0, false, true, false, -7, 0},
      {{1, 33, 97, 5}, 1, true, true, false, -7, 0},     {{2, 65, 450, 8}, 3, true, false, true, -7, 0},
      {{1, 64, 31, 37}, 0, true, true, true, -7, 0},     {{1, 1568, 3, 16}, 0, true, true, true, -10, -4},
      {{1, 40, 41, 16}, 0, true, true, true, -120, 120}, {{1, 40, 41, 16}, 0, true, true, true, 2, 30},
      {{2, 41, 37, 16}, 0, true, true, true, -7, 0, 12}, {{1, 65, 450, 5}, 9, true, true, true, -9, 0, 14},
      {{1, 7, 20, 16}, 0, false, true, false, -7, 0, 1},
  };
  const char* const names[] = {"portable", "avx2", "avx512"};
  videre::ThreadPool pool;
  bool passed = true;
  for (const InstructionLevel level : videre::availableLevels()) {
    const char* const name = names[static_cast<int>(level)];
    double worst = 0.0;
    for (const Case& c : cases) {
      const Operands operands = RandomOperands(c).make();
      const std::vector<double> expected = reference(c.shape, operands);
      const std::vector<float> alone = scan(c.shape, operands, level, 1, pool);
      const std::vector<float> together = scan(c.shape, operands, level, 3, pool);
      const double error = relativeError(alone, expected);
      if (!(error <= tolerance) || alone != together) {
        std::printf("%s, case %td: error %.1e of the largest |y|%s\n", name, &c - cases.data(), error,
                    alone == together ? "" : ", differs between thread counts");
        passed = false;
      }
      worst = std::fmax(worst, error);
    }
    std::printf("%-8s worst error %.1e of the largest |y| over %zu cases\n", name, worst, cases.size());
  }
  if (!callersShareThePool(pool)) {
    std::printf("callers on one pool disturb each other\n");
    passed = false;
  }
  return passed ? 0 : 1;
}
