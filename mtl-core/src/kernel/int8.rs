//! Products in 8-bit integers: `a = W x + b`, with `W` in `i8`, `x` in `u8` and `a` in `i32`, for one sample.
//!
//! Every path computes the same integers: a sum in two's complement does not depend on its order. Sizes are arguments and not
//! const generics, so all layers of a program share one copy of the code.
//!
//! # Layout
//!
//! A kernel `[inputs, units]` is kept in groups of four inputs, the four weights of a unit side by side:
//! `group 0: w₀₀ w₁₀ w₂₀ w₃₀ · w₀₁ w₁₁ w₂₁ w₃₁ · …`, as [`position`] says. That is one lane of `vpdpbusd` for each unit, and no sum
//! goes across lanes. Inputs that are left over, three at most, follow as plain rows. So there is no padding.
#![allow(unsafe_code, reason = "the products take addresses; those of whole arrays are given to them")]

use crate::int8::Output;

/// Where the weight from `input` to `unit` is in a kernel of `inputs · units` bytes.
#[inline(always)]
#[must_use]
pub const fn position(inputs: usize, units: usize, input: usize, unit: usize) -> usize {
    if input < inputs / 4 * 4 { (input / 4 * units + unit) * 4 + input % 4 } else { input * units + unit }
}

/// `yᵤ = output(aᵤ · multiplierᵤ)` with `a = W x + b`, for every unit: rounded, moved to the zero point, within bounds.
#[inline(always)]
pub fn dense<const IN: usize, const OUT: usize>(
    kernel: &[[i8; OUT]; IN],
    bias: &[i32; OUT],
    multiplier: &[i32; OUT],
    output: Output,
    x: &[u8; IN],
    y: &mut [u8; OUT],
) {
    dense_slices(kernel.as_flattened(), bias, multiplier, output, x, y);
}

/// [`dense`] with sizes that are not known when compiling: as many inputs as `x` has, as many units as `bias`.
///
/// Does nothing where the lengths of the others are not those of such a layer.
#[inline(always)]
pub fn dense_slices(kernel: &[i8], bias: &[i32], multiplier: &[i32], output: Output, x: &[u8], y: &mut [u8]) {
    let Some(product) = Product::new(kernel, bias, x) else { return };
    if multiplier.len() == product.units && y.len() == product.units {
        // SAFETY: the slices were found to be as long as they must be; `y` is borrowed mutably.
        unsafe { product.outline(To::Bytes(ToBytes { multiplier: multiplier.as_ptr(), output, target: y.as_mut_ptr() })) }
    }
}

/// `yᵤ = aᵤ · scaleᵤ` with `a = W x + b`, for every unit: where integers end.
#[inline(always)]
pub fn dense_to_reals<const IN: usize, const OUT: usize>(
    kernel: &[[i8; OUT]; IN],
    bias: &[i32; OUT],
    scale: &[f32; OUT],
    x: &[u8; IN],
    y: &mut [f32; OUT],
) {
    let Some(product) = Product::new(kernel.as_flattened(), bias, x) else { return };
    // SAFETY: the arrays have the lengths of such a layer; `y` is borrowed mutably.
    unsafe { product.outline(To::Reals(ToReals { scale: scale.as_ptr(), target: y.as_mut_ptr() })) }
}

/// `a = W x + b`, for every unit, with sizes as in [`dense_slices`].
#[inline(always)]
pub fn sums(kernel: &[i8], bias: &[i32], x: &[u8], y: &mut [i32]) {
    let Some(product) = Product::new(kernel, bias, x) else { return };
    if y.len() == product.units {
        // SAFETY: the slices were found to be as long as they must be; `y` is borrowed mutably.
        unsafe { product.outline(To::Sums(ToSums { target: y.as_mut_ptr() })) }
    }
}

