/* System calls that libseccomp 2.5.4 does not know. Since Linux 5.1 a new call has the same number everywhere (x32 adds its
 * bit).
 */
#pragma once

static const struct new_call {
    const char *name;
    int number;
} new_calls[] = {
    { "cachestat", 451 },         { "fchmodat2", 452 },         { "map_shadow_stack", 453 }, { "futex_wake", 454 },
    { "futex_wait", 455 },        { "futex_requeue", 456 },     { "statmount", 457 },        { "listmount", 458 },
    { "lsm_get_self_attr", 459 }, { "lsm_set_self_attr", 460 }, { "lsm_list_modules", 461 }, { "mseal", 462 },
    { "setxattrat", 463 },        { "getxattrat", 464 },        { "listxattrat", 465 },      { "removexattrat", 466 },
    { "open_tree_attr", 467 },    { "file_getattr", 468 },      { "file_setattr", 469 },
};
#define NEW_CALLS (sizeof new_calls / sizeof *new_calls)
