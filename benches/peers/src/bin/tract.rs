//! tract, which predicts only: from the ONNX file of the model, optimised, with one state for all predictions.

use peers::{Peer, Task};
use tract_onnx::prelude::*;

struct Tract {
    state: TypedSimpleState,
}

impl Tract {
    fn outputs(&mut self, row: &[f32], outputs: &mut [f32]) -> TractResult<()> {
        let mut rest = outputs;
        for head in self.state.run(tvec!(Tensor::from_shape(&[1, row.len()], row)?.into()))? {
            let values = head.try_as_plain_ram()?;
            let values = values.as_slice::<f32>()?;
            let (mine, others) = rest.split_at_mut(values.len());
            mine.copy_from_slice(values);
            rest = others;
        }
        Ok(())
    }
}

impl Peer for Tract {
    fn new(task: &Task) -> Self {
        let load = || tract_onnx::onnx().model_for_path(&task.onnx)?.into_optimized()?.into_runnable()?.spawn();
        Self { state: load().expect("a model") }
    }

    fn predict(&mut self, row: &[f32], outputs: &mut [f32]) {
        self.outputs(row, outputs).expect("outputs");
    }
}

fn main() {
    peers::run::<Tract, Tract>();
}
