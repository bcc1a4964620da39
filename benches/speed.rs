//! Training steps and predictions, each as a share of the peak of the processor's multiply-adders measured beside it.
//!
//! `cargo bench --bench speed`, or a part of it: `cargo bench --bench speed -- threads`. The parts are `step`, `predict`, `int8`, `convolution`,
//! `sequences`, `scaling`, `threads`.
//! `MTL_INSTRUCTION_SET=avx2` or `portable` for the other kernels.
//!
//! A step is timed from the end of the one before to its own, inside `Trainer::fit`, so all that a step needs is in it: gathering the
//! rows, the passes, the checks, the optimizer. Times are medians; on a machine with other work look at the 5 % quantile beside them.
//! Needed operations of a step are `2 · batch · (3 W − W₁)`, `W` the multiply-adds of a prediction and `W₁` those of the first layer,
//! whose input needs no gradient.

use core::hint::black_box;
use std::ops::ControlFlow;
use std::time::Instant;

use mtl::flat::{self, Aligned, Flat};
use mtl::kernel::{Kernel, Vector, Vectorized, dispatch};
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};
use mtl::trainer::Step;
use mtl::{Evaluate, InstructionSet, Scalar};

/// Multiply-adds of independent chains that live in registers.
struct Peak;

impl Kernel for Peak {
    type Output = usize;
    #[inline(always)]
    fn run<S: InstructionSet>(self) -> usize {
        const CHAINS: usize = 10;
        type V<S> = <f32 as Vectorized>::Vector<S>;
        let mut sums = [V::<S>::splat(black_box(1.0)); CHAINS];
        let (factor, term) = (V::<S>::splat(black_box(0.5)), V::<S>::splat(black_box(0.25)));
        for _ in 0..10_000 {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, term);
            }
        }
        black_box(sums);
        2 * 10_000 * CHAINS * V::<S>::LANES
    }
}

/// Operations a second: the best of many short runs.
fn peak() -> f64 {
    (0..200)
        .map(|_| {
            let start = Instant::now();
            dispatch(Peak) as f64 / start.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max)
}

/// Timings in seconds, sorted.
struct Times(Vec<f64>);

impl Times {
    fn new(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        Self(seconds)
    }
    fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }
    fn quick(&self) -> f64 {
        self.0[self.0.len() / 20]
    }
    fn show(&self, name: &str, operations: f64, peak: f64) {
        let (median, quick) = (self.median(), self.quick());
        let share = |seconds: f64| 100.0 * operations / seconds / peak;
        println!("{name:<44} {:>10.3} µs {:>3.0} %   5 %: {:>10.3} µs {:>3.0} %", median * 1e6, share(median), quick * 1e6, share(quick));
    }
}

/// Notes when each step ends.
struct Clock<'t> {
    last: Instant,
    seconds: &'t mut Vec<f64>,
}

impl<M: Evaluate> Callback<M> for Clock<'_> {
    fn on_step_end(&mut self, _: &Step<'_, M>, _: &M) -> ControlFlow<()> {
        let now = Instant::now();
        self.seconds.push((now - self.last).as_secs_f64());
        self.last = now;
        ControlFlow::Continue(())
    }
}

