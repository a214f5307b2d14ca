// Reading what JavaScript hands over: whatever is not what a kernel takes for granted throws a TypeError with the
// properties op, operand, shape, expected, actual.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <string>

namespace videre {

/** The checks of a kernel's arguments, whichever processor it runs on. */
class KernelArguments {
 protected:
  // Products of two sizes stay far from overflow.
  static constexpr std::int64_t maxSize = std::int64_t{1} << 31;

  KernelArguments(Napi::Env env, const char* op) : env_(env), op_(op) {}

  /** What errors say of the shape, once it is known. */
  void describeShape(const std::string& text) { shapeText_ = text; }

  [[noreturn]] void fail(const std::string& operand, const std::string& expected, const std::string& actual) const {
    const std::string message =
        op_ + ": " + operand + " must be " + expected + ", not " + actual + " (" + shapeText_ + ")";
    Napi::TypeError error = Napi::TypeError::New(env_, message);
    error.Set("op", Napi::String::New(env_, op_));
    error.Set("operand", Napi::String::New(env_, operand));
    error.Set("shape", Napi::String::New(env_, shapeText_));
    error.Set("expected", Napi::String::New(env_, expected));
    error.Set("actual", Napi::String::New(env_, actual));
    throw error;
  }

  Napi::Object object(const Napi::Value& value, const std::string& name) const {
    if (!value.IsObject()) fail(name, "an object", "something else");
    return value.As<Napi::Object>();
  }

  std::int64_t size(const Napi::Value& value, const std::string& operand, std::int64_t largest = maxSize) const {
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1.0;
    const bool inRange = number >= 1.0 && number <= static_cast<double>(largest);
    if (!inRange || number != std::floor(number)) {
      fail(operand, "a whole number from 1 to " + std::to_string(largest), value.ToString().Utf8Value());
    }
    return static_cast<std::int64_t>(number);
  }

  std::int64_t stride(const Napi::Value& value, const std::string& operand, std::int64_t width) const {
    const std::int64_t stride = size(value, operand);
    if (stride < width) fail(operand, "at least " + std::to_string(width), std::to_string(stride));
    return stride;
  }

  float* floats(const Napi::Value& value, const std::string& operand, std::int64_t atLeast) const {
    napi_typedarray_type type = napi_uint8_array;
    std::size_t length = 0;
    void* data = nullptr;
    const bool isRead =
        value.IsTypedArray() &&
        napi_get_typedarray_info(env_, value, &type, &length, &data, nullptr, nullptr) == napi_ok;
    if (!isRead || type != napi_float32_array) {
      fail(operand, "a Float32Array", "something else");
    }
    if (length < static_cast<std::uint64_t>(atLeast)) {
      fail(operand, std::to_string(atLeast) + " floats or more", std::to_string(length));
    }
    return static_cast<float*>(data);
  }

 private:
  Napi::Env env_;
  std::string op_;
  std::string shapeText_ = "no shape yet";
};

}  // namespace videre
