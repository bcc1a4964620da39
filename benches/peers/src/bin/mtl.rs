//! mtl itself, through the public `Trainer` and `predict`.

use core::ops::ControlFlow;

use mtl::flat::{Aligned, zeroed_box};
use mtl::prelude::*;
use mtl::trainer::{Epoch, Step};
use mtl::{Evaluate, Flat};
use peers::{EPSILON, Epochs, LEARNING_RATE, Peer, Targets, Task};

multitask! {
    struct Seed {
        input x: [16];
        shared body = x -> Dense(64, relu) -> Dense(64, relu);
        head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
        head b = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

multitask! {
    struct Wide {
        input x: [784];
        shared body = x -> Dense(256, relu) -> Dense(128, relu);
        head a = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
        head b = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
    }
}

/// What differs between the two models.
trait Model: Evaluate<Scalar = f32> {
    fn rows(task: &Task) -> Dataset<Self>
    where
        Self: Sized;
    fn outputs(&self, row: &[f32], outputs: &mut [f32]);
}

impl Model for Seed {
    fn rows(task: &Task) -> Dataset<Self> {
        let [Targets::Values(a), Targets::Classes(b)] = &task.targets[..] else { panic!("a value and a class") };
        let row = |row| (SeedInputs { x: array(task.row(row)) }, SeedTargets { a: a[row], b: b[row] as usize });
        Dataset::from_rows((0..task.rows()).map(row)).expect("rows")
    }
    #[inline]
    fn outputs(&self, row: &[f32], outputs: &mut [f32]) {
        let heads = self.predict(&SeedInputs { x: array(row) });
        outputs[0] = heads.a[0];
        outputs[1..].copy_from_slice(heads.b.as_slice());
    }
}

impl Model for Wide {
    fn rows(task: &Task) -> Dataset<Self> {
        let [Targets::Classes(a), Targets::Classes(b)] = &task.targets[..] else { panic!("two classes") };
        let row = |row| (WideInputs { x: array(task.row(row)) }, WideTargets { a: a[row] as usize, b: b[row] as usize });
        Dataset::from_rows((0..task.rows()).map(row)).expect("rows")
    }
    #[inline]
    fn outputs(&self, row: &[f32], outputs: &mut [f32]) {
        let heads = self.predict(&WideInputs { x: array(row) });
        outputs[..10].copy_from_slice(heads.a.as_slice());
        outputs[10..].copy_from_slice(heads.b.as_slice());
    }
}

fn array<const N: usize>(row: &[f32]) -> [f32; N] {
    row.try_into().expect("a row of the model's width")
}

struct Mtl<M> {
    model: Box<Aligned<M>>,
}

impl<M: Model> Peer for Mtl<M> {
    fn new(task: &Task) -> Self {
        let mut model = zeroed_box::<Aligned<M>>();
        mtl::weights::load_into(&mut model.0, &task.weights).expect("weights of this model");
        Self { model }
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
            .quiet()
            .callback(Watch { losses: Vec::new(), epochs })
            .fit(&mut self.model.0, &rows)
            .expect("finite losses");
    }
}

/// Hands the losses on.
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
    peers::run::<Mtl<Seed>, Mtl<Wide>>();
}
