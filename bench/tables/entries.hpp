// Workloads over a table, whichever it is: look-ups, inserts, expiry, erasing, and sweeping in
// vain.
//
// Each entry has a number, from 0 on, that makes its key and is kept in it: so the answer to every
// look-up can be checked. A table to be measured looks like this; the calls that take a burst do
// what the pipeline does with one:
//
//     using Key = ...;
//     static void set(Key& key, std::uint32_t number);
//     static void set_missing(Key& key, std::uint32_t number);  a key that is never inserted
//     static HashKey hash_key(const Key& key);                  the same key for rte_hash
//     void look_up(std::span<const Key> burst, std::span<std::uint32_t> numbers) noexcept;
//     void insert(std::span<const Key> burst, std::uint32_t first_number) noexcept;
//     void erase(const Key& key) noexcept;
//     std::size_t expire() noexcept;      one round of upkeep, everything being due; how many
//     double expired_a_round() const;     on the average
//     std::size_t size() const noexcept;
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "workload.hpp"

namespace encluster::bench {

/// The answer where a key is not found.
inline constexpr std::uint32_t kNothing = 0xffffffff;

/// A table, and which numbers are in it.
template <typename Table>
class Filled {
 public:
  using Key = typename Table::Key;
  static constexpr bool kGrows = requires(Table & table, const Key& key) { table.erase(key); };

  /// Fills the table and looks every entry up. @pre it is empty; if it cannot grow, it is full.
  /// @throws std::runtime_error if an entry is not found
  Filled(Table& table, std::uint32_t count) : table_(table), count_(count) {
    if constexpr (kGrows) {
      fill();
    } else {
      end_ = count;
    }
    check();
  }

  [[nodiscard]] Table& table() noexcept { return table_; }
  [[nodiscard]] const Table& table() const noexcept { return table_; }

  /// Inserts new numbers until the table has as many entries as at first.
  void fill() {
    while (table_.size() < count_) {
      const std::size_t burst = std::min<std::size_t>(kBurst, count_ - table_.size());
      for (std::size_t i = 0; i < burst; ++i) Table::set(keys_[i], end_ + static_cast<unsigned>(i));
      const std::size_t before = table_.size();
      const auto from = std::chrono::steady_clock::now();
      table_.insert(std::span(keys_).first(burst), end_);
      filling_ += std::chrono::steady_clock::now() - from;
      if (table_.size() != before + burst) throw std::runtime_error("an entry found no room");
      end_ += static_cast<std::uint32_t>(burst);
    }
  }
  /// How long inserting took so far, an entry. @pre only fill() was called
  [[nodiscard]] double nanoseconds_an_entry() const noexcept { return filling_.count() / end_; }
  /// The oldest number, which the caller erases.
  [[nodiscard]] std::uint32_t take_oldest() noexcept { return first_++; }
  /// The next number, which the caller inserts.
  [[nodiscard]] std::uint32_t take_next() noexcept { return end_++; }
  /// One of those that are in the table. @pre only oldest ones were erased.
  template <typename Random>
  [[nodiscard]] std::uint32_t any(Random& random) const {
    return std::uniform_int_distribution(first_, end_ - 1)(random);
  }

 private:
  void check() {
    std::array<std::uint32_t, kBurst> answers{};
    for (std::uint32_t number = first_; number < end_; number += kBurst) {
      const std::size_t burst = std::min<std::size_t>(kBurst, end_ - number);
      for (std::size_t i = 0; i < burst; ++i)
        Table::set(keys_[i], number + static_cast<unsigned>(i));
      table_.look_up(std::span(keys_).first(burst), answers);
      for (std::size_t i = 0; i < burst; ++i) {
        if (answers[i] != number + i) throw std::runtime_error("an entry is not found");
      }
    }
  }

  Table& table_;
  std::uint32_t count_;
  std::uint32_t first_ = 0;
  std::uint32_t end_ = 0;
  std::chrono::duration<double, std::nano> filling_{};
  std::array<Key, kBurst> keys_{};
};

/// A batch of keys, and the answers that they ought to have.
template <typename Table>
class KeyedWorkload : public Workload {
 public:
  using Key = typename Table::Key;
  KeyedWorkload(Filled<Table>& filled, std::string name)
      : filled_(filled), name_(std::move(name)) {}
  [[nodiscard]] std::string name() const final { return name_; }
  void prepare(Batch&) final {
    next_ = 0;
    prepare();
  }
  void run(std::span<Packet>) noexcept final {
    run(next_);
    next_ += kBurst;
  }
  [[nodiscard]] std::optional<std::string> fault(const Batch&) const final { return fault(); }

