# camfleet_test(NAME fast|slow|nightly [SERIAL] [TIMEOUT SECONDS] SOURCES … LIBS …): one GoogleTest program whose tests
# carry the tier as label. SERIAL: they watch the clock, so that nothing runs beside them.
find_package(GTest REQUIRED)
include(GoogleTest)

function(camfleet_test name tier)
  cmake_parse_arguments(arg "SERIAL" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE camfleet_flags ${arg_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE CAMFLEET_TREE="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}."
                       PROPERTIES LABELS ${tier} TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${arg_SERIAL})
endfunction()
