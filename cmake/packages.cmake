# Every third-party package, found once. tools/setup installs them by their Debian names.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(pugixml REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(OpenCV 4.6 REQUIRED COMPONENTS core imgproc imgcodecs dnn objdetect)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswscale)
find_package(CURL REQUIRED)
pkg_check_modules(VPX REQUIRED IMPORTED_TARGET vpx)

# Debian's libcctz-dev ships neither a CMake config nor a pkg-config file.
find_path(CCTZ_INCLUDE cctz/time_zone.h REQUIRED)
find_library(CCTZ_LIBRARY cctz REQUIRED)
add_library(cctz::cctz INTERFACE IMPORTED)
target_include_directories(cctz::cctz INTERFACE ${CCTZ_INCLUDE})
target_link_libraries(cctz::cctz INTERFACE ${CCTZ_LIBRARY})

# Nor does its libcaf-dev.
find_path(CAF_INCLUDE caf/all.hpp REQUIRED)
find_library(CAF_CORE caf_core REQUIRED)
add_library(caf::core INTERFACE IMPORTED)
target_include_directories(caf::core INTERFACE ${CAF_INCLUDE})
target_link_libraries(caf::core INTERFACE ${CAF_CORE} Threads::Threads)
find_library(CAF_IO caf_io REQUIRED)
add_library(caf::io INTERFACE IMPORTED)
target_link_libraries(caf::io INTERFACE ${CAF_IO} caf::core)

find_package(cppzmq 4.8 REQUIRED)

find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(spdlog REQUIRED)
# Its CMake config asks for the packages of parts that are not used here.
pkg_check_modules(PROMETHEUS_CPP REQUIRED IMPORTED_TARGET prometheus-cpp-core)
