//! tract: the ONNX files within the program, optimised when it begins.

use std::sync::{Mutex, OnceLock};

use tract_onnx::prelude::*;

fn state(onnx: &[u8]) -> TractResult<Mutex<TypedSimpleState>> {
    let mut onnx = onnx;
    Ok(Mutex::new(tract_onnx::onnx().model_for_read(&mut onnx)?.into_optimized()?.into_runnable()?.spawn()?))
}

fn predict(model: &'static OnceLock<Mutex<TypedSimpleState>>, onnx: &[u8], inputs: &[f32], outputs: &mut [f32]) -> TractResult<()> {
    let state = model.get_or_init(|| state(onnx).expect("a model"));
    let mut rest = outputs;
    for head in state.lock().expect("one thread").run(tvec!(Tensor::from_shape(&[1, inputs.len()], inputs)?.into()))? {
        let values = head.try_as_plain_ram()?;
        let values = values.as_slice::<f32>()?;
        let (mine, others) = rest.split_at_mut(values.len());
        mine.copy_from_slice(values);
        rest = others;
    }
    Ok(())
}

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn seed_predict(inputs: &[f32; 16], outputs: &mut [f32; 4]) {
    static SEED: OnceLock<Mutex<TypedSimpleState>> = OnceLock::new();
    predict(&SEED, include_bytes!("../target/tasks/seed.onnx"), inputs, outputs).expect("outputs");
}

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn digits_predict(inputs: &[f32; 64], outputs: &mut [f32; 11]) {
    static DIGITS: OnceLock<Mutex<TypedSimpleState>> = OnceLock::new();
    predict(&DIGITS, include_bytes!("../target/tasks/digits.onnx"), inputs, outputs).expect("outputs");
}
