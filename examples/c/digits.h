/* The model Digits. Written by `mtl::c::header`. */
#ifndef DIGITS_H
#define DIGITS_H

#include <stdint.h>

#ifdef __cplusplus
#define DIGITS_ASSERT(claim, text) static_assert(claim, text)
extern "C" {
#else
#define DIGITS_ASSERT(claim, text) _Static_assert(claim, text)
#endif

/* A row of inputs. */
struct digits_inputs {
    float image[64];
};

/* What the heads give. */
struct digits_outputs {
    float digit[10];
    float odd;
};

DIGITS_ASSERT(sizeof(struct digits_inputs) == 256, "the inputs are those of another header");
DIGITS_ASSERT(sizeof(struct digits_outputs) == 44, "the outputs are those of another header");

/* Predicts all heads. */
void digits_predict(const struct digits_inputs *inputs, struct digits_outputs *outputs);
/* Predicts `digit`, and computes only what it needs. */
void digits_predict_digit(const struct digits_inputs *inputs, float digit[10]);
/* Predicts `odd`, and computes only what it needs. */
void digits_predict_odd(const struct digits_inputs *inputs, float odd[1]);

#ifdef __cplusplus
}
#endif

#endif