 protected:
  virtual void prepare() = 0;
  virtual void run(std::size_t from) noexcept = 0;
  [[nodiscard]] virtual std::optional<std::string> fault() const = 0;

  [[nodiscard]] Filled<Table>& filled() noexcept { return filled_; }
  [[nodiscard]] Table& table() const noexcept { return filled_.table(); }

 private:
  Filled<Table>& filled_;
  std::string name_;
  std::size_t next_ = 0;
};

/// Look-ups in random order: of entries, or of keys that are not there.
template <typename Table>
class Lookups final : public KeyedWorkload<Table> {
 public:
  Lookups(Filled<Table>& filled, std::string name, bool hits)
      : KeyedWorkload<Table>(filled, std::move(name)), hits_(hits) {}

 private:
  void prepare() override {
    for (std::size_t i = 0; i < kBatch; ++i) {
      const std::uint32_t number = this->filled().any(random_);
      hits_ ? Table::set(keys_[i], number) : Table::set_missing(keys_[i], number);
      expected_[i] = hits_ ? number : kNothing;
    }
  }
  void run(std::size_t from) noexcept override {
    this->table().look_up(std::span(keys_).subspan(from, kBurst),
                          std::span(answers_).subspan(from, kBurst));
  }
  [[nodiscard]] std::optional<std::string> fault() const override {
    if (answers_ == expected_) return std::nullopt;
    return "a look-up's answer is wrong";
  }

  bool hits_;
  std::mt19937 random_{1};
  std::array<typename Table::Key, kBatch> keys_{};
  std::array<std::uint32_t, kBatch> expected_{};
  std::array<std::uint32_t, kBatch> answers_{};
};

/// Inserts into a table that is as full as it may be, but for as many erased before.
template <typename Table>
class Inserts final : public KeyedWorkload<Table> {
 public:
  using KeyedWorkload<Table>::KeyedWorkload;

 private:
  void prepare() override {
    for (auto& key : keys_) {
      Table::set(key, this->filled().take_oldest());
      this->table().erase(key);
    }
    for (std::size_t i = 0; i < kBatch; ++i) {
      numbers_[i] = this->filled().take_next();
      Table::set(keys_[i], numbers_[i]);
    }
  }
  void run(std::size_t from) noexcept override {
    this->table().insert(std::span(keys_).subspan(from, kBurst), numbers_[from]);
  }
  [[nodiscard]] std::optional<std::string> fault() const override {
    std::array<std::uint32_t, kBatch> answers;
    this->table().look_up(keys_, answers);
    if (answers == numbers_) return std::nullopt;
    return "an entry that was inserted is not found";
  }

  std::array<typename Table::Key, kBatch> keys_{};
  std::array<std::uint32_t, kBatch> numbers_{};
};

/// Erases the oldest entries of a full table, one by one.
template <typename Table>
class Erases final : public KeyedWorkload<Table> {
 public:
  using KeyedWorkload<Table>::KeyedWorkload;

 private:
  void prepare() override {
    this->filled().fill();
    for (auto& key : keys_) Table::set(key, this->filled().take_oldest());
  }
  void run(std::size_t from) noexcept override {
    for (std::size_t i = from; i < from + kBurst; ++i) this->table().erase(keys_[i]);
  }
  [[nodiscard]] std::optional<std::string> fault() const override {
    std::array<std::uint32_t, kBatch> answers;
    this->table().look_up(keys_, answers);
    for (const std::uint32_t answer : answers) {
      if (answer != kNothing) return "an entry that was erased is found";
    }
    return std::nullopt;
  }

  std::array<typename Table::Key, kBatch> keys_{};
};

/// Rounds of upkeep of a full table of which all is due. Other workloads that know which entries
/// there are cannot follow.
template <typename Table>
class Expiries final : public KeyedWorkload<Table> {
 public:
  using KeyedWorkload<Table>::KeyedWorkload;
  [[nodiscard]] double operations() const override { return this->table().expired_a_round(); }

 private:
  void prepare() override {
    this->filled().fill();
    before_ = this->table().size();
    expired_ = 0;
  }
  void run(std::size_t) noexcept override { expired_ += this->table().expire(); }
  [[nodiscard]] std::optional<std::string> fault() const override {
    if (expired_ != 0 && this->table().size() + expired_ == before_) return std::nullopt;
    return "entries did not expire that were due";
  }

  std::size_t before_ = 0;
  std::size_t expired_ = 0;
};

}  // namespace encluster::bench
