#include "scan-operands-kernel.h"
#include "simd-portable.h"

namespace videre {

const OperandKernel portableOperandKernel = {OperandTile<Portable>::scratchFloats, runOperandTask<Portable>};

}  // namespace videre
