//! Vector registers: what the products of [`dense`](super::dense) are written in.
//!
//! A vector type of an instruction set that the processor may lack ([`F32x16`](x86::F32x16), say) must not come into being where it is
//! lacking. That holds because these types, and the [`InstructionSet`]s they belong to, have no public names: other
//! code meets them only as the type parameter of [`Kernel::run`](super::Kernel::run), which [`dispatch`](super::dispatch) calls after it
//! found that the processor has the instructions. The traits are sealed, so no other type says how many lanes it has.
#![allow(unsafe_code, reason = "vector instructions are reached through unsafe functions; the invariants are on the trait")]

use super::InstructionSet;
use super::repeat::repeat;
use super::sealed::Sealed;
use crate::kernel::scalar::Scalar;

/// A register of [`LANES`](Self::LANES) scalars, one after the other in memory.
///
/// No other type can implement it: the kernels go through memory in steps of its lanes.
pub trait Vector<T>: Sealed + Copy {
    /// How many scalars it holds.
    const LANES: usize;
    /// How many registers there are.
    const REGISTERS: usize;
    /// Whether a part of a register is loaded and stored at once, not lane by lane.
    const MASKED: bool;
    /// 0 in every lane.
    const ZERO: Self;

    /// The same value in every lane.
    fn splat(value: T) -> Self;

    /// `LANES` values from memory.
    ///
    /// # Safety
    ///
    /// `from` must be valid for reading `LANES` values.
    unsafe fn load(from: *const T) -> Self;

    /// `lanes` values from memory, and 0 in the lanes after them.
    ///
    /// # Safety
    ///
    /// `from` must be valid for reading `lanes` values; `lanes < LANES`.
    unsafe fn load_partial(from: *const T, lanes: usize) -> Self;

    /// Writes all lanes.
    ///
    /// # Safety
    ///
    /// `to` must be valid for writing `LANES` values.
    unsafe fn store(self, to: *mut T);

    /// Writes the first `lanes` lanes.
    ///
    /// # Safety
    ///
    /// `to` must be valid for writing `lanes` values; `lanes < LANES`.
    unsafe fn store_partial(self, to: *mut T, lanes: usize);

    /// `self · factor + term`, rounded as [`InstructionSet::mul_add`] does.
    fn mul_add(self, factor: Self, term: Self) -> Self;

    /// `self + other`.
    fn add(self, other: Self) -> Self;

    /// The lanes of both in turn, `a₀ b₀ a₁ b₁ …`: its first and its second half.
    fn interleave(self, other: Self) -> (Self, Self);

    /// Gives to `store` the lanes `0..LANES` of the vectors that `load` gives for `0..LANES`: a square, transposed.
    fn transpose(load: impl Fn(usize) -> Self, store: impl Fn(usize, Self));
}

/// Scalars of which an instruction set has vectors: `f32` and `f64`, and no other type.
pub trait Vectorized: Sealed + Sized {
    /// The register that holds them.
    type Vector<S: InstructionSet>: Vector<Self>;
}

impl Sealed for f32 {}
impl Sealed for f64 {}

impl Vectorized for f32 {
    type Vector<S: InstructionSet> = S::F32;
}

impl Vectorized for f64 {
    type Vector<S: InstructionSet> = S::F64;
}

/// Values side by side, for the compiler to put into what registers there are.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Lanes<T, const N: usize>([T; N]);

impl<T, const N: usize> Sealed for Lanes<T, N> {}

impl<T: Scalar, const N: usize> Vector<T> for Lanes<T, N> {
    const LANES: usize = N;
    const REGISTERS: usize = 16;
    const MASKED: bool = false;
    const ZERO: Self = Self([T::ZERO; N]);

