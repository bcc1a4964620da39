//! Learns on the device: a sensor that is darker than those the model was trained on, one head trained anew for it.
//!
//! The trunk stays in read-only memory. The head's weights are in writable memory, as is the stepper that trains it.
#![no_std]
#![no_main]

use digits_model::Digits;
use firmware::{Row, TEST, TRAIN, entry, print, print_percentage};
use mtl::optimizer::Adam;
use mtl::stepper::{StepError, Stepper};

mtl::multitask! {
    /// The layers that all heads of `Digits` share: its output is the end of the flow `body`.
    struct Trunk {
        input image: [64];
        head body = image -> Dense(48, relu) -> Dropout(0.1) -> Dense(32, relu) { loss: mse }
    }
}

mtl::multitask! {
    /// One head of `Digits`, from where it leaves the trunk.
    struct Reader {
        input body: [32];
        head digit = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
    }
}

/// How many samples make a step.
const BATCH: usize = 8;

static TRUNK: Trunk = mtl::embed!(Trunk, "../weights/digits.safetensors", part_of = Digits);
static mut READER: Reader = mtl::embed!(Reader, "../weights/digits.safetensors", part_of = Digits);
static mut STEPPER: Stepper<Reader, BATCH, 2> = mtl::flat::zeroed();

entry!(run);

fn run() -> i32 {
    let (reader, stepper) = (&raw mut READER, &raw mut STEPPER);
    // SAFETY: this function runs once, there are no threads, and nothing else names these.
    let (reader, stepper) = unsafe { (&mut *reader, &mut *stepper) };
    print(b"in the dark ");
    print_percentage(right(reader), TEST.len() as u32);
    print(b" read, ");
    for _ in 0..3 {
        if train(reader, stepper).is_err() {
            print(b"training failed\n");
            return 1;
        }
    }
    print(b"after training the head ");
    print_percentage(right(reader), TEST.len() as u32);
    print(b"\n");
    0
}

/// What the trunk makes of a digit that the dark sensor sees.
fn features(pixels: &[u8; 64]) -> ReaderInputs {
    let image = pixels.map(|pixel| f32::from(pixel / 4) / 16.0);
    ReaderInputs { body: TRUNK.predict(&TrunkInputs { image }).body.data.0[0] }
}

fn right(reader: &Reader) -> u32 {
    let mut right = 0;
    for [pixels @ .., digit] in TEST {
        right += u32::from(reader.predict(&features(pixels)).digit.class() == usize::from(*digit));
    }
    right
}

/// Once through the training split.
fn train(reader: &mut Reader, stepper: &mut Stepper<Reader, BATCH, 2>) -> Result<(), StepError> {
    let sample = |[pixels @ .., digit]: &Row| (features(pixels), ReaderTargets { digit: usize::from(*digit) });
    for rows in TRAIN.as_chunks::<BATCH>().0 {
        stepper.step(reader, &Adam::new(0.01), &rows.each_ref().map(sample))?;
    }
    Ok(())
}
