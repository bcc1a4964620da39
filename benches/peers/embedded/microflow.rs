//! microflow: the models in eight bits, the only ones it knows, with the heads side by side in one network and zeros between them, as it has
//! no models of several heads. The softmax and the sigmoid are ours.
#![no_std]

// What the macro writes calls the version that microflow depends on.
extern crate nalgebra_032 as nalgebra;

use microflow::buffer::Buffer2D;
use microflow::model;

#[model("target/tasks/seed_int8.tflite")]
struct Seed;

#[model("target/tasks/digits_int8.tflite")]
struct Digits;

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn seed_predict(inputs: &[f32; 16], outputs: &mut [f32; 4]) {
    outputs.copy_from_slice(Seed::predict(Buffer2D::from_row_slice(inputs)).as_slice());
    softmax(&mut outputs[1..]);
}

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn digits_predict(inputs: &[f32; 64], outputs: &mut [f32; 11]) {
    outputs.copy_from_slice(Digits::predict(Buffer2D::from_row_slice(inputs)).as_slice());
    softmax(&mut outputs[..10]);
    outputs[10] = 1.0 / (1.0 + libm::expf(-outputs[10]));
}

fn softmax(outputs: &mut [f32]) {
    let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    outputs.iter_mut().for_each(|output| *output = libm::expf(*output - largest));
    let sum: f32 = outputs.iter().sum();
    outputs.iter_mut().for_each(|output| *output /= sum);
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
