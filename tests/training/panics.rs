//! Code of the user's own that panics: the panic ends the training and comes out as it is, and the model is as after the last whole step.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use mtl::activation::Activation;
use mtl::balance::{BalanceError, LossWeighting};
use mtl::kernel::GradientSink;
use mtl::layer::{Context, Layer, Shape};
use mtl::loss::{Loss, TargetError};
use mtl::model::HeadSet;
use mtl::prelude::*;
use mtl::rand::Rng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::schedule::{Progress, Schedule};
use mtl::trainer::{Epoch, SampleError, Sampler, Step};
use mtl::{Flat, InstructionSet, Scalar};

multitask! {
    struct Fused {
        input x: [2];
        shared body = x -> Dense(8, self::Bulb) -> self::Wire() -> Dense(8, tanh);
        head a = body -> Dense(1) { loss: self::Meter, labels: partial }
        head b = body -> Dense(1) { loss: mse }
    }
}

/// Where the next panic is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Layer,
    Backward,
    Activation,
    Loss,
}

/// In which thread.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Anyone,
    Caller,
    Worker,
}

/// The charge: armed after some step, it goes off where it is told to.
static CHARGE: Mutex<Option<(Place, Who, ThreadId)>> = Mutex::new(None);
static ARMED: AtomicBool = AtomicBool::new(false);
static GONE_OFF: AtomicBool = AtomicBool::new(false);

