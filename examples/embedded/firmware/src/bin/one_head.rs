//! Reads the digits with the one head that it needs: neither the code nor the weights of the other are in the program.
#![no_std]
#![no_main]

use digits_model::Digits;
use firmware::{TEST, entry, print, print_percentage};

mtl::multitask! {
    /// What `Digits` needs to tell which digit it is.
    struct Reader {
        input image: [64];

        let body = image -> Dense(48, relu) -> Dropout(0.1) -> Dense(32, relu);

        head digit = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
    }
}

static MODEL: Reader = mtl::embed!(Reader, "../weights/digits.safetensors", part_of = Digits);

entry!(run);

fn run() -> i32 {
    let mut right = 0;
    for [pixels @ .., digit] in TEST {
        let prediction = MODEL.predict(&ReaderInputs { image: pixels.map(|pixel| f32::from(pixel) / 16.0) });
        right += u32::from(prediction.digit.imax() == usize::from(*digit));
    }
    print_percentage(right, TEST.len() as u32);
    print(b" read\n");
    0
}
