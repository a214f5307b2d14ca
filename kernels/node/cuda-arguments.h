// Reading what JavaScript hands the CUDA encoder: whatever is of the wrong type throws a TypeError that names it. Sizes
// and counts are the encoder's own to check.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "../include/video_encoder_cuda.h"

namespace videre::cuda {

[[noreturn]] inline void failArgument(Napi::Env env, const std::string& what, const std::string& expected) {
  throw Napi::TypeError::New(env, what + " must be " + expected);
}

inline int readInteger(const Napi::Object& from, const char* key) {
  const Napi::Value value = from.Get(key);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!(std::abs(number) < 2147483648.0) || number != std::floor(number)) {
    failArgument(from.Env(), key, "a whole number below 2^31");
  }
  return static_cast<int>(number);
}

inline float readFloat(const Napi::Object& from, const char* key) {
  const Napi::Value value = from.Get(key);
  if (!value.IsNumber()) failArgument(from.Env(), key, "a number");
  return value.As<Napi::Number>().FloatValue();
}

inline void readChannels(const Napi::Object& from, const char* key, float (&channels)[3]) {
  const Napi::Value value = from.Get(key);
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 3) failArgument(from.Env(), key, "three numbers");
  for (std::uint32_t i = 0; i < 3; i++) {
    const Napi::Value channel = value.As<Napi::Array>()[i];
    if (!channel.IsNumber()) failArgument(from.Env(), key, "three numbers");
    channels[i] = channel.As<Napi::Number>().FloatValue();
  }
}

inline bool readChoice(const Napi::Object& from, const char* key, const char* yes, const char* no) {
  const std::string choice = from.Get(key).ToString();
  if (choice != yes && choice != no) failArgument(from.Env(), key, std::string(yes) + " or " + no);
  return choice == yes;
}

inline VideoEncoderConfig readConfig(const Napi::Value& value) {
  if (!value.IsObject()) failArgument(value.Env(), "config", "an object");
  const Napi::Object given = value.As<Napi::Object>();
  VideoEncoderConfig config;
  config.kind =
      readChoice(given, "kind", "retrieval", "classification") ? ModelKind::retrieval : ModelKind::classification;
  config.width = readInteger(given, "width");
  config.depth = readInteger(given, "depth");
  config.stateSize = readInteger(given, "stateSize");
  config.convWidth = readInteger(given, "convWidth");
  config.expand = readInteger(given, "expand");
  config.dtRank = readInteger(given, "dtRank");
  config.patchSize = readInteger(given, "patchSize");
  config.tubelet = readInteger(given, "tubelet");
  config.imageSize = readInteger(given, "imageSize");
  config.frames = readInteger(given, "frames");
  config.outputs = readInteger(given, "outputs");
  config.normEps = readFloat(given, "normEps");
  config.antialias = given.Get("antialias").ToBoolean();
  readChannels(given, "mean", config.mean);
  readChannels(given, "std", config.std);
  config.precision = readChoice(given, "precision", "bf16", "f16") ? Precision::bfloat16 : Precision::float16;
  config.maxBatch = readInteger(given, "maxBatch");
  config.device = readInteger(given, "device");
  return config;
}

template <class Element>
struct View {
  const Element* data;
  std::size_t length;
};

/** The elements of a Float32Array or Uint8Array; they live as long as the array does. */
template <class Element>
View<Element> readElements(const Napi::Value& value, const std::string& what) {
  constexpr bool isFloat = std::is_same_v<Element, float>;
  napi_typedarray_type type = napi_int8_array;
  std::size_t length = 0;
  void* data = nullptr;
  const bool isRead = value.IsTypedArray() && napi_get_typedarray_info(value.Env(), value, &type, &length, &data,
                                                                       nullptr, nullptr) == napi_ok;
  if (!isRead || type != (isFloat ? napi_float32_array : napi_uint8_array)) {
    failArgument(value.Env(), what, isFloat ? "a Float32Array" : "a Uint8Array");
  }
  return {static_cast<const Element*>(data), length};
}

