/*
 * CSV: each text is scanned twice. The first pass counts and checks the lines, so that the second fills arrays of the
 * right size; labels get their numbers in between, from the training text.
 */
#include "runtime/data/csv.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/data/csv_scan.h"
#include "runtime/numeric/file.h"
#include "runtime/numeric/random.h"

enum { MAX_CLASSES = 4096 }; /* more different labels than this are a column of numbers, not of classes */
static const size_t file_limit = (size_t)1 << 30;

/* A text and what the first pass found in it. */
struct table {
    const char *name;
    const char *text;
    size_t length;
    size_t rows;    /* without the header */
    size_t columns; /* of every row */
    size_t skip;    /* 1 where the first line is a header */
    bool numbered;  /* every last field is a whole number 0 .. MAX_CLASSES - 1 */
};

/* The classes: the numbers themselves, or names in order of first appearance. */
struct label_map {
    bool numbered;
    int count; /* named: number of names */
    struct csv_field names[MAX_CLASSES];
};

static bool is_header(const struct csv_field *fields, size_t numbers)
{
    float ignored;
    for (size_t i = 0; i < numbers; i++)
        if (csv_number(&fields[i], &ignored))
            return false;
    return true;
}

static bool survey_line(struct table *table, const struct csv_scanner *scanner, size_t outputs, char *error)
{
    int ignored;
    const size_t last = outputs > 0 ? outputs : 1;
    if (table->columns == 0) {
        table->columns = scanner->field_count;
        if (table->columns <= last)
            return qnn_error_set(error, "%s:%zu: has %zu fields: no feature is left beside %zu of %s", table->name,
                                 scanner->line, table->columns, last, outputs > 0 ? "targets" : "label");
        table->skip = is_header(scanner->fields, outputs > 0 ? table->columns : table->columns - 1);
        if (table->skip > 0)
            return true;
    }
    if (scanner->field_count != table->columns)
        return qnn_error_set(error, "%s:%zu: has %zu fields, expected %zu", table->name, scanner->line,
                             scanner->field_count, table->columns);
    table->numbered = table->numbered && csv_index(&scanner->fields[scanner->field_count - 1], MAX_CLASSES, &ignored);
    table->rows++;
    return true;
}

/* The first pass. table holds name, text and length. */
static bool survey(struct table *table, size_t outputs, char *error)
{
    struct csv_scanner scanner = csv_scanner_start(table->name, table->text, table->length);
    table->numbered = true;
    bool ok = csv_scanner_next(&scanner, error);
    while (ok && scanner.field_count > 0)
        ok = survey_line(table, &scanner, outputs, error) && csv_scanner_next(&scanner, error);
    csv_scanner_free(&scanner);
    if (ok && table->rows == 0)
        return qnn_error_set(error, "%s: has no samples", table->name);
    return ok;
}

/* The number of a name; the count of names where it is new. */
static int find_name(const struct label_map *map, const struct csv_field *field)
{
    int i = 0;
    while (i < map->count &&
           (map->names[i].length != field->length || memcmp(map->names[i].text, field->text, field->length) != 0))
        i++;
    return i;
}

/* Scanner at the first row below the header. */
static bool start_rows(const struct table *table, struct csv_scanner *scanner, char *error)
{
    *scanner = csv_scanner_start(table->name, table->text, table->length);
    return csv_scanner_next(scanner, error) && (table->skip == 0 || csv_scanner_next(scanner, error));
}

static bool collect_labels(const struct table *train, struct label_map *map, char *error)
{
    struct csv_scanner scanner;
    map->count = 0;
    map->numbered = train->numbered;
    if (map->numbered)
        return true;
    bool ok = start_rows(train, &scanner, error);
    for (size_t row = 0; ok && row < train->rows; row++) {
        const struct csv_field *field = &scanner.fields[scanner.field_count - 1];
        const int number = find_name(map, field);
        if (field->length == 0)
            ok = qnn_error_set(error, "%s:%zu:%zu: the label is empty", train->name, scanner.line, field->column);
        else if (number == MAX_CLASSES)
            ok = qnn_error_set(error, "%s:%zu:%zu: more than %d different labels; for regression say outputs = 1",
                               train->name, scanner.line, field->column, MAX_CLASSES);
        else if (number == map->count)
            map->names[map->count++] = *field;
        ok = ok && csv_scanner_next(&scanner, error);
    }
    csv_scanner_free(&scanner);
    return ok;
}

