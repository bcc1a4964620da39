//! Writes the small model of the tasks in eight bits, calibrated on the task's rows, for the programs that embed it.
//!
//! Its one argument is the directory of the tasks.

use std::path::PathBuf;

use mtl::prelude::*;
use peers::{Targets, Task};

multitask! {
    #[int8]
    struct Seed {
        input x: [16];
        shared body = x -> Dense(64, relu) -> Dense(64, relu);
        head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
        head b = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

fn main() {
    let directory = PathBuf::from(std::env::args().nth(1).expect("the directory of the tasks"));
    let task = Task::read(&directory, "seed");
    let [Targets::Values(a), Targets::Classes(b)] = &task.targets[..] else { panic!("a value and a class") };
    let row = |row: usize| {
        let x = task.row(row).try_into().expect("16 numbers");
        (SeedInputs { x }, SeedTargets { a: a[row], b: b[row] as usize })
    };
    let rows = Dataset::<Seed>::from_rows((0..task.rows()).map(row)).expect("rows");
    let model: Box<Seed> = mtl::weights::load(&task.weights).expect("the model's weights");
    let small = SeedInt8::quantize(&model, &rows).expect("finite values");
    mtl::int8::save(&*small, directory.join("seed_mtl_int8.safetensors")).expect("a file");
}
