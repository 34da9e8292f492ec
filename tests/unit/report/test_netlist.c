/* Netlists of Yosys: what is counted in which module, and files that are no netlists. */
#include "report/netlist.h"

#include "base/file.h"
#include "base/require.h"
#include "tests/unit/cunit_main.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/qnn_netlist_XXXXXX";

static bool read_text(const char *text, size_t length, bool lut6, struct netlist *netlist, struct arena *arena)
{
    char error[FILE_ERROR_SIZE] = "";
    REQUIRE(file_write(path, text, length, error));
    const bool fine = netlist_read(path, lut6, netlist, arena, error);
    CU_ASSERT_TRUE(fine || strstr(error, path));
    return fine;
}

static bool read_string(const char *text, bool lut6, struct netlist *netlist, struct arena *arena)
{
    return read_text(text, strlen(text), lut6, netlist, arena);
}

static const char xilinx[] =
    "{\"creator\": \"Yosys\", \"modules\": {"
    " \"top\": {\"cells\": {"
    "  \"a\": {\"type\": \"LUT3\", \"connections\": {\"I0\": [2], \"I1\": [3], \"I2\": [4], \"O\": [10]}},"
    "  \"b\": {\"type\": \"LUT2\", \"connections\": {\"I0\": [4], \"I1\": [\"1\"], \"O\": [11]}},"
    "  \"c\": {\"type\": \"LUT6\", \"connections\": {\"I0\": [2], \"I1\": [3], \"I2\": [4], \"I3\": [5], \"I4\": [6],"
    "          \"I5\": [7], \"O\": [12]}},"
    "  \"d\": {\"type\": \"INV\", \"connections\": {\"I\": [7], \"O\": [13]}},"
    "  \"e\": {\"type\": \"CARRY4\", \"connections\": {\"S\": [10, 11, 99, \"0\"]}},"
    "  \"f\": {\"type\": \"FDRE\", \"connections\": {}}, \"g\": {\"type\": \"FDSE\"},"
    "  \"h\": {\"type\": \"RAM32M\"}, \"i\": {\"type\": \"RAM64M\"}, \"j\": {\"type\": \"RAMB36E1\"},"
    "  \"k\": {\"type\": \"RAMB18E1\"}, \"l\": {\"type\": \"DSP48E1\"}, \"m\": {\"type\": \"SRL16E\"},"
    "  \"n\": {\"type\": \"$mem_v2\", \"parameters\": {\"WIDTH\": \"00000000000000000000000000010100\","
    "          \"SIZE\": \"1000\"}}}},"
    " \"part\": {\"cells\": {\"x\": {\"type\": \"LUT1\", \"connections\": {\"I0\": [2], \"O\": [3]}}}},"
    " \"empty\": {}}}";

static void test_xilinx(void)
{
    struct arena arena = {0};
    struct netlist netlist;
    CU_ASSERT_TRUE_FATAL(read_string(xilinx, true, &netlist, &arena));
    CU_ASSERT_EQUAL(netlist.count, 3);
    const struct netlist_module *top = netlist_find(&netlist, "top");
    CU_ASSERT_PTR_NOT_NULL_FATAL(top);
    CU_ASSERT_EQUAL(top->lut_cells, 4);
    /* a and b both drive carry and stand alone; d goes with one of them; signal 99 is led through a site */
    CU_ASSERT_EQUAL(top->lut_sites, 4);
    CU_ASSERT_EQUAL(top->flip_flops, 2);
    CU_ASSERT_EQUAL(top->carry_cells, 1);
    CU_ASSERT_EQUAL(top->lutram_sites, 9);
    CU_ASSERT_EQUAL(top->memory_blocks, 3);
    CU_ASSERT_EQUAL(top->multipliers, 1);
    CU_ASSERT_EQUAL_FATAL(top->memory_count, 1);
    CU_ASSERT_EQUAL(top->memories[0].width, 20);
    CU_ASSERT_EQUAL(top->memories[0].depth, 8);
    CU_ASSERT_EQUAL(netlist_find(&netlist, "part")->lut_sites, 1);
    CU_ASSERT_EQUAL(netlist_find(&netlist, "empty")->lut_cells, 0);
    CU_ASSERT_PTR_NULL(netlist_find(&netlist, "other"));
    arena_free(&arena);
}

static const char lattice[] =
    "{\"modules\": {\"top\": {\"cells\": {"
    " \"a\": {\"type\": \"SB_LUT4\"}, \"b\": {\"type\": \"SB_LUT4\"}, \"c\": {\"type\": \"SB_CARRY\"},"
    " \"d\": {\"type\": \"SB_DFFSR\"}, \"e\": {\"type\": \"SB_RAM40_4K\"}, \"f\": {\"type\": \"CCU2C\"},"
    " \"g\": {\"type\": \"LUT4\", \"connections\": {\"A\": [2], \"B\": [2], \"Z\": [3]}},"
    " \"h\": {\"type\": \"TRELLIS_FF\"}, \"i\": {\"type\": \"DP16KD\"}, \"j\": {\"type\": \"SB_MAC16\"}}}}}";

