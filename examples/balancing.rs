//! Every balancing strategy on one data set: three tasks of different kinds on a visitor of a doctor, over several seeds.
//!
//! `Δ_m` is the mean relative improvement of the three metrics on the test split over training on the plain sum of the losses, with its 95 %
//! confidence interval over the seeds. `s` is the time to train one model, as one of as many as there are processors.
//!
//! With ten seeds, two strategies of 27 are ahead of the plain sum by more than their intervals, IMTL-L by 0.40 ± 0.33 % and GradNorm by 0.21 ± 0.16 %,
//! which by chance alone one or two would be: three tasks that agree need no balancing. `docs/choosing.md` has the table.
//!
//! ```sh
//! cargo run --release --example balancing          # three seeds
//! cargo run --release --example balancing -- 10    # ten
//! ```

use std::error::Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mtl::balance::{
    AlignedMtl, CaGrad, ConFig, DbMtl, DualProjection, DynamicWeightAverage, ExcessMtl, FairGrad, Famo, FixedWeights, GeometricMean, GradDrop,
    GradNorm, GradVac, ImtlG, ImtlL, Mgda, NashMtl, PcGrad, RandomWeights, SmoothTchebycheff, Uncertainty, UpGrad,
};
use mtl::compare::{Better, Comparison, Estimate, delta_m};
use mtl::prelude::*;

multitask! {
    /// From an insurance plan and the chronic diseases: is someone limited, how healthy do they feel, how often do they see a doctor?
    pub struct Visitor {
        input plan: [5];

        shared body = plan -> Normalize -> Dense(64, relu) -> Dense(32, relu);

        head limited = body -> Dense(16, relu) -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial, metrics: [auc] }
        head health = body -> Dense(16, relu) -> Dense(4, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head visits = body -> Dense(16, relu) -> Dense(1, softplus) { loss: mse, metrics: [rmse] }
    }
}

type Line = (f32, f32, f32, f32, f32, f32, Option<f32>, usize, String);

/// A trainer, as it is before a strategy and after.
type Plain = Trainer<'static, Visitor, Adam>;
type Strategy = fn(Plain, u64) -> Plain;

/// By name, for a seed.
const STRATEGIES: [(&str, Strategy); 28] = [
    ("plain sum", |trainer, _| trainer),
    ("weights 1, 1, 0.05", |trainer, _| trainer.weighting(FixedWeights::from_weights(&[1.0, 1.0, 0.05]))),
    ("uncertainty", |trainer, _| trainer.weighting(Uncertainty::new())),
    ("dynamic weight average", |trainer, _| trainer.weighting(DynamicWeightAverage::new())),
    ("geometric mean", |trainer, _| trainer.weighting(GeometricMean)),
    ("random weights", |trainer, seed| trainer.weighting(RandomWeights::new(seed))),
    ("IMTL-L", |trainer, _| trainer.weighting(ImtlL::new())),
    ("FAMO", |trainer, _| trainer.weighting(Famo::new())),
    ("smooth Tchebycheff", |trainer, _| trainer.weighting(SmoothTchebycheff::new())),
    ("GradNorm", |trainer, _| trainer.weighting(GradNorm::new())),
    ("PCGrad", |trainer, seed| trainer.direction(PcGrad::new(seed))),
    ("GradVac", |trainer, seed| trainer.direction(GradVac::new(seed))),
    ("MGDA", |trainer, _| trainer.direction(Mgda)),
    ("CAGrad", |trainer, _| trainer.direction(CaGrad::default())),
    ("IMTL-G", |trainer, _| trainer.direction(ImtlG)),
    ("Nash-MTL", |trainer, _| trainer.direction(NashMtl::default())),
    ("FairGrad", |trainer, _| trainer.direction(FairGrad::default())),
    ("Aligned-MTL", |trainer, _| trainer.direction(AlignedMtl::default())),
    ("UPGrad", |trainer, _| trainer.direction(UpGrad::default())),
    ("dual projection", |trainer, _| trainer.direction(DualProjection::default())),
    ("ConFIG", |trainer, _| trainer.direction(ConFig)),
    ("GradDrop", |trainer, seed| trainer.direction(GradDrop::new(seed))),
    ("DB-MTL", |trainer, _| trainer.direction(DbMtl::new())),
    ("ExcessMTL", |trainer, _| trainer.direction(ExcessMtl::new())),
    ("uncertainty + PCGrad", |trainer, seed| trainer.weighting(Uncertainty::new()).direction(PcGrad::new(seed))),
    ("uncertainty + CAGrad", |trainer, _| trainer.weighting(Uncertainty::new()).direction(CaGrad::default())),
    ("IMTL-L + IMTL-G", |trainer, _| trainer.weighting(ImtlL::new()).direction(ImtlG)),
    ("uncertainty + UPGrad", |trainer, _| trainer.weighting(Uncertainty::new()).direction(UpGrad::default())),
];

