#pragma once

#include <vector>

namespace videre {

/** The instruction sets the kernels are compiled for. */
enum class InstructionLevel { portable, avx2, avx512 };

/** What this processor and operating system can run, slowest first. */
std::vector<InstructionLevel> availableLevels();

/** Whether ONNX Runtime's 8-bit products are fast and exact here: before VNNI, x86 adds pairs of them in 16 bits. */
bool hasInt8DotProduct();

}  // namespace videre
