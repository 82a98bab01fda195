#include "cli/hooks.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <vector>

#include "net/http.h"

namespace signals::cli {
namespace {

using std::chrono::milliseconds;

constexpr int kTries = 3;

// One GET to its end. A stop request does not end it: the watcher is to hear of that, too.
std::optional<std::string> get(const std::string& url) {
  HttpOptions options{.user_agent = "signals/" SIGNALS_VERSION};
  options.connect_timeout = milliseconds(5000);
  options.total_timeout = milliseconds(10'000);
  const auto client = make_curl_client(options);
  client->start(0, url);
  while (true) {
    for (const auto& done : client->wait(milliseconds(1000))) {
      if (!done.reply) {
        const std::string secret = public_url(url) + ": ";  // its path, too
        const auto& what = done.reply.error().what;
        return what.starts_with(secret) ? what.substr(secret.size()) : "no reply";
      }
      if (done.reply->status >= 200 && done.reply->status < 300) return std::nullopt;
      return fmt::format("HTTP {}", done.reply->status);
    }
  }
}

}  // namespace

std::string host_of(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return "";
  const auto end = url.find_first_of("/?#", scheme + 3);
  const auto user = url.rfind('@', end);  // user:password@host
  const bool has_user = user != std::string::npos && user > scheme;
  return url.substr(0, scheme + 3) +
         url.substr(has_user ? user + 1 : scheme + 3,
                    end == std::string::npos ? end : end - (has_user ? user + 1 : scheme + 3));
}

std::string fail_url(const std::string& url) {
  const auto query = url.find('?');
  std::string path = url.substr(0, query);
  while (path.ends_with('/')) path.pop_back();
  return path + "/fail" + (query == std::string::npos ? "" : url.substr(query));
}

Result<void> check_ping_url(const std::string& url) {
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  if (known && host_of(url).find("://") + 3 < host_of(url).size()) return {};
  return fail(ErrorCode::usage,
              "--ping-url: it is an address that begins with http:// or https://");
}

std::optional<std::string> ping(const std::string& url) {
  std::optional<std::string> wrong;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    wrong = get(url);
    if (!wrong) return std::nullopt;
  }
  return wrong;
}

std::optional<std::string> run_shell(const std::string& command,
                                     const std::map<std::string, std::string>& variables) {
  std::vector<std::string> added;
  std::vector<char*> environment;
  for (const auto& [name, value] : variables) added.push_back(fmt::format("{}={}", name, value));
  for (auto& one : added) environment.push_back(one.data());  // of two of a name the first counts
  for (char** one = environ; *one != nullptr; ++one) environment.push_back(*one);
  environment.push_back(nullptr);
  std::string shell = "sh", flag = "-c", text = command;
  std::vector<char*> arguments = {shell.data(), flag.data(), text.data(), nullptr};

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);  // stdout is our summary
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;  // ignored signals would stay ignored
  sigemptyset(&defaults);
  for (const int one : {SIGPIPE, SIGXFSZ}) sigaddset(&defaults, one);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int error =
      ::posix_spawn(&child, "/bin/sh", &files, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return fmt::format("it cannot be started: {}", std::strerror(error));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return fmt::format("it is lost: {}", std::strerror(errno));
  }
  if (WIFSIGNALED(status)) return fmt::format("signal {} ended it", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return fmt::format("exit code {}", WEXITSTATUS(status));
  return std::nullopt;
}

}  // namespace signals::cli
