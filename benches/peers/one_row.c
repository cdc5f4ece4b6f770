/* One row at a time from C: a score module through wasmtime's C interface, and what tl2cgen compiled.
 *
 * Both get a row of numbers as a C program has it, and leave its answer in `answers`; both copies are in the time.
 * FLOAT is the type of the numbers. Returns the thread's CPU seconds; a negative number says that a call failed.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#ifndef FLOAT
#define FLOAT float
#endif

typedef union { int32_t i32; uint8_t bytes[16]; } raw_value;
typedef void *call_unchecked(void *context, const void *function, raw_value *values, size_t n_values, void **trap);

typedef union { int missing; FLOAT fvalue; int qvalue; } entry;
typedef void compiled_predict(entry *row, int pred_margin, FLOAT *answer);

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

double one_row_module(call_unchecked *call, void *context, const void *function, FLOAT *input, const FLOAT *output,
                      const FLOAT *rows, size_t n_rows, size_t n_columns, FLOAT *answers, size_t width) {
  double start = now();
  for (size_t row = 0; row < n_rows; row++) {
    raw_value value = {.i32 = 1};
    void *trap = NULL;
    memcpy(input, rows + row * n_columns, n_columns * sizeof(FLOAT));
    if (call(context, function, &value, 1, &trap) != NULL || trap != NULL || value.i32 != 0) return -1;
    memcpy(answers + row * width, output, width * sizeof(FLOAT));
  }
  return now() - start;
}

double one_row_compiled(compiled_predict *predict, entry *row_of_entries, const FLOAT *rows, size_t n_rows,
                        size_t n_columns, FLOAT *answers, size_t width) {
  double start = now();
  for (size_t row = 0; row < n_rows; row++) {
    for (size_t column = 0; column < n_columns; column++) {
      FLOAT value = rows[row * n_columns + column];
      if (value != value) row_of_entries[column].missing = -1;
      else row_of_entries[column].fvalue = value;
    }
    FLOAT *answer = answers + row * width;
    memset(answer, 0, width * sizeof(FLOAT));
    predict(row_of_entries, 0, answer);
  }
  return now() - start;
}
