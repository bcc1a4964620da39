//! Working memory on the stack, of about the length that is asked for.

use super::MAX_TASKS;

/// The longest working memory: what the largest solver needs for [`MAX_TASKS`] tasks.
const LONGEST: usize = 4 * MAX_TASKS * MAX_TASKS + 8 * MAX_TASKS;

/// Runs `work` on `length` zeroed numbers on the stack.
///
/// The memory comes in five sizes, each in a frame of its own, so that two tasks do not pay for sixty-four.
/// `length` is at most [`LONGEST`]; the solvers ask for what follows from at most [`MAX_TASKS`] tasks.
pub(super) fn with_scratch(length: usize, work: &mut dyn FnMut(&mut [f64])) {
    debug_assert!(length <= LONGEST, "a solver asks for more than its tasks need");
    match length {
        0..=96 => frame::<96>(length, work),
        97..=320 => frame::<320>(length, work),
        321..=1_280 => frame::<1_280>(length, work),
        1_281..=4_608 => frame::<4_608>(length, work),
        _ => frame::<LONGEST>(length, work),
    }
}

#[inline(never)]
fn frame<const LENGTH: usize>(length: usize, work: &mut dyn FnMut(&mut [f64])) {
    let mut memory = [0.0; LENGTH];
    work(&mut memory[..length.min(LENGTH)]);
}
