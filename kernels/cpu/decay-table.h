#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace videre {
namespace {

/**
 * Entry i is what has to be added to (cell << (23 - log2 Cells)) to get the bits of the float
 * 2^(cell / Cells) / divisor, where i is `cell` modulo `Cells`: the shift puts the whole part into the exponent field,
 * the fraction into the mantissa, and the entry replaces that fraction. `divisor` is the polynomial's value at
 * exponent 0, so that a state with no decay is kept exactly.
 */
template <int Cells>
void fillDecayTable(std::int32_t (&table)[Cells], float divisor) {
  static_assert(Cells > 1 && (Cells & (Cells - 1)) == 0);
  constexpr std::uint32_t fractionUnit = (1u << 23) / Cells;
  for (int i = 0; i < Cells; ++i) {
    const float power = static_cast<float>(std::exp2(i / static_cast<double>(Cells)) / divisor);
    std::uint32_t bits;
    std::memcpy(&bits, &power, sizeof bits);
    table[i] = static_cast<std::int32_t>(bits - static_cast<std::uint32_t>(i) * fractionUnit);
  }
}

}  // namespace
}  // namespace videre
