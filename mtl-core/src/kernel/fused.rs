//! `a · b + c` with one rounding, in one instruction where the target is known to have it.
//!
//! With `std` that is `f32::mul_add`. `core` has no such function, and that of `libm` is a call for every product, or at best an instruction that
//! the compiler does not see through. The intrinsics of a processor it turns into vectors like any other arithmetic. Where there
//! is no such instruction nobody calls these functions: see `InstructionSet::mul_add`.
#![allow(unsafe_code, reason = "instructions are reached through unsafe functions; they touch no memory")]

#[cfg(feature = "std")]
mod target {
    #[inline(always)]
    pub fn single(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }

    #[inline(always)]
    pub fn double(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

#[cfg(all(not(feature = "std"), target_arch = "x86_64", target_feature = "fma"))]
mod target {
    use core::arch::x86_64::*;

    #[inline(always)]
    pub fn single(a: f32, b: f32, c: f32) -> f32 {
        // SAFETY: the target has FMA.
        unsafe { _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c))) }
    }

    #[inline(always)]
    pub fn double(a: f64, b: f64, c: f64) -> f64 {
        // SAFETY: the target has FMA.
        unsafe { _mm_cvtsd_f64(_mm_fmadd_sd(_mm_set_sd(a), _mm_set_sd(b), _mm_set_sd(c))) }
    }
}

#[cfg(all(not(feature = "std"), target_arch = "aarch64", target_feature = "neon"))]
mod target {
    use core::arch::aarch64::*;

    #[inline(always)]
    pub fn single(a: f32, b: f32, c: f32) -> f32 {
        // SAFETY: the target has NEON.
        unsafe { vfmas_lane_f32::<0>(c, a, vdup_n_f32(b)) }
    }

    #[inline(always)]
    pub fn double(a: f64, b: f64, c: f64) -> f64 {
        // SAFETY: the target has NEON.
        unsafe { vfmad_lane_f64::<0>(c, a, vdup_n_f64(b)) }
    }
}

#[cfg(not(any(feature = "std", all(target_arch = "x86_64", target_feature = "fma"), all(target_arch = "aarch64", target_feature = "neon"))))]
mod target {
    pub use libm::{fma as double, fmaf as single};
}

pub use target::{double, single};
