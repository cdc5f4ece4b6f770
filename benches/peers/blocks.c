/* All rows block by block: matrices into a score module's arenas, a call through wasmtime's C interface, the answers out.
 *
 * What `scorepack predict` does in Rust, and what the peers do in their own compiled loops. Returns the status of the first
 * call that is not 0, or -1 where a call failed.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef union { int32_t i32; uint8_t bytes[16]; } raw_value;
typedef void *call_unchecked(void *context, const void *function, raw_value *values, size_t n_values, void **trap);

/* A matrix of rows and the arena that takes a block of them. */
typedef struct { const char *rows; char *arena; size_t row_bytes; } matrix;

int32_t score_blocks(call_unchecked *call, void *context, const void *function, const matrix *inputs, size_t n_inputs,
                     const char *output, char *answers, size_t answer_bytes, size_t n_rows, size_t block_rows) {
  for (size_t first = 0; first < n_rows; first += block_rows) {
    size_t count = n_rows - first < block_rows ? n_rows - first : block_rows;
    for (const matrix *input = inputs; input < inputs + n_inputs; input++)
      memcpy(input->arena, input->rows + first * input->row_bytes, count * input->row_bytes);
    raw_value value = {.i32 = (int32_t)count};
    void *trap = NULL;
    if (call(context, function, &value, 1, &trap) != NULL || trap != NULL) return -1;
    if (value.i32 != 0) return value.i32;
    memcpy(answers + first * answer_bytes, output, count * answer_bytes);
  }
  return 0;
}
