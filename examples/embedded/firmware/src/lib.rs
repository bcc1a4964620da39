//! What an operating system or a board's support crate gives a program: an entry, a way to say something, an end.
//!
//! For x86-64 Linux, by system calls alone. On a microcontroller this crate is `cortex-m-rt` or the like.
#![no_std]

mod memory;
mod stack;
mod table;

pub use stack::stack_used;
pub use table::{Row, TEST, TRAIN};

use core::arch::asm;
use core::panic::PanicInfo;

/// Declares the entry of the program, which runs a function and ends with the number it returns.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        /// Where the program begins.
        ///
        /// # Safety
        ///
        /// Only the kernel may jump here.
        // SAFETY: no other item of the program has this name; the linker takes it for the entry.
        #[unsafe(no_mangle)]
        // SAFETY: the stack pointer is a multiple of 16 here, as the convention for calls demands before one, and `run` does not return.
        #[unsafe(naked)]
        pub unsafe extern "C" fn _start() -> ! {
            extern "C" fn run_and_exit() -> ! {
                $crate::exit($main())
            }
            ::core::arch::naked_asm!("xor ebp, ebp", "call {run}", "ud2", run = sym run_and_exit)
        }
    };
}

/// Ends the program.
pub fn exit(status: i32) -> ! {
    // SAFETY: `exit_group` takes a number, touches no memory and does not return.
    unsafe { asm!("syscall", in("rax") 231, in("rdi") status, options(noreturn, nostack)) }
}

/// Writes to the standard output.
pub fn print(text: &[u8]) {
    // SAFETY: `write` reads the bytes of `text`; a system call overwrites rax, rcx and r11.
    unsafe {
        asm!("syscall", inlateout("rax") 1 => _, in("rdi") 1, in("rsi") text.as_ptr(), in("rdx") text.len(), out("rcx") _, out("r11") _, options(nostack, readonly));
    }
}

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
    print(digits.split_at(digits.len() - length).1);
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
