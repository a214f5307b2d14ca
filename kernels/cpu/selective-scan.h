#pragma once

#include "../include/selective_scan.h"
#include "instruction-level.h"
#include "thread-pool.h"

namespace videre {

/**
 * Fills `parameters.out`. The shape's sizes are at least 1 and the operands hold what the shape and strides say: the
 * caller has checked. Results do not depend on `threads`.
 * @throws std::bad_alloc if there is no room for scratch memory; `out` is untouched then.
 */
void selectiveScan(const ScanParameters& parameters, InstructionLevel level, int threads, ThreadPool& pool);

}  // namespace videre
