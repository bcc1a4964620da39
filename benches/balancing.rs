//! What a training step costs with each balancing strategy, with 2, 4 and 8 heads, and what frozen blocks save. One thread.
//!
//! `cargo bench --bench balancing`. A direction needs one backward pass through the shared layers for each head by its nature: the column
//! `over need` is its step over that of the plain sum with those passes added; for loss weightings it is the step over the plain one.

use std::time::Instant;

use mtl::Evaluate;
use mtl::balance::{
    AlignedMtl, Balance, CaGrad, ConFig, DbMtl, DynamicWeightAverage, ExcessMtl, FairGrad, Famo, GeometricMean, GradDrop, GradNorm, GradVac, ImtlG,
    ImtlL, Mgda, NashMtl, PcGrad, RandomWeights, SmoothTchebycheff, Sum, Uncertainty, UpGrad,
};
use mtl::data::Dataset;
use mtl::flat::{zeroed, zeroed_box, zeroed_slice};
use mtl::layer::Pass;
use mtl::model::{BlockName, HeadSet};
use mtl::pass::{self, Tile};
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};

const ROWS: usize = 2048;
const BATCH: usize = 64;

macro_rules! models {
    ($($model:ident $inputs:ident $targets:ident: $($head:ident)+;)+) => {$(
        multitask! {
            struct $model {
                input image: [64];
                shared body = image -> Dense(256, relu) -> Dense(128, relu);
                $(head $head = body -> Dense(16, relu) -> Dense(10, softmax) { loss: categorical_cross_entropy })+
            }
        }

        impl Task for $model {
            fn rows() -> Dataset<Self> {
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
                let rows = (0..ROWS).map(|_| {
                    let image = core::array::from_fn(|_| rng.random::<f32>());
                    ($inputs { image }, $targets { $($head: rng.random_range(0..10)),+ })
                });
                Dataset::from_rows(rows).unwrap_or_default()
            }
        }
    )+};
}

trait Task: Evaluate<Scalar = f32> {
    fn rows() -> Dataset<Self>
    where
        Self: Sized;
}

models! {
    Two TwoInputs TwoTargets: a b;
    Four FourInputs FourTargets: a b c d;
    Eight EightInputs EightTargets: a b c d e f g h;
}

/// Whether it looks at gradients, and the strategy.
type Strategy = (&'static str, bool, fn() -> Box<dyn Balance<f32>>);

const STRATEGIES: [Strategy; 22] = [
    ("uncertainty", false, || Box::new(Uncertainty::new())),
    ("dynamic weight average", false, || Box::new(DynamicWeightAverage::new())),
    ("random weights", false, || Box::new(RandomWeights::new(1))),
    ("IMTL-L", false, || Box::new(ImtlL::new())),
    ("geometric mean", false, || Box::new(GeometricMean)),
    ("smooth Tchebycheff", false, || Box::new(SmoothTchebycheff::new())),
    ("FAMO (forward twice)", false, || Box::new(Famo::new())),
    ("GradNorm", true, || Box::new(GradNorm::new())),
    ("sum", true, || Box::new(Sum)),
    ("PCGrad", true, || Box::new(PcGrad::new(1))),
    ("GradVac", true, || Box::new(GradVac::new(1))),
    ("MGDA", true, || Box::new(Mgda)),
    ("CAGrad", true, || Box::new(CaGrad::default())),
    ("IMTL-G", true, || Box::new(ImtlG)),
    ("Nash-MTL", true, || Box::new(NashMtl::default())),
    ("FairGrad", true, || Box::new(FairGrad::default())),
    ("Aligned-MTL", true, || Box::new(AlignedMtl::default())),
    ("UPGrad", true, || Box::new(UpGrad::default())),
    ("ConFIG", true, || Box::new(ConFig)),
    ("GradDrop", true, || Box::new(GradDrop::new(1))),
    ("DB-MTL", true, || Box::new(DbMtl::new())),
    ("ExcessMTL", true, || Box::new(ExcessMtl::new())),
];

/// The shortest of several runs, in microseconds a step.
fn shortest(mut run: impl FnMut()) -> f64 {
    run();
    let times = (0..7).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1e6 / (ROWS / BATCH) as f64
    });
    times.fold(f64::INFINITY, f64::min)
}

fn step<M: Evaluate<Scalar = f32>>(rows: &Dataset<M>, mut trainer: Trainer<'_, M, Adam>) -> f64 {
    let mut model: Box<M> = zeroed_box();
    model.initialize(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    shortest(|| drop(trainer.fit(&mut *model, rows)))
}

/// The passes of an epoch for these sets of heads.
fn passes<M: Evaluate<Scalar = f32>>(rows: &Dataset<M>, sets: &[HeadSet]) -> f64 {
    let mut model: Box<M> = zeroed_box();
    model.initialize(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    let (mut tiles, mut gradients) = (zeroed_slice::<Tile<M>>(BATCH.div_ceil(pass::TILE)), zeroed_slice::<M>(sets.len()));
    let mut statistics = zeroed();
    let order: Vec<usize> = (0..ROWS).collect();
    shortest(|| {
        for rows in order.chunks(BATCH).filter_map(|chunk| rows.rows(chunk).ok()) {
            gradients.iter_mut().for_each(|gradient| gradient.as_mut_slice().fill(0.0));
            let losses = pass::backward_heads(&*model, &rows, Pass::train(1), sets, &M::loss_weights(), &mut tiles, &mut statistics, &mut gradients);
            assert!(losses.is_ok(), "the batch fits its tiles");
        }
    })
}

fn report<M: Task>(body: impl BlockName<M>) {
    let rows = M::rows();
    let trainer = || Trainer::new(Adam::new(1e-4)).batch_size(BATCH).shuffle(false).quiet();
    let each: Vec<HeadSet> = (0..M::HEADS.len()).map(HeadSet::only).collect();
    println!(
        "\n{} heads: a plain step {:.0} µs, with its body frozen {:.0} µs",
        M::HEADS.len(),
        step(&rows, trainer()),
        step(&rows, trainer().freeze(body))
    );
    for (name, by_head, strategy) in STRATEGIES {
        // Measured side by side: a processor is not always as fast.
        let (plain, together, apart) = (step(&rows, trainer()), passes::<M>(&rows, &[HeadSet::ALL]), passes::<M>(&rows, &each));
        let time = step(&rows, trainer().balance(strategy()));
        let need = if by_head { plain + (apart - together).max(0.0) } else { plain };
        println!("  {name:24} {time:.0} µs of {need:.0} µs needed: {:.2}", time / need);
    }
}

fn main() {
    report::<Two>(TwoBlock::Body);
    report::<Four>(FourBlock::Body);
    report::<Eight>(EightBlock::Body);
}
