//! The products of dense layers as a share of the peak of the processor's multiply-adders, one thread.
//!
//! `cargo bench -p mtl-core --bench kernels`; `MTL_INSTRUCTION_SET=avx2` or `portable` for the other kernels.

use core::hint::black_box;
use std::time::{Duration, Instant};

use mtl_core::InstructionSet;
use mtl_core::activation::Relu;
use mtl_core::init::Initializer;
use mtl_core::kernel::{GradientSink, Kernel, Vector, Vectorized, dense_forward, dense_input_gradient, dense_kernel_gradient, dispatch};
use mtl_core::layer::{Context, Dense, DenseParameters, Layer, Pass};
use nalgebra::{SMatrix, SVector};

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
            Operation::KernelGradient => dense_kernel_gradient::<S, T, IN, OUT>(self.input, self.output, self.kernel, true),
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

/// The dense layers of a small model, a body of 64 and 64 units with two heads of 20: forward, and backward from given gradients.
struct Small<'a> {
    layers: &'a SmallLayers,
    values: &'a mut SmallValues,
    gradients: &'a mut SmallValues,
    gradient: &'a mut SmallLayers,
    backward: bool,
    columns: usize,
}

type Body1 = Dense<16, 64, 64, Relu>;
type Body2 = Dense<64, 64, 64, Relu>;
type Head = Dense<64, 20, 20, Relu>;
type End1 = Dense<20, 1, 1>;
type End2 = Dense<20, 3, 3>;

#[repr(C, align(64))]
struct SmallLayers(
    DenseParameters<16, 64, 64, T>,
    DenseParameters<64, 64, 64, T>,
    DenseParameters<64, 20, 20, T>,
    DenseParameters<20, 1, 1, T>,
    DenseParameters<64, 20, 20, T>,
    DenseParameters<20, 3, 3, T>,
);

const TILE: usize = 32;

#[repr(C, align(64))]
struct SmallValues([[T; 16]; TILE], [[T; 64]; TILE], [[T; 64]; TILE], [[T; 20]; TILE], [[T; 1]; TILE], [[T; 20]; TILE], [[T; 3]; TILE]);

impl SmallValues {
    fn new() -> Self {
        Self([[0.5; 16]; TILE], [[0.1; 64]; TILE], [[0.1; 64]; TILE], [[0.1; 20]; TILE], [[1e-6; 1]; TILE], [[0.1; 20]; TILE], [[1e-6; 3]; TILE])
    }
}

impl SmallLayers {
    fn new(value: T) -> Self {
        macro_rules! parameters {
            () => {
                DenseParameters { kernel: SMatrix::from_element(value), bias: SVector::from_element(value) }
            };
        }
        Self(parameters!(), parameters!(), parameters!(), parameters!(), parameters!(), parameters!())
    }
}

impl Kernel for Small<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        const BODY_1: Body1 = Dense::new(Initializer::Zeros);
        const BODY_2: Body2 = Dense::new(Initializer::Zeros);
        const HEAD: Head = Dense::new(Initializer::Zeros);
        const END_1: End1 = Dense::new(Initializer::Zeros);
        const END_2: End2 = Dense::new(Initializer::Zeros);
        let Self { layers, values, gradients, gradient, backward, columns } = self;
        let context = Context { pass: Pass::PREDICT, node: 0 };
        macro_rules! layer {
            ($layer:ident, $number:tt, $from:tt, $to:tt, $sink:expr) => {
                if backward {
                    $layer.backward::<S>(
                        context,
                        &layers.$number,
                        &values.$from[..columns],
                        &values.$to[..columns],
                        &[],
                        &mut gradients.$to[..columns],
                        $sink,
                        &mut gradient.$number,
                    );
                } else {
                    $layer.forward::<S>(context, &layers.$number, &values.$from[..columns], &mut values.$to[..columns], &mut []);
                }
            };
        }
        macro_rules! sink {
            ($number:tt, $add:expr) => {
                Some(GradientSink { columns: &mut gradients.$number[..columns], add: $add })
            };
        }
        if backward {
            layer!(END_2, 5, 5, 6, sink!(5, false));
            layer!(HEAD, 4, 2, 5, sink!(2, false));
            layer!(END_1, 3, 3, 4, sink!(3, false));
            layer!(HEAD, 2, 2, 3, sink!(2, true));
            layer!(BODY_2, 1, 1, 2, sink!(1, false));
            layer!(BODY_1, 0, 0, 1, None);
        } else {
            layer!(BODY_1, 0, 0, 1, None);
            layer!(BODY_2, 1, 1, 2, None);
            layer!(HEAD, 2, 2, 3, None);
            layer!(END_1, 3, 3, 4, None);
            layer!(HEAD, 4, 2, 5, None);
            layer!(END_2, 5, 5, 6, None);
        }
    }
}

fn bench_small() {
    const MULTIPLY_ADDS: usize = 16 * 64 + 64 * 64 + 2 * 64 * 20 + 20 + 60;
    let (layers, mut gradient) = (Box::new(SmallLayers::new(0.01)), Box::new(SmallLayers::new(0.0)));
    let (mut values, mut gradients) = (Box::new(SmallValues::new()), Box::new(SmallValues::new()));
    for columns in [1, TILE] {
        let peak = peak();
        print!("16 -> 64 -> 64 -> (20 -> 1, 20 -> 3) {columns:>3} columns ");
        let mut total = 0.0;
        for backward in [false, true] {
            let time = seconds(|| {
                let (layers, values) = black_box((&*layers, &mut *values));
                let (gradients, gradient) = black_box((&mut *gradients, &mut *gradient));
                dispatch(Small { layers, values, gradients, gradient, backward, columns });
            });
            total += time;
            print!("| {} {:>8.0} ns ", if backward { "backward" } else { "forward" }, time * 1e9);
        }
        let rate = 2.0 * (3 * MULTIPLY_ADDS - 16 * 64) as f64 * columns as f64 / total / 1e9;
        println!("| both {:>8.0} ns {rate:>6.1} GFLOP/s {:>3.0} % ", total * 1e9, 100.0 * rate / peak);
    }
}

fn main() {
    println!("peak {:.1} GFLOP/s", peak());
    bench_small();
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
