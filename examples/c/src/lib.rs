//! The digits of `examples/embedded` as a library of C, without the standard library and without an allocator.
//!
//! ```sh
//! cargo build --release
//! cc main.c target/release/libdigits.a -o digits && ./digits
//! ```
#![no_std]

use digits_model::Digits;

static MODEL: Digits = mtl::embed!(Digits, "../embedded/weights/digits.safetensors");

mtl::c_api! {
    MODEL: Digits;
    digits_predict;
    digits_predict_digit = digit;
    digits_predict_odd = odd;
}

/// Nothing in a prediction panics; a library without the standard one must say what would happen.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
