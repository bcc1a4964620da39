//! The registers of x86-64.
//!
//! SSE2 and AVX2 multiply pairs of 16 bits and add the two products. In four weights side by side the odd ones are the high bytes of
//! such pairs: a shift to the right leaves them. The even ones are the low bytes: a shift to the left leaves 256 times them, so their
//! sums are kept apart and shifted at the end. With VNNI one instruction takes all four.
//!
//! Sums become bytes by the high halves of their products with multipliers, as [`Output::high`] says. That takes the even and
//! the odd lanes in turn.

use core::arch::x86_64::*;

use super::register::{Products, Register, one_by_one};
use super::{Product, To};
use crate::kernel::int8::output::{High, Output};

/// The product by AVX-512 with VNNI.
///
/// # Safety
///
/// That of [`Product::outline`], and the processor must have the instructions.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx512vnni,avx2")]
pub(super) unsafe fn multiply_vnni(product: Product, end: To) {
    // SAFETY: the caller's; there are as many units as the register has lanes.
    unsafe {
        match product.units {
            16.. => product.multiply_in::<Sixteen, Fours>(end),
            8.. => product.multiply_in::<Eight, Fours>(end),
            _ => multiply_narrow::<Fours>(product, end),
        }
    }
}

/// The product by AVX2.
///
/// # Safety
///
/// That of [`Product::outline`], and the processor must have AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn multiply_avx2(product: Product, end: To) {
    // SAFETY: the caller's; there are as many units as the register has lanes.
    unsafe {
        match product.units {
            8.. => product.multiply_in::<Eight, Pairs>(end),
            _ => multiply_narrow::<Pairs>(product, end),
        }
    }
}

/// The product in registers of four units, or of as many as there are.
///
/// # Safety
///
/// That of [`Product::outline`], and the processor must have the instructions of `P`; there must be a unit.
#[inline(always)]
unsafe fn multiply_narrow<P: Products<Four<4>> + Products<Four<3>> + Products<Four<2>> + Products<Four<1>>>(product: Product, end: To) {
    // SAFETY: the caller's; there are as many units as the register has lanes.
    unsafe {
        match product.units {
            4.. => product.multiply_in::<Four<4>, P>(end),
            3 => product.multiply_in::<Four<3>, P>(end),
            2 => product.multiply_in::<Four<2>, P>(end),
            _ => product.multiply_in::<Four<1>, P>(end),
        }
    }
}

/// Moves numbers to the zero point and puts them within bounds: as bytes, in the lower half. Whatever saturates is beyond the bounds.
///
/// # Safety
///
/// The processor must have SSE2, as every one of the target has.
#[inline(always)]
unsafe fn bounded(numbers: __m128i, high: High) -> __m128i {
    let byte = |byte: u8| byte.cast_signed();
    // SAFETY: the caller has these instructions.
    unsafe {
        let moved = _mm_adds_epi16(numbers, _mm_set1_epi16(i16::from(high.zero_point)));
        let bytes = _mm_min_epu8(_mm_packus_epi16(moved, moved), _mm_set1_epi8(byte(high.highest)));
        _mm_max_epu8(bytes, _mm_set1_epi8(byte(high.lowest)))
    }
}

/// The sums of `UNITS` units, one to four; lanes after them have no meaning.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Four<const UNITS: usize>(__m128i);

impl<const UNITS: usize> Register for Four<UNITS> {
    const LANES: usize = UNITS;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: here and in the other registers, the caller's: the processor has the instructions, and addresses are valid.
        Self(unsafe { _mm_setzero_si128() })
    }

    #[inline(always)]
    unsafe fn load(from: *const i32) -> Self {
        // SAFETY: as above; as many values are read as there are units.
        Self(unsafe {
            match UNITS {
                1 => _mm_cvtsi32_si128(from.read_unaligned()),
                2 => _mm_loadl_epi64(from.cast()),
                3 => _mm_unpacklo_epi64(_mm_loadl_epi64(from.cast()), _mm_cvtsi32_si128(from.add(2).read_unaligned())),
                _ => _mm_loadu_si128(from.cast()),
            }
        })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn add_input(self, weights: *const i8, x: u8) -> Self {
        // SAFETY: as above.
        unsafe {
            let mut bytes = [0_i8; 4];
            core::ptr::copy_nonoverlapping(weights, bytes.as_mut_ptr(), UNITS);
            let weights = _mm_cvtsi32_si128(i32::from_le_bytes(bytes.map(i8::cast_unsigned)));
            let weights = _mm_unpacklo_epi8(weights, weights);
            let weights = _mm_srai_epi32::<24>(_mm_unpacklo_epi16(weights, weights));
            // Of each pair of 16 bits the higher is multiplied by 0.
            Self(_mm_add_epi32(self.0, _mm_madd_epi16(weights, _mm_set1_epi32(i32::from(x)))))
        }
    }

    #[inline(always)]
    unsafe fn to_bytes(self, multiplier: *const i32, output: Output, to: *mut u8) {
        // SAFETY: as above.
        unsafe {
            let Some(high) = output.high() else {
                return one_by_one(&core::mem::transmute::<__m128i, [i32; 4]>(self.0)[..UNITS], multiplier, output, to);
            };
            let (sum, multiplier) = (self.0, Self::load(multiplier).0);
            let even = _mm_srli_epi64::<32>(_mm_mul_epu32(sum, multiplier));
            let odd = _mm_mul_epu32(_mm_srli_epi64::<32>(sum), _mm_srli_epi64::<32>(multiplier));
            let product = _mm_or_si128(even, _mm_and_si128(odd, _mm_set1_epi64x(-1 << 32)));
            // That was without signs: a factor below 0 was `2^32` too large.
            let surplus = |a: __m128i, b: __m128i| _mm_and_si128(_mm_srai_epi32::<31>(a), b);
            let product = _mm_sub_epi32(product, _mm_add_epi32(surplus(sum, multiplier), surplus(multiplier, sum)));
            let scaled = _mm_sra_epi32(_mm_add_epi32(product, _mm_set1_epi32(high.half)), _mm_cvtsi32_si128(high.shift));
            let bytes = _mm_cvtsi128_si32(bounded(_mm_packs_epi32(scaled, scaled), high)).to_le_bytes();
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, UNITS);
        }
    }

    #[inline(always)]
    unsafe fn to_reals(self, scale: *const f32, to: *mut f32) {
        // SAFETY: as above.
        unsafe {
            let reals = _mm_mul_ps(_mm_cvtepi32_ps(self.0), _mm_castsi128_ps(Self::load(scale.cast()).0));
            core::ptr::copy_nonoverlapping(core::mem::transmute::<__m128, [f32; 4]>(reals).as_ptr(), to, UNITS);
        }
    }
}