    #[inline(always)]
    fn splat(value: T) -> Self {
        let mut vector = Self::ZERO;
        repeat!(4: lane < N, { vector.0[lane] = value });
        vector
    }
    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller's; an array has the alignment of its elements.
        Self(unsafe { *from.cast() })
    }
    #[inline(always)]
    unsafe fn load_partial(from: *const T, lanes: usize) -> Self {
        let mut vector = Self::ZERO;
        repeat!(4: lane < N, {
            if lane < lanes {
                // SAFETY: the caller's.
                vector.0[lane] = unsafe { *from.add(lane) };
            }
        });
        vector
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller's; an array has the alignment of its elements.
        unsafe { *to.cast() = self.0 }
    }
    #[inline(always)]
    unsafe fn store_partial(self, to: *mut T, lanes: usize) {
        repeat!(4: lane < N, {
            if lane < lanes {
                // SAFETY: the caller's.
                unsafe { *to.add(lane) = self.0[lane] };
            }
        });
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, mut term: Self) -> Self {
        repeat!(4: lane < N, { term.0[lane] = super::Portable::mul_add(self.0[lane], factor.0[lane], term.0[lane]) });
        term
    }
    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        repeat!(4: lane < N, { self.0[lane] += other.0[lane] });
        self
    }
    #[inline(always)]
    fn interleave(self, other: Self) -> (Self, Self) {
        let (mut first, mut second) = (Self::ZERO, Self::ZERO);
        repeat!(4: lane < N, {
            first.0[lane] = if lane.is_multiple_of(2) { self.0[lane / 2] } else { other.0[lane / 2] };
            second.0[lane] = if (N + lane).is_multiple_of(2) { self.0[(N + lane) / 2] } else { other.0[(N + lane) / 2] };
        });
        (first, second)
    }
    #[inline(always)]
    fn transpose(load: impl Fn(usize) -> Self, store: impl Fn(usize, Self)) {
        transpose_by_interleaving::<T, Self, N>(load, store);
    }
}

/// A square of `N` vectors of `N` lanes is transposed by interleaving its first with its second half log₂ `N` times.
#[inline(always)]
fn transpose_by_interleaving<T, V: Vector<T>, const N: usize>(load: impl Fn(usize) -> V, store: impl Fn(usize, V)) {
    let mut vectors = const { [V::ZERO; N] };
    repeat!(16: lane < N, { vectors[lane] = load(lane) });
    let vectors = by_column(vectors);
    repeat!(16: lane < N, { store(lane, vectors[lane]) });
}

/// `N` rows of `LANES` values as `LANES` columns of `N`, one after the other; `N` is a power of two.
///
/// Interleaving the first with the second half rotates the place of every value, as a binary number, by one to the left: log₂ `N` times
/// the number of the row comes last.
#[inline(always)]
pub(super) fn by_column<T, V: Vector<T>, const N: usize>(mut vectors: [V; N]) -> [V; N] {
    repeat!(4: _round < N.trailing_zeros() as usize, {
        let mut next = vectors;
        repeat!(8: pair < N / 2, { (next[2 * pair], next[2 * pair + 1]) = vectors[pair].interleave(vectors[pair + N / 2]) });
        vectors = next;
    });
    vectors
}

/// Registers of 128 bits that every processor of the target has: SSE2 on x86-64, NEON on 64-bit ARM.
///
/// They are named because a compiler that optimises for size makes no vectors of loops over lanes.
#[cfg(any(all(target_arch = "x86_64", target_feature = "sse2"), all(target_arch = "aarch64", target_feature = "neon")))]
pub(super) mod baseline {
    use super::{Sealed, Vector, repeat, transpose_by_interleaving};
    #[cfg(target_arch = "aarch64")]
    use core::arch::aarch64::*;
    #[cfg(target_arch = "x86_64")]
    use core::arch::x86_64::*;

