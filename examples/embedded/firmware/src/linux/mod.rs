//! x86-64 Linux, by system calls alone.

mod memory;

use core::arch::{asm, x86_64};

/// How much stack there is to paint: the system maps it as it is touched.
pub const STACK: usize = 64 * 1024;

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

/// The processor's clock; differences count, and it goes round.
#[allow(clippy::cast_possible_truncation, reason = "it goes round")]
pub fn ticks() -> u32 {
    // SAFETY: every x86-64 processor has the instruction, which touches no memory.
    unsafe { x86_64::_rdtsc() as u32 }
}

/// The stack pointer.
#[inline(always)]
pub(crate) fn stack_pointer() -> *mut u8 {
    let top: *mut u8;
    // SAFETY: it reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) top, options(nomem, nostack, preserves_flags)) };
    top
}