static void test_lattice(void)
{
    struct arena arena = {0};
    struct netlist netlist;
    CU_ASSERT_TRUE_FATAL(read_string(lattice, false, &netlist, &arena));
    const struct netlist_module *top = netlist_find(&netlist, "top");
    CU_ASSERT_EQUAL(top->lut_cells, 5);
    CU_ASSERT_EQUAL(top->lut_sites, 5);
    CU_ASSERT_EQUAL(top->flip_flops, 2);
    CU_ASSERT_EQUAL(top->carry_cells, 2);
    CU_ASSERT_EQUAL(top->memory_blocks, 2);
    CU_ASSERT_EQUAL(top->multipliers, 1);
    arena_free(&arena);
}

/* Every beginning of a netlist is refused, and so is what is JSON and no netlist. */
static void test_no_netlists(void)
{
    static const char *const texts[] = {
        "", "null", "[]", "7", "{}", "{\"modules\": []}", "{\"modules\": 1}", "<html>", "{\"modules\": \"top\"}"};
    struct arena arena = {0};
    struct netlist netlist;
    char error[FILE_ERROR_SIZE];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CU_ASSERT_FALSE(read_string(texts[i], true, &netlist, &arena));
    for (size_t length = 0; length < strlen(xilinx); length += 7)
        CU_ASSERT_FALSE(read_text(xilinx, length, true, &netlist, &arena));
    CU_ASSERT_FALSE(netlist_read("/nonexistent/netlist.json", true, &netlist, &arena, error));
    arena_free(&arena);
}

/* A netlist whose parts have other types than they should is read without harm; what cannot be counted is not. */
static void test_hostile(void)
{
    static const char *const modules[] = {
        "[]",
        "7",
        "null",
        "{\"cells\": 7}",
        "{\"cells\": [1, 2]}",
        "{\"cells\": {\"a\": 7}}",
        "{\"cells\": {\"a\": {\"type\": 7}}}",
        "{\"cells\": {\"a\": {\"type\": \"LUT2\"}}}",
        "{\"cells\": {\"a\": {\"type\": \"LUT2\", \"connections\": [[1], [2]]}}}",
        "{\"cells\": {\"a\": {\"type\": \"LUT2\", \"connections\": {\"I0\": 7, \"O\": {}}}}}",
        "{\"cells\": {\"a\": {\"type\": \"LUT2\", \"connections\": {\"I0\": [-5], \"O\": [-1]}}}}",
        "{\"cells\": {\"a\": {\"type\": \"LUT2\", \"connections\": {\"I0\": [2147483647], \"O\": [2147483647]}}}}",
        "{\"cells\": {\"a\": {\"type\": \"LUT2\", \"connections\": {\"I0\": [1e300], \"O\": [1e18]}}}}",
        "{\"cells\": {\"a\": {\"type\": \"CARRY4\", \"connections\": {\"S\": [-1, -2147483648, 1e300, \"x\"]}}}}",
        "{\"cells\": {\"a\": {\"type\": \"CARRY4\", \"connections\": 7}}}",
        "{\"cells\": {\"a\": {\"type\": \"$mem_v2\", \"parameters\": {\"WIDTH\": \"2\", \"SIZE\": []}}}}",
        "{\"cells\": {\"a\": {\"type\": \"$mem_v2\", \"parameters\": {\"WIDTH\": -3, \"SIZE\": 1e300}}}}",
        "{\"cells\": {\"a\": {\"type\": \"LUT6\", \"connections\": {\"A\": [1], \"B\": [2], \"C\": [3], \"D\": [4],"
        " \"E\": [5], \"F\": [6], \"G\": [7], \"H\": [8]}}}}",
    };
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        struct arena arena = {0};
        struct netlist netlist;
        char text[512];
        snprintf(text, sizeof text, "{\"modules\": {\"top\": %s}}", modules[i]);
        for (int lut6 = 0; lut6 < 2; lut6++) {
            CU_ASSERT_TRUE_FATAL(read_string(text, lut6, &netlist, &arena));
            const struct netlist_module *top = netlist_find(&netlist, "top");
            CU_ASSERT_TRUE(top && top->lut_cells <= 1 && top->flip_flops == 0);
            for (size_t m = 0; top && m < top->memory_count; m++)
                CU_ASSERT_TRUE(top->memories[m].width >= 0 && top->memories[m].depth >= 0);
        }
        arena_free(&arena);
    }
}

static const struct unit_case cases[] = {{"xc7", test_xilinx},
                                         {"ice40 and ecp5", test_lattice},
                                         {"no netlists", test_no_netlists},
                                         {"hostile", test_hostile}};

int main(void)
{
    const int file = mkstemp(path);
    REQUIRE(file >= 0 && close(file) == 0);
    const int status = unit_main("netlists", cases, sizeof cases / sizeof cases[0]);
    return unlink(path) == 0 ? status : 2;
}
