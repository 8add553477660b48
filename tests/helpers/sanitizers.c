/* The options of the sanitizers' runtimes, in the program itself: a cordon in a container, or one that is started with an
 * environment of its own, has no variables. Leaks are the fuzzer's, which asks the same again and again: a command ends with
 * what it made. */

__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

__attribute__((visibility("default"))) const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) { return "halt_on_error=1:print_stacktrace=1"; }
