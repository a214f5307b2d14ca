#include "selective-scan-kernel.h"
#include "simd-portable.h"

namespace videre {

const ScanKernel portableScanKernel = {ChannelScan<Portable>::scratchFloats, runScanTask<Portable>};

}  // namespace videre
