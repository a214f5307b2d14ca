// The scan as one would first write it with vectors: one lane per channel, states in registers, all tokens of one
// vector of channels and then the next. The measuring stick of `npm run bench -- scan` where no other is given. It is
// handed delta' (after softplus) and rates to base 2, and knows no gate: less work than the kernel it is held against.
// Built with -march=native, so that it has the machine's widest vectors.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
#include "../cpu/simd-avx512.h"
using Simd = videre::Avx512;
#elif defined(__AVX2__)
#include "../cpu/simd-avx2.h"
using Simd = videre::Avx2;
#else
#include "../cpu/simd-portable.h"
using Simd = videre::Portable;
#endif

namespace {

constexpr int length = 1568, channels = 1152, states = 16;

struct Operands {
  std::vector<float> u, delta, rates, B, C, D, y;
};

// Taylor's polynomial of degree 5 on [-1/2, 1/2], for x <= 0.
inline Simd exp2(Simd x) {
  const Simd grid = Simd::broadcast(0x1.8p23f);
  x = Simd::max(Simd::broadcast(-126.0f), x);
  const Simd whole = x + grid;
  const Simd f = x - (whole - grid);
  Simd p = Simd::broadcast(1.3333558e-3f);
  for (const float coefficient : {9.6181291e-3f, 5.5504109e-2f, 2.4022651e-1f, 6.9314718e-1f, 1.0f}) {
    p = Simd::fma(p, f, Simd::broadcast(coefficient));
  }
  return Simd::scaleByPowerOfTwo(p, whole);
}

void scan(Operands& o, int firstChannel, int endChannel) {
  for (int e = firstChannel; e < endChannel; e += Simd::lanes) {
    Simd h[states], rate[states];
    for (int n = 0; n < states; ++n) {
      h[n] = Simd::broadcast(0.0f);
      rate[n] = Simd::load(&o.rates[static_cast<std::size_t>(n * channels + e)]);
    }
    const Simd D = Simd::load(&o.D[static_cast<std::size_t>(e)]);
    for (int t = 0; t < length; ++t) {
      const std::size_t at = static_cast<std::size_t>(t * channels + e);
      const Simd delta = Simd::load(&o.delta[at]);
      const Simd u = Simd::load(&o.u[at]);
      const Simd deltaU = delta * u;
      Simd y = D * u;
      const float* const B = &o.B[static_cast<std::size_t>(t * states)];
      const float* const C = &o.C[static_cast<std::size_t>(t * states)];
#pragma GCC unroll 16
      for (int n = 0; n < states; ++n) {
        h[n] = Simd::fma(exp2(delta * rate[n]), h[n], deltaU * Simd::broadcast(B[n]));
        y = Simd::fma(h[n], Simd::broadcast(C[n]), y);
      }
      y.store(&o.y[at]);
    }
  }
}

double millisecondsOf(Operands& o, int threads) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back([&o, i, threads] { scan(o, channels * i / threads, channels * (i + 1) / threads); });
  }
  scan(o, 0, channels / threads);
  for (std::thread& other : others) other.join();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main() {
  std::mt19937 generator(1);
  const auto uniform = [&](int count, float low, float high) {
    std::uniform_real_distribution<float> distribution(low, high);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = distribution(generator);
    return values;
  };
  Operands o{uniform(length * channels, -0.5f, 0.5f), uniform(length * channels, 0.0f, 0.1f),
             uniform(states * channels, -23.0f, -1.4f), uniform(length * states, -0.5f, 0.5f),
             uniform(length * states, -0.5f, 0.5f), std::vector<float>(channels, 1.0f),
             std::vector<float>(length * channels, 0.0f)};
  for (const int threads : {1, 2}) {
    double best = millisecondsOf(o, threads);
    for (int i = 1; i < 8; ++i) best = std::min(best, millisecondsOf(o, threads));
    std::printf("threads %d: %.2f ms\n", threads, best);
  }
}
