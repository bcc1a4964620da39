//! How deep the stack gets: it is painted, and what is no longer of that colour was used.

use crate::board::{STACK, stack_pointer};

const COLOUR: u8 = 0xA5;

/// The bytes of stack that a function takes at its deepest, return address and all, as far as there is stack to paint.
#[inline(never)]
pub fn stack_used(function: fn()) -> usize {
    let top = stack_pointer();
    // SAFETY: below the stack pointer there is nothing that anyone still reads (this function calls others, so it keeps nothing in the red
    // zone), and there are `STACK` bytes of it.
    unsafe {
        for depth in 1..=STACK {
            top.sub(depth).write_volatile(COLOUR);
        }
        function();
        let mut depth = STACK;
        while depth > 0 && top.sub(depth).read_volatile() == COLOUR {
            depth -= 1;
        }
        depth
    }
}
