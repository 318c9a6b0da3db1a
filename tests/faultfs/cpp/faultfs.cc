// Two layers for RocksDB's files: its own FaultInjectionTestFS, which holds back what was not synced, and
// over it one that counts operations, and fails them or cuts the power at the one that is named.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "env/mock_env.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/system_clock.h"
#include "utilities/fault_injection_fs.h"

using namespace ROCKSDB_NAMESPACE;

namespace {

enum Operation : uint32_t { kAppend = 0, kSync = 1, kRead = 2, kCreate = 3, kOther = 4 };
enum Files : uint32_t { kAnyFile = 0, kLog = 1, kTable = 2, kManifest = 3 };

bool EndsWith(const std::string& name, const char* end) {
  const std::string tail(end);
  return name.size() >= tail.size() && name.compare(name.size() - tail.size(), tail.size(), tail) == 0;
}

bool IsLog(const std::string& name) { return EndsWith(name, ".log"); }

bool Matches(uint32_t files, const std::string& name) {
  switch (files) {
    case kLog: return IsLog(name);
    case kTable: return EndsWith(name, ".sst");
    case kManifest: return name.find("MANIFEST") != std::string::npos;
    // The log of messages and the lock are no data.
    default: return name.find("LOG") == std::string::npos && !EndsWith(name, "LOCK");
  }
}

// What is to go wrong, shared by all files.
class Plan {
 public:
  explicit Plan(std::shared_ptr<FaultInjectionTestFS> fs) : fs_(std::move(fs)) {}

  // Called before each operation on data.
  IOStatus Before(Operation operation, const std::string& name) {
    std::lock_guard<std::mutex> held(mutex_);
    if (operation != kRead && Matches(kAnyFile, name)) {
      ++writes_;
      if (cut_at_ != 0 && writes_ >= cut_at_) {
        fs_->SetFilesystemActive(false, IOStatus::IOError("the power is off"));
      }
    }
    if (!armed_ || operation != operation_ || !Matches(files_, name)) return IOStatus::OK();
    if (skip_ > 0) {
      --skip_;
      return IOStatus::OK();
    }
    if (times_ == 0) return IOStatus::OK();
    --times_;
    ++failed_;
    return no_space_ ? IOStatus::NoSpace("injected") : IOStatus::IOError("injected");
  }

  void Fail(uint32_t operation, uint32_t files, uint64_t skip, uint64_t times, bool no_space) {
    std::lock_guard<std::mutex> held(mutex_);
    armed_ = true;
    operation_ = operation;
    files_ = files;
    skip_ = skip;
    times_ = times;
    no_space_ = no_space;
    failed_ = 0;
  }

  uint64_t Mend() {
    std::lock_guard<std::mutex> held(mutex_);
    armed_ = false;
    return failed_;
  }

  uint64_t Failed() {
    std::lock_guard<std::mutex> held(mutex_);
    return failed_;
  }

  void CutAfter(uint64_t writes) {
    std::lock_guard<std::mutex> held(mutex_);
    cut_at_ = writes == 0 ? 0 : writes_ + writes;
  }

  std::atomic<bool> lose_logs{false};

 private:
  std::mutex mutex_;
  std::shared_ptr<FaultInjectionTestFS> fs_;
  bool armed_ = false;
  uint32_t operation_ = 0;
  uint32_t files_ = 0;
  uint64_t skip_ = 0;
  uint64_t times_ = 0;
  bool no_space_ = false;
  uint64_t failed_ = 0;
  uint64_t writes_ = 0;
  uint64_t cut_at_ = 0;
};

class Writable : public FSWritableFileOwnerWrapper {
 public:
  Writable(std::unique_ptr<FSWritableFile>&& file, std::string name, std::shared_ptr<Plan> plan, bool lost)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), plan_(std::move(plan)), lost_(lost) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kAppend, name_);
    if (!s.ok() || lost_) return s;
    return target()->Append(data, options, dbg);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const DataVerificationInfo& info,
                  IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kAppend, name_);
    if (!s.ok() || lost_) return s;
    return target()->Append(data, options, info, dbg);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kSync, name_);
    return s.ok() ? target()->Sync(options, dbg) : s;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kSync, name_);
    return s.ok() ? target()->Fsync(options, dbg) : s;
  }

 private:
  std::string name_;
  std::shared_ptr<Plan> plan_;
  bool lost_;
};

class Random : public FSRandomAccessFileOwnerWrapper {
 public:
  Random(std::unique_ptr<FSRandomAccessFile>&& file, std::string name, std::shared_ptr<Plan> plan)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), name_(std::move(name)), plan_(std::move(plan)) {}

  IOStatus Read(uint64_t offset, size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* dbg) const override {
    IOStatus s = plan_->Before(kRead, name_);
    return s.ok() ? target()->Read(offset, n, options, result, scratch, dbg) : s;
  }
  IOStatus MultiRead(FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kRead, name_);
    return s.ok() ? target()->MultiRead(requests, count, options, dbg) : s;
  }

 private:
  std::string name_;
  std::shared_ptr<Plan> plan_;
};

class Sequential : public FSSequentialFileOwnerWrapper {
 public:
  Sequential(std::unique_ptr<FSSequentialFile>&& file, std::string name, std::shared_ptr<Plan> plan)
      : FSSequentialFileOwnerWrapper(std::move(file)), name_(std::move(name)), plan_(std::move(plan)) {}

