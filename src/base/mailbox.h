// A bounded queue between coroutines: where order matters it goes through one of these, never through two posts.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "base/notifier.h"

namespace dynamod::base {

template <class T>
class Mailbox {
 public:
  Mailbox(Executor executor, std::size_t limit) : wake_(std::move(executor)), limit_(limit) {}

  // False, and nothing changes, when the box is full or closed.
  bool push(T item) {
    if (closed_ || items_.size() >= limit_) return false;
    items_.push_back(std::move(item));
    wake_.notify();
    return true;
  }

  // The next item; nothing once the box is closed and empty. One reader at a time.
  Task<std::optional<T>> pop() {
    while (items_.empty() && !closed_) co_await wake_.wait();
    if (items_.empty()) co_return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    co_return item;
  }

  void close() {
    closed_ = true;
    wake_.notify();
  }

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  Notifier wake_;
  std::deque<T> items_;
  std::size_t limit_;
  bool closed_ = false;
};

}  // namespace dynamod::base
