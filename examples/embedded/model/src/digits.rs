//! The model and its input.

use mtl::multitask;

multitask! {
    /// Reads a digit of 8 × 8 pixels: which one it is, and whether it is odd.
    #[int8]
    pub struct Digits {
        input image: [64];

        shared body = image -> Dense(48, relu) -> Dropout(0.1) -> Dense(32, relu);

        head digit = body -> Dense(10, softmax) {
            loss: categorical_cross_entropy,
            metrics: [accuracy],
        }
        head odd = body -> Dense(16, relu) -> Dense(1, sigmoid) {
            loss: binary_cross_entropy,
            weight: 0.3,
            metrics: [accuracy],
        }

        part Reader = [digit];
    }
}

/// What the model takes, from pixels between 0 and 16.
pub fn inputs(pixels: &[u8; 64]) -> DigitsInputs {
    DigitsInputs { image: pixels.map(|pixel| f32::from(pixel) / 16.0) }
}
