#include "selective-scan-kernel.h"
#include "simd-avx512.h"

namespace videre {

const ScanKernel avx512ScanKernel = {ChannelScan<Avx512>::scratchFloats, runScanTask<Avx512>};

}  // namespace videre
