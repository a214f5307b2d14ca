// What a translation unit compiled for one instruction set offers to the dispatcher of the scan's operands. Nothing
// here may need code: see scan-kernel.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../include/scan_operands.h"

namespace videre {

// Some tokens of one batch row, all channels and both directions.
struct OperandTask {
  std::int64_t batch;
  std::int64_t firstToken;
  std::int64_t tokens;  // at most `operandTokensPerTask`
};

// A multiple of every register tile's height.
constexpr std::int64_t operandTokensPerTask = 60;

struct OperandKernel {
  // Room a task needs, in floats.
  std::size_t (*scratchFloats)(const OperandShape& shape);
  // `scratch` belongs to the calling thread; results do not depend on what it holds.
  void (*run)(const OperandParameters& parameters, const OperandTask& task, float* scratch);
};

extern const OperandKernel portableOperandKernel;
#if defined(__x86_64__)
extern const OperandKernel avx2OperandKernel;
extern const OperandKernel avx512OperandKernel;
#endif

}  // namespace videre
