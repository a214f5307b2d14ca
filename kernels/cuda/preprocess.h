// From frames to the rows of the patch embedding's product: row ((b, t'), patch) holds a tube of pixels in the order of
// the kernel's weights, [3, tubelet, y, x].
#pragma once

#include <cuda_runtime_api.h>

#include <map>
#include <utility>

#include "device-memory.h"
#include "encoder-sizes.h"
#include "selective-scan.h"

namespace videre::cuda {

/** What the patch kernels need of a model. */
struct PatchGeometry {
  int imageSize, frames, tubelet, patchSize, patchesPerEdge, patchValues;
};
PatchGeometry patchGeometryOf(const VideoEncoderConfig& config, const EncoderSizes& sizes);

/** @param pixels [batch, frames, 3, S, S] @param patches [batch * patches of a clip, patchValues] of `type` */
cudaError_t gatherPatches(const float* pixels, void* patches, NumberType type, const PatchGeometry& geometry, int batch,
                          cudaStream_t stream);

/** Bicubic weights of one axis, as `src/model/preprocess/axis-filter.ts` computes them; on the device. */
struct AxisFilter {
  int taps = 0;
  DeviceBuffer first;    // int [output], the first input sample of each output sample
  DeviceBuffer weights;  // float [output, taps]
  AxisFilter(int inputSize, int outputSize, bool antialias);
};

/** Resizes clips to the model's square, rounds to 8 bit levels, normalizes and gathers patches; keeps filters and scratch. */
class ClipResizer {
 public:
  ClipResizer(const VideoEncoderConfig& config, const EncoderSizes& sizes);

  /**
   * @param frames [frames, height, width, 3] of one clip, on the device; read when the stream gets there
   * @param patches where the clip's rows begin
   */
  void resize(const unsigned char* frames, int width, int height, void* patches, NumberType type, cudaStream_t stream);

 private:
  const AxisFilter& filter(int inputSize);
  PatchGeometry geometry_;
  bool antialias_;
  DeviceBuffer levels_;  // float [3, 256], the normalized value of each level
  std::map<int, AxisFilter> filters_;
  DeviceBuffer rows_;    // float [frames, height, S, 3], after the horizontal pass
};

}  // namespace videre::cuda
