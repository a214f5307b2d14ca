// Sixteen float lanes of AVX-512 (F, DQ, BW, VL).
#pragma once

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns about the deliberately undefined operands inside its own intrinsics (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include "decay-table.h"

namespace videre {
namespace {

struct Avx512 {
  static constexpr int lanes = 16;
  static constexpr int registers = 32;

  __m512 value;

  static Avx512 broadcast(float x) { return {_mm512_set1_ps(x)}; }
  static Avx512 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Avx512 loadFirst(const float* p, int count) { return {_mm512_maskz_loadu_ps(first(count), p)}; }
  void store(float* p) const { _mm512_storeu_ps(p, value); }
  void storeFirst(float* p, int count) const { _mm512_mask_storeu_ps(p, first(count), value); }

  friend Avx512 operator+(Avx512 a, Avx512 b) { return {_mm512_add_ps(a.value, b.value)}; }
  friend Avx512 operator-(Avx512 a, Avx512 b) { return {_mm512_sub_ps(a.value, b.value)}; }
  friend Avx512 operator*(Avx512 a, Avx512 b) { return {_mm512_mul_ps(a.value, b.value)}; }
  friend Avx512 operator/(Avx512 a, Avx512 b) { return {_mm512_div_ps(a.value, b.value)}; }
  static Avx512 fma(Avx512 a, Avx512 b, Avx512 c) { return {_mm512_fmadd_ps(a.value, b.value, c.value)}; }
  static Avx512 max(Avx512 a, Avx512 b) { return {_mm512_max_ps(a.value, b.value)}; }
  static Avx512 negativeMagnitude(Avx512 a) { return {_mm512_or_ps(a.value, _mm512_set1_ps(-0.0f))}; }
  static bool anyLess(Avx512 a, Avx512 b) { return _mm512_cmp_ps_mask(a.value, b.value, _CMP_LT_OQ) != 0; }
  static Avx512 scaleByPowerOfTwo(Avx512 a, Avx512 shifted) {
    const __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(shifted.value), 23);
    return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a.value), exponent))};
  }

  /**
   * exp2(delta * rate) for exponents in [-120, 0]. A table of 2^(i/32) in two registers (one permute of two sources
   * looks it up) and a quadratic for the rest of the cell: with the recurrence, 12 arithmetic instructions a state
   * update of which 6 need a multiplier. Measured on Zen 4: 7.8 G state updates/s against 5.7 with a polynomial of
   * degree 5 and no table.
   *
   * With x = delta * rate + shift, cell = x rounded to 1/32 (less 46/32) and g = x - cell in 46/32 +- 1/64:
   * exp2(delta * rate) = 2^cell (g^2 + offset) / (shift^2 + offset). Completing the square makes the quadratic one fma;
   * its centre has to be a multiple of 1/32, which leaves shift and offset free. They are chosen so that the error is
   * zero at exponent 0 and (error / exponent) is smallest over the cell, because what matters to a state that decays
   * slowly is its rate: 1e-5 of it at most before rounding. Relative error of the result, measured: 4.3e-7 for
   * exponents down to -1, 8.1e-7 to -20, 2.5e-6 to -120 (x is rounded), where nothing of the state is left.
   */
  class Decay {
   public:
    Decay() {
      alignas(64) std::int32_t table[32];
      fillDecayTable<32>(table, __builtin_fmaf(shift, shift, offset));
      low_ = _mm512_load_si512(table);
      high_ = _mm512_load_si512(table + 16);
    }

    Avx512 operator()(Avx512 delta, Avx512 rate) const {
      const Avx512 x = fma(delta, rate, broadcast(shift));
      const Avx512 cell = x + broadcast(gridOf32nds - 46.0f / 32.0f);
      const Avx512 g = x - (cell - broadcast(gridOf32nds));
      const __m512i bits = _mm512_castps_si512(cell.value);
      const __m512i power =
          _mm512_add_epi32(_mm512_slli_epi32(bits, 18), _mm512_permutex2var_epi32(low_, bits, high_));
      return Avx512{_mm512_castsi512_ps(power)} * fma(g, g, broadcast(offset));
    }

   private:
    static constexpr float shift = 1.4530991f;
    static constexpr float offset = 2.0813011f;
    // Adding it leaves multiples of 1/32 in the low bits of the mantissa.
    static constexpr float gridOf32nds = 0x1.8p18f;
    __m512i low_, high_;
  };

 private:
  static __mmask16 first(int count) { return static_cast<__mmask16>((1u << count) - 1u); }
};

}  // namespace
}  // namespace videre
