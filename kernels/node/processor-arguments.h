#pragma once

#include "../cpu/instruction-level.h"
#include "kernel-arguments.h"

namespace videre {

inline const char* nameOf(InstructionLevel level) {
  switch (level) {
    case InstructionLevel::avx512:
      return "avx512";
    case InstructionLevel::avx2:
      return "avx2";
    case InstructionLevel::portable:
      return "scalar";
  }
  return "unknown";
}

/** What every kernel of the processor is called with first: (level, threads, ...). */
class ProcessorArguments : public KernelArguments {
 public:
  ProcessorArguments(const Napi::CallbackInfo& info, const char* op) : KernelArguments(info.Env(), op) {
    level_ = readLevel(info[0]);
    threads_ = static_cast<int>(size(info[1], "threads", maxThreads));
  }

  InstructionLevel level() const { return level_; }
  int threads() const { return threads_; }

 private:
  static constexpr std::int64_t maxThreads = 1024;

  InstructionLevel readLevel(const Napi::Value& value) const {
    const std::string name = value.ToString().Utf8Value();
    std::string known;
    for (const InstructionLevel level : availableLevels()) {
      if (name == nameOf(level)) return level;
      known += known.empty() ? nameOf(level) : std::string(" or ") + nameOf(level);
    }
    fail("level", known, name);
  }

  InstructionLevel level_ = InstructionLevel::portable;
  int threads_ = 1;
};

}  // namespace videre
