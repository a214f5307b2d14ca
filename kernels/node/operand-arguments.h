#pragma once

#include "../include/scan_operands.h"
#include "kernel-arguments.h"

namespace videre {

/** (shape, input, output) of makeScanOperands. */
class OperandArguments : public KernelArguments {
 public:
  OperandArguments(const Napi::Value& shapeValue, const Napi::Value& inputValue, const Napi::Value& outputValue)
      : KernelArguments(shapeValue.Env(), "makeScanOperands") {
    readShape(object(shapeValue, "shape"));
    const Napi::Object input = object(inputValue, "input");
    const Napi::Object output = object(outputValue, "output");
    const OperandShape& shape = parameters_.shape;
    parameters_.xStride = stride(input.Get("xStride"), "xStride", shape.channels);
    parameters_.x = floats(input.Get("x"), "x", (rows_ - 1) * parameters_.xStride + shape.channels);
    readDirection(input, output, "forward", parameters_.forward);
    readDirection(input, output, "backward", parameters_.backward);
  }

  const OperandParameters& parameters() const { return parameters_; }

 private:
  void readShape(const Napi::Object& object) {
    OperandShape& shape = parameters_.shape;
    shape.batch = size(object.Get("batch"), "batch");
    shape.length = size(object.Get("length"), "length");
    shape.channels = size(object.Get("channels"), "channels");
    shape.taps = size(object.Get("taps"), "taps");
    shape.projected = size(object.Get("projected"), "projected");
    describeShape("B=" + std::to_string(shape.batch) + " L=" + std::to_string(shape.length) +
                  " E=" + std::to_string(shape.channels) + " W=" + std::to_string(shape.taps) +
                  " P=" + std::to_string(shape.projected));
    if (shape.batch * shape.length > maxSize) fail("shape", "at most 2^31 tokens", "more");
    rows_ = shape.batch * shape.length;
  }

  void readDirection(const Napi::Object& input, const Napi::Object& output, const std::string& name,
                     OperandDirection& direction) const {
    const OperandShape& shape = parameters_.shape;
    const auto operand = [&](const Napi::Object& from, const char* key, std::int64_t atLeast) {
      return floats(object(from.Get(name), name).Get(key), name + "." + key, atLeast);
    };
    direction.taps = operand(input, "taps", shape.taps * shape.channels);
    direction.bias = operand(input, "bias", shape.channels);
    direction.projection = operand(input, "projection", shape.channels * shape.projected);
    direction.u = operand(output, "u", rows_ * shape.channels);
    direction.projected = operand(output, "projected", rows_ * shape.projected);
  }

  OperandParameters parameters_;
  std::int64_t rows_ = 0;
};

}  // namespace videre