/// There is one charge: the tests of this file come one after the other.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass_by(place: Place) {
    if !ARMED.load(Ordering::SeqCst) {
        return;
    }
    let charge = *CHARGE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((at, who, caller)) = charge else { return };
    let is_caller = std::thread::current().id() == caller;
    if at == place && (who == Who::Anyone || (who == Who::Caller) == is_caller) {
        GONE_OFF.store(true, Ordering::SeqCst);
        panic!("{place:?} blew");
    }
    // So that the other thread comes to it.
    let begin = Instant::now();
    while at == place && !GONE_OFF.load(Ordering::SeqCst) && begin.elapsed() < Duration::from_secs(20) {
        std::thread::yield_now();
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Bulb;

impl Activation for Bulb {
    fn value<T: Scalar>(x: T) -> T {
        pass_by(Place::Activation);
        x
    }
    fn derivative<T: Scalar>(_: T, _: T) -> T {
        T::ONE
    }
}

#[derive(Clone, Copy, Debug)]
struct Wire;

impl Wire {
    const fn new() -> Self {
        Self
    }
}

impl Shape for Wire {
    const INPUT: usize = 8;
    const OUTPUT: usize = 8;
}

impl<T: Scalar> Layer<8, 8, T> for Wire {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    fn forward<S: InstructionSet>(&self, _: Context, (): &(), input: &[[T; 8]], output: &mut [[T; 8]], _: &mut [()]) {
        pass_by(Place::Layer);
        output.copy_from_slice(input);
    }

    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        (): &(),
        _: &[[T; 8]],
        _: &[[T; 8]],
        _: &[()],
        output_gradient: &mut [[T; 8]],
        input_gradient: Option<GradientSink<'_, T, 8>>,
        (): &mut (),
    ) {
        pass_by(Place::Backward);
        if let Some(mut sink) = input_gradient {
            sink.write(|sample, row| output_gradient[sample][row]);
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Meter;

impl Meter {
    const fn new() -> Self {
        Self
    }
}

impl<const N: usize, T: Scalar> Loss<N, T> for Meter {
    type Target = [T; N];

    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        pass_by(Place::Loss);
        mtl::loss::Mse::new().evaluate(output, target, gradient)
    }

    fn check(&self, _: &[T; N]) -> Result<(), TargetError> {
        Ok(())
    }
}

fn data() -> Dataset<Fused> {
    Dataset::from_rows((0..512_u16).map(|row| {
        let x = [(f32::from(row) * 0.37).sin(), (f32::from(row) * 0.73).cos()];
        (FusedInputs { x }, FusedTargets { a: Some([x[0] * x[1]]), b: x[1] })
    }))
    .unwrap()
}

fn start() -> Fused {
    Fused::new(&mut mtl::seeded(1))
}

/// The parameters after every step; arms the charge after one of them.
struct Watch<'a> {
    parameters: &'a RefCell<Vec<f32>>,
    arm_after: u64,
}

impl Callback<Fused> for Watch<'_> {
    fn on_step_end(&mut self, step: &Step<'_, Fused>, model: &Fused) -> ControlFlow<()> {
        *self.parameters.borrow_mut() = model.as_slice().to_vec();
        ARMED.store(step.number >= self.arm_after, Ordering::SeqCst);
        ControlFlow::Continue(())
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn a_layer_that_panics_ends_the_training_and_leaves_the_last_whole_step() {
    let (_turn, data) = (turn(), data());
    for place in [Place::Layer, Place::Backward, Place::Activation, Place::Loss] {
        for (threads, batch, who) in [
            (1, 32, Who::Anyone),
            (1, 512, Who::Anyone),
            (2, 512, Who::Anyone),
            (4, 512, Who::Anyone),
            (2, 512, Who::Caller),
            (2, 512, Who::Worker),
            (4, 256, Who::Worker),
        ] {
            *CHARGE.lock().unwrap_or_else(PoisonError::into_inner) = Some((place, who, std::thread::current().id()));
            ARMED.store(false, Ordering::SeqCst);
            GONE_OFF.store(false, Ordering::SeqCst);
            let parameters = RefCell::new(Vec::new());
            let mut model = start();
            let mut trainer = Trainer::new(Adam::new(0.01)).epochs(9).batch_size(batch).threads(threads).quiet();
            trainer = trainer.callback(Watch { parameters: &parameters, arm_after: 3 });
            let panic = catch_unwind(AssertUnwindSafe(|| trainer.fit(&mut model, &data).map(|_| ()))).expect_err("it blew");
            let case = format!("{place:?} in {who:?} of {threads} threads, batches of {batch}");
            assert_eq!(message(&*panic), format!("{place:?} blew"), "{case}");
            assert_eq!(model.as_slice(), *parameters.borrow(), "{case}");
            assert!(model.as_slice() != start().as_slice(), "{case}");
            // What is repaired can be trained again, by the same trainer too.
            *CHARGE.lock().unwrap_or_else(PoisonError::into_inner) = None;
            let history = trainer.fit(&mut model, &data).unwrap();
            assert_eq!(history.epochs.len(), 9, "{case}");
            ARMED.store(false, Ordering::SeqCst);
        }
    }
}

/// Panics the n-th time that it is passed.
#[derive(Debug)]
struct Fuse(AtomicU64);

impl Fuse {
    const fn after(times: u64) -> Self {
        Self(AtomicU64::new(times))
    }
    fn pass(&self) {
        assert!(self.0.fetch_sub(1, Ordering::SeqCst) > 1, "the fuse blew");
    }
}

#[derive(Debug)]
struct Rows<'a>(&'a Fuse);

impl Sampler<Fused> for Rows<'_> {
    fn prepare(&mut self, _: &Dataset<Fused>, rows: &[usize]) -> Result<usize, SampleError> {
        Ok(rows.len())
    }
    fn epoch(&mut self, _: usize, _: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
        self.0.pass();
        order.extend(0..512);
    }
}

#[derive(Debug)]
struct Course<'a>(&'a Fuse);

impl Schedule for Course<'_> {
    fn factor(&self, _: Progress) -> f64 {
        self.0.pass();
        1.0
    }
}

#[derive(Debug)]
struct Weights<'a> {
    before: Option<&'a Fuse>,
    after: Option<&'a Fuse>,
}

impl LossWeighting for Weights<'_> {
    fn weights(&mut self, _: &[f64], _: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.before.iter().for_each(|fuse| fuse.pass());
        weights.fill(1.0);
        Ok(())
    }
    fn update(&mut self, _: &mtl::balance::StepReport<'_>) -> Result<(), BalanceError> {
        self.after.iter().for_each(|fuse| fuse.pass());
        Ok(())
    }
}