    macro_rules! baseline {
        ($(#[$doc:meta])* $name:ident, $register:ty, $type:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident, $mul_add:ident, $add:ident,
         $low:ident, $high:ident) => {
            $(#[$doc])*
            #[derive(Clone, Copy)]
            #[repr(transparent)]
            pub struct $name($register);

            impl Sealed for $name {}

            // SAFETY of every block below: every processor of the target has the instructions; addresses are as the caller promises.
            impl Vector<$type> for $name {
                const LANES: usize = $lanes;
                const REGISTERS: usize = if cfg!(target_arch = "aarch64") { 32 } else { 16 };
                const MASKED: bool = false;
                // SAFETY: all bits 0 are such a value.
                const ZERO: Self = Self(unsafe { core::mem::zeroed() });

                #[inline(always)]
                fn splat(value: $type) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $splat(value) })
                }
                #[inline(always)]
                unsafe fn load(from: *const $type) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $load(from) })
                }
                #[inline(always)]
                unsafe fn load_partial(from: *const $type, lanes: usize) -> Self {
                    let mut values: [$type; $lanes] = const { [0.0; $lanes] };
                    // SAFETY: see above; a register is as large as the values.
                    unsafe {
                        repeat!(4: lane < $lanes, {
                            if lane < lanes {
                                values[lane] = *from.add(lane);
                            }
                        });
                        Self(core::mem::transmute::<[$type; $lanes], $register>(values))
                    }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $type) {
                    // SAFETY: see above.
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                unsafe fn store_partial(self, to: *mut $type, lanes: usize) {
                    // SAFETY: see above; a register is as large as the values.
                    unsafe {
                        let values = core::mem::transmute::<$register, [$type; $lanes]>(self.0);
                        repeat!(4: lane < $lanes, {
                            if lane < lanes {
                                *to.add(lane) = values[lane];
                            }
                        });
                    }
                }
                #[inline(always)]
                fn mul_add(self, factor: Self, term: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $mul_add(self.0, factor.0, term.0) })
                }
                #[inline(always)]
                fn add(self, other: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $add(self.0, other.0) })
                }
                #[inline(always)]
                fn interleave(self, other: Self) -> (Self, Self) {
                    // SAFETY: see above.
                    unsafe { (Self($low(self.0, other.0)), Self($high(self.0, other.0))) }
                }
                #[inline(always)]
                fn transpose(load: impl Fn(usize) -> Self, store: impl Fn(usize, Self)) {
                    transpose_by_interleaving::<$type, Self, $lanes>(load, store);
                }
            }
        };
    }

    /// `a · b + c`, rounded once where the target has an instruction for it.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    unsafe fn mul_add_f32(a: __m128, b: __m128, c: __m128) -> __m128 {
        // SAFETY: the target has these instructions.
        unsafe { if cfg!(target_feature = "fma") { _mm_fmadd_ps(a, b, c) } else { _mm_add_ps(_mm_mul_ps(a, b), c) } }
    }

    /// As [`mul_add_f32`].
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    unsafe fn mul_add_f64(a: __m128d, b: __m128d, c: __m128d) -> __m128d {
        // SAFETY: the target has these instructions.
        unsafe { if cfg!(target_feature = "fma") { _mm_fmadd_pd(a, b, c) } else { _mm_add_pd(_mm_mul_pd(a, b), c) } }
    }

    /// `a · b + c`, rounded once.
    #[cfg(target_arch = "aarch64")]
    #[inline(always)]
    unsafe fn mul_add_f32(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: the target has this instruction.
        unsafe { vfmaq_f32(c, a, b) }
    }

    /// As [`mul_add_f32`].
    #[cfg(target_arch = "aarch64")]
    #[inline(always)]
    unsafe fn mul_add_f64(a: float64x2_t, b: float64x2_t, c: float64x2_t) -> float64x2_t {
        // SAFETY: the target has this instruction.
        unsafe { vfmaq_f64(c, a, b) }
    }

    #[cfg(target_arch = "x86_64")]
    baseline!(
        /// 4 `f32`.
        F32x4, __m128, f32, 4, _mm_set1_ps, _mm_loadu_ps, _mm_storeu_ps, mul_add_f32, _mm_add_ps, _mm_unpacklo_ps, _mm_unpackhi_ps
    );
    #[cfg(target_arch = "x86_64")]
    baseline!(
        /// 2 `f64`.
        F64x2, __m128d, f64, 2, _mm_set1_pd, _mm_loadu_pd, _mm_storeu_pd, mul_add_f64, _mm_add_pd, _mm_unpacklo_pd, _mm_unpackhi_pd
    );
    #[cfg(target_arch = "aarch64")]
    baseline!(
        /// 4 `f32`.
        F32x4, float32x4_t, f32, 4, vdupq_n_f32, vld1q_f32, vst1q_f32, mul_add_f32, vaddq_f32, vzip1q_f32, vzip2q_f32
    );
    #[cfg(target_arch = "aarch64")]
    baseline!(
        /// 2 `f64`.
        F64x2, float64x2_t, f64, 2, vdupq_n_f64, vld1q_f64, vst1q_f64, mul_add_f64, vaddq_f64, vzip1q_f64, vzip2q_f64
    );
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    //! AVX2 and AVX-512.

    use super::{Sealed, Vector, transpose_by_interleaving};
    use core::arch::x86_64::*;

    macro_rules! avx512 {
        ($(#[$doc:meta])* $name:ident, $register:ty, $type:ty, $lanes:literal, $mask:ty, $splat:ident, $load:ident, $store:ident, $load_mask:ident,
         $store_mask:ident, $fma:ident, $add:ident, $permute:ident, $index:expr) => {
            $(#[$doc])*
            #[derive(Clone, Copy)]
            #[repr(transparent)]
            pub struct $name($register);

            impl Sealed for $name {}

            // SAFETY of every block below: a vector type exists only where the processor has its instructions (see the
            // module); addresses are as the caller promises.
            impl Vector<$type> for $name {
                const LANES: usize = $lanes;
                const REGISTERS: usize = 32;
                const MASKED: bool = true;
                // SAFETY: all bits 0 are such a value.
                const ZERO: Self = Self(unsafe { core::mem::zeroed() });

                #[inline(always)]
                fn splat(value: $type) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $splat(value) })
                }
                #[inline(always)]
                unsafe fn load(from: *const $type) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $load(from) })
                }
                #[inline(always)]
                unsafe fn load_partial(from: *const $type, lanes: usize) -> Self {
                    // SAFETY: see above; lanes that are masked out are not touched.
                    Self(unsafe { $load_mask(((1u32 << lanes) - 1) as $mask, from) })
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $type) {
                    // SAFETY: see above.
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                unsafe fn store_partial(self, to: *mut $type, lanes: usize) {
                    // SAFETY: see above; lanes that are masked out are not touched.
                    unsafe { $store_mask(to, ((1u32 << lanes) - 1) as $mask, self.0) }
                }
                #[inline(always)]
                fn mul_add(self, factor: Self, term: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $fma(self.0, factor.0, term.0) })
                }
                #[inline(always)]
                fn add(self, other: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $add(self.0, other.0) })
                }
                #[inline(always)]
                fn interleave(self, other: Self) -> (Self, Self) {
                    // SAFETY: see above.
                    unsafe {
                        let (first, second) = $index;
                        (Self($permute(self.0, first, other.0)), Self($permute(self.0, second, other.0)))
                    }
                }
                #[inline(always)]
                fn transpose(load: impl Fn(usize) -> Self, store: impl Fn(usize, Self)) {
                    transpose_by_interleaving::<$type, Self, $lanes>(load, store);
                }
            }
        };
    }

    avx512!(
        /// 16 `f32`.
        F32x16, __m512, f32, 16, __mmask16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_maskz_loadu_ps, _mm512_mask_storeu_ps,
        _mm512_fmadd_ps, _mm512_add_ps, _mm512_permutex2var_ps,
        (
            _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
            _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
        )
    );
    avx512!(
        /// 8 `f64`.
        F64x8, __m512d, f64, 8, __mmask8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_maskz_loadu_pd, _mm512_mask_storeu_pd,
        _mm512_fmadd_pd, _mm512_add_pd, _mm512_permutex2var_pd,
        (_mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15))
    );

    /// Writes the first lanes, four, two and one at a time: a masked store is slow on many processors.
    ///
    /// # Safety
    ///
    /// `to` must be valid for writing `lanes < 8` values, and the processor must have AVX.
    #[inline(always)]
    unsafe fn store_partial_f32(vector: __m256, mut to: *mut f32, lanes: usize) {
        // SAFETY: the caller's; no more than `lanes` values are written.
        unsafe {
            let mut rest = _mm256_castps256_ps128(vector);
            if lanes & 4 != 0 {
                _mm_storeu_ps(to, rest);
                to = to.add(4);
                rest = _mm256_extractf128_ps::<1>(vector);
            }
            if lanes & 2 != 0 {
                _mm_storel_pd(to.cast(), _mm_castps_pd(rest));
                to = to.add(2);
                rest = _mm_movehl_ps(rest, rest);
            }
            if lanes & 1 != 0 {
                _mm_store_ss(to, rest);
            }
        }
    }

    /// As [`store_partial_f32`].
    ///
    /// # Safety
    ///
    /// `to` must be valid for writing `lanes < 4` values, and the processor must have AVX.
    #[inline(always)]
    unsafe fn store_partial_f64(vector: __m256d, mut to: *mut f64, lanes: usize) {
        // SAFETY: the caller's; no more than `lanes` values are written.
        unsafe {
            let mut rest = _mm256_castpd256_pd128(vector);
            if lanes & 2 != 0 {
                _mm_storeu_pd(to, rest);
                to = to.add(2);
                rest = _mm256_extractf128_pd::<1>(vector);
            }
            if lanes & 1 != 0 {
                _mm_storel_pd(to, rest);
            }
        }
    }

    macro_rules! avx2 {
        ($(#[$doc:meta])* $name:ident, $register:ty, $type:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident, $load_mask:ident,
         $mask:ty, $fma:ident, $add:ident, $low:ident, $high:ident, $halves:ident, $store_partial:ident) => {
            $(#[$doc])*
            #[derive(Clone, Copy)]
            #[repr(transparent)]
            pub struct $name($register);

            impl Sealed for $name {}

            // SAFETY of every block below: a vector type exists only where the processor has its instructions (see the
            // module); addresses are as the caller promises.
            impl Vector<$type> for $name {
                const LANES: usize = $lanes;
                const REGISTERS: usize = 16;
                const MASKED: bool = true;
                // SAFETY: all bits 0 are such a value.
                const ZERO: Self = Self(unsafe { core::mem::zeroed() });

                #[inline(always)]
                fn splat(value: $type) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $splat(value) })
                }
                #[inline(always)]
                unsafe fn load(from: *const $type) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $load(from) })
                }
                #[inline(always)]
                unsafe fn load_partial(from: *const $type, lanes: usize) -> Self {
                    static MASKS: [[$mask; $lanes]; 2] = [[-1; $lanes], [0; $lanes]];
                    // SAFETY: see above; lanes that are masked out are not touched. The mask is a register's worth of
                    // the two, from the place on after which `lanes` are set.
                    unsafe {
                        let mask = MASKS.as_ptr().cast::<$mask>().add($lanes - lanes);
                        Self($load_mask(from, _mm256_loadu_si256(mask.cast())))
                    }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $type) {
                    // SAFETY: see above.
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                unsafe fn store_partial(self, to: *mut $type, lanes: usize) {
                    // SAFETY: see above.
                    unsafe { $store_partial(self.0, to, lanes) }
                }
                #[inline(always)]
                fn mul_add(self, factor: Self, term: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $fma(self.0, factor.0, term.0) })
                }
                #[inline(always)]
                fn add(self, other: Self) -> Self {
                    // SAFETY: see above.
                    Self(unsafe { $add(self.0, other.0) })
                }
                #[inline(always)]
                fn interleave(self, other: Self) -> (Self, Self) {
                    // SAFETY: see above.
                    unsafe {
                        // Interleaves within each 128-bit half; then the halves are put in order.
                        let (low, high) = ($low(self.0, other.0), $high(self.0, other.0));
                        (Self($halves::<0x20>(low, high)), Self($halves::<0x31>(low, high)))
                    }
                }
                #[inline(always)]
                fn transpose(load: impl Fn(usize) -> Self, store: impl Fn(usize, Self)) {
                    transpose_by_interleaving::<$type, Self, $lanes>(load, store);
                }
            }
        };
    }

    avx2!(
        /// 8 `f32`.
        F32x8, __m256, f32, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_maskload_ps, i32, _mm256_fmadd_ps, _mm256_add_ps,
        _mm256_unpacklo_ps, _mm256_unpackhi_ps, _mm256_permute2f128_ps, store_partial_f32
    );
    avx2!(
        /// 4 `f64`.
        F64x4, __m256d, f64, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_maskload_pd, i64, _mm256_fmadd_pd, _mm256_add_pd,
        _mm256_unpacklo_pd, _mm256_unpackhi_pd, _mm256_permute2f128_pd, store_partial_f64
    );
}
