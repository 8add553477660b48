/* What a path says by its names alone. */
#include "base/path.h"
#include "tap.h"

static void test_is_normal(void)
{
    CHECK(path_is_normal("/"));
    CHECK(path_is_normal("/srv/data"));
    CHECK(path_is_normal("/srv/..data"));
    CHECK(!path_is_normal(""));
    CHECK(!path_is_normal("srv"));
    CHECK(!path_is_normal("/srv/"));
    CHECK(!path_is_normal("//srv"));
    CHECK(!path_is_normal("/srv/./data"));
    CHECK(!path_is_normal("/srv/.."));
}

static void test_is_below(void)
{
    CHECK(path_is_below("/srv", "/srv"));
    CHECK(path_is_below("/srv/data", "/srv"));
    CHECK(!path_is_below("/srv", "/srv/data"));
    CHECK(!path_is_below("/srv-2", "/srv"));
    CHECK(path_is_below("/srv", "/"));
    CHECK(path_is_below("/", "/"));
    CHECK(path_is_below("dev/shm", "dev"));
    CHECK(!path_is_below("devices", "dev"));
    CHECK(path_is_below("srv", ""));
    CHECK(path_is_below("", ""));
    CHECK(!path_is_below("", "srv"));
}

int main(void)
{
    test_is_normal();
    test_is_below();
    return tap_done();
}
