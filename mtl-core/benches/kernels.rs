//! The products of dense layers as a share of the peak of the processor's multiply-adders, one thread.
//!
//! `cargo bench -p mtl-core --bench kernels`; `MTL_INSTRUCTION_SET=avx2` or `portable` for the other kernels.

use core::hint::black_box;
use std::time::{Duration, Instant};

use mtl_core::InstructionSet;
use mtl_core::kernel::{GradientSink, Kernel, Vector, Vectorized, dense_forward, dense_input_gradient, dense_kernel_gradient, dispatch};

type T = f32;

/// Multiply-adds a second of independent chains that live in registers.
#[derive(Clone, Copy)]
struct Peak;

impl Kernel for Peak {
    type Output = usize;
    #[inline(always)]
    fn run<S: InstructionSet>(self) -> usize {
        const CHAINS: usize = 10;
        type V<S> = <T as Vectorized>::Vector<S>;
        let mut sums = [V::<S>::splat(black_box(1.0)); CHAINS];
        let (factor, term) = (V::<S>::splat(black_box(0.5)), V::<S>::splat(black_box(0.25)));
        for _ in 0..1000 {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, term);
            }
        }
        black_box(sums);
        2 * 1000 * CHAINS * V::<S>::LANES
    }
}

struct Run<'a, const IN: usize, const OUT: usize> {
    operation: Operation,
    kernel: &'a mut [[T; OUT]; IN],
    bias: &'a [T; OUT],
    input: &'a mut [[T; IN]],
    output: &'a mut [[T; OUT]],
}

#[derive(Clone, Copy)]
enum Operation {
    Forward,
    InputGradient,
    KernelGradient,
}

impl<const IN: usize, const OUT: usize> Kernel for Run<'_, IN, OUT> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        match self.operation {
            Operation::Forward => dense_forward::<S, T, IN, OUT, OUT>(self.kernel, self.bias, self.input, self.output),
            Operation::InputGradient => {
                dense_input_gradient::<S, T, IN, OUT>(self.kernel, self.output, GradientSink { columns: self.input, add: false });
            }
            Operation::KernelGradient => dense_kernel_gradient::<S, T, IN, OUT>(self.input, self.output, self.kernel),
        }
    }
}

/// As tiles and models are laid out on the heap.
#[repr(align(64))]
struct Aligned<A>(A);

/// The shortest of many timings of `run`, in seconds.
fn seconds(mut run: impl FnMut()) -> f64 {
    let mut repeats = 1u32;
    let mut best = Duration::MAX;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(150) {
        let start = Instant::now();
        for _ in 0..repeats {
            run();
        }
        let elapsed = start.elapsed();
        best = best.min(elapsed / repeats);
        if elapsed < Duration::from_micros(50) {
            repeats *= 2;
            best = Duration::MAX;
        }
    }
    best.as_secs_f64()
}

fn peak() -> f64 {
    let operations = dispatch(Peak) as f64;
    operations
        / seconds(|| {
            black_box(dispatch(Peak));
        })
        / 1e9
}

fn bench<const IN: usize, const OUT: usize>() {
    for columns in [1, 32] {
        let peak = peak();
        print!("{IN:>4} -> {OUT:<4} {columns:>3} columns ");
        for (name, operation) in
            [("forward", Operation::Forward), ("input gradient", Operation::InputGradient), ("kernel gradient", Operation::KernelGradient)]
        {
            let mut kernel = Box::new(Aligned([[0.01; OUT]; IN]));
            let (bias, mut input, mut output) = ([0.1; OUT], vec![[0.5; IN]; columns], vec![[1e-6; OUT]; columns]);
            let time = seconds(|| {
                let (kernel, bias, input, output) = black_box((&mut kernel.0, &bias, &mut input[..], &mut output[..]));
                dispatch(Run { operation, kernel, bias, input, output });
            });
            let rate = 2.0 * (IN * OUT * columns) as f64 / time / 1e9;
            print!("| {name} {:>8.0} ns {rate:>6.1} GFLOP/s {:>3.0} % ", time * 1e9, 100.0 * rate / peak);
        }
        println!();
    }
}

fn main() {
    println!("peak {:.1} GFLOP/s", peak());
    bench::<16, 64>();
    bench::<64, 64>();
    bench::<64, 20>();
    bench::<20, 1>();
    bench::<20, 3>();
    bench::<784, 256>();
    bench::<256, 128>();
    bench::<128, 10>();
    println!("peak {:.1} GFLOP/s", peak());
}