/// A layer from bytes to bytes, whose sizes are those of its slices.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// `W`, as [`position`] says.
    pub kernel: &'a [i8],
    /// `b`.
    pub bias: &'a [i32],
    /// What the sum of each unit is multiplied by.
    pub multiplier: &'a [i32],
    /// How the product becomes a byte.
    pub output: Output,
}

impl Layer<'_> {
    /// As [`dense`]; nothing where the sizes do not fit.
    #[inline(always)]
    pub fn dense(&self, x: &[u8], y: &mut [u8]) {
        dense_slices(self.kernel, self.bias, self.multiplier, self.output, x, y);
    }
}

/// The factors of a product.
///
/// # Safety
///
/// `kernel` must be valid for reading `inputs · units` bytes, `bias` `units` values and `input` `inputs` bytes.
#[derive(Clone, Copy)]
struct Product {
    kernel: *const i8,
    bias: *const i32,
    input: *const u8,
    inputs: usize,
    units: usize,
}

/// What is done with sums.
trait End: Copy {
    /// Takes the sums of the units from number `first` on.
    ///
    /// # Safety
    ///
    /// The product must have as many units.
    unsafe fn take(self, first: usize, sums: &[i32]);
}

/// Requantises them to bytes.
#[derive(Clone, Copy)]
struct ToBytes {
    multiplier: *const i32,
    output: Output,
    target: *mut u8,
}

impl End for ToBytes {
    #[inline(always)]
    unsafe fn take(self, first: usize, sums: &[i32]) {
        for (lane, &sum) in sums.iter().enumerate() {
            // SAFETY: the caller's; there is a multiplier and a place for every unit.
            unsafe { *self.target.add(first + lane) = self.output.of(sum, *self.multiplier.add(first + lane)) };
        }
    }
}

/// Scales them to real numbers.
#[derive(Clone, Copy)]
struct ToReals {
    scale: *const f32,
    target: *mut f32,
}

impl End for ToReals {
    #[inline(always)]
    #[allow(clippy::cast_precision_loss, reason = "24 bits of a sum are more than its weights have")]
    unsafe fn take(self, first: usize, sums: &[i32]) {
        for (lane, &sum) in sums.iter().enumerate() {
            // SAFETY: the caller's; there is a scale and a place for every unit.
            unsafe { *self.target.add(first + lane) = sum as f32 * *self.scale.add(first + lane) };
        }
    }
}

/// Keeps them.
#[derive(Clone, Copy)]
struct ToSums {
    target: *mut i32,
}

impl End for ToSums {
    #[inline(always)]
    unsafe fn take(self, first: usize, sums: &[i32]) {
        // SAFETY: the caller's; there is a place for every unit.
        unsafe { core::ptr::copy_nonoverlapping(sums.as_ptr(), self.target.add(first), sums.len()) }
    }
}

/// One of the three: a choice for each block of sums costs less than a copy of the products.
#[derive(Clone, Copy)]
enum To {
    Bytes(ToBytes),
    Reals(ToReals),
    Sums(ToSums),
}

impl End for To {
    #[inline(always)]
    unsafe fn take(self, first: usize, sums: &[i32]) {
        // SAFETY: the caller's.
        unsafe {
            match self {
                Self::Bytes(end) => end.take(first, sums),
                Self::Reals(end) => end.take(first, sums),
                Self::Sums(end) => end.take(first, sums),
            }
        }
    }
}

impl Product {
    /// The factors of a layer with as many inputs as `x` has and as many units as `bias`, if `kernel` is as large.
    #[inline(always)]
    fn new(kernel: &[i8], bias: &[i32], x: &[u8]) -> Option<Self> {
        let (inputs, units) = (x.len(), bias.len());
        let fits = inputs.checked_mul(units) == Some(kernel.len());
        fits.then_some(Self { kernel: kernel.as_ptr(), bias: bias.as_ptr(), input: x.as_ptr(), inputs, units })
    }

    /// Multiplies in a function of its own: the one copy of the code.
    #[inline(never)]
    unsafe fn outline(self, end: To) {
        // SAFETY: the caller's.
        unsafe { self.multiply(end) }
    }