static bool parse_label(const struct csv_scanner *scanner, const struct label_map *map, int32_t *label, char *error)
{
    const struct csv_field *field = &scanner->fields[scanner->field_count - 1];
    int number = 0;
    const bool known =
        map->numbered ? csv_index(field, MAX_CLASSES, &number) : (number = find_name(map, field)) < map->count;
    *label = number;
    return known ||
           qnn_error_set(error, "%s:%zu:%zu: the label '%.*s' does not occur in the training file", scanner->name,
                         scanner->line, field->column, field->length > 40 ? 40 : (int)field->length, field->text);
}

static bool parse_number(const struct csv_scanner *scanner, size_t index, float *value, char *error)
{
    const struct csv_field *field = &scanner->fields[index];
    const int shown = field->length > 40 ? 40 : (int)field->length;
    if (!csv_number(field, value))
        return qnn_error_set(error, "%s:%zu:%zu: '%.*s' is not a number", scanner->name, scanner->line, field->column,
                             shown, field->text);
    if (!isfinite(*value))
        return qnn_error_set(error, "%s:%zu:%zu: %.*s is beyond the range of float", scanner->name, scanner->line,
                             field->column, shown, field->text);
    return true;
}

static bool parse_feature(const struct csv_scanner *scanner, size_t index, enum qnn_element element, void *samples,
                          size_t at, char *error)
{
    float value;
    if (!parse_number(scanner, index, &value, error))
        return false;
    if (element == QNN_F32) {
        ((float *)samples)[at] = value;
        return true;
    }
    const float low = element == QNN_U8 ? 0.0f : -128.0f;
    if (!(value >= low && value <= low + 255.0f && value == truncf(value)))
        return qnn_error_set(error, "%s:%zu:%zu: %g is not a whole number %g to %g, as an input of %s needs",
                             scanner->name, scanner->line, scanner->fields[index].column, (double)value, (double)low,
                             (double)low + 255.0, qnn_element_name(element));
    if (element == QNN_U8)
        ((uint8_t *)samples)[at] = (uint8_t)value;
    else
        ((int8_t *)samples)[at] = (int8_t)value;
    return true;
}

static bool parse_row(const struct csv_scanner *scanner, const struct label_map *map, struct qnn_dataset *data,
                      size_t row, char *error)
{
    for (size_t i = 0; i < data->channels; i++)
        if (!parse_feature(scanner, i, data->element, data->samples, row * data->channels + i, error))
            return false;
    for (size_t i = 0; i < data->outputs; i++)
        if (!parse_number(scanner, data->channels + i, &data->targets[row * data->outputs + i], error))
            return false;
    if (data->outputs > 0)
        return true;
    if (!parse_label(scanner, map, &data->labels[row], error))
        return false;
    if (data->labels[row] >= data->classes)
        data->classes = data->labels[row] + 1;
    return true;
}

/* The second pass: the rows with wanted[row] equal to keep (all where wanted is NULL), count of them, in order. */
static bool fill(const struct table *table, const struct label_map *map, const bool *wanted, bool keep,
                 struct qnn_dataset *data, char *error)
{
    struct csv_scanner scanner;
    size_t filled = 0;
    bool ok = start_rows(table, &scanner, error);
    for (size_t row = 0; ok && row < table->rows; row++) {
        if (!wanted || wanted[row] == keep)
            ok = parse_row(&scanner, map, data, filled++, error);
        ok = ok && csv_scanner_next(&scanner, error);
    }
    csv_scanner_free(&scanner);
    return ok;
}

static bool allocate(struct qnn_dataset *data, const char *name, size_t count, size_t features,
                     const struct qnn_csv_options *options, const struct label_map *map, char *error)
{
    QNN_CHECK(count > 0 && features > 0);
    *data = (struct qnn_dataset){.count = count, .height = 1, .width = 1, .channels = features};
    data->element = options->element;
    data->outputs = options->outputs;
    data->classes = options->outputs == 0 ? map->count : 0;
    data->samples = calloc(count * features, qnn_element_size(options->element));
    if (options->outputs > 0)
        data->targets = calloc(count * options->outputs, sizeof *data->targets);
    else
        data->labels = calloc(count, sizeof *data->labels);
    return (data->samples && (data->targets || data->labels)) ||
           qnn_error_set(error, "%s: no memory for its %zu samples", name, count);
}

