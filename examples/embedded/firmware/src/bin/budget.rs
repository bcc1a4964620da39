//! What predictions take of the stack, beside what their models say: `Random0 f32 declared 1024, taken 900`.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::mem::zeroed;

use firmware::{entry, print, print_number, stack_used};
use mtl::Model;

#[path = "../random.rs"]
mod random;
#[path = "../words.rs"]
mod words;

entry!(run);

/// With this in every byte of a model in eight bits, each layer gives low bytes that can.
const LOW_BYTES: u8 = 128;

fn tell(model: &str, form: &str, declared: usize, taken: usize) {
    print(model.as_bytes());
    print(b" ");
    print(form.as_bytes());
    print(b" declared ");
    print_number(declared as u32);
    print(b" taken ");
    print_number(taken as u32);
    print(b"\n");
}

/// A function that holds a row of inputs, and what a model predicts for it: with weights of 0, and in eight bits with all low bytes that there can be.
macro_rules! prediction {
    ($model:ty, $inputs:ty, $method:ident) => {{
        static mut MODEL: $model = mtl::flat::zeroed();
        fn predict() {
            // SAFETY: rows of numbers and of indices of classes; nothing writes to the model meanwhile.
            let inputs: $inputs = unsafe { zeroed() };
            // SAFETY: as above.
            let model: &$model = unsafe { &*black_box(&raw const MODEL) };
            let outputs = model.$method(black_box(&inputs));
            black_box(&outputs);
        }
        let plain = stack_used(predict);
        // SAFETY: a model may be of any bits, and there is no reference to it now.
        unsafe { (&raw mut MODEL).cast::<u8>().write_bytes(LOW_BYTES, size_of::<$model>()) };
        plain.max(stack_used(predict))
    }};
}

macro_rules! measure {
    ($($module:ident::$model:ident, $inputs:ident, $int8:ident: $($method:ident)*;)*) => {$({
        use $module::{$inputs, $int8, $model};
        $(tell(stringify!($model), concat!("f32 ", stringify!($method)), $model::<f32>::STACK_BYTES, prediction!($model, $inputs, $method));)*
        $(tell(stringify!($model), concat!("int8 ", stringify!($method)), <$int8 as mtl::int8::Int8Model>::STACK_BYTES, prediction!($int8, $inputs, $method));)*
    })*};
}

/// A step of each recurrent layer of a stream.
fn stream() {
    static SOUND: words::Sound = mtl::flat::zeroed();
    let body = &black_box(&SOUND).body;
    let (mut lstm, mut gru) = (body.lstm1.start(), body.gru1.start());
    body.lstm1.step(&mut lstm, black_box(&[0.5; 8]));
    body.gru1.step(&mut gru, black_box(&lstm.hidden.into()));
    black_box(gru);
}

fn run() -> i32 {
    stream();
    measure! {
        words::Table, TableInputs, TableInt8: predict predict_kind predict_price;
        words::Kind, KindInputs, KindInt8: predict;
        words::Functions, FunctionsInputs, FunctionsInt8: predict predict_a predict_h;
        words::Picture, PictureInputs, PictureInt8: predict predict_kind predict_bright;
        words::Bright, BrightInputs, BrightInt8: predict;
        words::Sound, SoundInputs, SoundInt8: predict predict_kind predict_loud;
        words::Tasks, TasksInputs, TasksInt8: predict predict_left;
        words::Windows, WindowsInputs, WindowsInt8: predict predict_level;
        words::Person, PersonInputs, PersonInt8: predict predict_wage;
        random::Device0, Device0Inputs, Device0Int8: predict;
        random::Device1, Device1Inputs, Device1Int8: predict;
        random::Device2, Device2Inputs, Device2Int8: predict;
        random::Device3, Device3Inputs, Device3Int8: predict;
        random::Device4, Device4Inputs, Device4Int8: predict;
        random::Device5, Device5Inputs, Device5Int8: predict;
        random::Device6, Device6Inputs, Device6Int8: predict;
        random::Device7, Device7Inputs, Device7Int8: predict;
        random::Device8, Device8Inputs, Device8Int8: predict;
        random::Device9, Device9Inputs, Device9Int8: predict;
        random::Device10, Device10Inputs, Device10Int8: predict;
        random::Device11, Device11Inputs, Device11Int8: predict;
    }
    0
}