/// Times training steps. Data and model are made up anew.
fn steps<M: Evaluate>(rows: &Dataset<M>, batch: usize, threads: usize, steps: usize) -> Vec<f64> {
    let mut model = flat::zeroed_box::<M>();
    model.initialize(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    let mut seconds = Vec::with_capacity(2 * steps);
    let epochs = steps.div_ceil((rows.len() / batch).max(1));
    let clock = Clock { last: Instant::now(), seconds: &mut seconds };
    Trainer::new(Adam::default()).epochs(epochs).batch_size(batch).threads(threads).quiet().callback(clock).fit(&mut *model, rows).unwrap();
    seconds.drain(..seconds.len() / 10);
    seconds
}

/// `2 · batch · (3 W − W₁)`.
fn needed<M: mtl::Model>(batch: usize, first: usize) -> f64 {
    2.0 * batch as f64 * (3 * M::MULTIPLY_ADDS - first) as f64
}

/// Times something short, `repeats` times in one timing.
fn times(repeats: usize, mut run: impl FnMut()) -> Times {
    let timing = |_| {
        let start = Instant::now();
        for _ in 0..repeats {
            run();
        }
        start.elapsed().as_secs_f64() / repeats as f64
    };
    Times::new((0..500).map(timing).collect())
}

/// A model with heads of 20 units that end in one value or three classes, and made-up data for it.
macro_rules! model {
    ($(#[$attribute:meta])* $name:ident, $inputs:ident, $targets:ident, $width:literal, $($body:tt)*) => {
        multitask! {
            $(#[$attribute])*
            struct $name {
                input x: [$width];
                $($body)*
            }
        }
    };
}

model! { #[int8] Seed, SeedInputs, SeedTargets, 16,
    shared body = x -> Dense(64, relu) -> Dense(64, relu);
    head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head b = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
}
model! { #[int8] Wide, WideInputs, WideTargets, 784,
    shared body = x -> Dense(256, relu) -> Dense(128, relu);
    head a = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
    head b = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
}
model! { Narrow, NarrowInputs, NarrowTargets, 16,
    shared body = x -> Dense(32, relu) -> Dense(32, relu);
    head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head b = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
}
model! { Broad, BroadInputs, BroadTargets, 16,
    shared body = x -> Dense(256, relu) -> Dense(256, relu);
    head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head b = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
}
model! { Deep, DeepInputs, DeepTargets, 16,
    shared body = x -> Dense(64, relu) -> Dense(64, relu) -> Dense(64, relu) -> Dense(64, relu) -> Dense(64, relu) -> Dense(64, relu);
    head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head b = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
}
model! { Many, ManyInputs, ManyTargets, 16,
    shared body = x -> Dense(64, relu) -> Dense(64, relu);
    head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head b = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    head c = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head d = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    head e = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head f = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
}

fn random<T: Scalar, const N: usize>(rng: &mut Xoshiro256PlusPlus) -> [T; N] {
    core::array::from_fn(|_| T::from_f64(rng.random_range(-1.0..1.0_f64)))
}

model! { #[int8] Images, ImagesInputs, ImagesTargets, 784,
    shared body = x -> Reshape([28, 28, 1]) -> Conv2D(8, relu) -> MaxPool2D -> Conv2D(16, relu) -> MaxPool2D -> Flatten;
    head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head b = body -> Dense(20, relu) -> Dense(10, softmax) { loss: categorical_cross_entropy }
}
model! { #[int8] Broader, BroaderInputs, BroaderTargets, 3136,
    shared body = x -> Reshape([14, 14, 16]) -> Conv2D(32, relu, padding = same) -> Conv2D(32, relu, padding = same) -> GlobalAveragePool;
    head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
    head b = body -> Dense(20, relu) -> Dense(10, softmax) { loss: categorical_cross_entropy }
}
model! { #[int8] Days, DaysInputs, DaysTargets, 154,
    shared body = x -> Reshape([14, 11]) -> Gru(32);
    head a = body -> Dense(1) { loss: mse }
    head b = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
}
model! { #[int8] Sound, SoundInputs, SoundTargets, 800,
    shared body = x -> Reshape([50, 16]) -> Lstm(64);
    head a = body -> Dense(1) { loss: mse }
    head b = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
}

/// Made-up rows, with a value for `real` heads and a class for the others.
macro_rules! rows {
    ($model:ty, $inputs:ident, $targets:ident, $count:expr, [$($real:ident),*], [$($class:ident: $classes:literal),*]) => {{
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(2);
        let rows = (0..$count).map(|_| {
            let targets = $targets { $($real: random::<_, 1>(rng)[0],)* $($class: rng.random_range(0..$classes),)* };
            ($inputs { x: random(rng) }, targets)
        });
        Dataset::<$model>::from_rows(rows).unwrap()
    }};
}

fn bench_steps(peak: f64) {
    println!("\nTraining steps, one thread");
    let rows = rows!(Seed, SeedInputs, SeedTargets, 3200, [a], [b: 3]);
    let single = Times::new(steps(&rows, 32, 1, 20_000));
    single.show("small model, batch 32, f32", needed::<Seed>(32, 16 * 64), peak);
    let rows = rows!(Seed<f64>, SeedInputs, SeedTargets, 3200, [a], [b: 3]);
    let double = Times::new(steps(&rows, 32, 1, 20_000));
    double.show("small model, batch 32, f64", needed::<Seed>(32, 16 * 64), peak);
    println!("f64 at {:.0} % of the speed of f32", 100.0 * single.median() / double.median());
    let rows = rows!(Wide, WideInputs, WideTargets, 2560, [], [a: 10, b: 10]);
    Times::new(steps(&rows, 64, 1, 1000)).show("wide model, batch 64, f32", needed::<Wide>(64, 784 * 256), peak);
}

fn bench_predictions(peak: f64) {
    println!("\nOne prediction, all heads");
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
    let (model, inputs) = (Aligned(Seed::<f32>::new(&mut *rng)), SeedInputs { x: random(rng) });
    let prediction = times(500, || {
        black_box(model.predict(black_box(&inputs)));
    });
    prediction.show("small model", 2.0 * <Seed as mtl::Model>::MULTIPLY_ADDS as f64, peak);
    let mut model = flat::zeroed_box::<Aligned<Wide>>();
    mtl::Model::initialize(&mut **model, rng);
    let inputs = WideInputs { x: random(rng) };
    let prediction = times(20, || {
        black_box(model.predict(black_box(&inputs)));
    });
    prediction.show("wide model", 2.0 * <Wide as mtl::Model>::MULTIPLY_ADDS as f64, peak);
    // A prediction reads every weight once: its time cannot be less than that of reading.
    let read = times(20, || {
        black_box(dispatch(Read(black_box(model.as_slice()))));
    });
    let bytes = size_of::<Wide>() as f64;
    let (reading, predicting) = (read.median(), prediction.median());
    println!(
        "its {bytes} bytes of weights are read in {:.3} µs ({:.0} GB/s); predicting takes {:.2} times that",
        reading * 1e6,
        bytes / reading / 1e9,
        predicting / reading
    );
}

/// Training steps, a prediction, and one step of a stream.
macro_rules! bench_sequence {
    ($peak:ident, $name:literal, $model:ident, $inputs:ident, $targets:ident, $layer:ident, $features:literal, $first:expr) => {{
        let rows = rows!($model, $inputs, $targets, 1600, [a], [b: 3]);
        Times::new(steps(&rows, 32, 1, 1000)).show(concat!($name, ", batch 32"), needed::<$model>(32, $first), $peak);
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
        let (model, inputs) = (Aligned($model::<f32>::new(&mut *rng)), $inputs { x: random(rng) });
        let operations = 2.0 * <$model as mtl::Model>::MULTIPLY_ADDS as f64;
        let prediction = times(50, || {
            black_box(model.predict(black_box(&inputs)));
        });
        prediction.show(concat!($name, ", one prediction"), operations, $peak);
        let (layer, x) = (&model.body.$layer, random::<_, $features>(rng));
        let mut state = layer.start();
        let step = times(500, || layer.step(black_box(&mut state), black_box(&x)));
        step.show(concat!($name, ", one step of a stream"), 2.0 * (layer.kernel.len() + layer.recurrent_kernel.len()) as f64, $peak);
    }};
}

fn bench_sequences(peak: f64) {
    println!("\nSequences");
    bench_sequence!(peak, "Gru(32), 14 steps of 11", Days, DaysInputs, DaysTargets, gru1, 11, 14 * 96 * 11);
    bench_sequence!(peak, "Lstm(64), 50 steps of 16", Sound, SoundInputs, SoundTargets, lstm1, 16, 50 * 256 * 16);
}

/// The sum of some values, for the time that reading them takes.
struct Read<'a>(&'a [f32]);

impl Kernel for Read<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<S: InstructionSet>(self) -> f32 {
        let mut sums = [0.0; 128];
        for block in self.0.as_chunks::<128>().0 {
            for (sum, &value) in sums.iter_mut().zip(block) {
                *sum += value;
            }
        }
        sums.iter().sum()
    }
}

/// Predictions in `f32` and in eight bits, in turns, so that other work on the machine meets both alike.
macro_rules! beside {
    ($name:literal, $float:ty, $int8:ty, $inputs:ident, $rows:expr, $repeats:literal) => {{
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
        let mut model = flat::zeroed_box::<Aligned<$float>>();
        mtl::Model::initialize(&mut **model, rng);
        let small = <$int8>::quantize(&model, &$rows).unwrap();
        let inputs = $inputs { x: random(rng) };
        let (mut float_times, mut int8_times) = (Vec::new(), Vec::new());
        for _ in 0..10 {
            float_times.extend(
                times($repeats, || {
                    black_box(black_box(&**model).predict(black_box(&inputs)));
                })
                .0,
            );
            int8_times.extend(
                times($repeats, || {
                    black_box(black_box(&*small).predict(black_box(&inputs)));
                })
                .0,
            );
        }
        let (float, int8) = (Times::new(float_times), Times::new(int8_times));
        println!(
            "{:<14} f32 {:>8.3} µs {:>8} bytes, int8 {:>8.3} µs {:>8} bytes: {:.2} times the speed, {:.1} % of the bytes; 5 %: {:.3}, {:.3} µs",
            $name,
            float.median() * 1e6,
            size_of::<$float>(),
            int8.median() * 1e6,
            size_of::<$int8>(),
            float.median() / int8.median(),
            100.0 * size_of::<$int8>() as f64 / size_of::<$float>() as f64,
            float.quick() * 1e6,
            int8.quick() * 1e6
        );
    }};
}

fn bench_int8() {
    println!("\nOne prediction, all heads, in f32 and in eight bits");
    beside!("small model", Seed, SeedInt8, SeedInputs, rows!(Seed, SeedInputs, SeedTargets, 320, [a], [b: 3]), 500);
    beside!("wide model", Wide, WideInt8, WideInputs, rows!(Wide, WideInputs, WideTargets, 320, [], [a: 10, b: 10]), 50);
    beside!("28 × 28 pixels", Images, ImagesInt8, ImagesInputs, rows!(Images, ImagesInputs, ImagesTargets, 64, [a], [b: 10]), 20);
    beside!("14 × 14 pixels", Broader, BroaderInt8, BroaderInputs, rows!(Broader, BroaderInputs, BroaderTargets, 64, [a], [b: 10]), 4);
    beside!("Gru(32)", Days, DaysInt8, DaysInputs, rows!(Days, DaysInputs, DaysTargets, 64, [a], [b: 3]), 20);
    beside!("Lstm(64)", Sound, SoundInt8, SoundInputs, rows!(Sound, SoundInputs, SoundTargets, 64, [a], [b: 3]), 4);
}

fn bench_convolution(peak: f64) {
    println!("\nConvolutions, one thread; beside them dense layers in the small model");
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(2);
    let rows = rows!(Seed, SeedInputs, SeedTargets, 3200, [a], [b: 3]);
    Times::new(steps(&rows, 32, 1, 10_000)).show("small model, batch 32", needed::<Seed>(32, 16 * 64), peak);
    let rows = rows!(Images, ImagesInputs, ImagesTargets, 640, [a], [b: 10]);
    Times::new(steps(&rows, 32, 1, 1000)).show("28 × 28 pixels, 8 and 16 filters, batch 32", needed::<Images>(32, 26 * 26 * 8 * 9), peak);
    let rows = rows!(Broader, BroaderInputs, BroaderTargets, 640, [a], [b: 10]);
    Times::new(steps(&rows, 32, 1, 400)).show("14 × 14 pixels, twice 32 filters, batch 32", needed::<Broader>(32, 14 * 14 * 32 * 144), peak);
    let (model, inputs) = (Aligned(Images::<f32>::new(&mut *rng)), ImagesInputs { x: random(rng) });
    let prediction = times(50, || {
        black_box(model.predict(black_box(&inputs)));
    });
    prediction.show("28 × 28 pixels, one prediction", 2.0 * <Images as mtl::Model>::MULTIPLY_ADDS as f64, peak);
}

fn bench_scaling(peak: f64) {
    println!("\nScaling of a training step, one thread");
    let rows = rows!(Seed, SeedInputs, SeedTargets, 3200, [a], [b: 3]);
    for batch in [1, 8, 16, 32, 33, 64, 128, 512] {
        let steps = Times::new(steps(&rows, batch, 1, (200_000 / batch).min(20_000)));
        steps.show(&format!("small model, batch {batch}"), needed::<Seed>(batch, 16 * 64), peak);
    }
    let rows = rows!(Narrow, NarrowInputs, NarrowTargets, 3200, [a], [b: 3]);
    Times::new(steps(&rows, 32, 1, 10_000)).show("two layers of 32 units, batch 32", needed::<Narrow>(32, 16 * 32), peak);
    let rows = rows!(Broad, BroadInputs, BroadTargets, 3200, [a], [b: 3]);
    Times::new(steps(&rows, 32, 1, 3000)).show("two layers of 256 units, batch 32", needed::<Broad>(32, 16 * 256), peak);
    let rows = rows!(Deep, DeepInputs, DeepTargets, 3200, [a], [b: 3]);
    Times::new(steps(&rows, 32, 1, 10_000)).show("six layers of 64 units, batch 32", needed::<Deep>(32, 16 * 64), peak);
    let rows = rows!(Many, ManyInputs, ManyTargets, 3200, [a, c, e], [b: 3, d: 3, f: 3]);
    Times::new(steps(&rows, 32, 1, 10_000)).show("six heads, batch 32", needed::<Many>(32, 16 * 64), peak);
}

fn bench_threads(peak: f64) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\nThreads, of {cores} cores: the wide model");
    let rows = rows!(Wide, WideInputs, WideTargets, 2560, [], [a: 10, b: 10]);
    for batch in [256, 1024] {
        // In turns, so that other work on the machine meets all alike.
        let mut all = vec![Vec::new(); cores.min(4)];
        for _ in 0..20 {
            for (threads, seconds) in all.iter_mut().enumerate() {
                seconds.append(&mut steps(&rows, batch, threads + 1, 7680 / batch));
            }
        }
        let all: Vec<Times> = all.into_iter().map(Times::new).collect();
        for (threads, times) in all.iter().enumerate() {
            times.show(&format!("batch {batch}, {} threads", threads + 1), needed::<Wide>(batch, 784 * 256), peak);
            let (best, quick, median) = (all[0].0[0] / times.0[0], all[0].quick() / times.quick(), all[0].median() / times.median());
            println!("    {best:.2} times one thread by the best steps, {quick:.2} by the 5 % quantiles, {median:.2} by the medians");
        }
    }
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |part: &str| chosen.is_empty() || chosen.iter().any(|name| name == part);
    let peak = peak();
    println!("peak {:.1} GFLOP/s in f32", peak / 1e9);
    if wanted("step") {
        bench_steps(peak);
    }
    if wanted("predict") {
        bench_predictions(peak);
    }
    if wanted("int8") {
        bench_int8();
    }
    if wanted("sequences") {
        bench_sequences(peak);
    }
    if wanted("convolution") {
        bench_convolution(peak);
    }
    if wanted("scaling") {
        bench_scaling(peak);
    }
    if wanted("threads") {
        bench_threads(peak);
    }
}
