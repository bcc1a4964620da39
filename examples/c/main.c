/* Reads one digit; also C++. */
#include "digits.h"

#include <math.h>
#include <stdio.h>

/* A 3 of 8 x 8 pixels, from 0 to 16. */
static const char *const DIGIT[8] = {
    "..9GG9..",
    ".9G99GG.",
    "......G.",
    "....9GG.",
    "...9GG..",
    "......G9",
    ".9..9GG.",
    "..GGG9..",
};

int main(void) {
    struct digits_inputs inputs;
    struct digits_outputs outputs;
    float odd[1];
    int row, column, best = 0, digit;
    for (row = 0; row < 8; ++row) {
        for (column = 0; column < 8; ++column) {
            char pixel = DIGIT[row][column];
            inputs.image[8 * row + column] = pixel == 'G' ? 1.0f : pixel == '9' ? 0.5f : 0.0f;
        }
    }
    digits_predict(&inputs, &outputs);
    digits_predict_odd(&inputs, odd);
    for (digit = 1; digit < 10; ++digit) {
        if (outputs.digit[digit] > outputs.digit[best]) best = digit;
    }
    printf("%d %.6f %.6f %.6f\n", best, outputs.digit[best], outputs.odd, odd[0]);
    inputs.image[0] = NAN;
    digits_predict(&inputs, &outputs);
    printf("%d %d\n", isnan(outputs.odd) != 0, isnan(outputs.digit[3]) != 0);
    return 0;
}