/** @param value an object of { name: { values: Float32Array, shape: number[] } } */
inline TensorTable readTensors(const Napi::Value& value) {
  if (!value.IsObject()) failArgument(value.Env(), "tensors", "an object");
  TensorTable tensors;
  const Napi::Object given = value.As<Napi::Object>();
  const Napi::Array names = given.GetPropertyNames();
  for (std::uint32_t i = 0; i < names.Length(); i++) {
    const std::string name = names.Get(i).ToString();
    const Napi::Value tensor = given.Get(name);
    if (!tensor.IsObject()) failArgument(value.Env(), name, "a tensor");
    const Napi::Value dims = tensor.As<Napi::Object>().Get("shape");
    if (!dims.IsArray()) failArgument(value.Env(), name + ".shape", "an array");
    TensorView view;
    std::int64_t count = 1;
    for (std::uint32_t axis = 0; axis < dims.As<Napi::Array>().Length(); axis++) {
      view.shape.push_back(dims.As<Napi::Array>().Get(axis).ToNumber().Int64Value());
      count *= view.shape.back();
    }
    const View<float> values = readElements<float>(tensor.As<Napi::Object>().Get("values"), name + ".values");
    if (count < 0 || values.length != static_cast<std::uint64_t>(count)) {
      failArgument(value.Env(), name + ".values", "as long as its shape says");
    }
    view.data = values.data;
    tensors.emplace(name, std::move(view));
  }
  return tensors;
}

/** Frames of several clips as the encoder takes them. Pointers into JavaScript's arrays: whoever holds it holds those. */
class ClipBatch {
 public:
  /** @param value an array of { width, height, frames: Uint8Array[] }, `frameCount` frames each */
  ClipBatch(const Napi::Value& value, int frameCount) {
    if (!value.IsArray()) failArgument(value.Env(), "clips", "an array");
    const Napi::Array given = value.As<Napi::Array>();
    frames_.reserve(std::size_t{given.Length()} * static_cast<std::size_t>(frameCount));
    for (std::uint32_t i = 0; i < given.Length(); i++) addClip(given.Get(i), frameCount);
    for (std::size_t i = 0; i < clips_.size(); i++) {
      clips_[i].frames = frames_.data() + i * static_cast<std::size_t>(frameCount);
    }
  }

  const ClipView* clips() const { return clips_.data(); }
  std::size_t count() const { return clips_.size(); }

 private:
  void addClip(const Napi::Value& value, int frameCount) {
    if (!value.IsObject()) failArgument(value.Env(), "clips", "an array of clips");
    const Napi::Object clip = value.As<Napi::Object>();
    const ClipView view{nullptr, readInteger(clip, "width"), readInteger(clip, "height")};
    const Napi::Value frames = clip.Get("frames");
    if (!frames.IsArray() || frames.As<Napi::Array>().Length() != static_cast<std::uint32_t>(frameCount)) {
      failArgument(value.Env(), "frames", std::to_string(frameCount) + " pictures");
    }
    for (std::uint32_t t = 0; t < static_cast<std::uint32_t>(frameCount); t++) {
      const View<std::uint8_t> frame = readElements<std::uint8_t>(frames.As<Napi::Array>().Get(t), "a frame");
      if (view.width < 1 || view.height < 1 ||
          frame.length != std::uint64_t{3} * static_cast<std::uint32_t>(view.width) *
                              static_cast<std::uint32_t>(view.height)) {
        failArgument(value.Env(), "a frame",
                     std::to_string(view.width) + " x " + std::to_string(view.height) + " RGB pixels, not " +
                         std::to_string(frame.length) + " bytes");
      }
      frames_.push_back(frame.data);
    }
    clips_.push_back(view);
  }

  std::vector<ClipView> clips_;
  std::vector<const std::uint8_t*> frames_;
};

}  // namespace videre::cuda
