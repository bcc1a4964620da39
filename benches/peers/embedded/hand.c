/* Written by hand for these two models. `model.h` has their weights, in `[inputs][units]`, so that a row of weights is used at once. */
#include <math.h>
#include "model.h"

#define DENSE(layer, inputs, outputs, relu) \
    dense((const float *)layer##_kernel, layer##_bias, sizeof layer##_kernel / sizeof *layer##_kernel, sizeof layer##_bias / sizeof *layer##_bias, inputs, outputs, relu)

static inline void dense(const float *kernel, const float *bias, int inputs, int units, const float *x, float *restrict y, int relu) {
    for (int unit = 0; unit < units; unit++) y[unit] = bias[unit];
    for (int input = 0; input < inputs; input++)
        for (int unit = 0; unit < units; unit++) y[unit] += x[input] * kernel[input * units + unit];
    if (relu)
        for (int unit = 0; unit < units; unit++) y[unit] = y[unit] > 0 ? y[unit] : 0;
}

static void softmax(float *x, int count) {
    float largest = x[0], sum = 0;
    for (int i = 1; i < count; i++) largest = x[i] > largest ? x[i] : largest;
    for (int i = 0; i < count; i++) sum += x[i] = expf(x[i] - largest);
    for (int i = 0; i < count; i++) x[i] /= sum;
}

void seed_predict(const float *inputs, float *outputs) {
    float first[64], body[64], hidden[20];
    DENSE(seed_body_dense1, inputs, first, 1);
    DENSE(seed_body_dense2, first, body, 1);
    DENSE(seed_a_dense1, body, hidden, 1);
    DENSE(seed_a_dense2, hidden, outputs, 0);
    DENSE(seed_b_dense1, body, hidden, 1);
    DENSE(seed_b_dense2, hidden, outputs + 1, 0);
    softmax(outputs + 1, 3);
}

void digits_predict(const float *inputs, float *outputs) {
    float first[48], body[32], hidden[16];
    DENSE(digits_body_dense1, inputs, first, 1);
    DENSE(digits_body_dense2, first, body, 1);
    DENSE(digits_a_dense1, body, outputs, 0);
    softmax(outputs, 10);
    DENSE(digits_b_dense1, body, hidden, 1);
    DENSE(digits_b_dense2, hidden, outputs + 10, 0);
    outputs[10] = 1 / (1 + expf(-outputs[10]));
}
