/*
 * json_shape < FILE: the keys of JSON objects, one object after the other, with the types of their values: a line
 * "PATH TYPE" per key, elements of arrays as PATH[], in the order met. TYPE is string, number, boolean, null, object or array.
 */
#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1 << 24, MAX_PATH = 200 };

static const char *type_name(const cJSON *value)
{
    static const struct {
        int type;
        const char *name;
    } names[] = {{cJSON_String, "string"}, {cJSON_Number, "number"}, {cJSON_True | cJSON_False, "boolean"},
                 {cJSON_Object, "object"}, {cJSON_Array, "array"},   {cJSON_NULL, "null"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (value->type & names[i].type)
            return names[i].name;
    return "nothing";
}

static void print_shape(const char *path, const cJSON *value)
{
    if (*path)
        printf("%s %s\n", path, type_name(value));
    const cJSON *child;
    cJSON_ArrayForEach(child, value)
    {
        char inner[MAX_PATH];
        if (cJSON_IsArray(value))
            snprintf(inner, sizeof inner, "%s[]", path);
        else
            snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", child->string);
        print_shape(inner, child);
    }
}

int main(void)
{
    char *text = calloc(MAX_BYTES + 1, 1);
    if (!text || fread(text, 1, MAX_BYTES, stdin) == 0)
        return EXIT_FAILURE;
    int status = EXIT_SUCCESS;
    for (const char *at = text; *at && status == EXIT_SUCCESS; at += strspn(at, " \t\r\n")) {
        cJSON *object = cJSON_ParseWithOpts(at, &at, 0);
        if (object)
            print_shape("", object);
        else
            status = EXIT_FAILURE;
        cJSON_Delete(object);
    }
    free(text);
    return status;
}
