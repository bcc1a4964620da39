//! How deep the stack gets: it is painted, and what is no longer of that colour was used.

use core::arch::asm;

/// How far down is painted.
const AREA: usize = 64 * 1024;
const COLOUR: u8 = 0xA5;

/// The bytes of stack that a function takes at its deepest, return address and all, 64 KiB at most.
#[inline(never)]
pub fn stack_used(function: fn()) -> usize {
    let top: *mut u8;
    // SAFETY: it reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) top, options(nomem, nostack, preserves_flags)) };
    // SAFETY: below the stack pointer there is nothing that anyone still reads (this function calls others, so it keeps nothing in the red
    // zone), and the system maps the stack as it is touched, from the top down.
    unsafe {
        for depth in 1..=AREA {
            top.sub(depth).write_volatile(COLOUR);
        }
        function();
        let mut depth = AREA;
        while depth > 0 && top.sub(depth).read_volatile() == COLOUR {
            depth -= 1;
        }
        depth
    }
}
