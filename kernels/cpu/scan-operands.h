#pragma once

#include "../include/scan_operands.h"
#include "instruction-level.h"
#include "thread-pool.h"

namespace videre {

/**
 * Fills u and projected of both directions. The shape's sizes are at least 1 and the operands hold what the shape and
 * strides say: the caller has checked. Results do not depend on `threads`.
 * @throws std::bad_alloc if there is no room for scratch memory; the outputs are untouched then.
 */
void makeScanOperands(const OperandParameters& parameters, InstructionLevel level, int threads, ThreadPool& pool);

}  // namespace videre