    #[inline(always)]
    unsafe fn multiply(self, end: impl End) {
        #[cfg(target_arch = "x86_64")]
        match x86::best() {
            // SAFETY: the processor was found to have the instructions; addresses are the caller's.
            x86::Best::Vnni => return unsafe { x86::multiply_vnni(self, end) },
            // SAFETY: as above.
            x86::Best::Avx2 => return unsafe { x86::multiply_avx2(self, end) },
            x86::Best::Portable => {}
        }
        // SAFETY: the caller's.
        unsafe { self.multiply_portable(end) }
    }

    /// Blocks of units whose sums fit into a few registers; one at a time where there are no vector registers.
    #[inline(always)]
    unsafe fn multiply_portable(self, end: impl End) {
        let mut sums = [0; 16];
        let mut first = 0;
        while first < self.units {
            // SAFETY: the caller's; the block lies within the units, and `sums` has as many places as it has units.
            unsafe {
                let units = self.sum_some(first, &mut sums);
                end.take(first, sums.get_unchecked(..units));
                first += units;
            }
        }
    }

    /// Writes the sums of some units from `first` on, of which there is one at least; returns how many.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    #[inline(always)]
    unsafe fn sum_some(self, first: usize, sums: &mut [i32; 16]) -> usize {
        // SAFETY: the caller's; each block lies within the units that are left.
        unsafe {
            match self.units - first {
                16.. => x86::sse2_block::<4>(self, first, sums),
                4.. => x86::sse2_block::<1>(self, first, sums),
                _ => {
                    [sums[0]] = self.block(first);
                    1
                }
            }
        }
    }

    /// Writes the sums of some units from `first` on, of which there is one at least; returns how many.
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
    #[inline(always)]
    unsafe fn sum_some(self, first: usize, sums: &mut [i32; 16]) -> usize {
        const LANES: usize = if cfg!(any(target_feature = "neon", target_feature = "simd128")) { 8 } else { 1 };
        // SAFETY: the caller's; each block lies within the units that are left.
        unsafe {
            if self.units - first >= LANES {
                let block = self.block::<LANES>(first);
                sums[..LANES].copy_from_slice(&block);
                LANES
            } else {
                [sums[0]] = self.block(first);
                1
            }
        }
    }

