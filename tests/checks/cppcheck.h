/* Read by cppcheck before every file: what its parser does not follow, said in a way that it does. No compiler sees this. */
#define __typeof__(expression) void *
#define json_object_object_foreach(object, key, value)                                                                         \
    char *key = json_first_key(object);                                                                                        \
    struct json_object *value = json_first_value(object);                                                                      \
    for (; key; key = json_next_key(object), value = json_next_value(object))
