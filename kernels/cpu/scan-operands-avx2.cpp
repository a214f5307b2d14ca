#include "scan-operands-kernel.h"
#include "simd-avx2.h"

namespace videre {

const OperandKernel avx2OperandKernel = {OperandTile<Avx2>::scratchFloats, runOperandTask<Avx2>};

}  // namespace videre
