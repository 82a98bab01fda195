// static_server DIR: answers GET …/NAME?… with the file NAME of DIR, or with NAME.gz to clients
// that take gzip. For bench/load_bench.py: all replies stand ready in memory and one thread writes
// them, so that the client is what is measured. Prints its URL.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

namespace fs = std::filesystem;

std::string reply(std::string_view status, std::string_view headers, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}", status,
      headers, body.size(), body);
}

class Replies {
 public:
  explicit Replies(const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      std::ostringstream body;
      body << file.rdbuf();
      const bool packed = entry.path().extension() == ".gz";
      const fs::path name = entry.path().filename();
      (packed ? packed_ : plain_)[packed ? name.stem().string() : name.string()] =
          reply("200 OK", packed ? "Content-Encoding: gzip\r\n" : "", body.view());
    }
  }

  // For a request's head: its first line, and its headers.
  [[nodiscard]] const std::string& to(std::string_view head) const {
    std::string_view path = head.substr(0, head.find("\r\n"));
    path = path.substr(0, path.find_first_of("? ", 4));
    const std::string name(path.substr(path.rfind('/') + 1));
    if (head.find("gzip") != std::string_view::npos) {
      if (const auto found = packed_.find(name); found != packed_.end()) return found->second;
    }
    const auto found = plain_.find(name);
    return found != plain_.end() ? found->second : none_;
  }

 private:
  std::map<std::string, std::string> plain_, packed_;
  std::string none_ = reply("404 Not Found", "", "{}");
};

struct Connection {
  std::string head;                   // of the request, as far as it came
  const std::string* sent = nullptr;  // the reply that is being written
  std::size_t at = 0;
  bool writing = false;  // waits for room, not for a request
};

class Server {
 public:
  explicit Server(const Replies& replies) : replies_(replies) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 256) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    fmt::print("http://127.0.0.1:{}\n", ntohs(address.sin_port));
    std::fflush(stdout);
    watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 64> events{};
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        fd == listener_ ? accept_all() : serve(fd);
      }
    }
  }

 private:
  void watch(int fd, std::uint32_t events, int operation) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(epoll_, operation, fd, &event);
  }

  void accept_all() {
    for (int fd = 0; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_[fd] = {};
      watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  void serve(int fd) {
    Connection& connection = connections_[fd];
    if (connection.sent == nullptr) {
      std::array<char, 8192> buffer{};
      const auto got = read(fd, buffer.data(), buffer.size());
      if (got <= 0) {
        connections_.erase(fd);
        close(fd);
        return;
      }
      connection.head.append(buffer.data(), static_cast<std::size_t>(got));
      if (!connection.head.ends_with("\r\n\r\n")) return;
      connection.sent = &replies_.to(connection.head);
      connection.head.clear();
      connection.at = 0;
    }
    const auto left = connection.sent->size() - connection.at;
    const auto put = send(fd, connection.sent->data() + connection.at, left, MSG_NOSIGNAL);
    if (put > 0) connection.at += static_cast<std::size_t>(put);
    const bool all = connection.at == connection.sent->size();
    if (all) connection.sent = nullptr;
    if (all == connection.writing) watch(fd, all ? EPOLLIN : EPOLLOUT, EPOLL_CTL_MOD);
    connection.writing = !all;
  }

  const Replies& replies_;
  int listener_ = -1;
  int epoll_ = epoll_create1(0);
  std::map<int, Connection> connections_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !fs::is_directory(argv[1])) {
    fmt::print(stderr, "usage: static_server DIR\n");
    return 2;
  }
  const Replies replies(argv[1]);
  Server(replies).run();
}
