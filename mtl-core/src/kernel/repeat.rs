//! Loops over a few registers, written out.
//!
//! A compiler that optimises for size unrolls no loop, and an array that is counted through stays in memory: such code is up to a
//! hundred times slower. For the same reason the macro takes a block and not a closure, and arrays begin as constants.

/// `repeat!(4: i < N, { .. })` evaluates the block for each `i` below the constant `N`, which is at most 4 (or 8, or 16).
macro_rules! repeat {
    (4: $i:ident < $count:expr, $body:block) => { repeat!(4, $i, $count, $body, 0 1 2 3) };
    (8: $i:ident < $count:expr, $body:block) => { repeat!(8, $i, $count, $body, 0 1 2 3 4 5 6 7) };
    (16: $i:ident < $count:expr, $body:block) => { repeat!(16, $i, $count, $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) };
    ($most:literal, $i:ident, $count:expr, $body:block, $($number:literal)*) => {{
        const { assert!($count <= $most, "the loop is written out for fewer turns") };
        $(if const { $number < $count } {
            let $i: usize = $number;
            $body
        })*
    }};
}

pub(super) use repeat;
