// Boost.JSON itself: Debian has it as headers, of which one file becomes the library.
#include <boost/json/src.hpp>
