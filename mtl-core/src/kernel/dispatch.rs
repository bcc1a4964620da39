//! Choosing the instruction set at run time.
#![allow(unsafe_code, reason = "calling a function compiled for an instruction set that was found at run time")]

#[cfg(target_arch = "x86_64")]
use super::processor::{Best, best};
use super::sealed::Sealed;
#[cfg(any(all(target_arch = "x86_64", target_feature = "sse2"), all(target_arch = "aarch64", target_feature = "neon")))]
use super::vector::baseline;
#[cfg(target_arch = "x86_64")]
use super::vector::x86 as registers;
use super::vector::{Lanes, Vector};
use crate::kernel::scalar::Scalar;

/// The instruction set that a pass is compiled for.
///
/// No other type can implement it: the kernels are compiled for the instructions that its name stands for.
pub trait InstructionSet: Sealed + Copy + 'static {
    /// Whether the processor multiplies and adds in one instruction.
    const FUSED_MULTIPLY_ADD: bool;
    /// Whether small code counts for more than a call: then layers share what they can. So it is of the portable set, the only one that small
    /// programs have; with `std` nearly every processor has a better one.
    const COMPACT: bool;
    /// A register of `f32`.
    type F32: Vector<f32>;
    /// A register of `f64`.
    type F64: Vector<f64>;

    /// Runs a kernel in a function of its own that is compiled for this instruction set, so that callers share its code.
    fn outline<K: Kernel>(kernel: K) -> K::Output;

    /// `a · b + c`: with one rounding where the instruction set has it, with two elsewhere (a library call for it would cost a hundredfold).
    #[inline(always)]
    fn mul_add<T: Scalar>(a: T, b: T, c: T) -> T {
        if Self::FUSED_MULTIPLY_ADD { a.fused_mul_add(b, c) } else { a * b + c }
    }
}

/// What the compiler may assume of the target without asking the processor.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Sealed for Portable {}

impl InstructionSet for Portable {
    const FUSED_MULTIPLY_ADD: bool = cfg!(any(target_feature = "fma", all(target_arch = "aarch64", target_feature = "neon")));
    const COMPACT: bool = true;
    #[cfg(any(all(target_arch = "x86_64", target_feature = "sse2"), all(target_arch = "aarch64", target_feature = "neon")))]
    type F32 = baseline::F32x4;
    #[cfg(any(all(target_arch = "x86_64", target_feature = "sse2"), all(target_arch = "aarch64", target_feature = "neon")))]
    type F64 = baseline::F64x2;
    // One value at a time, as on most microcontrollers, but with the vectors of WebAssembly.
    #[cfg(not(any(all(target_arch = "x86_64", target_feature = "sse2"), all(target_arch = "aarch64", target_feature = "neon"))))]
    type F32 = Lanes<f32, { if cfg!(target_feature = "simd128") { 4 } else { 1 } }>;
    #[cfg(not(any(all(target_arch = "x86_64", target_feature = "sse2"), all(target_arch = "aarch64", target_feature = "neon"))))]
    type F64 = Lanes<f64, { if cfg!(target_feature = "simd128") { 2 } else { 1 } }>;

    #[inline(never)]
    fn outline<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }
}

/// One value at a time: what is left over from the vectors of [`Portable`].
#[derive(Clone, Copy, Debug)]
pub struct OneLane;

impl Sealed for OneLane {}

impl InstructionSet for OneLane {
    const FUSED_MULTIPLY_ADD: bool = Portable::FUSED_MULTIPLY_ADD;
    const COMPACT: bool = true;
    type F32 = Lanes<f32, 1>;
    type F64 = Lanes<f64, 1>;

    #[inline(never)]
    fn outline<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }
}

/// AVX2 with FMA.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Sealed for Avx2 {}

#[cfg(target_arch = "x86_64")]
impl InstructionSet for Avx2 {
    const FUSED_MULTIPLY_ADD: bool = true;
    const COMPACT: bool = false;
    type F32 = registers::F32x8;
    type F64 = registers::F64x4;

    #[inline(always)]
    fn outline<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: this type can be named only where the processor was found to have its instructions (see `vector`).
        unsafe { x86::outline_avx2(kernel) }
    }
}

/// AVX-512 (F, VL, DQ, BW) with FMA.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub struct Avx512;

#[cfg(target_arch = "x86_64")]
impl Sealed for Avx512 {}

#[cfg(target_arch = "x86_64")]
impl InstructionSet for Avx512 {
    const FUSED_MULTIPLY_ADD: bool = true;
    const COMPACT: bool = false;
    type F32 = registers::F32x16;
    type F64 = registers::F64x8;

    #[inline(always)]
    fn outline<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: this type can be named only where the processor was found to have its instructions (see `vector`).
        unsafe { x86::outline_avx512(kernel) }
    }
}

/// A computation that can be compiled for every instruction set.
///
/// Mark `run` and all that it calls `#[inline(always)]`: what is not inlined is compiled for the portable set.
pub trait Kernel {
    /// The result.
    type Output;
    /// Runs the computation.
    fn run<S: InstructionSet>(self) -> Self::Output;
}

/// Runs a kernel on the best instruction set of this processor.
///
/// [`limit_instructions`](super::limit_instructions) or the environment variable `MTL_INSTRUCTION_SET` (`portable`, `avx2`, `avx512`) chooses a
/// lesser one: for the same bits on every processor, for tests and comparisons.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    match best() {
        // SAFETY: `best` found AVX-512 and FMA on this processor.
        Best::Avx512 | Best::Vnni => return unsafe { x86::run_avx512(kernel) },
        // SAFETY: `best` found AVX2 and FMA on this processor.
        Best::Avx2 => return unsafe { x86::run_avx2(kernel) },
        Best::Portable => {}
    }
    kernel.run::<Portable>()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Avx2, Avx512, Kernel};

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
    pub(super) fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx512>()
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx2>()
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
    pub(super) fn outline_avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx512>()
    }

    #[inline(never)]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn outline_avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx2>()
    }
}

/// Runs a kernel on every instruction set that this processor has.
#[cfg(test)]
pub(crate) fn run_on_every<K: Kernel<Output = ()> + Copy>(kernel: K) {
    kernel.run::<Portable>();
    #[cfg(target_arch = "x86_64")]
    {
        if best() >= Best::Avx2 {
            // SAFETY: AVX-512 or AVX2 was found, and each has AVX2 and FMA.
            unsafe { x86::run_avx2(kernel) };
        }
        if best() >= Best::Avx512 {
            // SAFETY: `best` found AVX-512 and FMA on this processor.
            unsafe { x86::run_avx512(kernel) };
        }
    }
}
