//! What a training step costs with each balancing strategy, with 2, 4 and 8 heads, what frozen blocks save, and what the ways to share
//! cost. One thread.
//!
//! `cargo bench --bench balancing`, or with `seed`, `wide` or `sharing` after `--` for a part of it; the steps of all that is compared take
//! turns, as a processor is not always as fast. Figures are the time that 5 % of the steps fall below, in microseconds, then the median.
//!
//! `over need` is a step over what it takes by nature, both at the 5 % quantile. For a loss weighting that is the plain step; for FAMO,
//! which looks at the losses again after the step, with one more forward pass. For a direction it is the plain step with one more backward
//! pass through the shared layers for each head beyond the first: what passes of every head by itself take longer than one of all.

#[path = "../tests/support/strategies.rs"]
mod strategies;

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Instant;
use strategies::{Strategies, both, direction, weighting};

use mtl::Evaluate;
use mtl::balance::{
    AlignedMtl, CaGrad, ConFig, DbMtl, DualProjection, DynamicWeightAverage, EveryDirection, EveryWeighting, ExcessMtl, FairGrad, Famo, FixedWeights,
    GeometricMean, GradDrop, GradNorm, GradVac, ImtlG, ImtlL, Mgda, NashMtl, PcGrad, RandomWeights, SmoothTchebycheff, Sum, Uncertainty, UpGrad,
};
use mtl::data::Dataset;
use mtl::flat::{zeroed, zeroed_box, zeroed_slice};
use mtl::layer::Pass;
use mtl::model::{BlockName, HeadSet};
use mtl::pass::{self, Tile};
use mtl::prelude::*;
use mtl::rand::RngExt;
use mtl::trainer::Step;

/// Steps that one run takes, and how often all take their turn.
const STEPS: usize = 50;
const ROUNDS: usize = 16;

trait Task: Evaluate<Scalar = f32> {
    const BATCH: usize;

    fn rows() -> Dataset<Self>
    where
        Self: Sized;
}

/// The seed model, with pairs of a head with one output and a head with three classes; and a wide one with heads of ten classes.
macro_rules! models {
    ($($seed:ident $seed_inputs:ident $seed_targets:ident, $wide:ident $wide_inputs:ident $wide_targets:ident: $($level:ident $kind:ident)+;)+) => {$(
        multitask! {
            struct $seed {
                input record: [16];
                shared body = record -> Dense(64, relu) -> Dense(64, relu);
                $(
                    head $level = body -> Dense(20, relu) -> Dense(1) { loss: mse }
                    head $kind = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
                )+
            }
        }

        impl Task for $seed {
            const BATCH: usize = 32;

            fn rows() -> Dataset<Self> {
                let mut rng = mtl::seeded(1);
                let rows = (0..STEPS * Self::BATCH).map(|_| {
                    let record = core::array::from_fn(|_| rng.random::<f32>());
                    ($seed_inputs { record }, $seed_targets { $($level: rng.random::<f32>(), $kind: rng.random_range(0..3)),+ })
                });
                Dataset::from_rows(rows).unwrap_or_default()
            }
        }

        multitask! {
            struct $wide {
                input image: [784];
                shared body = image -> Dense(256, relu) -> Dense(128, relu);
                $(
                    head $level = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
                    head $kind = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
                )+
            }
        }

        impl Task for $wide {
            const BATCH: usize = 64;

            fn rows() -> Dataset<Self> {
                let mut rng = mtl::seeded(1);
                let rows = (0..STEPS * Self::BATCH).map(|_| {
                    let image = core::array::from_fn(|_| rng.random::<f32>());
                    ($wide_inputs { image }, $wide_targets { $($level: rng.random_range(0..10), $kind: rng.random_range(0..10)),+ })
                });
                Dataset::from_rows(rows).unwrap_or_default()
            }
        }
    )+};
}

models! {
    SeedTwo SeedTwoInputs SeedTwoTargets, WideTwo WideTwoInputs WideTwoTargets: a b;
    SeedFour SeedFourInputs SeedFourTargets, WideFour WideFourInputs WideFourTargets: a b c d;
    SeedEight SeedEightInputs SeedEightTargets, WideEight WideEightInputs WideEightTargets: a b c d e f g h;
}

