#pragma once

#include "../include/selective_scan.h"
#include "kernel-arguments.h"

namespace videre {

/** (shape, input, out) of a selectiveScan. */
class ScanArguments : public KernelArguments {
 public:
  ScanArguments(const Napi::Value& shapeValue, const Napi::Value& inputValue, const Napi::Value& out)
      : KernelArguments(shapeValue.Env(), "selectiveScan") {
    readShape(object(shapeValue, "shape"));
    const Napi::Object input = object(inputValue, "input");
    readDirection(input.Get("forward"), "forward", parameters_.forward);
    readDirection(input.Get("backward"), "backward", parameters_.backward);
    if (parameters_.forward.u == nullptr && parameters_.backward.u == nullptr) {
      fail("input", "a forward or a backward direction", "neither");
    }
    const ScanShape& shape = parameters_.shape;
    if (const Napi::Value z = input.Get("z"); !z.IsUndefined()) {
      parameters_.zStride = stride(input.Get("zStride"), "zStride", shape.channels);
      parameters_.z = floats(z, "z", strided(parameters_.zStride, shape.channels));
    }
    parameters_.out = floats(out, "out", rows_ * shape.channels);
  }

  const ScanParameters& parameters() const { return parameters_; }

 private:
  void readShape(const Napi::Object& object) {
    ScanShape& shape = parameters_.shape;
    shape.batch = size(object.Get("batch"), "batch");
    shape.length = size(object.Get("length"), "length");
    shape.channels = size(object.Get("channels"), "channels");
    shape.states = size(object.Get("states"), "states");
    describeShape("B=" + std::to_string(shape.batch) + " L=" + std::to_string(shape.length) +
                  " E=" + std::to_string(shape.channels) + " N=" + std::to_string(shape.states));
    if (shape.batch * shape.length > maxSize) fail("shape", "at most 2^31 tokens", "more");
    rows_ = shape.batch * shape.length;
  }

  // The last row need not be followed by a gap.
  std::int64_t strided(std::int64_t stride, std::int64_t width) const { return (rows_ - 1) * stride + width; }

  void readDirection(const Napi::Value& value, const std::string& name, ScanDirection& direction) const {
    if (value.IsUndefined()) return;
    const Napi::Object given = object(value, name);
    const ScanShape& shape = parameters_.shape;
    const auto operand = [&](const char* key, std::int64_t atLeast) {
      return floats(given.Get(key), name + "." + key, atLeast);
    };
    direction.bcStride = stride(given.Get("bcStride"), "bcStride", shape.states);
    direction.u = operand("u", rows_ * shape.channels);
    if (given.Get("deltaProjection").IsUndefined()) {
      direction.delta = operand("delta", rows_ * shape.channels);
    } else {
      direction.deltaRank = size(given.Get("deltaRank"), name + ".deltaRank");
      stride(given.Get("bcStride"), "bcStride", direction.deltaRank);
      direction.deltaProjection = operand("deltaProjection", direction.deltaRank * shape.channels);
      direction.delta = operand("delta", strided(direction.bcStride, direction.deltaRank));
    }
    direction.A = operand("A", shape.channels * shape.states);
    direction.B = operand("B", strided(direction.bcStride, shape.states));
    direction.C = operand("C", strided(direction.bcStride, shape.states));
    direction.D = operand("D", shape.channels);
    direction.deltaBias = operand("deltaBias", shape.channels);
  }

  ScanParameters parameters_;
  std::int64_t rows_ = 0;
};

}  // namespace videre
