/* Computes nothing: what the others are measured beyond. */
void seed_predict(const float *inputs, float *outputs) { outputs[0] = inputs[0]; }
void digits_predict(const float *inputs, float *outputs) { outputs[0] = inputs[0]; }
