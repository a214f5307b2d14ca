// What a translation unit compiled for one instruction set offers to the dispatcher. Nothing here may need code
// (no inline functions): the header is compiled with every set of flags, and the linker keeps one copy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../include/selective_scan.h"

namespace videre {

// Both directions of some channels of one batch row: what one thread does without asking for more.
struct ScanTask {
  std::int64_t batch;
  std::int64_t firstChannel;  // a multiple of `scanChannelUnit`, so that results do not depend on the division
  std::int64_t channels;
};

// A multiple of every vector width, and a whole number of cache lines.
constexpr std::int64_t scanChannelUnit = 32;

struct ScanKernel {
  // Room a task needs, in floats.
  std::size_t (*scratchFloats)(const ScanParameters& parameters, std::int64_t channels);
  // `scratch` belongs to the calling thread; results do not depend on what it holds.
  void (*run)(const ScanParameters& parameters, const ScanTask& task, float* scratch);
};

extern const ScanKernel portableScanKernel;
#if defined(__x86_64__)
extern const ScanKernel avx2ScanKernel;
extern const ScanKernel avx512ScanKernel;
#endif

}  // namespace videre