/// Two heads on what they share, each model with its own way: with 16 inputs, and 64 units a layer.
macro_rules! sharing {
    ($($model:ident $inputs:ident $targets:ident: { $($statements:tt)* } $level:ident $kind:ident;)+) => {$(
        multitask! {
            #[independent]
            struct $model {
                input record: [16];
                $($statements)*
                head level = $level -> Dense(20, relu) -> Dense(1) { loss: mse }
                head kind = $kind -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
            }
        }

        impl Task for $model {
            const BATCH: usize = 32;

            fn rows() -> Dataset<Self> {
                let mut rng = mtl::seeded(1);
                let rows = (0..STEPS * Self::BATCH).map(|_| {
                    let record = core::array::from_fn(|_| rng.random::<f32>());
                    ($inputs { record }, $targets { level: rng.random::<f32>(), kind: rng.random_range(0..3) })
                });
                Dataset::from_rows(rows).unwrap_or_default()
            }
        }
    )+};
}

sharing! {
    OneBody OneBodyInputs OneBodyTargets: {
        shared body = record -> Dense(64, relu) -> Dense(64, relu);
    } body body;
    TwoTowers TwoTowersInputs TwoTowersTargets: {
        let one = record -> Dense(64, relu) -> Dense(64, relu);
        let other = record -> Dense(64, relu) -> Dense(64, relu);
    } one other;
    TiedTowers TiedTowersInputs TiedTowersTargets: {
        let one = record -> Dense(64, relu) -> Dense(64, relu);
        let other = record -> Dense(64, relu) -> Dense(64, relu);
        tie (one, other) { l2: 0.001 }
    } one other;
    CrossStitched CrossStitchedInputs CrossStitchedTargets: {
        let (a, b) = (record -> Dense(64, relu), record -> Dense(64, relu)) -> CrossStitch;
        let (one, other) = (a -> Dense(64, relu), b -> Dense(64, relu)) -> CrossStitch;
    } one other;
    Experts ExpertsInputs ExpertsTargets: {
        shared body = record -> Dense(64, relu);
        let (one, other) = body -> MixtureOfExperts(4, expert = Dense(16, relu));
    } one other;
    CustomisedGates CustomisedGatesInputs CustomisedGatesTargets: {
        shared body = record -> Dense(64, relu);
        let (one, other) = body -> Cgc(2, 1, expert = Dense(16, relu));
    } one other;
}

/// What a step takes beside the plain one, by nature.
#[derive(Clone, Copy)]
enum Need {
    Nothing,
    Forward,
    BackwardByHead,
}