  IOStatus Read(size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kRead, name_);
    return s.ok() ? target()->Read(n, options, result, scratch, dbg) : s;
  }

 private:
  std::string name_;
  std::shared_ptr<Plan> plan_;
};

class PlannedFs : public FileSystemWrapper {
 public:
  PlannedFs(const std::shared_ptr<FileSystem>& base, std::shared_ptr<Plan> plan)
      : FileSystemWrapper(base), plan_(std::move(plan)) {}

  const char* Name() const override { return "PlannedFs"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* result, IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kCreate, name);
    if (s.ok()) s = target()->NewWritableFile(name, options, result, dbg);
    return Planned(s, name, result);
  }
  IOStatus ReopenWritableFile(const std::string& name, const FileOptions& options,
                              std::unique_ptr<FSWritableFile>* result, IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kCreate, name);
    if (s.ok()) s = target()->ReopenWritableFile(name, options, result, dbg);
    return Planned(s, name, result);
  }
  IOStatus NewRandomAccessFile(const std::string& name, const FileOptions& options,
                               std::unique_ptr<FSRandomAccessFile>* result, IODebugContext* dbg) override {
    IOStatus s = target()->NewRandomAccessFile(name, options, result, dbg);
    if (s.ok()) *result = std::make_unique<Random>(std::move(*result), name, plan_);
    return s;
  }
  IOStatus NewSequentialFile(const std::string& name, const FileOptions& options,
                             std::unique_ptr<FSSequentialFile>* result, IODebugContext* dbg) override {
    IOStatus s = target()->NewSequentialFile(name, options, result, dbg);
    if (s.ok()) *result = std::make_unique<Sequential>(std::move(*result), name, plan_);
    return s;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kOther, to);
    return s.ok() ? target()->RenameFile(from, to, options, dbg) : s;
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* dbg) override {
    IOStatus s = plan_->Before(kOther, name);
    return s.ok() ? target()->DeleteFile(name, options, dbg) : s;
  }

 private:
  IOStatus Planned(IOStatus s, const std::string& name, std::unique_ptr<FSWritableFile>* result) {
    if (s.ok()) {
      const bool lost = plan_->lose_logs && IsLog(name);
      *result = std::make_unique<Writable>(std::move(*result), name, plan_, lost);
    }
    return s;
  }

  std::shared_ptr<Plan> plan_;
};

}  // namespace

extern "C" {

// As in db/c.cc of RocksDB.
struct rocksdb_env_t {
  Env* rep;
  bool is_default;
};

struct faultfs_t {
  std::shared_ptr<FaultInjectionTestFS> fs;
  std::shared_ptr<Plan> plan;
};

faultfs_t* faultfs_new(bool in_memory, bool hold_back) {
  std::shared_ptr<FileSystem> base = FileSystem::Default();
  if (in_memory) base = std::make_shared<MockFileSystem>(SystemClock::Default());
  auto* f = new faultfs_t;
  f->fs = std::make_shared<FaultInjectionTestFS>(base);
  // Without it appends go straight through, and nothing can be lost.
  f->fs->SetInjectUnsyncedDataLoss(hold_back);
  f->plan = std::make_shared<Plan>(f->fs);
  return f;
}

void faultfs_free(faultfs_t* f) { delete f; }

rocksdb_env_t* faultfs_env(faultfs_t* f) {
  // All environments share the threads of the default one, and each sleeps for a second after a failure.
  Env::Default()->IncBackgroundThreadsIfNeeded(32, Env::Priority::LOW);
  Env::Default()->IncBackgroundThreadsIfNeeded(32, Env::Priority::HIGH);
  auto* env = new rocksdb_env_t;
  env->rep = NewCompositeEnv(std::make_shared<PlannedFs>(f->fs, f->plan)).release();
  env->is_default = false;
  return env;
}

void faultfs_cut(faultfs_t* f) { f->fs->SetFilesystemActive(false, IOStatus::IOError("the power is off")); }

bool faultfs_is_on(faultfs_t* f) { return f->fs->IsFilesystemActive(); }

void faultfs_cut_after(faultfs_t* f, uint64_t writes) { f->plan->CutAfter(writes); }

bool faultfs_power_on(faultfs_t* f) {
  f->plan->CutAfter(0);
  IOStatus dropped = f->fs->DropUnsyncedFileData();
  // Files can only be deleted with the power on.
  f->fs->SetFilesystemActive(true);
  IOStatus deleted = f->fs->DeleteFilesCreatedAfterLastDirSync(IOOptions(), nullptr);
  f->fs->ResetState();
  return dropped.ok() && deleted.ok();
}

void faultfs_fail(faultfs_t* f, uint32_t operation, uint32_t files, uint64_t skip, uint64_t times, bool no_space) {
  f->plan->Fail(operation, files, skip, times, no_space);
}

uint64_t faultfs_failed(faultfs_t* f) { return f->plan->Failed(); }

uint64_t faultfs_mend(faultfs_t* f) { return f->plan->Mend(); }

void faultfs_lose_logs(faultfs_t* f, bool lose) { f->plan->lose_logs = lose; }

}  // extern "C"
