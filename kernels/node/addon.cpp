// Node-API face of the kernels: checks what it is handed and nothing else. Exports
//   selectiveScanLevels: string[]   what this machine can run, slowest first
//   selectiveScan(level, threads, shape, input, out)   `shape`, `input` as in src/model/selective-scan.ts
// A wrong argument throws a TypeError with the properties op, operand, shape, expected, actual.

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <string>

#include "../cpu/selective-scan.h"

namespace {

using videre::ScanDirection;
using videre::ScanLevel;
using videre::ScanParameters;
using videre::ScanShape;

const char* nameOf(ScanLevel level) {
  switch (level) {
    case ScanLevel::avx512:
      return "avx512";
    case ScanLevel::avx2:
      return "avx2";
    case ScanLevel::portable:
      return "scalar";
  }
  return "unknown";
}

/**
 * One pool for the process, whichever threads load the addon. It is owned by the addon's instances and ends with the
 * last of them, so that no helper outlives the library's code when Node unloads it.
 */
std::shared_ptr<videre::ThreadPool> sharedThreadPool() {
  static std::mutex mutex;
  static std::weak_ptr<videre::ThreadPool> pool;
  const std::lock_guard lock(mutex);
  std::shared_ptr<videre::ThreadPool> existing = pool.lock();
  if (existing == nullptr) {
    existing = std::make_shared<videre::ThreadPool>();
    pool = existing;
  }
  return existing;
}

/** Reads the arguments of one call; errors name the operand and the shape. */
class ScanArguments {
 public:
  explicit ScanArguments(const Napi::CallbackInfo& info) : env_(info.Env()) {
    level_ = readLevel(info[0]);
    threads_ = static_cast<int>(size(info[1], "threads", maxThreads));
    if (!info[2].IsObject() || !info[3].IsObject()) fail("input", "shape and input objects", "something else");
    readShape(info[2].As<Napi::Object>());
    const Napi::Object input = info[3].As<Napi::Object>();
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
    parameters_.out = floats(info[4], "out", rows_ * shape.channels);
  }

  const ScanParameters& parameters() const { return parameters_; }
  ScanLevel level() const { return level_; }
  int threads() const { return threads_; }

 private:
  static constexpr std::int64_t maxThreads = 1024;
  // Products of two sizes stay far from overflow.
  static constexpr std::int64_t maxSize = std::int64_t{1} << 31;

  [[noreturn]] void fail(const std::string& operand, const std::string& expected, const std::string& actual) const {
    const ScanShape& shape = parameters_.shape;
    const std::string shapeText = "B=" + std::to_string(shape.batch) + " L=" + std::to_string(shape.length) +
                                  " E=" + std::to_string(shape.channels) + " N=" + std::to_string(shape.states);
    const std::string message =
        "selectiveScan: " + operand + " must be " + expected + ", not " + actual + " (" + shapeText + ")";
    Napi::TypeError error = Napi::TypeError::New(env_, message);
    error.Set("op", Napi::String::New(env_, "selectiveScan"));
    error.Set("operand", Napi::String::New(env_, operand));
    error.Set("shape", Napi::String::New(env_, shapeText));
    error.Set("expected", Napi::String::New(env_, expected));
    error.Set("actual", Napi::String::New(env_, actual));
    throw error;
  }

  std::int64_t size(const Napi::Value& value, const char* operand, std::int64_t largest) const {
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1.0;
    const bool inRange = number >= 1.0 && number <= static_cast<double>(largest);
    if (!inRange || number != std::floor(number)) {
      fail(operand, "a whole number from 1 to " + std::to_string(largest), value.ToString().Utf8Value());
    }
    return static_cast<std::int64_t>(number);
  }

  ScanLevel readLevel(const Napi::Value& value) const {
    const std::string name = value.ToString().Utf8Value();
    std::string known;
    for (const ScanLevel level : videre::availableScanLevels()) {
      if (name == nameOf(level)) return level;
      known += known.empty() ? nameOf(level) : std::string(" or ") + nameOf(level);
    }
    fail("level", known, name);
  }

  void readShape(const Napi::Object& object) {
    ScanShape& shape = parameters_.shape;
    shape.batch = size(object.Get("batch"), "batch", maxSize);
    shape.length = size(object.Get("length"), "length", maxSize);
    shape.channels = size(object.Get("channels"), "channels", maxSize);
    shape.states = size(object.Get("states"), "states", maxSize);
    if (shape.batch * shape.length > maxSize) fail("shape", "at most 2^31 tokens", "more");
    rows_ = shape.batch * shape.length;
  }

  std::int64_t stride(const Napi::Value& value, const char* operand, std::int64_t width) const {
    const std::int64_t stride = size(value, operand, maxSize);
    if (stride < width) fail(operand, "at least " + std::to_string(width), std::to_string(stride));
    return stride;
  }

  // The last row need not be followed by a gap.
  std::int64_t strided(std::int64_t stride, std::int64_t width) const { return (rows_ - 1) * stride + width; }

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

  void readDirection(const Napi::Value& value, const std::string& name, ScanDirection& direction) const {
    if (value.IsUndefined()) return;
    if (!value.IsObject()) fail(name, "an object", "something else");
    const Napi::Object object = value.As<Napi::Object>();
    const ScanShape& shape = parameters_.shape;
    const auto operand = [&](const char* key, std::int64_t atLeast) {
      return floats(object.Get(key), name + "." + key, atLeast);
    };
    direction.bcStride = stride(object.Get("bcStride"), "bcStride", shape.states);
    direction.u = operand("u", rows_ * shape.channels);
    direction.delta = operand("delta", rows_ * shape.channels);
    direction.A = operand("A", shape.channels * shape.states);
    direction.B = operand("B", strided(direction.bcStride, shape.states));
    direction.C = operand("C", strided(direction.bcStride, shape.states));
    direction.D = operand("D", shape.channels);
    direction.deltaBias = operand("deltaBias", shape.channels);
  }

  Napi::Env env_;
  ScanParameters parameters_;
  ScanLevel level_ = ScanLevel::portable;
  int threads_ = 1;
  std::int64_t rows_ = 0;
};

class VidereScan : public Napi::Addon<VidereScan> {
 public:
  VidereScan(Napi::Env env, Napi::Object exports) : pool_(sharedThreadPool()) {
    const Napi::Array levels = Napi::Array::New(env);
    for (const ScanLevel level : videre::availableScanLevels()) {
      levels.Set(levels.Length(), Napi::String::New(env, nameOf(level)));
    }
    DefineAddon(exports, {InstanceValue("selectiveScanLevels", levels, napi_enumerable),
                          InstanceMethod("selectiveScan", &VidereScan::selectiveScan, napi_enumerable)});
  }

 private:
  Napi::Value selectiveScan(const Napi::CallbackInfo& info) {
    const ScanArguments arguments(info);
    try {
      videre::selectiveScan(arguments.parameters(), arguments.level(), arguments.threads(), *pool_);
    } catch (const std::bad_alloc&) {
      throw Napi::Error::New(info.Env(), "selectiveScan: not enough memory for scratch space");
    }
    return info.Env().Undefined();
  }

  std::shared_ptr<videre::ThreadPool> pool_;
};

NODE_API_ADDON(VidereScan)

}  // namespace
