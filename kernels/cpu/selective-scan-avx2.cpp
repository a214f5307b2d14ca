#include "selective-scan-kernel.h"
#include "simd-avx2.h"

namespace videre {

const ScanKernel avx2ScanKernel = {ChannelScan<Avx2>::scratchFloats, runScanTask<Avx2>};

}  // namespace videre
