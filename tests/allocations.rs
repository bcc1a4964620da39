//! A training step allocates nothing, whatever balances it: all memory is taken before and in the first step.

#[path = "support/strategies.rs"]
mod strategies;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::ControlFlow;
use strategies::{Strategies, both, direction, weighting};

use mtl::balance::{CaGrad, DbMtl, ExcessMtl, Famo, GradNorm, GradVac, Mgda, NashMtl, PcGrad, Uncertainty, UpGrad};
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::trainer::Step;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is handed to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

multitask! {
    struct Pair {
        input x: [3];
        shared body = x -> Dense(12, tanh) -> Dropout(0.1) -> Dense(8, tanh);
        head level = body -> Dense(1) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial }
    }
}

/// Counts what is allocated between the first step and the others.
#[derive(Default)]
struct Watch {
    before: Option<u64>,
}

impl Callback<Pair> for Watch {
    fn on_step_end(&mut self, step: &Step<'_, Pair>, _: &Pair) -> ControlFlow<()> {
        let now = ALLOCATIONS.get();
        if let Some(before) = self.before {
            assert_eq!(now, before, "step {} allocates", step.number);
        }
        self.before = Some(now);
        ControlFlow::Continue(())
    }
}

#[test]
fn steps_by_several_threads_allocate_nothing() {
    let rows = (0..1500_u16).map(|row| {
        let x = [f32::from(row) / 1000.0, f32::from(row % 7), f32::from(row % 3)];
        (PairInputs { x }, PairTargets { level: x[1], kind: (row % 4 > 0).then_some(usize::from(row % 3)) })
    });
    let data = Dataset::from_rows(rows).unwrap();
    let mut model = Pair::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    Trainer::new(Adam::default()).batch_size(300).threads(2).quiet().callback(Watch::default()).fit(&mut *model, &data).unwrap();
}

#[test]
fn predictions_allocate_nothing() {
    let model = Pair::<f32>::new(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    let inputs = [PairInputs { x: [0.1, 0.2, 0.3] }; 40];
    let mut outputs = [model.predict(&inputs[0]); 40];
    let mut tile = mtl::flat::zeroed_box::<mtl::pass::Tile<Pair>>();
    let before = ALLOCATIONS.get();
    for input in &inputs {
        std::hint::black_box(model.predict(input));
        std::hint::black_box(model.predict_kind(input));
    }
    model.predict_batch(&inputs, &mut outputs, &mut tile).unwrap();
    assert_eq!(ALLOCATIONS.get(), before);
}

#[test]
fn steps_allocate_nothing() {
    let rows = (0..100_u8).map(|row| {
        let x = [f32::from(row) / 100.0, f32::from(row % 7), f32::from(row % 3)];
        (PairInputs { x }, PairTargets { level: x[1], kind: (row % 4 > 0).then_some(usize::from(row % 3)) })
    });
    let data = Dataset::from_rows(rows).unwrap();
    let strategies: [Option<Strategies<f32>>; 12] = [
        None,
        Some(weighting(Uncertainty::new())),
        Some(weighting(Famo::new())),
        Some(weighting(GradNorm::new())),
        Some(direction(PcGrad::new(1))),
        Some(direction(GradVac::new(1))),
        Some(direction(Mgda)),
        Some(direction(CaGrad::default())),
        Some(direction(NashMtl::default())),
        Some(direction(UpGrad::default())),
        Some(direction(ExcessMtl::new())),
        Some(both(Uncertainty::new(), DbMtl::new())),
    ];
    for strategy in strategies {
        let mut model = Pair::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
        let mut trainer = Trainer::new(Adam::default()).batch_size(7).quiet().callback(Watch::default());
        if let Some(strategy) = strategy {
            trainer = strategy.give(trainer);
        }
        trainer.fit(&mut *model, &data).unwrap();
    }
}
