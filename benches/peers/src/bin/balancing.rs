//! mtl with the gradients of its heads balanced: the small model with two, four and eight heads.

use core::ops::ControlFlow;

use mtl::balance::{CaGrad, Direction, Mgda, NashMtl, PcGrad, Sum, UpGrad};
use mtl::flat::{Aligned, zeroed_box};
use mtl::prelude::*;
use mtl::trainer::{Epoch, Step};
use mtl::{Evaluate, Flat};
use peers::{EPSILON, Epochs, LEARNING_RATE, Peer, Targets, Task};

/// Heads with a value and heads with a class in turn.
macro_rules! models {
    ($($model:ident $inputs:ident $targets:ident: $($value:ident $class:ident)+;)+) => {$(
        multitask! {
            struct $model {
                input x: [16];
                shared body = x -> Dense(64, relu) -> Dense(64, relu);
                $(
                    head $value = body -> Dense(20, relu) -> Dense(1) { loss: mse }
                    head $class = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
                )+
            }
        }

        impl Model for $model {
            fn rows(task: &Task) -> Dataset<Self> {
                let row = |row: usize| {
                    let mut heads = task.targets.iter();
                    let inputs = $inputs { x: task.row(row).try_into().expect("16 numbers") };
                    let targets = $targets { $(
                        $value: value(heads.next().expect("a head"), row),
                        $class: class(heads.next().expect("a head"), row),
                    )+ };
                    (inputs, targets)
                };
                Dataset::from_rows((0..task.rows()).map(row)).expect("rows")
            }

            fn outputs(&self, row: &[f32], outputs: &mut [f32]) {
                let heads = self.predict(&$inputs { x: row.try_into().expect("16 numbers") });
                let all = [$(heads.$value.as_slice(), heads.$class.as_slice()),+];
                outputs.copy_from_slice(&all.concat());
            }
        }
    )+};
}

models! {
    Two TwoInputs TwoTargets: a b;
    Four FourInputs FourTargets: a b c d;
    Eight EightInputs EightTargets: a b c d e f g h;
}

fn value(targets: &Targets, row: usize) -> f32 {
    let Targets::Values(values) = targets else { panic!("values") };
    values[row]
}

fn class(targets: &Targets, row: usize) -> usize {
    let Targets::Classes(classes) = targets else { panic!("classes") };
    classes[row] as usize
}

trait Model: Evaluate<Scalar = f32> {
    fn rows(task: &Task) -> Dataset<Self>
    where
        Self: Sized;
    fn outputs(&self, row: &[f32], outputs: &mut [f32]);
}

fn strategy(name: &str) -> Box<dyn Direction<f32>> {
    match name {
        "Sum" => Box::new(Sum),
        "UPGrad" => Box::new(UpGrad::default()),
        "PCGrad" => Box::new(PcGrad::new(0)),
        "CAGrad" => Box::new(CaGrad::new(0.5)),
        "MGDA" => Box::new(Mgda),
        "Nash-MTL" => Box::new(NashMtl::default()),
        _ => panic!("no strategy `{name}`"),
    }
}

struct Balanced<M> {
    model: Box<Aligned<M>>,
    strategy: Box<dyn Direction<f32>>,
}

impl<M: Model> Balanced<M> {
    fn with(task: &Task, name: &str) -> Self {
        Self { strategy: strategy(name), ..Self::new(task) }
    }
}

impl<M: Model> Peer for Balanced<M> {
    fn new(task: &Task) -> Self {
        let mut model = zeroed_box::<Aligned<M>>();
        mtl::weights::load_into(&mut model.0, &task.weights).expect("weights of this model");
        Self { model, strategy: Box::new(Sum) }
    }

    fn predict(&mut self, row: &[f32], outputs: &mut [f32]) {
        self.model.0.outputs(row, outputs);
    }

    fn train(&mut self, task: &Task, epochs: &mut Epochs) {
        let rows = M::rows(task);
        Trainer::new(Adam::new(LEARNING_RATE).epsilon(EPSILON))
            .epochs(usize::MAX)
            .batch_size(task.batch)
            .shuffle(false)
            .direction(&mut self.strategy)
            .quiet()
            .callback(Watch { losses: Vec::new(), epochs })
            .fit(&mut self.model.0, &rows)
            .expect("finite losses");
    }
}

/// Hands the sums of the losses on.
struct Watch<'e> {
    losses: Vec<f32>,
    epochs: &'e mut Epochs,
}

impl<M: Model> Callback<M> for Watch<'_> {
    fn on_step_end(&mut self, step: &Step<'_, M>, _: &M) -> ControlFlow<()> {
        self.losses.push(step.losses.as_slice().iter().sum());
        ControlFlow::Continue(())
    }
    fn on_epoch_end(&mut self, _: &Epoch<M>, _: &M) -> ControlFlow<()> {
        if self.epochs.end(std::mem::take(&mut self.losses)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

fn main() {
    peers::serve(|request| match request.model.as_str() {
        "seed" => request.answer(|task| Balanced::<Two>::with(task, &request.options[0])),
        "heads4" => request.answer(|task| Balanced::<Four>::with(task, &request.options[0])),
        "heads8" => request.answer(|task| Balanced::<Eight>::with(task, &request.options[0])),
        model => panic!("no model `{model}`"),
    });
}
