#pragma once

#include <vector>

#include "../include/selective_scan.h"
#include "thread-pool.h"

namespace videre {

enum class ScanLevel { portable, avx2, avx512 };

/** What this processor and operating system can run, slowest first. */
std::vector<ScanLevel> availableScanLevels();

/**
 * Fills `parameters.out`. The shape's sizes are at least 1 and the operands hold what the shape and strides say: the
 * caller has checked. Results do not depend on `threads`.
 * @throws std::bad_alloc if there is no room for scratch memory; `out` is untouched then.
 */
void selectiveScan(const ScanParameters& parameters, ScanLevel level, int threads, ThreadPool& pool);

}  // namespace videre