/// The three metrics on test data, and the seconds that training took.
type Outcome = ([f64; 3], f64);

fn run(strategy: Strategy, seed: u64, train: &Dataset<Visitor>, test: &Dataset<Visitor>) -> Result<Outcome, String> {
    let started = Instant::now();
    let mut model = Visitor::boxed(&mut mtl::seeded(seed));
    let trainer = Trainer::new(Adam::new(2e-3)).epochs(10).batch_size(64).seed(seed).quiet();
    strategy(trainer, seed).fit(&mut *model, train).map_err(|error| error.to_string())?;
    let seconds = started.elapsed().as_secs_f64();
    let report = evaluate(&*model, test).map_err(|error| error.to_string())?;
    Ok(([report.limited.auc, report.health.accuracy, report.visits.rmse], seconds))
}

fn main() -> Result<(), Box<dyn Error>> {
    let seeds = std::env::args().nth(1).map_or(Ok(3), |argument| argument.parse::<usize>())?;
    let (train, test) = Dataset::<Visitor>::split_csv_rows(
        "data/randhie.csv",
        |line: &Line| line.8 == "train",
        |(lncoins, idp, lpi, fmde, disea, visits, limited, health, _): Line| {
            let targets = VisitorTargets { limited, health, visits };
            (VisitorInputs { plan: [lncoins, idp, lpi, fmde, disea] }, targets)
        },
    )?;

    let outcomes: Vec<Mutex<Option<Result<Outcome, String>>>> = (0..STRATEGIES.len() * seeds).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((place, slot)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|place| Some((place, outcomes.get(place)?))) {
                    let outcome = run(STRATEGIES[place / seeds].1, (place % seeds) as u64 + 1, &train, &test);
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(outcome);
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect::<Result<Vec<_>, _>>()?;

    println!("{:24} {:>11} {:>15} {:>11}  {:>15} {:>6}", "strategy", "limited auc", "health accuracy", "visits rmse", "Δ_m in %", "s");
    for (number, (name, _)) in STRATEGIES.iter().enumerate() {
        let of = |number: usize| &outcomes[number * seeds..(number + 1) * seeds];
        let mean = |read: fn(&Outcome) -> f64| of(number).iter().map(read).sum::<f64>() / seeds as f64;
        let improvements = of(number).iter().zip(of(0)).map(|((metrics, _), (plain, _))| {
            let better = [Better::Higher, Better::Higher, Better::Lower];
            100.0
                * delta_m(&core::array::from_fn::<_, 3, _>(|head| Comparison {
                    multi_task: metrics[head],
                    single_task: plain[head],
                    better: better[head],
                }))
        });
        let improvement = Estimate::of(&improvements.collect::<Vec<_>>());
        println!(
            "{name:24} {:>11.4} {:>15.4} {:>11.4}  {:>+7.2} ± {:<5.2} {:>6.2}",
            mean(|outcome| outcome.0[0]),
            mean(|outcome| outcome.0[1]),
            mean(|outcome| outcome.0[2]),
            improvement.mean,
            improvement.half_width,
            mean(|outcome| outcome.1)
        );
    }
    Ok(())
}
