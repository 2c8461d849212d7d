#include "rcu/publisher.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace encluster::rcu {
namespace {

/// Counts its own instances, and knows when it was overwritten or freed under a reader.
struct Tracked {
  Tracked(int number, std::atomic<int>& instances) : value(number), copy(number), alive(instances) {
    ++alive;
  }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  ~Tracked() {
    copy = -1;
    --alive;
  }
  int value;
  int copy;
  std::atomic<int>& alive;
};

using TrackedPublisher = Publisher<Tracked>;

TEST_CASE("a publisher shows its readers the value published last") {
  Publisher<int> publisher(std::make_unique<const int>(1), 1);
  Publisher<int>::Reader reader(publisher, 0);
  reader.online();
  CHECK(reader.current() == 1);
  publisher.publish(std::make_unique<const int>(2));
  CHECK(reader.current() == 2);
  CHECK(publisher.current() == 2);
  reader.offline();
}

TEST_CASE("a replaced value lives until its reader was quiescent") {
  std::atomic<int> alive = 0;
  TrackedPublisher publisher(std::make_unique<const Tracked>(1, alive), 1);
  TrackedPublisher::Reader reader(publisher, 0);
  reader.online();
  const Tracked& held = reader.current();
  publisher.publish(std::make_unique<const Tracked>(2, alive));
  CHECK(publisher.reclaim() == 1);
  CHECK(held.copy == 1);
  CHECK(alive == 2);
  reader.quiescent();
  CHECK(publisher.reclaim() == 0);
  CHECK(alive == 1);
  reader.offline();
}

TEST_CASE("a replaced value lives until the slowest of several readers was quiescent") {
  std::atomic<int> alive = 0;
  TrackedPublisher publisher(std::make_unique<const Tracked>(1, alive), 3);
  TrackedPublisher::Reader quick(publisher, 0);
  TrackedPublisher::Reader slow(publisher, 2);
  quick.online();
  slow.online();
  publisher.publish(std::make_unique<const Tracked>(2, alive));
  quick.quiescent();
  CHECK(publisher.reclaim() == 1);
  slow.quiescent();
  CHECK(publisher.reclaim() == 0);
  quick.offline();
  slow.offline();
}

TEST_CASE("a value retired after a reader was quiescent waits for the next time") {
  std::atomic<int> alive = 0;
  TrackedPublisher publisher(std::make_unique<const Tracked>(1, alive), 1);
  TrackedPublisher::Reader reader(publisher, 0);
  reader.online();
  publisher.publish(std::make_unique<const Tracked>(2, alive));
  reader.quiescent();
  publisher.publish(std::make_unique<const Tracked>(3, alive));
  CHECK(publisher.reclaim() == 1);
  CHECK(alive == 2);
  reader.quiescent();
  CHECK(publisher.reclaim() == 0);
  CHECK(alive == 1);
  reader.offline();
}

TEST_CASE("a reader that is offline or gone holds nothing back") {
  std::atomic<int> alive = 0;
  TrackedPublisher publisher(std::make_unique<const Tracked>(1, alive), 2);
  {
    TrackedPublisher::Reader never_online(publisher, 0);
    TrackedPublisher::Reader ended(publisher, 1);
    ended.online();
    ended.offline();
    publisher.publish(std::make_unique<const Tracked>(2, alive));
    CHECK(alive == 1);
  }
  publisher.publish(std::make_unique<const Tracked>(3, alive));
  CHECK(alive == 1);
}

TEST_CASE("a publisher frees the current value and the retired ones when it ends") {
  std::atomic<int> alive = 0;
  {
    TrackedPublisher publisher(std::make_unique<const Tracked>(1, alive), 1);
    TrackedPublisher::Reader reader(publisher, 0);
    reader.online();
    for (int i = 2; i < 10; ++i) publisher.publish(std::make_unique<const Tracked>(i, alive));
    CHECK(alive == 9);
    reader.offline();
  }
  CHECK(alive == 0);
}

TEST_CASE("readers on threads of their own never see a value that was freed") {
  constexpr int kPublications = 20'000;
  constexpr std::uint32_t kReaders = 2;
  std::atomic<int> alive = 0;
  std::array<int, kReaders> torn{};
  {
    TrackedPublisher publisher(std::make_unique<const Tracked>(0, alive), kReaders);
    std::atomic<bool> stop = false;
    std::vector<std::unique_ptr<TrackedPublisher::Reader>> readers;
    std::vector<std::thread> threads;
    for (std::uint32_t id = 0; id < kReaders; ++id) {
      readers.push_back(std::make_unique<TrackedPublisher::Reader>(publisher, id));
      threads.emplace_back([&reader = *readers.back(), &stop, &failures = torn[id]] {
        reader.online();
        int last = 0;
        while (!stop.load(std::memory_order_relaxed)) {
          const Tracked& seen = reader.current();
          if (seen.value != seen.copy || seen.value < last) ++failures;
          last = seen.value;
          reader.quiescent();
        }
        reader.offline();
      });
    }
    for (int i = 1; i <= kPublications; ++i) {
      publisher.publish(std::make_unique<const Tracked>(i, alive));
    }
    stop = true;
    for (auto& thread : threads) thread.join();
    CHECK(publisher.reclaim() == 0);
    readers.clear();
  }
  CHECK(torn == std::array<int, kReaders>{});
  CHECK(alive == 0);
}

}  // namespace
}  // namespace encluster::rcu
