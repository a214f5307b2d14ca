#include "instruction-level.h"

namespace videre {

std::vector<InstructionLevel> availableLevels() {
  std::vector<InstructionLevel> levels{InstructionLevel::portable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) levels.push_back(InstructionLevel::avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    levels.push_back(InstructionLevel::avx512);
  }
#endif
  return levels;
}

bool hasInt8DotProduct() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vnni");
#else
  return true;
#endif
}

}  // namespace videre
