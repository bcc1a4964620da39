/* Runs one model, `PREDICT` of `INPUTS` numbers, and prints what it needs.
 *
 * `harness ROWS` reads rows of inputs, as 32-bit floats, and prints three lines: the outputs of all rows; bytes of stack and of heap; and
 * nanoseconds a prediction, one number for each of many short runs. */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

void PREDICT(const float *inputs, float *outputs);

/* The precompiled `core` of Rust names it; nothing unwinds. */
__attribute__((weak)) void rust_eh_personality(void) {}

enum { STACK = 8 << 20, PAINT = 0xA5 };

static float rows[2000 * INPUTS], outputs[OUTPUTS];

static void *predict_once(void *unused) {
    PREDICT(rows, outputs);
    return unused;
}

/* A thread on a stack of our own, painted: what has another colour afterwards was used. */
static long stack_bytes(void) {
    unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(stack, PAINT, STACK);
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, STACK);
    pthread_create(&thread, &attributes, predict_once, NULL);
    pthread_join(thread, NULL);
    long unused = 0;
    while (stack[unused] == PAINT) unused++;
    return STACK - unused;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int count, char **arguments) {
    FILE *file = fopen(arguments[count - 1], "rb");
    size_t read = fread(rows, 4 * INPUTS, 2000, file);
    size_t before = mallinfo2().uordblks;
    for (size_t row = 0; row < read; row++) {
        PREDICT(rows + row * INPUTS, outputs);
        for (int output = 0; output < OUTPUTS; output++) printf("%.9g ", outputs[output]);
    }
    printf("\n%ld %zd\n", stack_bytes(), mallinfo2().uordblks - before);
    for (int run = 0; run < 400; run++) {
        double start = now();
        for (int repeat = 0; repeat < 200; repeat++) PREDICT(rows + repeat % read * INPUTS, outputs);
        printf("%.2f ", (now() - start) / 200);
    }
    return 0;
}
