#pragma once

#include <vector>

namespace videre {

/** The instruction sets the kernels are compiled for. */
enum class InstructionLevel { portable, avx2, avx512 };

/** What this processor and operating system can run, slowest first. */
std::vector<InstructionLevel> availableLevels();

}  // namespace videre
