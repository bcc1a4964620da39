//! The four functions that the compiler calls for copies and comparisons: elsewhere the C library has them.

use core::arch::asm;

/// Copies.
///
/// # Safety
///
/// As in C.
// SAFETY: it is what the compiler expects under this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    // SAFETY: the caller's; the direction flag is clear, as the convention for calls has it.
    unsafe { asm!("rep movsb", inout("rcx") length => _, inout("rdi") to => _, inout("rsi") from => _, options(nostack, preserves_flags)) };
    to
}

/// Copies, between places that may overlap.
///
/// # Safety
///
/// As in C.
// SAFETY: it is what the compiler expects under this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    if to.addr().wrapping_sub(from.addr()) >= length {
        // SAFETY: the caller's; what is written lies before what is still to be read.
        return unsafe { memcpy(to, from, length) };
    }
    // SAFETY: the caller's; from the last byte to the first, and the direction flag is clear again afterwards.
    unsafe {
        asm!(
            "std", "rep movsb", "cld",
            inout("rcx") length => _, inout("rdi") to.wrapping_add(length).wrapping_sub(1) => _, inout("rsi") from.wrapping_add(length).wrapping_sub(1) => _,
            options(nostack),
        );
    }
    to
}

/// Fills.
///
/// # Safety
///
/// As in C.
// SAFETY: it is what the compiler expects under this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, length: usize) -> *mut u8 {
    // SAFETY: the caller's; the direction flag is clear, as the convention for calls has it.
    unsafe { asm!("rep stosb", inout("rcx") length => _, inout("rdi") to => _, in("al") byte as u8, options(nostack, preserves_flags)) };
    to
}

/// Compares.
///
/// # Safety
///
/// As in C.
// SAFETY: it is what the compiler expects under this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    for index in 0..length {
        // SAFETY: the caller's. Volatile, lest the loop be made a call of this function.
        let (a, b) = unsafe { (a.add(index).read_volatile(), b.add(index).read_volatile()) };
        if a != b {
            return i32::from(a) - i32::from(b);
        }
    }
    0
}

/// Whether bytes differ: 0 where they do not.
///
/// # Safety
///
/// `length` bytes must be readable at `left` and `right`.
// SAFETY: no other item of the program has this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, length: usize) -> i32 {
    for place in 0..length {
        // SAFETY: the caller promises `length` readable bytes at both. Volatile, so that the loop is not taken for a call of this function.
        let differ = unsafe { left.add(place).read_volatile() != right.add(place).read_volatile() };
        if differ {
            return 1;
        }
    }
    0
}
