#include "profiles/lint/report.h"

#include <string.h>

const struct report_format report_formats[] = {
    { "text", report_text_form }, { "json", report_json }, { "sarif", report_sarif }, { "github", report_github }
};
const size_t report_format_count = sizeof report_formats / sizeof *report_formats;

const struct report_format *report_find(const char *name, size_t length)
{
    for (size_t i = 0; i < report_format_count; i++)
        if (strlen(report_formats[i].name) == length && strncmp(report_formats[i].name, name, length) == 0)
            return &report_formats[i];
    return NULL;
}
