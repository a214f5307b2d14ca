// Four float lanes as a compiler vector (GCC, Clang): SSE2 on any x86-64, NEON on arm64.
#pragma once

#include <cstdint>
#include <cstring>

namespace videre {
namespace {

struct Portable {
  static constexpr int lanes = 4;
#if defined(__aarch64__)
  static constexpr int registers = 32;
#else
  static constexpr int registers = 16;
#endif

  typedef float Floats __attribute__((vector_size(16)));
  typedef std::uint32_t Bits __attribute__((vector_size(16)));

  Floats value;

  static Portable broadcast(float x) { return {Floats{x, x, x, x}}; }
  static Portable load(const float* p) { return loadFirst(p, lanes); }
  static Portable loadFirst(const float* p, int count) {
    Floats lanesRead{};
    std::memcpy(&lanesRead, p, static_cast<std::size_t>(count) * sizeof(float));
    return {lanesRead};
  }
  void store(float* p) const { storeFirst(p, lanes); }
  void storeFirst(float* p, int count) const {
    std::memcpy(p, &value, static_cast<std::size_t>(count) * sizeof(float));
  }

  friend Portable operator+(Portable a, Portable b) { return {a.value + b.value}; }
  friend Portable operator-(Portable a, Portable b) { return {a.value - b.value}; }
  friend Portable operator*(Portable a, Portable b) { return {a.value * b.value}; }
  friend Portable operator/(Portable a, Portable b) { return {a.value / b.value}; }
  /** Rounds twice where the machine has no fused multiply-add. */
  static Portable fma(Portable a, Portable b, Portable c) { return {a.value * b.value + c.value}; }
  static Portable max(Portable a, Portable b) { return {a.value > b.value ? a.value : b.value}; }
  static Portable negativeMagnitude(Portable a) {
    return {reinterpret_cast<Floats>(reinterpret_cast<Bits>(a.value) | 0x80000000u)};
  }
  static bool anyLess(Portable a, Portable b) {
    const auto less = a.value < b.value;
    return (less[0] | less[1] | less[2] | less[3]) != 0;
  }
  static Portable scaleByPowerOfTwo(Portable a, Portable shifted) {
    return {reinterpret_cast<Floats>(reinterpret_cast<Bits>(a.value) + (reinterpret_cast<Bits>(shifted.value) << 23))};
  }

  /** exp2(delta * rate) for exponents in [-120, 0]; exact at exponent 0, relative error 2.6e-7, measured. */
  class Decay {
   public:
    Portable operator()(Portable delta, Portable rate) const {
      const Portable x = delta * rate;
      const Portable whole = x + broadcast(gridOfOnes);
      const Portable f = x - (whole - broadcast(gridOfOnes));
      // Minimax on [-1/2, 1/2].
      Portable p = broadcast(0.00134004366f);
      p = fma(p, f, broadcast(0.00966637295f));
      p = fma(p, f, broadcast(0.0555033318f));
      p = fma(p, f, broadcast(0.24022349f));
      p = fma(p, f, broadcast(0.693147196f));
      p = fma(p, f, broadcast(1.0f));
      return scaleByPowerOfTwo(p, whole);
    }

   private:
    static constexpr float gridOfOnes = 0x1.8p23f;
  };
};

}  // namespace
}  // namespace videre
