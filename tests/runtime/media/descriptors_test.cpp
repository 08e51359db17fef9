#include "runtime/media/descriptors.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/media/registry.hpp"

namespace camfleet::media {
namespace {

/// Whether `holds` does, in a process of its own that may have so many descriptors.
template <class Holds>
bool with_descriptors(rlim_t allowed, const Holds& holds) {
  const pid_t child = fork();
  if (child == 0) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = allowed;
    setrlimit(RLIMIT_NOFILE, &limit);
    _exit(holds() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0;
}

int take_one() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

Errc what_opening_says() {
  SourceRegistry registry;
  register_file_schemes(registry);
  return registry.open("file:///nowhere/a.mp4", {}).error().code;
}

TEST(Descriptors, AnEighthIsLeftForOthers) {
  EXPECT_TRUE(with_descriptors(80, [] {
    while (check_descriptors().has_value()) {
      if (take_one() < 0) return false;
    }
    // Ten are kept, and the one that was asked for is not.
    int left = 0;
    while (take_one() >= 0) ++left;
    return left == 10;
  }));
}

TEST(Descriptors, WhatCannotBeOpenedForWantOfOneIsNoFaultOfTheSource) {
  EXPECT_TRUE(with_descriptors(200, [] { return what_opening_says() == Errc::not_found; }));
  EXPECT_TRUE(with_descriptors(80, [] {
    while (take_one() >= 0) continue;
    return what_opening_says() == Errc::limit;
  }));
}

TEST(Descriptors, SaysWhatToRaise) {
  EXPECT_TRUE(with_descriptors(80, [] {
    while (take_one() >= 0) continue;
    return check_descriptors().error().line() ==
           "this machine: no descriptor is left for another source: the process may have 80; raise ulimit "
           "-n, or "
           "LimitNOFILE of its unit";
  }));
}

}  // namespace
}  // namespace camfleet::media