/// By name, what it needs, and the strategy.
type Strategy = (&'static str, Need, fn() -> Strategies<f32>);

/// Each loss weighting, each direction, and one of both.
fn strategies() -> Vec<Strategy> {
    let weightings = EveryWeighting::ALL.iter().map(|name| -> Strategy {
        match name {
            EveryWeighting::FixedWeights => ("fixed weights", Need::Nothing, || weighting(FixedWeights::equal())),
            EveryWeighting::Uncertainty => ("uncertainty", Need::Nothing, || weighting(Uncertainty::new())),
            EveryWeighting::DynamicWeightAverage => ("dynamic weight average", Need::Nothing, || weighting(DynamicWeightAverage::new())),
            EveryWeighting::RandomWeights => ("random weights", Need::Nothing, || weighting(RandomWeights::new(1))),
            EveryWeighting::ImtlL => ("IMTL-L", Need::Nothing, || weighting(ImtlL::new())),
            EveryWeighting::GeometricMean => ("geometric mean", Need::Nothing, || weighting(GeometricMean)),
            EveryWeighting::SmoothTchebycheff => ("smooth Tchebycheff", Need::Nothing, || weighting(SmoothTchebycheff::new())),
            EveryWeighting::Famo => ("FAMO", Need::Forward, || weighting(Famo::new())),
            EveryWeighting::GradNorm => ("GradNorm", Need::BackwardByHead, || weighting(GradNorm::new())),
        }
    });
    let directions = EveryDirection::ALL.iter().map(|name| -> Strategy {
        match name {
            EveryDirection::Sum => ("sum", Need::BackwardByHead, || direction(Sum)),
            EveryDirection::PcGrad => ("PCGrad", Need::BackwardByHead, || direction(PcGrad::new(1))),
            EveryDirection::GradVac => ("GradVac", Need::BackwardByHead, || direction(GradVac::new(1))),
            EveryDirection::Mgda => ("MGDA", Need::BackwardByHead, || direction(Mgda)),
            EveryDirection::CaGrad => ("CAGrad", Need::BackwardByHead, || direction(CaGrad::default())),
            EveryDirection::ImtlG => ("IMTL-G", Need::BackwardByHead, || direction(ImtlG)),
            EveryDirection::NashMtl => ("Nash-MTL", Need::BackwardByHead, || direction(NashMtl::default())),
            EveryDirection::FairGrad => ("FairGrad", Need::BackwardByHead, || direction(FairGrad::default())),
            EveryDirection::AlignedMtl => ("Aligned-MTL", Need::BackwardByHead, || direction(AlignedMtl::default())),
            EveryDirection::UpGrad => ("UPGrad", Need::BackwardByHead, || direction(UpGrad::default())),
            EveryDirection::DualProjection => ("dual projection", Need::BackwardByHead, || direction(DualProjection::default())),
            EveryDirection::ConFig => ("ConFIG", Need::BackwardByHead, || direction(ConFig)),
            EveryDirection::GradDrop => ("GradDrop", Need::BackwardByHead, || direction(GradDrop::new(1))),
            EveryDirection::DbMtl => ("DB-MTL", Need::BackwardByHead, || direction(DbMtl::new())),
            EveryDirection::ExcessMtl => ("ExcessMTL", Need::BackwardByHead, || direction(ExcessMtl::new())),
        }
    });
    let both: [Strategy; 1] = [("uncertainty + PCGrad", Need::BackwardByHead, || both(Uncertainty::new(), PcGrad::new(1)))];
    weightings.chain(directions).chain(both).collect()
}

/// The times of steps, in microseconds.
type Times = Rc<RefCell<Vec<f64>>>;

/// Times each step from the end of the one before.
struct Clock {
    last: Option<Instant>,
    times: Times,
}

impl<M: Evaluate> Callback<M> for Clock {
    fn on_epoch_begin(&mut self, _: usize, _: &M) {
        self.last = None;
    }

    fn on_step_end(&mut self, _: &Step<'_, M>, _: &M) -> ControlFlow<()> {
        if let Some(last) = self.last {
            self.times.borrow_mut().push(last.elapsed().as_secs_f64() * 1e6);
        }
        self.last = Some(Instant::now());
        ControlFlow::Continue(())
    }
}

/// Something to be timed: a run of it, and the times of its steps.
struct Entry<'d> {
    run: Box<dyn FnMut() + 'd>,
    times: Times,
}

impl Entry<'_> {
    fn quantile(&self, share: f64) -> f64 {
        let mut times = self.times.borrow().clone();
        times.sort_by(f64::total_cmp);
        times[(share * (times.len() - 1) as f64) as usize]
    }
}

/// The steps of a trainer.
fn steps<'d, M: Task>(rows: &'d Dataset<M>, change: impl FnOnce(Trainer<'d, M, Adam>) -> Trainer<'d, M, Adam>) -> Entry<'d> {
    let times = Times::default();
    let mut model: Box<M> = zeroed_box();
    model.initialize(&mut mtl::seeded(1));
    let trainer = Trainer::new(Adam::new(1e-4)).batch_size(M::BATCH).shuffle(false).quiet();
    let mut trainer = change(trainer).callback(Clock { last: None, times: times.clone() });
    Entry { run: Box::new(move || drop(trainer.fit(&mut *model, rows))), times }
}

/// Passes over batches: forward alone, or backward for these sets of heads.
fn passes<'d, M: Task>(rows: &'d Dataset<M>, sets: Vec<HeadSet>) -> Entry<'d> {
    let times = Times::default();
    let kept = times.clone();
    let mut model: Box<M> = zeroed_box();
    model.initialize(&mut mtl::seeded(1));
    let (mut tiles, mut gradients) = (zeroed_slice::<Tile<M>>(M::BATCH.div_ceil(pass::TILE)), zeroed_slice::<M>(sets.len()));
    let mut statistics = zeroed();
    let order: Vec<usize> = (0..rows.len()).collect();
    let run = move || {
        for rows in order.chunks(M::BATCH).filter_map(|chunk| rows.rows(chunk).ok()) {
            let start = Instant::now();
            gradients.iter_mut().for_each(|gradient| gradient.as_mut_slice().fill(0.0));
            let losses = if sets.is_empty() {
                pass::value(
                    pass::Work { model: &*model, pass: Pass::train(1), heads: HeadSet::ALL },
                    &rows,
                    pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
                )
            } else {
                pass::backward_heads(
                    pass::Work { model: &*model, pass: Pass::train(1), heads: HeadSet::ALL },
                    &rows,
                    &sets,
                    &M::loss_weights(),
                    pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
                    &mut gradients,
                )
            };
            kept.borrow_mut().push(start.elapsed().as_secs_f64() * 1e6);
            assert!(losses.is_ok(), "the batch fits its tiles");
        }
    };
    Entry { run: Box::new(run), times }
}

