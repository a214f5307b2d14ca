#include "scan-operands-kernel.h"
#include "simd-avx512.h"

namespace videre {

const OperandKernel avx512OperandKernel = {OperandTile<Avx512>::scratchFloats, runOperandTask<Avx512>};

}  // namespace videre
