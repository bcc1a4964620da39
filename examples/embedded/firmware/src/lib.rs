//! What an operating system or a board's support crate gives a program: an entry, a way to say something, an end.
//!
//! For x86-64 Linux and for Cortex-M. In a product this crate is `cortex-m-rt` or the like.
#![no_std]

#[cfg_attr(target_arch = "arm", path = "cortex_m/mod.rs")]
#[cfg_attr(not(target_arch = "arm"), path = "linux/mod.rs")]
mod board;
mod stack;
mod table;

pub use board::{exit, print, ticks};
pub use stack::stack_used;
pub use table::{Row, TEST, TRAIN};

use core::panic::PanicInfo;

/// Writes a whole number to the standard output.
pub fn print_number(mut number: u32) {
    let mut digits = [b'0'; 10];
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    print(digits.get(digits.len() - length..).unwrap_or_default());
}

/// Writes `part / whole` in percent, with two digits after the point.
pub fn print_percentage(part: u32, whole: u32) {
    let hundredths = part * 10_000 / whole.max(1);
    print_number(hundredths / 100);
    print(b".");
    print_number(hundredths / 10 % 10);
    print_number(hundredths % 10);
    print(b" %");
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