/* Marks the held-out rows of the training text; the caller frees the marks. */
static bool *draw_holdout(const struct table *train, size_t holdout, char *error)
{
    const struct qnn_stream stream = {.seed = 1, .purpose = QNN_RANDOM_HOLDOUT};
    if (holdout >= train->rows) {
        qnn_error_set(error, "%s: holdout = %zu leaves nothing to train on: it has %zu samples", train->name, holdout,
                      train->rows);
        return NULL;
    }
    uint32_t *order = malloc(train->rows * sizeof *order);
    bool *held = calloc(train->rows, sizeof *held);
    if (order && held) {
        qnn_random_permutation(&stream, train->rows, order);
        for (size_t i = 0; i < holdout; i++)
            held[order[i]] = true;
    } else {
        qnn_error_set(error, "%s: no memory to draw held-out rows", train->name);
        free(held);
        held = NULL;
    }
    free(order);
    return held;
}

static bool load_split(const struct table *train, const struct table *test, const struct label_map *map,
                       const struct qnn_csv_options *options, enum qnn_split split, struct qnn_dataset *data,
                       char *error)
{
    const size_t features = train->columns - (options->outputs > 0 ? options->outputs : 1);
    const bool testing = split == QNN_SPLIT_TEST;
    if (test || options->holdout == 0) {
        const struct table *table = testing ? test : train;
        if (!table)
            return qnn_error_set(error, "%s: there is no test split; say test = \"FILE\" or holdout = N", train->name);
        return allocate(data, table->name, table->rows, features, options, map, error) &&
               fill(table, map, NULL, true, data, error);
    }
    bool *held = draw_holdout(train, options->holdout, error);
    if (!held)
        return false;
    const size_t count = testing ? options->holdout : train->rows - options->holdout;
    const bool ok = allocate(data, train->name, count, features, options, map, error) &&
                    fill(train, map, held, testing, data, error);
    free(held);
    return ok;
}

/* Everything after the locale is set. test->text is NULL where there is no test file. */
static bool parse_tables(struct table *train, struct table *test, const struct qnn_csv_options *options,
                         enum qnn_split split, struct qnn_dataset *data, char *error)
{
    if (!survey(train, options->outputs, error) || (test->text && !survey(test, options->outputs, error)))
        return false;
    if (test->text && test->columns != train->columns)
        return qnn_error_set(error, "%s has %zu columns and %s has %zu", test->name, test->columns, train->name,
                             train->columns);
    struct label_map *map = malloc(sizeof *map);
    if (!map)
        return qnn_error_set(error, "%s: no memory for its labels", train->name);
    map->count = 0;
    bool ok = options->outputs > 0 || collect_labels(train, map, error);
    ok = ok && load_split(train, test->text ? test : NULL, map, options, split, data, error);
    free(map);
    return ok;
}

bool qnn_csv_parse(const char *train_name, const char *train, size_t train_length, const char *test_name,
                   const char *test, size_t test_length, const struct qnn_csv_options *options, enum qnn_split split,
                   struct qnn_dataset *data, char *error)
{
    struct table train_table = {.name = train_name, .text = train, .length = train_length};
    struct table test_table = {.name = test_name, .text = test, .length = test_length};
    *data = (struct qnn_dataset){0};
    /* Numbers have a decimal point, whatever the locale of the program is. */
    const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0)
        return qnn_error_set(error, "%s: no memory for the locale of its numbers", train_name);
    const locale_t kept = uselocale(c_locale);
    const bool ok = parse_tables(&train_table, &test_table, options, split, data, error);
    uselocale(kept);
    freelocale(c_locale);
    if (!ok)
        qnn_dataset_free(data);
    return ok;
}

bool qnn_csv_load(const char *train_path, const char *test_path, const struct qnn_csv_options *options,
                  enum qnn_split split, struct qnn_dataset *data, char *error)
{
    unsigned char *train = NULL, *test = NULL;
    size_t train_length, test_length = 0;
    *data = (struct qnn_dataset){0};
    const bool ok = qnn_file_read(train_path, file_limit, &train, &train_length, error) &&
                    (!test_path || qnn_file_read(test_path, file_limit, &test, &test_length, error)) &&
                    qnn_csv_parse(train_path, (const char *)train, train_length, test_path, (const char *)test,
                                  test_length, options, split, data, error);
    free(train);
    free(test);
    return ok;
}
