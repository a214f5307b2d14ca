// The sizes that follow from a configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "failure.h"

namespace videre::cuda {

struct EncoderSizes {
  int width;          // C
  int channels;       // E
  int states;         // N
  int rank;           // of delta, rounded up to 8 so that rows of `projected` start on 16 bytes
  int projected;      // P: delta's rank, B and C
  int timeSteps;      // T'
  int patchesPerEdge;
  int patchesPerFrame;
  int patchValues;    // K of the patch embedding
  int patches;        // of a clip
  int tokens;         // L

  /** @throws Failure `invalidModel` when the configuration is none this build computes. */
  explicit EncoderSizes(const VideoEncoderConfig& c) {
    const auto refuse = [](const std::string& what, long value, const std::string& accepted) {
      throw Failure(ErrorCode::invalidModel,
                    "The CUDA engine cannot run a model with " + what + " " + std::to_string(value) + "; it takes " +
                        accepted + ". The CPU engine may run it.");
    };
    if (c.stateSize != 16) refuse("stateSize", c.stateSize, "16");
    if (c.convWidth != 4) refuse("convWidth", c.convWidth, "4");
    if (c.width < 8 || c.width > 1024 || c.width % 8 != 0) refuse("width", c.width, "multiples of 8 up to 1024");
    if (c.expand < 1 || c.expand > 8) refuse("expand", c.expand, "1 to 8");
    if (c.depth < 1) refuse("depth", c.depth, "at least 1");
    if (c.dtRank < 1) refuse("dtRank", c.dtRank, "at least 1");
    if (c.patchSize < 1 || c.patchSize > c.imageSize) refuse("patchSize", c.patchSize, "1 up to the image's edge");
    if (c.tubelet < 1 || c.frames < c.tubelet) refuse("tubelet", c.tubelet, "1 up to the number of frames");
    if (c.outputs < 1) refuse("outputs", c.outputs, "at least 1");
    if (c.maxBatch < 1) refuse("maxBatch", c.maxBatch, "at least 1");
    width = c.width;
    channels = c.width * c.expand;
    states = c.stateSize;
    rank = (c.dtRank + 7) / 8 * 8;
    projected = rank + 2 * states;
    timeSteps = c.frames / c.tubelet;
    patchesPerEdge = c.imageSize / c.patchSize;
    patchesPerFrame = patchesPerEdge * patchesPerEdge;
    patchValues = 3 * c.tubelet * c.patchSize * c.patchSize;
    if (patchValues % 8 != 0) refuse("patchSize", c.patchSize, "sizes whose patches hold a multiple of 8 values");
    patches = timeSteps * patchesPerFrame;
    tokens = 1 + patches;
  }

  std::size_t rows(int batch) const { return static_cast<std::size_t>(batch) * tokens; }
};

}  // namespace videre::cuda
