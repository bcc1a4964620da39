/* What emlearn made of the models: heads side by side in one network with zeros between them, as it has no models of several heads. The
 * softmax and the sigmoid are ours: it ends a network in one of them, not in both. */
#include <math.h>
#include "seed_emlearn.h"
#include "digits_emlearn.h"

static void softmax(float *x, int count) {
    float largest = x[0], sum = 0;
    for (int i = 1; i < count; i++) largest = x[i] > largest ? x[i] : largest;
    for (int i = 0; i < count; i++) sum += x[i] = expf(x[i] - largest);
    for (int i = 0; i < count; i++) x[i] /= sum;
}

void seed_predict(const float *inputs, float *outputs) {
    seed_net_regress(inputs, 16, outputs, 4);
    softmax(outputs + 1, 3);
}

void digits_predict(const float *inputs, float *outputs) {
    digits_net_regress(inputs, 64, outputs, 11);
    softmax(outputs, 10);
    outputs[10] = 1 / (1 + expf(-outputs[10]));
}
