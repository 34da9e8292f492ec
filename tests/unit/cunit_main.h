/* The main function of a unit test: runs one CUnit suite and fails the process where an assertion fails. */
#ifndef QNN_TESTS_CUNIT_MAIN_H
#define QNN_TESTS_CUNIT_MAIN_H

#include <CUnit/Basic.h>
#include <stdio.h>

struct unit_case {
    const char *name;
    void (*run)(void);
};

/* Returns the exit status of the test program: 0 where every assertion held and at least one was made. */
static inline int unit_main(const char *suite_name, const struct unit_case *cases, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);
    for (size_t i = 0; suite && i < count; i++)
        if (!CU_add_test(suite, cases[i].name, cases[i].run))
            suite = NULL;
    if (!suite)
        return 2;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    const int failed = CU_get_number_of_failures() != 0 || CU_get_number_of_asserts() == 0;
    CU_cleanup_registry();
    return failed;
}

#define UNIT_MAIN(suite, cases)                                             \
    int main(void)                                                          \
    {                                                                       \
        return unit_main(suite, cases, sizeof(cases) / sizeof((cases)[0])); \
    }

#endif
