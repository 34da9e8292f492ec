/* safetensors: round trips, every rule of the format broken once, truncation at every byte, a full disk. */
#include "runtime/numeric/safetensors.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/numeric/file.h"
#include "tests/unit/cunit_main.h"

enum { FILE_SIZE = 4096 };

static char error[QNN_ERROR_SIZE];
static char path[64];

static const float weights[6] = {1.0f, -2.5f, 0.0f, -0.0f, 1e-40f, 3e38f};
static const int8_t codes[3] = {-1, 0, 1};
static const int64_t offsets[2] = {INT64_MIN, INT64_MAX};

static const struct qnn_tensor tensors[] = {
    {"codes \"\\\n\x01\xc3\xa4", QNN_DTYPE_I8, 1, {3}, codes},
    {"h1.dense.weight", QNN_DTYPE_F32, 2, {2, 3}, weights},
    {"empty", QNN_DTYPE_F64, 3, {4, 0, 2}, weights},
    {"scalar", QNN_DTYPE_I64, 0, {0}, offsets},
    {"offsets", QNN_DTYPE_I64, 1, {2}, offsets},
};
static const struct qnn_metadata metadata[] = {{"program", "0123456789abcdef"}, {"note", "a \"b\"\t\\ \xe2\x82\xac"}};
enum { TENSORS = sizeof tensors / sizeof *tensors, METADATA = sizeof metadata / sizeof *metadata };

static bool make_path(void)
{
    snprintf(path, sizeof path, "/tmp/qnn_test_XXXXXX");
    const int descriptor = mkstemp(path);
    return descriptor >= 0 && close(descriptor) == 0;
}

static void test_round_trip(void)
{
    struct qnn_safetensors file;
    unsigned char *first, *second;
    size_t first_length, second_length;
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_write(path, tensors, TENSORS, metadata, METADATA, error));
    CU_ASSERT_TRUE_FATAL(qnn_file_read(path, FILE_SIZE, &first, &first_length, error));
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_open(&file, path, error));
    CU_ASSERT_EQUAL_FATAL(file.tensor_count, TENSORS);
    CU_ASSERT_EQUAL_FATAL(file.metadata_count, METADATA);
    for (size_t i = 0; i < TENSORS; i++) {
        const struct qnn_tensor *read = &file.tensors[i], *written = &tensors[i];
        const size_t bytes = qnn_tensor_elements(written) * qnn_dtype_size(written->dtype);
        CU_ASSERT_STRING_EQUAL(read->name, written->name);
        CU_ASSERT_EQUAL((uintptr_t)read->data % 8, 0);
        const void *data =
            qnn_safetensors_find(&file, written->name, written->dtype, written->rank, written->shape, error);
        const bool equal = data && memcmp(data, written->data, bytes) == 0;
        CU_ASSERT_TRUE(equal);
    }
    for (size_t i = 0; i < METADATA; i++)
        CU_ASSERT_STRING_EQUAL(qnn_safetensors_metadata(&file, metadata[i].key), metadata[i].value);
    CU_ASSERT_PTR_NULL(qnn_safetensors_metadata(&file, "absent"));
    /* What was read, written again, gives the same bytes. */
    CU_ASSERT_TRUE(qnn_safetensors_write(path, file.tensors, TENSORS, file.metadata, METADATA, error));
    CU_ASSERT_TRUE_FATAL(qnn_file_read(path, FILE_SIZE, &second, &second_length, error));
    CU_ASSERT_EQUAL(first_length, second_length);
    CU_ASSERT_EQUAL(memcmp(first, second, first_length), 0);
    uint64_t header;
    memcpy(&header, first, sizeof header);
    CU_ASSERT_EQUAL(header % 8, 0);
    free(first);
    free(second);
    qnn_safetensors_close(&file);
    qnn_safetensors_close(&file);
}

static void test_find_messages(void)
{
    struct qnn_safetensors file;
    static const size_t wrong[] = {3, 2};
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_write(path, tensors, TENSORS, NULL, 0, error));
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_open(&file, path, error));
    CU_ASSERT_PTR_NULL(qnn_safetensors_find(&file, "h1.dense.weight", QNN_DTYPE_F32, 2, wrong, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "tensor 'h1.dense.weight' has shape [2,3], expected [3,2]"));
    CU_ASSERT_PTR_NULL(qnn_safetensors_find(&file, "h1.dense.weight", QNN_DTYPE_F32, 1, wrong, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "has shape [2,3], expected [3]"));
    CU_ASSERT_PTR_NULL(qnn_safetensors_find(&file, "h1.dense.weight", QNN_DTYPE_I8, 2, wrong, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "has dtype F32, expected I8"));
    CU_ASSERT_PTR_NULL(qnn_safetensors_find(&file, "h2.dense.weight", QNN_DTYPE_F32, 2, wrong, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "tensor 'h2.dense.weight' is missing"));
    qnn_safetensors_close(&file);
}

