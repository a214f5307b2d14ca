// Eight float lanes of AVX2 with FMA.
#pragma once

#include <immintrin.h>

#include "decay-table.h"

namespace videre {
namespace {

struct Avx2 {
  static constexpr int lanes = 8;
  static constexpr int registers = 16;

  __m256 value;

  static Avx2 broadcast(float x) { return {_mm256_set1_ps(x)}; }
  static Avx2 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Avx2 loadFirst(const float* p, int count) { return {_mm256_maskload_ps(p, first(count))}; }
  void store(float* p) const { _mm256_storeu_ps(p, value); }
  void storeFirst(float* p, int count) const { _mm256_maskstore_ps(p, first(count), value); }

  friend Avx2 operator+(Avx2 a, Avx2 b) { return {_mm256_add_ps(a.value, b.value)}; }
  friend Avx2 operator-(Avx2 a, Avx2 b) { return {_mm256_sub_ps(a.value, b.value)}; }
  friend Avx2 operator*(Avx2 a, Avx2 b) { return {_mm256_mul_ps(a.value, b.value)}; }
  friend Avx2 operator/(Avx2 a, Avx2 b) { return {_mm256_div_ps(a.value, b.value)}; }
  static Avx2 fma(Avx2 a, Avx2 b, Avx2 c) { return {_mm256_fmadd_ps(a.value, b.value, c.value)}; }
  static Avx2 max(Avx2 a, Avx2 b) { return {_mm256_max_ps(a.value, b.value)}; }
  static Avx2 negativeMagnitude(Avx2 a) { return {_mm256_or_ps(a.value, _mm256_set1_ps(-0.0f))}; }
  static bool anyLess(Avx2 a, Avx2 b) {
    return _mm256_movemask_ps(_mm256_cmp_ps(a.value, b.value, _CMP_LT_OQ)) != 0;
  }
  static Avx2 scaleByPowerOfTwo(Avx2 a, Avx2 shifted) {
    const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(shifted.value), 23);
    return {_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a.value), exponent))};
  }

  /**
   * exp2(delta * rate) for exponents in [-120, 0]: a table of 2^(i/8) in one register, and a cubic for the rest of the
   * cell, scaled to be monic so that its first step is an addition. Exact at exponent 0; relative error 1.9e-7,
   * measured.
   */
  class Decay {
   public:
    Decay() {
      alignas(32) std::int32_t table[8];
      fillDecayTable<8>(table, constant);
      table_ = _mm256_load_si256(reinterpret_cast<const __m256i*>(table));
    }

    Avx2 operator()(Avx2 delta, Avx2 rate) const {
      const Avx2 x = delta * rate;
      const Avx2 cell = x + broadcast(gridOfEighths);
      const Avx2 f = x - (cell - broadcast(gridOfEighths));
      const __m256i bits = _mm256_castps_si256(cell.value);
      const __m256i power = _mm256_add_epi32(_mm256_slli_epi32(bits, 20), _mm256_permutevar8x32_epi32(table_, bits));
      const Avx2 cubic = fma(fma(f + broadcast(quadratic), f, broadcast(linear)), f, broadcast(constant));
      return Avx2{_mm256_castsi256_ps(power)} * cubic;
    }

   private:
    // The minimax 1 + 0.693147175 f + 0.240254687 f^2 + 0.0555106195 f^3 on [-1/16, 1/16], divided by its last term.
    static constexpr float constant = 1.0f / 0.0555106195f;
    static constexpr float linear = 0.693147175f / 0.0555106195f;
    static constexpr float quadratic = 0.240254687f / 0.0555106195f;
    // Adding it leaves multiples of 1/8 in the low bits of the mantissa.
    static constexpr float gridOfEighths = 0x1.8p20f;
    __m256i table_;
  };

 private:
  static __m256i first(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

}  // namespace
}  // namespace videre
