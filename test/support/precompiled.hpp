// Compiled once a program: what every test includes, and takes long to read.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>