/* Parses a header of JSON followed by data_length zero bytes, from a block of exactly that size. */
static bool parse_json(const char *json, size_t data_length)
{
    struct qnn_safetensors file;
    const uint64_t header_length = strlen(json);
    const size_t length = 8 + header_length + data_length;
    unsigned char *bytes = calloc(length, 1);
    memcpy(bytes, &header_length, 8);
    memcpy(bytes + 8, json, header_length); /* NOLINT(bugprone-not-null-terminated-result): a block of bytes */
    const bool ok = qnn_safetensors_parse(&file, "file", bytes, length, error);
    qnn_safetensors_close(&file);
    free(bytes);
    return ok;
}

#define TENSOR(name, dtype, shape, begin, end) \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

/* Each broken rule with a word of its message; the first rows are fine. */
static void test_rules(void)
{
    static const struct {
        const char *json;
        size_t data;
        const char *message; /* NULL: accepted */
    } rows[] = {
        {"{}", 0, NULL},
        {"{\"__metadata__\":{}}   ", 0, NULL},
        {"{" TENSOR("a", "U8", "[4]", 0, 4) "}", 4, NULL},
        {"{" TENSOR("a", "U8", "[3]", 1, 4) "," TENSOR("b", "BOOL", "[1]", 0, 1) "}", 4, NULL},
        {"{" TENSOR("a", "F32", "[1]", 1, 5) "," TENSOR("b", "U8", "[]", 0, 1) "}", 5, NULL},
        {"{" TENSOR("a", "U8", "[0]", 0, 0) "," TENSOR("b", "U8", "[0,9]", 0, 0) "}", 0, NULL},
        {"", 0, "not JSON"},
        {" {}", 0, "not JSON"},
        {"[]", 0, "not JSON"},
        {"{", 0, "not JSON"},
        {"{\"\xff\":1}", 0, "not JSON"},
        {"{}x", 0, "after its JSON"},
        {"{}\n", 0, "after its JSON"},
        {"{}", 1, "belong to no tensor"},
        {"{\"a\":1}", 0, "must have dtype"},
        {"{\"a\":{}}", 0, "must have dtype"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":0}}", 1, "nothing else"},
        {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "nothing else"},
        {"{" TENSOR("a", "F16", "[2]", 0, 4) "}", 4, "unknown dtype"},
        {"{\"a\":{\"dtype\":3,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "unknown dtype"},
        {"{" TENSOR("a", "U8", "4", 0, 4) "}", 4, "no list"},
        {"{" TENSOR("a", "U8", "[-4]", 0, 4) "}", 4, "not a whole number"},
        {"{" TENSOR("a", "U8", "[4.5]", 0, 4) "}", 4, "not a whole number"},
        {"{" TENSOR("a", "U8", "[\"4\"]", 0, 4) "}", 4, "not a whole number"},
        {"{" TENSOR("a", "U8", "[1e300]", 0, 4) "}", 4, "not a whole number"},
        {"{" TENSOR("a", "U8", "[1,1,1,1,4]", 0, 4) "}", 4, "more than 4 dimensions"},
        {"{" TENSOR("a", "F32", "[4294967296,4294967296]", 0, 0) "}", 0, "overflows"},
        {"{" TENSOR("a", "I64", "[4611686018427387904]", 0, 0) "}", 0, "not a whole number"},
        {"{" TENSOR("a", "I64", "[4503599627370496,1024]", 0, 0) "}", 0, "overflows"},
        {"{" TENSOR("a", "U8", "[4]", 0, 5) "}", 5, "needs 4 bytes and has 5"},
        {"{" TENSOR("a", "F32", "[4]", 0, 4) "}", 4, "needs 16 bytes and has 4"},
        {"{" TENSOR("a", "U8", "[4]", 0, 4) "}", 3, "cut off"},
        {"{" TENSOR("a", "U8", "[1]", 4, 3) "}", 4, "cut off"},
        {"{" TENSOR("a", "U8", "[1]", -1, 0) "}", 4, "two whole numbers"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, "two whole numbers"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}", 1, "two whole numbers"},
        {"{" TENSOR("a", "U8", "[2]", 1, 3) "}", 3, "after a hole"},
        {"{" TENSOR("a", "U8", "[2]", 0, 2) "," TENSOR("b", "U8", "[2]", 1, 3) "}", 3, "inside another"},
        {"{" TENSOR("a", "U8", "[2]", 0, 2) "," TENSOR("b", "U8", "[2]", 0, 2) "}", 2, "inside another"},
        {"{" TENSOR("a", "U8", "[1]", 0, 1) "," TENSOR("a", "U8", "[1]", 1, 2) "}", 2, "'a' occurs twice"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "occurs twice"},
        {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "'k' occurs twice"},
        {"{\"__metadata__\":{\"k\":1}}", 0, "not a string"},
        {"{\"__metadata__\":[]}", 0, "not a map"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool ok = parse_json(rows[i].json, rows[i].data);
        const bool as_stated = rows[i].message ? !ok && strstr(error, rows[i].message) : ok;
        if (!as_stated)
            printf("row %zu: %s: %s\n", i, rows[i].json, ok ? "accepted" : error);
        CU_ASSERT_TRUE(as_stated);
    }
}

static void test_header_length(void)
{
    struct qnn_safetensors file;
    static const unsigned char huge[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, '{', '}'};
    static const unsigned char beyond[10] = {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    CU_ASSERT_FALSE(qnn_safetensors_parse(&file, "file", huge, sizeof huge, error));
    CU_ASSERT_FALSE(qnn_safetensors_parse(&file, "file", beyond, sizeof beyond, error));
    CU_ASSERT_FALSE(qnn_safetensors_parse(&file, "file", "", 0, error));
    CU_ASSERT_PTR_NULL(file.tensors);
}

/* Cut off anywhere, the file is refused; with any byte changed, reading ends (and the sanitizers watch). */
static void test_damage(void)
{
    struct qnn_safetensors file;
    unsigned char *whole;
    size_t length, accepted = 0;
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_write(path, tensors, TENSORS, metadata, METADATA, error));
    CU_ASSERT_TRUE_FATAL(qnn_file_read(path, FILE_SIZE, &whole, &length, error));
    for (size_t cut = 0; cut < length; cut++) {
        unsigned char *part = malloc(cut + 1);
        memcpy(part, whole, cut);
        accepted += qnn_safetensors_parse(&file, "file", part, cut, error);
        qnn_safetensors_close(&file);
        free(part);
    }
    CU_ASSERT_EQUAL(accepted, 0);
    srand(7);
    for (size_t i = 0; i < length; i++) {
        const unsigned char kept = whole[i];
        whole[i] = (unsigned char)rand();
        qnn_safetensors_parse(&file, "file", whole, length, error);
        qnn_safetensors_close(&file);
        whole[i] = kept;
    }
    free(whole);
}

static void test_writer_refuses(void)
{
    const struct qnn_tensor twice[] = {{"a", QNN_DTYPE_I8, 1, {3}, codes}, {"a", QNN_DTYPE_I8, 1, {3}, codes}};
    const struct qnn_tensor latin = {"\xe4", QNN_DTYPE_I8, 1, {3}, codes};
    const struct qnn_metadata value = {"k", "\xff"}, keys[] = {{"k", "1"}, {"k", "2"}};
    CU_ASSERT_FALSE(qnn_safetensors_write(path, twice, 2, NULL, 0, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "given twice"));
    CU_ASSERT_FALSE(qnn_safetensors_write(path, &latin, 1, NULL, 0, error));
    CU_ASSERT_FALSE(qnn_safetensors_write(path, NULL, 0, &value, 1, error));
    CU_ASSERT_FALSE(qnn_safetensors_write(path, NULL, 0, keys, 2, error));
    CU_ASSERT_FALSE(qnn_safetensors_write("/nonexistent/file", tensors, TENSORS, NULL, 0, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "/nonexistent/file"));
    CU_ASSERT_FALSE(qnn_safetensors_open(&(struct qnn_safetensors){0}, "/tmp", error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "not a regular file"));
}

/* A write that stops at a size limit leaves the older file and no temporary. */
static void test_full_disk(void)
{
    static float large[FILE_SIZE];
    const struct qnn_tensor tensor = {"large", QNN_DTYPE_F32, 1, {FILE_SIZE}, large};
    struct qnn_safetensors file;
    struct rlimit kept, small;
    char temporary[80];
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_write(path, tensors, TENSORS, metadata, METADATA, error));
    signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &kept), 0);
    small = kept;
    small.rlim_cur = FILE_SIZE;
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &small), 0);
    const bool written = qnn_safetensors_write(path, &tensor, 1, NULL, 0, error);
    setrlimit(RLIMIT_FSIZE, &kept);
    CU_ASSERT_FALSE(written);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "older file is unchanged"));
    snprintf(temporary, sizeof temporary, "%s.tmp0", path);
    CU_ASSERT_NOT_EQUAL(access(temporary, F_OK), 0);
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_open(&file, path, error));
    CU_ASSERT_EQUAL(file.tensor_count, TENSORS);
    qnn_safetensors_close(&file);
}

static const struct unit_case cases[] = {
    {"round trip", test_round_trip},
    {"what find says", test_find_messages},
    {"every rule of the format", test_rules},
    {"length of the header", test_header_length},
    {"cut off and changed files", test_damage},
    {"what the writer refuses", test_writer_refuses},
    {"a full disk", test_full_disk},
};

int main(void)
{
    if (!make_path())
        return 2;
    const int status = unit_main("numeric safetensors", cases, sizeof cases / sizeof *cases);
    unlink(path);
    return status;
}