fn report<M: Task>(body: impl BlockName<M>) {
    let rows = M::rows();
    let heads = M::HEADS.len();
    let mut basis = [
        steps(&rows, |trainer| trainer),
        steps(&rows, |trainer| trainer.freeze(body)),
        passes(&rows, Vec::new()),
        passes(&rows, Vec::from([HeadSet::ALL])),
        passes(&rows, (0..heads).map(HeadSet::only).collect()),
    ];
    let strategies = strategies();
    let mut balanced: Vec<Entry> = strategies.iter().map(|(_, _, strategy)| steps(&rows, |trainer| strategy().give(trainer))).collect();
    for _ in 0..ROUNDS {
        basis.iter_mut().chain(&mut balanced).for_each(|entry| (entry.run)());
    }
    let [plain, frozen, forward, together, apart] = basis.each_ref().map(|entry| [0.05, 0.5].map(|share| entry.quantile(share)));
    println!("\n{} with {heads} heads: plain {:.1} ({:.1}), with its body frozen {:.1} ({:.1})", M::NAME, plain[0], plain[1], frozen[0], frozen[1]);
    println!("  {:24} {:>7} {:>9}  {:>6} {:>9}", "", "step", "(median)", "need", "over need");
    for ((name, need, _), entry) in strategies.iter().zip(&balanced) {
        let need = plain[0]
            + match need {
                Need::Nothing => 0.0,
                Need::Forward => forward[0],
                Need::BackwardByHead => (apart[0] - together[0]).max(0.0),
            };
        let (fast, median) = (entry.quantile(0.05), entry.quantile(0.5));
        println!("  {name:24} {fast:7.1} {:>9}  {need:6.1} {:9.2}", format!("({median:.1})"), fast / need);
    }
}

/// A step and its multiply-adds: three times those of a prediction for every row.
fn report_sharing() {
    fn line<M: Task>(entry: &Entry<'_>) {
        let (fast, median, work) = (entry.quantile(0.05), entry.quantile(0.5), 3 * M::BATCH * M::MULTIPLY_ADDS);
        println!("  {:16} {fast:7.1} {:>9} {work:14} {:8.1}", M::NAME, format!("({median:.1})"), work as f64 / fast / 1e3);
    }
    let rows = (OneBody::rows(), TwoTowers::rows(), TiedTowers::rows(), CrossStitched::rows(), Experts::rows(), CustomisedGates::rows());
    let mut entries = [
        steps(&rows.0, |trainer| trainer),
        steps(&rows.1, |trainer| trainer),
        steps(&rows.2, |trainer| trainer),
        steps(&rows.3, |trainer| trainer),
        steps(&rows.4, |trainer| trainer),
        steps(&rows.5, |trainer| trainer),
    ];
    for _ in 0..ROUNDS {
        entries.iter_mut().for_each(|entry| (entry.run)());
    }
    println!("\n  {:16} {:>7} {:>9} {:>14} {:>8}", "sharing", "step", "(median)", "multiply-adds", "in 1 ns");
    line::<OneBody>(&entries[0]);
    line::<TwoTowers>(&entries[1]);
    line::<TiedTowers>(&entries[2]);
    line::<CrossStitched>(&entries[3]);
    line::<Experts>(&entries[4]);
    line::<CustomisedGates>(&entries[5]);
}

fn main() {
    let chosen = |name: &str| std::env::args().skip(1).all(|argument| argument.starts_with("--") || argument == name);
    if chosen("seed") {
        report::<SeedTwo>(SeedTwoBlock::Body);
        report::<SeedFour>(SeedFourBlock::Body);
        report::<SeedEight>(SeedEightBlock::Body);
    }
    if chosen("wide") {
        report::<WideTwo>(WideTwoBlock::Body);
        report::<WideFour>(WideFourBlock::Body);
        report::<WideEight>(WideEightBlock::Body);
    }
    if chosen("sharing") {
        report_sharing();
    }
}
