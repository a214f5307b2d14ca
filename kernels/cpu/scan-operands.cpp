#include "scan-operands.h"

#include <algorithm>

#include "operand-kernel.h"
#include "task-runner.h"

namespace videre {
namespace {

const OperandKernel& kernelOf(InstructionLevel level) {
  switch (level) {
#if defined(__x86_64__)
    case InstructionLevel::avx512:
      return avx512OperandKernel;
    case InstructionLevel::avx2:
      return avx2OperandKernel;
#endif
    default:
      return portableOperandKernel;
  }
}

}  // namespace

void makeScanOperands(const OperandParameters& parameters, InstructionLevel level, int threads, ThreadPool& pool) {
  const OperandKernel& kernel = kernelOf(level);
  const OperandShape& shape = parameters.shape;
  const std::int64_t tasksPerRow = (shape.length + operandTokensPerTask - 1) / operandTokensPerTask;
  const std::size_t scratchFloats = kernel.scratchFloats(shape);
  runTasks(pool, threads, tasksPerRow * shape.batch, scratchFloats, [&](std::int64_t task, float* scratch) {
    const std::int64_t firstToken = task % tasksPerRow * operandTokensPerTask;
    const std::int64_t tokens = std::min(operandTokensPerTask, shape.length - firstToken);
    kernel.run(parameters, {task / tasksPerRow, firstToken, tokens}, scratch);
  });
}

}  // namespace videre