/// Eight sums.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Eight(__m256i);

impl Register for Eight {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_setzero_si256() })
    }

    #[inline(always)]
    unsafe fn load(from: *const i32) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_loadu_si256(from.cast()) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn add_input(self, weights: *const i8, x: u8) -> Self {
        // SAFETY: as above.
        unsafe {
            let weights = _mm256_cvtepi8_epi32(_mm_loadl_epi64(weights.cast()));
            Self(_mm256_add_epi32(self.0, _mm256_madd_epi16(weights, _mm256_set1_epi32(i32::from(x)))))
        }
    }

    #[inline(always)]
    unsafe fn to_bytes(self, multiplier: *const i32, output: Output, to: *mut u8) {
        // SAFETY: as above.
        unsafe {
            let Some(high) = output.high() else {
                return one_by_one(&core::mem::transmute::<__m256i, [i32; 8]>(self.0), multiplier, output, to);
            };
            let multiplier = _mm256_loadu_si256(multiplier.cast());
            let even = _mm256_srli_epi64::<32>(_mm256_mul_epi32(self.0, multiplier));
            let odd = _mm256_mul_epi32(_mm256_srli_epi64::<32>(self.0), _mm256_srli_epi64::<32>(multiplier));
            let product = _mm256_blend_epi32::<0b1010_1010>(even, odd);
            let scaled = _mm256_sra_epi32(_mm256_add_epi32(product, _mm256_set1_epi32(high.half)), _mm_cvtsi32_si128(high.shift));
            let scaled = _mm_packs_epi32(_mm256_castsi256_si128(scaled), _mm256_extracti128_si256::<1>(scaled));
            _mm_storel_epi64(to.cast(), bounded(scaled, high));
        }
    }

    #[inline(always)]
    unsafe fn to_reals(self, scale: *const f32, to: *mut f32) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(to, _mm256_mul_ps(_mm256_cvtepi32_ps(self.0), _mm256_loadu_ps(scale))) }
    }
}

/// Sixteen sums.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Sixteen(__m512i);

impl Register for Sixteen {
    const LANES: usize = 16;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_setzero_si512() })
    }

    #[inline(always)]
    unsafe fn load(from: *const i32) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_loadu_si512(from.cast()) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn add_input(self, weights: *const i8, x: u8) -> Self {
        // SAFETY: as above.
        unsafe {
            let weights = _mm512_cvtepi8_epi32(_mm_loadu_si128(weights.cast()));
            Self(_mm512_add_epi32(self.0, _mm512_madd_epi16(weights, _mm512_set1_epi32(i32::from(x)))))
        }
    }

    #[inline(always)]
    unsafe fn to_bytes(self, multiplier: *const i32, output: Output, to: *mut u8) {
        // SAFETY: as above.
        unsafe {
            let Some(high) = output.high() else {
                return one_by_one(&core::mem::transmute::<__m512i, [i32; 16]>(self.0), multiplier, output, to);
            };
            let multiplier = _mm512_loadu_si512(multiplier.cast());
            let even = _mm512_srli_epi64::<32>(_mm512_mul_epi32(self.0, multiplier));
            let odd = _mm512_mul_epi32(_mm512_srli_epi64::<32>(self.0), _mm512_srli_epi64::<32>(multiplier));
            let product = _mm512_mask_blend_epi32(0b1010_1010_1010_1010, even, odd);
            let scaled = _mm512_sra_epi32(_mm512_add_epi32(product, _mm512_set1_epi32(high.half)), _mm_cvtsi32_si128(high.shift));
            let number = |byte: u8| _mm512_set1_epi32(i32::from(byte));
            let moved = _mm512_min_epi32(_mm512_add_epi32(scaled, number(high.zero_point)), number(high.highest));
            _mm_storeu_si128(to.cast(), _mm512_cvtepi32_epi8(_mm512_max_epi32(moved, number(high.lowest))));
        }
    }

    #[inline(always)]
    unsafe fn to_reals(self, scale: *const f32, to: *mut f32) {
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(to, _mm512_mul_ps(_mm512_cvtepi32_ps(self.0), _mm512_loadu_ps(scale))) }
    }
}