    #[inline(always)]
    unsafe fn block<const LANES: usize>(self, first: usize) -> [i32; LANES] {
        // SAFETY: addresses are those of `position` and so within the arrays; the caller promises `first + LANES <= units`.
        unsafe {
            let mut sums = [0; LANES];
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum = *self.bias.add(first + lane);
            }
            let grouped = self.inputs / 4 * 4;
            let mut input = 0;
            while input < grouped {
                let x = [0, 1, 2, 3].map(|part| i32::from(*self.input.add(input + part)));
                let weights = self.kernel.add(input * self.units + first * 4);
                for (lane, sum) in sums.iter_mut().enumerate() {
                    for (part, &x) in x.iter().enumerate() {
                        *sum = sum.wrapping_add(i32::from(*weights.add(4 * lane + part)) * x);
                    }
                }
                input += 4;
            }
            while input < self.inputs {
                let (x, weights) = (i32::from(*self.input.add(input)), self.kernel.add(input * self.units + first));
                for (lane, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.wrapping_add(i32::from(*weights.add(lane)) * x);
                }
                input += 1;
            }
            sums
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::*;

    use super::{End, Product};

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(super) enum Best {
        Portable,
        Avx2,
        Vnni,
    }

    /// What the processor has; without `std`, what the program is compiled for.
    #[inline]
    pub(super) fn best() -> Best {
        #[cfg(feature = "std")]
        {
            static BEST: std::sync::OnceLock<Best> = std::sync::OnceLock::new();
            *BEST.get_or_init(|| {
                let avx2 = std::is_x86_feature_detected!("avx2");
                let vnni = avx2
                    && std::is_x86_feature_detected!("avx512f")
                    && std::is_x86_feature_detected!("avx512vl")
                    && std::is_x86_feature_detected!("avx512dq")
                    && std::is_x86_feature_detected!("avx512bw")
                    && std::is_x86_feature_detected!("avx512vnni");
                match std::env::var("MTL_INSTRUCTION_SET").as_deref() {
                    Ok("portable") => Best::Portable,
                    Ok("avx2") if avx2 => Best::Avx2,
                    _ if vnni => Best::Vnni,
                    _ if avx2 => Best::Avx2,
                    _ => Best::Portable,
                }
            })
        }
        #[cfg(not(feature = "std"))]
        if cfg!(all(
            target_feature = "avx512f",
            target_feature = "avx512vl",
            target_feature = "avx512dq",
            target_feature = "avx512bw",
            target_feature = "avx512vnni"
        )) {
            Best::Vnni
        } else if cfg!(target_feature = "avx2") {
            Best::Avx2
        } else {
            Best::Portable
        }
    }

    /// The four inputs from number `input` on, as one lane.
    ///
    /// # Safety
    ///
    /// There must be as many.
    #[inline(always)]
    unsafe fn four(product: Product, input: usize) -> i32 {
        // SAFETY: the caller's.
        unsafe { product.input.add(input).cast::<i32>().read_unaligned() }
    }

    /// 64 units at a time in four registers, and what is left over in as many as it takes.
    ///
    /// # Safety
    ///
    /// That of [`Product`], and the processor must have the instructions.
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx512vnni,avx2")]
    pub(super) unsafe fn multiply_vnni(product: Product, end: impl End) {
        let mut first = 0;
        while first < product.units {
            let units = (product.units - first).min(64);
            // SAFETY: the caller's; the units of the block are those of the product.
            unsafe {
                match units.div_ceil(16) {
                    1 => vnni_block::<1, 4>(product, first, units, end),
                    2 => vnni_block::<2, 2>(product, first, units, end),
                    3 => vnni_block::<3, 1>(product, first, units, end),
                    _ => vnni_block::<4, 1>(product, first, units, end),
                }
            }
            first += units;
        }
    }

    /// Sums of `units` units in `REGISTERS` registers, each `CHAINS` times so that an addition need not wait for the one before.
    ///
    /// # Safety
    ///
    /// As of [`multiply_vnni`]; `units` from `16 (REGISTERS − 1) + 1` to `16 REGISTERS`, and as many from `first` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx512vnni,avx2")]
    unsafe fn vnni_block<const REGISTERS: usize, const CHAINS: usize>(product: Product, first: usize, units: usize, end: impl End) {
        // SAFETY: masked lanes are not touched, and the others belong to units of the product; the rest is the caller's.
        unsafe {
            let last = ((1_u32 << (units - 16 * (REGISTERS - 1))) - 1) as __mmask16;
            let mask = |register: usize| if register + 1 == REGISTERS { last } else { !0 };
            let mut sums = [[_mm512_setzero_si512(); REGISTERS]; CHAINS];
            for (register, sum) in sums[0].iter_mut().enumerate() {
                *sum = _mm512_maskz_loadu_epi32(mask(register), product.bias.add(first + 16 * register));
            }
            let grouped = product.inputs / 4 * 4;
            let add = |sums: &mut [__m512i; REGISTERS], input: usize| {
                let x = _mm512_set1_epi32(four(product, input));
                let weights = product.kernel.add(input * product.units + 4 * first).cast::<i32>();
                for (register, sum) in sums.iter_mut().enumerate() {
                    *sum = _mm512_dpbusd_epi32(*sum, x, _mm512_maskz_loadu_epi32(mask(register), weights.add(16 * register)));
                }
            };
            let mut input = 0;
            while input + 4 * CHAINS <= grouped {
                for (chain, sums) in sums.iter_mut().enumerate() {
                    add(sums, input + 4 * chain);
                }
                input += 4 * CHAINS;
            }
            while input < grouped {
                add(&mut sums[0], input);
                input += 4;
            }
            while input < product.inputs {
                let x = _mm512_set1_epi32(i32::from(*product.input.add(input)));
                let weights = product.kernel.add(input * product.units + first);
                for (register, sum) in sums[0].iter_mut().enumerate() {
                    let weights = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask(register), weights.add(16 * register)));
                    *sum = _mm512_add_epi32(*sum, _mm512_mullo_epi32(weights, x));
                }
                input += 1;
            }
            let mut done = [[0_i32; 16]; REGISTERS];
            for (register, done) in done.iter_mut().enumerate() {
                let mut sum = sums[0][register];
                for chain in &sums[1..] {
                    sum = _mm512_add_epi32(sum, chain[register]);
                }
                _mm512_storeu_si512(done.as_mut_ptr().cast(), sum);
            }
            end.take(first, done.as_flattened().get_unchecked(..units));
        }
    }

    /// Adds to the sums what the last inputs give, which make no group of four.
    ///
    /// # Safety
    ///
    /// That of [`Product`], with as many units from `first` on.
    #[inline(always)]
    unsafe fn add_rest(product: Product, first: usize, sums: &mut [i32]) {
        for input in product.inputs / 4 * 4..product.inputs {
            // SAFETY: the caller's.
            unsafe {
                let (x, weights) = (i32::from(*product.input.add(input)), product.kernel.add(input * product.units + first));
                for (lane, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.wrapping_add(i32::from(*weights.add(lane)) * x);
                }
            }
        }
    }

    /// 32 units at a time, then 16 or 8, with what is left over.
    ///
    /// # Safety
    ///
    /// That of [`Product`], and the processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn multiply_avx2(product: Product, end: impl End) {
        let mut first = 0;
        while first < product.units {
            let left = product.units - first;
            // SAFETY: the caller's; the units of the block are those of the product.
            first += unsafe {
                match left {
                    32.. => avx2_block::<4, false>(product, first, 32, end),
                    16.. => avx2_block::<2, false>(product, first, 16, end),
                    9.. => avx2_block::<2, true>(product, first, left, end),
                    8 => avx2_block::<1, false>(product, first, 8, end),
                    _ => avx2_block::<1, true>(product, first, left, end),
                }
            };
        }
    }

    /// Sums of `units` units in pairs of registers, 8 units a pair, of which the last has fewer if it is `MASKED`; returns how many units.
    ///
    /// # Safety
    ///
    /// As of [`multiply_avx2`]; `8 PAIRS` units, or if masked from `8 (PAIRS − 1) + 1` on, and as many from `first` on.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn avx2_block<const PAIRS: usize, const MASKED: bool>(product: Product, first: usize, units: usize, end: impl End) -> usize {
        const MASK: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
        // SAFETY: masked lanes are not touched, and the others belong to units of the product; the rest is the caller's.
        unsafe {
            let last = _mm256_loadu_si256(MASK.as_ptr().add(8 * PAIRS - units).cast());
            let load = |pair: usize, from: *const i32| {
                if MASKED && pair + 1 == PAIRS { _mm256_maskload_epi32(from, last) } else { _mm256_loadu_si256(from.cast()) }
            };
            // Two sums of two products each for every unit.
            let mut sums = [[_mm256_setzero_si256(); 2]; PAIRS];
            let grouped = product.inputs / 4 * 4;
            let mut input = 0;
            while input < grouped {
                let x = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(four(product, input))));
                let weights = product.kernel.add(input * product.units + 4 * first).cast::<i32>();
                for (pair, sums) in sums.iter_mut().enumerate() {
                    let weights = load(pair, weights.add(8 * pair));
                    let (low, high) = (_mm256_castsi256_si128(weights), _mm256_extracti128_si256::<1>(weights));
                    sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(_mm256_cvtepi8_epi16(low), x));
                    sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(_mm256_cvtepi8_epi16(high), x));
                }
                input += 4;
            }
            let mut done = [[0_i32; 8]; PAIRS];
            for (pair, (done, sums)) in done.iter_mut().zip(&sums).enumerate() {
                // Adds neighbours within each half; then the halves are put in order.
                let sum = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(sums[0], sums[1]));
                let sum = _mm256_add_epi32(sum, load(pair, product.bias.add(first + 8 * pair)));
                _mm256_storeu_si256(done.as_mut_ptr().cast(), sum);
            }
            let done = done.as_flattened_mut().get_unchecked_mut(..units);
            add_rest(product, first, done);
            end.take(first, done);
            units
        }
    }

    /// Writes the sums of four units in each of `QUADS` pairs of registers, four pairs at most; returns how many units that are.
    ///
    /// # Safety
    ///
    /// That of [`Product`], with `4 QUADS` units from `first` on.
    #[cfg(target_feature = "sse2")]
    #[inline(always)]
    pub(super) unsafe fn sse2_block<const QUADS: usize>(product: Product, first: usize, to: &mut [i32; 16]) -> usize {
        // SAFETY: the target has the instructions; addresses are the caller's.
        unsafe {
            let zero = _mm_setzero_si128();
            // Two sums of two products each for every unit.
            let mut sums = [[zero; 2]; QUADS];
            let grouped = product.inputs / 4 * 4;
            let mut input = 0;
            while input < grouped {
                let x = _mm_unpacklo_epi8(_mm_cvtsi32_si128(four(product, input)), zero);
                let x = _mm_unpacklo_epi64(x, x);
                let weights = product.kernel.add(input * product.units + 4 * first);
                for (quad, sums) in sums.iter_mut().enumerate() {
                    let weights = _mm_loadu_si128(weights.add(16 * quad).cast());
                    let sign = _mm_cmpgt_epi8(zero, weights);
                    sums[0] = _mm_add_epi32(sums[0], _mm_madd_epi16(_mm_unpacklo_epi8(weights, sign), x));
                    sums[1] = _mm_add_epi32(sums[1], _mm_madd_epi16(_mm_unpackhi_epi8(weights, sign), x));
                }
                input += 4;
            }
            for (quad, (done, sums)) in to.as_chunks_mut::<4>().0.iter_mut().zip(&sums).enumerate() {
                let (low, high) = (_mm_castsi128_ps(sums[0]), _mm_castsi128_ps(sums[1]));
                let (even, odd) = (_mm_shuffle_ps::<0b10_00_10_00>(low, high), _mm_shuffle_ps::<0b11_01_11_01>(low, high));
                let sum = _mm_add_epi32(_mm_castps_si128(even), _mm_castps_si128(odd));
                let sum = _mm_add_epi32(sum, _mm_loadu_si128(product.bias.add(first + 4 * quad).cast()));
                _mm_storeu_si128(done.as_mut_ptr().cast(), sum);
            }
            add_rest(product, first, to.get_unchecked_mut(..4 * QUADS));
            4 * QUADS
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Numbers without a pattern, the extremes among them.
    fn bytes(seed: usize) -> impl Iterator<Item = u8> {
        (0..).map(move |index: usize| {
            let hash = (index.wrapping_mul(2_654_435_761) ^ seed.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
            match hash >> 8 & 15 {
                0 => 0,
                1 => 127,
                2 => 128,
                3 => 255,
                _ => (hash >> 16) as u8,
            }
        })
    }

    /// The sums by the formula alone.
    fn expected(kernel: &[i8], bias: &[i32], x: &[u8]) -> Vec<i32> {
        let units = bias.len();
        let weight = |input: usize, unit: usize| i64::from(kernel[position(x.len(), units, input, unit)]);
        let products = |unit: usize| x.iter().enumerate().map(move |(input, &x)| weight(input, unit) * i64::from(x)).sum::<i64>();
        (0..units).map(|unit| i32::try_from(products(unit) + i64::from(bias[unit])).unwrap()).collect()
    }

    #[test]
    fn every_path_gives_the_sums_of_the_formula() {
        let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 65, 80, 100, 130];
        let inputs = [1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 19, 64, 67, 300];
        for (units, inputs) in sizes.iter().flat_map(|&units| inputs.map(|inputs| (units, inputs))) {
            // Exactly as long as promised, so that a sanitizer sees what is read beyond.
            let kernel: Vec<i8> = bytes(units).take(units * inputs).map(|byte| byte.cast_signed().max(-127)).collect();
            let bias: Vec<i32> = bytes(inputs).take(units).map(|byte| i32::from(byte) * 100_003 - 12_345_678).collect();
            let x: Vec<u8> = bytes(units + inputs).take(inputs).collect();
            let product = Product { kernel: kernel.as_ptr(), bias: bias.as_ptr(), input: x.as_ptr(), inputs, units };
            let expected = expected(&kernel, &bias, &x);
            let run = |name: &str, multiply: &dyn Fn(Product, ToSums)| {
                let mut sums = std::vec![0; units];
                multiply(product, ToSums { target: sums.as_mut_ptr() });
                assert_eq!(sums, expected, "{name}, {inputs} inputs, {units} units");
            };
            // SAFETY: the slices have these lengths, and a path is taken where its instructions were found.
            run("portable", &|product, keep| unsafe { product.multiply_portable(keep) });
            let by_formula = |product: Product, keep: ToSums| {
                (0..units).for_each(|unit| {
                    // SAFETY: as above.
                    unsafe { keep.take(unit, &product.block::<1>(unit)) }
                });
            };
            run("one by one", &by_formula);
            let by_eight = |product: Product, keep: ToSums| {
                (0..units / 8 * 8).step_by(8).for_each(|unit| {
                    // SAFETY: as above.
                    unsafe { keep.take(unit, &product.block::<8>(unit)) }
                });
                (units / 8 * 8..units).for_each(|unit| {
                    // SAFETY: as above.
                    unsafe { keep.take(unit, &product.block::<1>(unit)) }
                });
            };
            run("eight by eight", &by_eight);
            #[cfg(target_arch = "x86_64")]
            {
                if x86::best() != x86::Best::Portable {
                    // SAFETY: as above.
                    run("avx2", &|product, keep| unsafe { x86::multiply_avx2(product, keep) });
                }
                if x86::best() == x86::Best::Vnni {
                    // SAFETY: as above.
                    run("vnni", &|product, keep| unsafe { x86::multiply_vnni(product, keep) });
                }
            }
        }
    }

    #[test]
    fn slices_of_other_lengths_are_left_alone() {
        let output = Output::read([0, 0, 0, 255]);
        let run = |kernel: usize, multiplier: usize, units: usize| {
            let mut y = std::vec![9; units];
            dense_slices(&std::vec![1; kernel], &[0; 3], &std::vec![1; multiplier], output, &[1, 2], &mut y);
            y
        };
        assert_eq!(run(6, 3, 3), [3, 3, 3]);
        assert_eq!(run(5, 3, 3), [9, 9, 9]);
        assert_eq!(run(6, 4, 3), [9, 9, 9]);
        assert_eq!(run(6, 3, 4), [9, 9, 9, 9]);
    }

    #[test]
    fn every_weight_has_a_place_of_its_own() {
        for (inputs, units) in [(1, 1), (3, 5), (4, 2), (9, 7), (16, 16), (22, 3)] {
            let mut places: Vec<usize> = (0..inputs).flat_map(|input| (0..units).map(move |unit| position(inputs, units, input, unit))).collect();
            places.sort_unstable();
            assert_eq!(places, (0..inputs * units).collect::<Vec<_>>());
        }
    }
}