struct Steps<'a>(&'a RefCell<Vec<Vec<f32>>>);

impl Callback<Fused> for Steps<'_> {
    fn on_step_end(&mut self, _: &Step<'_, Fused>, model: &Fused) -> ControlFlow<()> {
        self.0.borrow_mut().push(model.as_slice().to_vec());
        ControlFlow::Continue(())
    }
}

/// With two steps an epoch, the model is as after so many of them, and nothing hangs with several threads.
#[track_caller]
fn check<'a>(name: &str, steps: usize, configure: impl FnOnce(Trainer<'a, Fused, Adam>) -> Trainer<'a, Fused, Adam>) {
    let (data, seen) = (data(), RefCell::new(Vec::new()));
    // Undisturbed: the same bits, whatever number of threads.
    Trainer::new(Adam::new(0.01)).epochs(9).batch_size(256).shuffle(false).callback(Steps(&seen)).quiet().fit(&mut start(), &data).unwrap();
    let mut model = start();
    let mut trainer = configure(Trainer::new(Adam::new(0.01)).epochs(9).batch_size(256).shuffle(false).threads(2).quiet());
    let panic = catch_unwind(AssertUnwindSafe(|| trainer.fit(&mut model, &data).map(|_| ()))).expect_err(name);
    assert_eq!(message(&*panic), "the fuse blew", "{name}");
    assert!(!trainer.interrupted().unwrap().epochs.is_empty(), "{name}: what happened until then is lost");
    for (found, expected) in model.as_slice().iter().zip(&seen.borrow()[steps - 1]) {
        assert!((found - expected).abs() < 1e-5, "{name}: {found} is not {expected}");
    }
}

#[test]
fn whatever_panics_the_model_is_as_after_the_last_whole_step() {
    let _turn = turn();
    let fuse = Fuse::after(3);
    check("sampler", 4, |trainer| trainer.sampler(Rows(&fuse)));
    let fuse = Fuse::after(4);
    check("schedule", 3, |trainer| trainer.schedule(Course(&fuse)));
    let fuse = Fuse::after(4);
    check("weights", 3, |trainer| trainer.weighting(Weights { before: Some(&fuse), after: None }));
    let fuse = Fuse::after(4);
    check("update of the weights", 4, |trainer| trainer.weighting(Weights { before: None, after: Some(&fuse) }));
    let fuse = Fuse::after(3);
    check("callback", 6, |trainer| {
        trainer.on_epoch_end(|_: &Epoch<Fused>, _: &Fused| {
            fuse.pass();
            ControlFlow::Continue(())
        })
    });
    let (fuse, validation) = (Fuse::after(3), data());
    let quantity = move |_: &FusedReport| {
        fuse.pass();
        1.0
    };
    check("quantity to monitor", 6, |trainer| trainer.validation(&validation).early_stopping(EarlyStopping::new(quantity).patience(9)));
}

#[test]
fn batches_of_a_sampler_may_be_larger_than_the_data() {
    let _turn = turn();
    /// Every row eight times over.
    #[derive(Debug)]
    struct Often;
    impl Sampler<Fused> for Often {
        fn prepare(&mut self, _: &Dataset<Fused>, rows: &[usize]) -> Result<usize, SampleError> {
            Ok(8 * rows.len())
        }
        fn epoch(&mut self, _: usize, _: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
            order.extend((0..8).flat_map(|_| 0..300));
        }
        fn batch_size(&self) -> Option<usize> {
            Some(1000)
        }
    }
    let data = data().subset(&(0..300).collect::<Vec<_>>()).unwrap();
    let fit = |threads| {
        let mut model = start();
        Trainer::new(Adam::new(0.01)).epochs(2).sampler(Often).threads(threads).quiet().fit(&mut model, &data).unwrap();
        model
    };
    assert_eq!(fit(1).as_slice(), fit(3).as_slice());
}
