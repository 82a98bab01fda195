#include "lake/s3_streams.h"

#include <arrow/buffer.h>
#include <arrow/result.h>

#include "lake/status_error.h"

namespace signals {
namespace {

class Output final : public arrow::io::OutputStream {
 public:
  Output(std::shared_ptr<arrow::io::OutputStream> stream, ExplainStatus explain)
      : stream_(std::move(stream)), explain_(std::move(explain)) {
    set_mode(arrow::io::FileMode::WRITE);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() override { give_up(); }

  arrow::Status Write(const void* data, int64_t size) override {
    return said(stream_->Write(data, size));
  }
  [[nodiscard]] arrow::Result<int64_t> Tell() const override { return stream_->Tell(); }
  [[nodiscard]] bool closed() const override { return stream_->closed(); }
  arrow::Status Close() override {
    const auto status = stream_->Close();
    if (!status.ok()) give_up();
    return said(status);
  }
  arrow::Status Abort() override { return said(stream_->Abort()); }

 private:
  void give_up() {
    if (!stream_->closed()) (void)stream_->Abort();
  }
  [[nodiscard]] arrow::Status said(const arrow::Status& status) const {
    return status.ok() ? status : to_status(explain_(status));
  }

  std::shared_ptr<arrow::io::OutputStream> stream_;
  ExplainStatus explain_;
};

class Input final : public arrow::io::RandomAccessFile {
 public:
  Input(std::shared_ptr<arrow::io::RandomAccessFile> file, ExplainStatus explain)
      : file_(std::move(file)), explain_(std::move(explain)) {
    set_mode(arrow::io::FileMode::READ);
  }

  arrow::Result<int64_t> GetSize() override { return said(file_->GetSize()); }
  [[nodiscard]] arrow::Result<int64_t> Tell() const override { return file_->Tell(); }
  arrow::Status Seek(int64_t position) override { return file_->Seek(position); }
  [[nodiscard]] bool closed() const override { return file_->closed(); }
  arrow::Status Close() override { return file_->Close(); }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    return said(file_->Read(bytes, out));
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    return said(file_->Read(bytes));
  }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    return said(file_->ReadAt(position, bytes, out));
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    return said(file_->ReadAt(position, bytes));
  }

 private:
  template <class T>
  arrow::Result<T> said(arrow::Result<T> result) const {
    if (result.ok()) return result;
    return to_status(explain_(result.status()));
  }

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  ExplainStatus explain_;
};

}  // namespace

std::shared_ptr<arrow::io::OutputStream> whole_or_nothing(
    std::shared_ptr<arrow::io::OutputStream> stream, ExplainStatus explain) {
  return std::make_shared<Output>(std::move(stream), std::move(explain));
}

std::shared_ptr<arrow::io::RandomAccessFile> explained(
    std::shared_ptr<arrow::io::RandomAccessFile> file, ExplainStatus explain) {
  return std::make_shared<Input>(std::move(file), std::move(explain));
}

}  // namespace signals
