// The scan's operands at every level of this machine against the definition in float64, over odd shapes; see
// selective-scan-test.cpp.

#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include "../cpu/scan-operands.h"

namespace {

using videre::InstructionLevel;
using videre::OperandDirection;
using videre::OperandParameters;
using videre::OperandShape;

constexpr double tolerance = 1e-5;  // of the largest value
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

std::size_t count(std::int64_t values) { return static_cast<std::size_t>(values); }

// Weights of one direction, allocated to the float.
struct Weights {
  std::vector<float> taps, bias, projection;
};

struct Outputs {
  std::vector<float> u, projected;
  bool operator==(const Outputs&) const = default;
};

struct Case {
  OperandShape shape;
  std::int64_t gap;  // floats between rows of x
};

struct Operands {
  std::vector<float> x;
  std::int64_t xStride;
  Weights forward, backward;
};

std::vector<float> uniform(std::mt19937& generator, std::int64_t values, float size) {
  std::uniform_real_distribution<float> distribution(-size, size);
  std::vector<float> result(count(values));
  for (float& value : result) value = distribution(generator);
  return result;
}

Operands randomOperands(const Case& c) {
  std::mt19937 generator{20240717};
  const auto [batch, length, channels, taps, projected] = c.shape;
  Operands operands;
  operands.xStride = channels + c.gap;
  operands.x.assign(count((batch * length - 1) * operands.xStride + channels), notANumber);
  for (std::int64_t row = 0; row < batch * length; ++row) {
    const std::vector<float> values = uniform(generator, channels, 2);
    std::copy(values.begin(), values.end(), operands.x.begin() + row * operands.xStride);
  }
  for (Weights* weights : {&operands.forward, &operands.backward}) {
    weights->taps = uniform(generator, taps * channels, 1);
    weights->bias = uniform(generator, channels, 0.5f);
    weights->projection = uniform(generator, channels * projected, 1 / std::sqrt(static_cast<float>(channels)));
  }
  return operands;
}

// The worst error of one direction, of the largest value.
double errorOf(const Case& c, const Operands& operands, const Weights& weights, int step, const Outputs& actual) {
  const auto [batch, length, channels, taps, projected] = c.shape;
  double worst = 0.0, largest = 0.0;
  const auto compare = [&](double expected, float value) {
    const double difference = std::fabs(expected - value);
    if (std::isnan(difference)) worst = std::numeric_limits<double>::infinity();
    worst = std::fmax(worst, difference);
    largest = std::fmax(largest, std::fabs(expected));
  };
  for (std::int64_t row = 0; row < batch * length; ++row) {
    std::vector<double> sums(count(projected), 0.0);
    for (std::int64_t e = 0; e < channels; ++e) {
      double sum = weights.bias[count(e)];
      for (std::int64_t d = 0; d < taps; ++d) {
        const std::int64_t token = row % length - step * d;
        if (token < 0 || token >= length) continue;
        const double x = operands.x[count((row - step * d) * operands.xStride + e)];
        sum += static_cast<double>(weights.taps[count(d * channels + e)]) * x;
      }
      const double u = sum / (1.0 + std::exp(-sum));
      compare(u, actual.u[count(row * channels + e)]);
      for (std::int64_t p = 0; p < projected; ++p) {
        sums[count(p)] += u * static_cast<double>(weights.projection[count(e * projected + p)]);
      }
    }
    for (std::int64_t p = 0; p < projected; ++p) compare(sums[count(p)], actual.projected[count(row * projected + p)]);
  }
  return worst / largest;
}

struct Results {
  Outputs forward, backward;
  bool operator==(const Results&) const = default;
};

Results make(const Case& c, const Operands& operands, InstructionLevel level, int threads, videre::ThreadPool& pool) {
  const std::int64_t rows = c.shape.batch * c.shape.length;
  const auto empty = [&] {
    return Outputs{std::vector<float>(count(rows * c.shape.channels), notANumber),
                   std::vector<float>(count(rows * c.shape.projected), notANumber)};
  };
  Results results{empty(), empty()};
  const auto direction = [](const Weights& weights, Outputs& outputs) {
    return OperandDirection{weights.taps.data(), weights.bias.data(), weights.projection.data(), outputs.u.data(),
                            outputs.projected.data()};
  };
  OperandParameters parameters;
  parameters.shape = c.shape;
  parameters.x = operands.x.data();
  parameters.xStride = operands.xStride;
  parameters.forward = direction(operands.forward, results.forward);
  parameters.backward = direction(operands.backward, results.backward);
  videre::makeScanOperands(parameters, level, threads, pool);
  return results;
}

}  // namespace

int main() {
  const std::vector<Case> cases = {
      {{1, 1, 1, 1, 1}, 0},    {{2, 67, 45, 4, 44}, 45}, {{1, 120, 64, 4, 80}, 0}, {{2, 3, 20, 6, 17}, 1},
      {{1, 9, 33, 4, 150}, 0}, {{1, 61, 100, 4, 68}, 5}, {{3, 5, 31, 3, 31}, 0},
  };
  const char* const names[] = {"portable", "avx2", "avx512"};
  videre::ThreadPool pool;
  bool passed = true;
  for (const InstructionLevel level : videre::availableLevels()) {
    const char* const name = names[static_cast<int>(level)];
    double worst = 0.0;
    for (const Case& c : cases) {
      const Operands operands = randomOperands(c);
      const Results alone = make(c, operands, level, 1, pool);
      const double error = std::fmax(errorOf(c, operands, operands.forward, +1, alone.forward),
                                     errorOf(c, operands, operands.backward, -1, alone.backward));
      const bool sameTogether = alone == make(c, operands, level, 3, pool);
      if (!(error <= tolerance) || !sameTogether) {
        std::printf("operands, %s, case %td: error %.1e of the largest value%s\n", name, &c - cases.data(), error,
                    sameTogether ? "" : ", differs between thread counts");
        passed = false;
      }
      worst = std::fmax(worst, error);
    }
    std::printf("operands, %-8s worst error %.1e of the largest value over %zu cases\n", name, worst, cases.size());
  }
  return passed ? 0 : 1;
}
