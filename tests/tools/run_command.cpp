#include "tests/tools/run_command.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace camfleet::testing {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// A file without a name: it is gone with the test, however that ends.
File nameless_file() {
  File file(std::tmpfile(), std::fclose);
  if (!file) {
    std::perror("tmpfile");
    std::abort();
  }
  return file;
}

std::string content_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  std::array<char, 65536> block{};
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), file)) > 0;)
    text.append(block.data(), got);
  return text;
}

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  ::_exit(127);
}

/// Makes this child process what the options ask for.
void settle(const RunOptions& options, int out, int err) {
  const int in = ::open("/dev/null", O_RDONLY);
  if (!options.stdout_path.empty()) {
    out = ::open(options.stdout_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  if (in < 0 || out < 0) give_up("open");
  if (::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(err, STDERR_FILENO) < 0) {
    give_up("dup2");
  }
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) give_up("chdir");
  for (const std::string& variable : options.environment) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos) give_up("environment without =");
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  ::alarm(options.seconds_at_most);
}

}  // namespace

CommandResult run_in_child(const std::function<int()>& body, const RunOptions& options) {
  const File out = nameless_file();
  const File err = nameless_file();
  // What this process still holds back would be written by both.
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) give_up("fork");
  if (child == 0) {
    settle(options, ::fileno(out.get()), ::fileno(err.get()));
    ::_exit(body());
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) give_up("waitpid");
  }
  CommandResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = content_of(out.get());
  result.err = content_of(err.get());
  return result;
}

CommandResult run_command(const std::vector<std::string>& command, const RunOptions& options) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const auto become = [&]() -> int {
    ::execvp(arguments.front(), arguments.data());
    give_up("execvp");
  };
  return run_in_child(become, options);
}

CommandResult camfleet(std::vector<std::string> arguments, const RunOptions& options) {
  arguments.insert(arguments.begin(), CAMFLEET_BINARY);
  return run_command(arguments, options);
}

CommandResult camfleet_in_bash(const std::string& script, RunOptions options) {
  options.environment.emplace_back("CAMFLEET=" CAMFLEET_BINARY);
  return run_command({"bash", "-c", script}, options);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

}  // namespace camfleet::testing
