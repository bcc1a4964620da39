//! Reads the digits with the one head that it needs: neither the code nor the weights of the other are in the program.
#![no_std]
#![no_main]

use digits_model::{Digits, Reader, ReaderInputs};
use firmware::{TEST, entry, print, print_percentage};

static MODEL: Reader = mtl::embed!(Digits, "../weights/digits.safetensors", heads = [digit]);

entry!(run);

fn run() -> i32 {
    let mut right = 0;
    for [pixels @ .., digit] in TEST {
        let prediction = MODEL.predict(&ReaderInputs { image: pixels.map(|pixel| f32::from(pixel) / 16.0) });
        right += u32::from(prediction.digit.class() == usize::from(*digit));
    }
    print_percentage(right, TEST.len() as u32);
    print(b" read\n");
    0
}