/// Pairs of products of 16 bits, by `pmaddwd`.
pub(super) struct Pairs;

/// The products with [`Pairs`] in registers of one width.
macro_rules! pairs {
    ([$($generic:tt)*] $register:ty, $new:path, $vector:ty, $splat:ident, $splat_16:ident, $and:ident, $right_unsigned:ident, $left:ident, $right:ident,
     $right_32:ident, $pairs:ident, $add:ident) => {
        impl<$($generic)*> Products<$register> for Pairs {
            const REGISTERS: usize = 4;
            const CHAINS: usize = 1;
            /// A pair of products, 256 times, is `2 · 256 · 128 · 255` at most: 128 of them stay below `2^31`.
            const GROUPS: usize = 128;
            /// The even and the odd inputs.
            type Inputs = [$vector; 2];
            /// 256 times the sums of the even inputs' products, and the sums of the odd ones'.
            type Sums = [$vector; 2];

            // SAFETY: a vector of whole numbers may have any bits.
            const NONE: [$vector; 2] = unsafe { core::mem::zeroed() };

            #[inline(always)]
            unsafe fn inputs(four: i32) -> [$vector; 2] {
                // SAFETY: as above.
                unsafe { [$and($splat(four), $splat_16(0xff)), $right_unsigned::<8>($splat(four))] }
            }

            #[inline(always)]
            unsafe fn add(sums: &mut [$vector; 2], weights: *const i8, inputs: [$vector; 2]) {
                // SAFETY: as above.
                unsafe {
                    let weights = <$register>::load(weights.cast()).0;
                    sums[0] = $add(sums[0], $pairs($left::<8>(weights), inputs[0]));
                    sums[1] = $add(sums[1], $pairs($right::<8>(weights), inputs[1]));
                }
            }

            #[inline(always)]
            unsafe fn sums(sums: [$vector; 2]) -> $register {
                // SAFETY: as above.
                unsafe { $new($add($right_32::<8>(sums[0]), sums[1])) }
            }
        }
    };
}

pairs!(
    [const UNITS: usize] Four<UNITS>, Four, __m128i, _mm_set1_epi32, _mm_set1_epi16, _mm_and_si128, _mm_srli_epi16, _mm_slli_epi16, _mm_srai_epi16,
    _mm_srai_epi32, _mm_madd_epi16, _mm_add_epi32
);
pairs!(
    [] Eight, Eight, __m256i, _mm256_set1_epi32, _mm256_set1_epi16, _mm256_and_si256, _mm256_srli_epi16, _mm256_slli_epi16, _mm256_srai_epi16,
    _mm256_srai_epi32, _mm256_madd_epi16, _mm256_add_epi32
);

/// Sums of four products each, by `vpdpbusd`.
pub(super) struct Fours;

/// The products with [`Fours`] in registers of one width.
macro_rules! fours {
    ([$($generic:tt)*] $register:ty, $new:path, $vector:ty, $splat:ident, $products:ident) => {
        impl<$($generic)*> Products<$register> for Fours {
            const REGISTERS: usize = 4;
            const CHAINS: usize = 8;
            const GROUPS: usize = usize::MAX / 8;
            type Inputs = $vector;
            type Sums = $vector;

            // SAFETY: a vector of whole numbers may have any bits.
            const NONE: $vector = unsafe { core::mem::zeroed() };

            #[inline(always)]
            unsafe fn inputs(four: i32) -> $vector {
                // SAFETY: as above.
                unsafe { $splat(four) }
            }

            #[inline(always)]
            unsafe fn add(sums: &mut $vector, weights: *const i8, inputs: $vector) {
                // SAFETY: as above.
                unsafe { *sums = $products(*sums, inputs, <$register>::load(weights.cast()).0) }
            }

            #[inline(always)]
            unsafe fn sums(sums: $vector) -> $register {
                $new(sums)
            }
        }
    };
}

fours!([const UNITS: usize] Four<UNITS>, Four, __m128i, _mm_set1_epi32, _mm_dpbusd_epi32);
fours!([] Eight, Eight, __m256i, _mm256_set1_epi32, _mm256_dpbusd_epi32);
fours!([] Sixteen, Sixteen, __m512i, _mm512_set1_epi32, _mm512_dpbusd_epi32);
