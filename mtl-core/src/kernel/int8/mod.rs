//! Products in 8-bit integers: `a = W x + b`, with `W` in `i8`, `x` in `u8` and `a` in `i32`, for one column `x` or some.
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

#[cfg(arm_dsp)]
mod arm;
mod low;
pub mod output;
mod register;
#[cfg(target_arch = "x86_64")]
mod x86;

use core::ptr;

#[cfg(target_arch = "x86_64")]
use super::processor::{Best, best};
use super::repeat::repeat;
use crate::kernel::int8::output::Output;
use register::{ByLane, Lanes, Products, Register};

/// Programs without `std`, which are to be small, have code for four registers at a time and for one, not for what is between.
const FEW_BLOCKS: bool = cfg!(not(feature = "std"));

/// Where the weight from `input` to `unit` is in a kernel of `inputs · units` bytes.
#[inline(always)]
#[must_use]
pub const fn position(inputs: usize, units: usize, input: usize, unit: usize) -> usize {
    if input < inputs / 4 * 4 { (input / 4 * units + unit) * 4 + input % 4 } else { input * units + unit }
}

/// `yᵤ = aᵤ · scaleᵤ` with `a = W x + b`, for every unit: where integers end. `x` may have low bytes.
#[inline(always)]
pub fn dense_to_reals<const IN: usize, const OUT: usize>(
    kernel: &[[i8; OUT]; IN],
    bias: &[i32; OUT],
    scale: &[f32; OUT],
    x: &[u8; IN],
    x_low: Option<&[u8; IN]>,
    y: &mut [f32; OUT],
) {
    let Some(product) = Product::new(kernel.as_flattened(), bias, x, OUT) else { return };
    let x_low = x_low.map_or(ptr::null(), |low| low.as_ptr());
    // SAFETY: the arrays have the lengths of such a layer; `y` is borrowed mutably.
    unsafe { product.outline_low(&To::Reals(ToReals { scale: scale.as_ptr(), target: y.as_mut_ptr() }), x_low, ptr::null_mut()) }
}

/// `a = W x + b`, for every unit, with sizes as in [`Layer::dense`].
#[inline(always)]
pub fn sums(kernel: &[i8], bias: &[i32], x: &[u8], y: &mut [i32]) {
    if let Some(product) = Product::new(kernel, bias, x, y.len()) {
        // SAFETY: the slices were found to be as long as they must be; `y` is borrowed mutably.
        unsafe { product.outline(&To::Sums(y.as_mut_ptr())) }
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
    /// `yᵤ = output(aᵤ · multiplierᵤ)` with `a = W x + b`, for every unit: rounded, moved to the zero point, within bounds.
    ///
    /// There are as many units as `bias` has, and as many columns as `y` has room for. Does nothing where the lengths of the others do not fit.
    #[inline(always)]
    pub fn dense(&self, x: &[u8], y: &mut [u8]) {
        self.dense_low(x, None, y, None);
    }

    /// The same with the low bytes of `x`, of `y`, or of both, for one column.
    #[inline(always)]
    pub fn dense_low(&self, x: &[u8], x_low: Option<&[u8]>, y: &mut [u8], y_low: Option<&mut [u8]>) {
        if let Some(product) = Product::new(self.kernel, self.bias, x, y.len())
            && self.multiplier.len() == product.units
            && x_low.is_none_or(|low| low.len() == product.inputs)
            && y_low.as_ref().is_none_or(|low| low.len() == product.units)
        {
            let x_low = x_low.map_or(ptr::null(), <[u8]>::as_ptr);
            let y_low = y_low.map_or(ptr::null_mut(), <[u8]>::as_mut_ptr);
            let end = ToBytes { multiplier: self.multiplier.as_ptr(), output: self.output, target: y.as_mut_ptr() };
            // SAFETY: the slices were found to be as long as they must be; `y` is borrowed mutably.
            unsafe { product.outline_low(&To::Bytes(end), x_low, y_low) }
        }
    }
}

/// The factors of a product.
///
/// # Safety
///
/// `kernel` must be valid for reading the weights of `units` units, of `stride` that it has, `bias` for `units` values, `input` for
/// `columns · inputs` bytes. Where the units are not all that the kernel has, no group may leave inputs over.
#[derive(Clone, Copy)]
struct Product {
    kernel: *const i8,
    bias: *const i32,
    input: *const u8,
    inputs: usize,
    units: usize,
    /// How many units the kernel has.
    stride: usize,
    columns: usize,
}

/// Requantises sums to bytes.
#[derive(Clone, Copy)]
struct ToBytes {
    multiplier: *const i32,
    output: Output,
    target: *mut u8,
}

/// Scales sums to real numbers.
#[derive(Clone, Copy)]
struct ToReals {
    scale: *const f32,
    target: *mut f32,
}

/// What is done with sums: a choice for each register of them costs less than a copy of the products.
#[derive(Clone, Copy)]
enum To {
    Bytes(ToBytes),
    Reals(ToReals),
    /// Keeps them.
    Sums(*mut i32),
}

impl To {
    /// Takes the sums of as many units as there are lanes, from number `unit` on; of some units it may be given the same sums twice.
    ///
    /// # Safety
    ///
    /// The product must have as many units, and the processor the register.
    #[inline(always)]
    unsafe fn take<R: Register>(self, unit: usize, sums: R) {
        // SAFETY: the caller's; there is a multiplier, or a scale, or neither, and a place for every unit.
        unsafe {
            match self {
                Self::Bytes(ToBytes { multiplier, output, target }) => sums.to_bytes(multiplier.add(unit), output, target.add(unit)),
                Self::Reals(ToReals { scale, target }) => sums.to_reals(scale.add(unit), target.add(unit)),
                Self::Sums(target) => sums.store(target.add(unit)),
            }
        }
    }

    /// The end of the next column, `units` further on.
    ///
    /// # Safety
    ///
    /// There must be as many units of this column.
    #[inline(always)]
    unsafe fn next(self, units: usize) -> Self {
        // SAFETY: the caller's.
        unsafe {
            match self {
                Self::Bytes(end) => Self::Bytes(ToBytes { target: end.target.add(units), ..end }),
                Self::Reals(end) => Self::Reals(ToReals { target: end.target.add(units), ..end }),
                Self::Sums(target) => Self::Sums(target.add(units)),
            }
        }
    }
}

impl Product {
    /// The factors of a layer with as many units as `bias` has, for as many columns as there are `outputs` for, if `kernel` and `x` are as large.
    #[inline(always)]
    fn new(kernel: &[i8], bias: &[i32], x: &[u8], outputs: usize) -> Option<Self> {
        let units = bias.len();
        let (columns, inputs) = (outputs.checked_div(units)?, kernel.len().checked_div(units)?);
        let fits = columns * units == outputs && inputs * units == kernel.len() && columns.checked_mul(inputs) == Some(x.len());
        fits.then_some(Self { kernel: kernel.as_ptr(), bias: bias.as_ptr(), input: x.as_ptr(), inputs, units, stride: units, columns })
    }

    /// Multiplies in a function of its own: the one copy of the code.
    ///
    /// # Safety
    ///
    /// That of [`Product`]; `end` must have a place, and a multiplier or a scale where it takes any, for every unit of every column.
    #[inline(never)]
    unsafe fn outline(&self, end: &To) {
        // SAFETY: the caller's.
        unsafe { self.multiply(*end) }
    }

    /// Multiplies by the best instructions of the processor.
    ///
    /// # Safety
    ///
    /// As of [`outline`](Self::outline).
    #[inline(always)]
    unsafe fn multiply(self, end: To) {
        #[cfg(target_arch = "x86_64")]
        match best() {
            // SAFETY: the processor was found to have the instructions; addresses are the caller's.
            Best::Vnni => return unsafe { x86::multiply_vnni(self, end) },
            // SAFETY: as above.
            Best::Avx2 | Best::Avx512 => return unsafe { x86::multiply_avx2(self, end) },
            Best::Portable => {}
        }
        // SAFETY: the caller's.
        unsafe { self.multiply_portable(end) }
    }

    /// What every processor of the target has: registers where it has them, else a few units at a time.
    ///
    /// # Safety
    ///
    /// As of [`outline`](Self::outline).
    #[inline(always)]
    unsafe fn multiply_portable(self, end: To) {
        // SAFETY: the caller's; there are as many units as the register has lanes.
        unsafe {
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            if self.units >= 4 {
                return self.multiply_in::<x86::Four<4>, x86::Pairs>(end);
            }
            #[cfg(any(target_feature = "neon", target_feature = "simd128"))]
            if self.units >= 8 {
                return self.multiply_in::<Lanes<8>, ByLane>(end);
            }
            #[cfg(arm_dsp)]
            if self.units >= 4 {
                return self.multiply_in::<Lanes<4>, arm::Dsp>(end);
            }
            // Without vectors several units still share the inputs that are read.
            #[cfg(not(any(all(target_arch = "x86_64", target_feature = "sse2"), arm_dsp)))]
            if self.units >= 4 {
                return self.multiply_in::<Lanes<4>, ByLane>(end);
            }
            self.multiply_in::<Lanes<1>, ByLane>(end);
        }
    }

    /// All columns in registers of one kind.
    ///
    /// # Safety
    ///
    /// As of [`outline`](Self::outline); `units ≥ LANES`, and the processor must have the register.
    #[inline(always)]
    unsafe fn multiply_in<R: Register, P: Products<R>>(self, end: To) {
        // SAFETY: the caller's.
        unsafe { self.columns_in::<R, P, FEW_BLOCKS>(end) }
    }

    /// [`multiply_in`](Self::multiply_in) in blocks of four registers and of one, or of what is between too.
    ///
    /// # Safety
    ///
    /// As of [`multiply_in`](Self::multiply_in).
    #[inline(always)]
    unsafe fn columns_in<R: Register, P: Products<R>, const FEW: bool>(mut self, mut end: To) {
        while self.columns > 0 {
            // SAFETY: the caller's; what is left of the columns begins after this one.
            unsafe {
                self.column_in::<R, P, FEW>(end);
                (self.input, end) = (self.input.add(self.inputs), end.next(self.units));
            }
            self.columns -= 1;
        }
    }

    /// All units of a column, as many registers at a time as it likes. The last of all ends with the last unit: where units are no
    /// multiple of the lanes, it takes some that the register before it took as well, so that every register is full.
    ///
    /// # Safety
    ///
    /// As of [`multiply_in`](Self::multiply_in); there must be a column.
    #[inline(always)]
    unsafe fn column_in<R: Register, P: Products<R>, const FEW: bool>(self, end: To) {
        let mut first = 0;
        while first < self.units {
            // SAFETY: the caller's.
            unsafe {
                let mut sums = [R::zero(); 4];
                let registers = match (self.units - first).div_ceil(R::LANES) {
                    4.. if P::REGISTERS >= 4 => self.block::<R, P, 4>(first, &mut sums),
                    3 if P::REGISTERS >= 3 && !FEW => self.block::<R, P, 3>(first, &mut sums),
                    2.. if P::REGISTERS >= 2 && !FEW => self.block::<R, P, 2>(first, &mut sums),
                    _ => self.block::<R, P, 1>(first, &mut sums),
                };
                for (register, &sums) in sums.get_unchecked(..registers).iter().enumerate() {
                    end.take((first + R::LANES * register).min(self.units - R::LANES), sums);
                }
                first += R::LANES * registers;
            }
        }
    }

    /// Writes the sums of `REGISTERS` registers of units, from number `first` on; returns how many registers that are.
    ///
    /// # Safety
    ///
    /// As of [`multiply_in`](Self::multiply_in); there must be a unit for each register.
    #[inline(always)]
    unsafe fn block<R: Register, P: Products<R>, const REGISTERS: usize>(self, first: usize, to: &mut [R; 4]) -> usize {
        // SAFETY: addresses are those of `position` for the units of each register, which are units of the product; the rest is the caller's.
        unsafe {
            let places = self.places::<R, REGISTERS>(first);
            let mut sums = [R::zero(); REGISTERS];
            repeat!(4: register < REGISTERS, { sums[register] = R::load(self.bias.add(places[register])); });
            let step = const { 4 * chains(P::CHAINS, REGISTERS) };
            let grouped = self.inputs / 4 * 4;
            let mut input = 0;
            while input < grouped {
                let pause = grouped.min(input + 4 * P::GROUPS);
                let mut groups = const { [[P::NONE; REGISTERS]; 4] };
                while input + step <= pause {
                    repeat!(4: chain < chains(P::CHAINS, REGISTERS), {
                        self.add_group::<R, P, REGISTERS>(&mut groups[chain], input + 4 * chain, places);
                    });
                    input += step;
                }
                while step > 4 && input < pause {
                    self.add_group::<R, P, REGISTERS>(&mut groups[0], input, places);
                    input += 4;
                }
                repeat!(4: chain < chains(P::CHAINS, REGISTERS), {
                    repeat!(4: register < REGISTERS, { sums[register] = sums[register].add(P::sums(groups[chain][register])); });
                });
            }
            while input < self.inputs {
                let (x, weights) = (*self.input.add(input), self.kernel.add(input * self.stride));
                repeat!(4: register < REGISTERS, { sums[register] = sums[register].add_input(weights.add(places[register]), x); });
                input += 1;
            }
            repeat!(4: register < REGISTERS, { to[register] = sums[register]; });
            REGISTERS
        }
    }

    /// The first unit of each register: one after the other, the last no further than it may.
    #[inline(always)]
    fn places<R: Register, const REGISTERS: usize>(self, first: usize) -> [usize; REGISTERS] {
        let mut places = [first; REGISTERS];
        repeat!(4: register < REGISTERS, { places[register] += R::LANES * register; });
        places[REGISTERS - 1] = places[REGISTERS - 1].min(self.units - R::LANES);
        places
    }

    /// Adds the products of four inputs from number `input` on.
    ///
    /// # Safety
    ///
    /// As of [`block`](Self::block); there must be four inputs in a group from this one on, and `LANES` units from each of the places.
    #[inline(always)]
    unsafe fn add_group<R: Register, P: Products<R>, const REGISTERS: usize>(
        self,
        groups: &mut [P::Sums; REGISTERS],
        input: usize,
        places: [usize; REGISTERS],
    ) {
        // SAFETY: as of `block`; there are four inputs.
        unsafe {
            let x = P::inputs(self.input.add(input).cast::<i32>().read_unaligned());
            let weights = self.kernel.add(input * self.stride);
            repeat!(4: register < REGISTERS, { P::add(&mut groups[register], weights.add(4 * places[register]), x); });
        }
    }
}

/// How many sums of each of some registers are under way at a time.
const fn chains(additions: usize, registers: usize) -> usize {
    match additions / registers {
        0 | 1 => 1,
        2 | 3 => additions / registers,
        _ => 4,
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

    /// A product by all paths that the processor has, with an end for each.
    fn by_every_path(product: Product, mut run: impl FnMut(&str, &dyn Fn(To))) {
        // SAFETY: the tests make products of slices, and a path is taken where its instructions were found.
        unsafe {
            run("portable", &|end| product.multiply_portable(end));
            run("one by one", &|end| product.multiply_in::<Lanes<1>, ByLane>(end));
            if product.units >= 4 {
                run("four by four", &|end| product.multiply_in::<Lanes<4>, ByLane>(end));
                #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
                run("in few blocks", &|end| product.columns_in::<x86::Four<4>, x86::Pairs, true>(end));
            }
            if product.units >= 8 {
                run("eight by eight", &|end| product.multiply_in::<Lanes<8>, ByLane>(end));
            }
            #[cfg(target_arch = "x86_64")]
            {
                if best() >= Best::Avx2 {
                    run("avx2", &|end| x86::multiply_avx2(product, end));
                }
                if best() == Best::Vnni {
                    run("vnni", &|end| x86::multiply_vnni(product, end));
                }
            }
        }
    }

    const UNITS: [usize; 22] = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 32, 33, 48, 63, 64, 65, 80, 100, 130];

    /// The sums by the formula alone, in two's complement.
    fn expected(kernel: &[i8], bias: &[i32], x: &[u8]) -> Vec<i32> {
        let units = bias.len();
        let weight = |input: usize, unit: usize| i32::from(kernel[position(x.len(), units, input, unit)]);
        let products = |unit: usize| x.iter().enumerate().map(move |(input, &x)| weight(input, unit) * i32::from(x)).sum::<i32>();
        (0..units).map(|unit| products(unit).wrapping_add(bias[unit])).collect()
    }

    /// For one column, and for several that begin with it.
    fn sums_are_right(kernel: &[i8], bias: &[i32], x: &[u8]) {
        let (inputs, units) = (x.len(), bias.len());
        let several: Vec<u8> = x.iter().copied().chain(bytes(inputs).take(2 * inputs)).collect();
        for columns in [1, 3] {
            let x = &several[..columns * inputs];
            let expected: Vec<i32> = x.chunks(inputs).flat_map(|x| expected(kernel, bias, x)).collect();
            by_every_path(Product::new(kernel, bias, x, columns * units).unwrap(), |path, multiply| {
                let mut sums = std::vec![0; columns * units];
                multiply(To::Sums(sums.as_mut_ptr()));
                assert_eq!(sums, expected, "{path}, {columns} columns of {inputs} inputs, {units} units");
            });
        }
    }

    #[test]
    fn every_path_gives_the_sums_of_the_formula() {
        let inputs = [1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 19, 64, 67, 300, 511, 516, 1100];
        for (units, inputs) in UNITS.iter().flat_map(|&units| inputs.map(|inputs| (units, inputs))) {
            // Exactly as long as promised, so that a sanitizer sees what is read beyond.
            let kernel: Vec<i8> = bytes(units).take(units * inputs).map(u8::cast_signed).collect();
            let bias: Vec<i32> = bytes(inputs).take(units).map(|byte| i32::from(byte) * 100_003 - 12_345_678).collect();
            let x: Vec<u8> = bytes(units + inputs).take(inputs).collect();
            sums_are_right(&kernel, &bias, &x);
        }
    }

    #[test]
    fn the_largest_products_do_not_saturate() {
        for (weight, units, inputs) in
            [-128, 127].iter().flat_map(|&weight| [(weight, 3, 1028), (weight, 4, 512), (weight, 20, 1540), (weight, 64, 2050)])
        {
            sums_are_right(&std::vec![weight; units * inputs], &std::vec![0; units], &std::vec![255; inputs]);
        }
    }

    #[test]
    fn every_path_gives_the_bytes_of_output() {
        let number = |index: usize| {
            let hash = (index as u32 + 1).wrapping_mul(2_654_435_761);
            [i32::MIN, i32::MAX, -1, 0, hash.cast_signed(), (hash.cast_signed()) >> 8, (hash.cast_signed()) >> 12, (hash >> 1).cast_signed()]
                [index * 7 % 8]
        };
        let ends = [(0, 0, 255), (17, 17, 255), (128, 0, 200), (255, 0, 255), (3, 200, 100)];
        for (units, shift) in UNITS.iter().flat_map(|&units| [0, 1, 20, 31, 32, 33, 34, 40, 47, 62].map(|shift| (units, shift))) {
            let (zero_point, lowest, highest) = ends[(units + usize::from(shift)) % ends.len()];
            let output = Output::read([shift, zero_point, lowest, highest]);
            // The bias alone makes the sums, with every number beside every other.
            let bias: Vec<i32> = (0..units).map(number).collect();
            let multiplier: Vec<i32> = (0..units).map(|unit| number(unit / 8 + 3 * unit + usize::from(shift))).collect();
            let expected: Vec<u8> = bias.iter().zip(&multiplier).map(|(&sum, &multiplier)| output.of(sum, multiplier)).collect();
            let kernel = std::vec![0; units];
            by_every_path(Product::new(&kernel, &bias, &[0], units).unwrap(), |path, multiply| {
                let mut y = std::vec![0; units];
                multiply(To::Bytes(ToBytes { multiplier: multiplier.as_ptr(), output, target: y.as_mut_ptr() }));
                assert_eq!(y, expected, "{path}, {units} units, shift {shift}");
            });
        }
    }

    #[test]
    fn low_bytes_are_parts_of_256() {
        let output = Output::read([24, 17, 0, 255]);
        for (units, inputs) in UNITS.iter().flat_map(|&units| [1, 3, 4, 7, 16, 18, 67].map(|inputs| (units, inputs))) {
            let kernel: Vec<i8> = bytes(units).take(units * inputs).map(u8::cast_signed).collect();
            let bias: Vec<i32> = bytes(inputs).take(units).map(|byte| i32::from(byte) * 1003 - 123_456).collect();
            let multiplier: Vec<i32> = bytes(3).take(units).map(|byte| i32::from(byte) * 29).collect();
            let [x, x_low] = [5, 6].map(|seed| bytes(units + inputs + seed).take(inputs).collect::<Vec<u8>>());
            let of_low = expected(&kernel, &std::vec![0; units], &x_low);
            let layer = Layer { kernel: &kernel, bias: &bias, multiplier: &multiplier, output };
            for (takes, gives) in [(true, true), (true, false), (false, true), (false, false)] {
                let own: Vec<i32> = bias.iter().zip(&of_low).map(|(bias, low)| bias + if takes { (low + 128) >> 8 } else { 0 }).collect();
                let sums = expected(&kernel, &own, &x);
                let (mut y, mut y_low) = (std::vec![0; units], std::vec![0; units]);
                layer.dense_low(&x, takes.then_some(&x_low), &mut y, gives.then_some(&mut y_low));
                for unit in 0..units {
                    let byte = output.of(sums[unit], multiplier[unit]);
                    let low = if gives { output.low(sums[unit], multiplier[unit], byte) } else { 0 };
                    assert_eq!((y[unit], y_low[unit]), (byte, low), "unit {unit} of {units}, {inputs} inputs, low bytes {takes} {gives}");
                }
            }
        }
    }

    #[test]
    fn low_bytes_of_the_input_count_in_real_numbers() {
        let (kernel, x, x_low) = ([[1_i8, -2], [3, 4], [5, 6], [7, -8], [9, 10]], [1, 2, 3, 4, 5], [0, 100, 200, 50, 255]);
        let mut y = [0.0; 2];
        dense_to_reals(&kernel, &[10, 20], &[0.5, 2.0], &x, Some(&x_low), &mut y);
        let (of_low, sums) = (expected(kernel.as_flattened(), &[128, 128], &x_low), expected(kernel.as_flattened(), &[10, 20], &x));
        assert_eq!(y, [(sums[0] + (of_low[0] >> 8)) as f32 * 0.5, (sums[1] + (of_low[1] >> 8)) as f32 * 2.0]);
    }

    #[test]
    fn slices_of_other_lengths_are_left_alone() {
        let output = Output::read([0, 0, 0, 255]);
        let run = |kernel: usize, multiplier: usize, units: usize| {
            let mut y = std::vec![9; units];
            Layer { kernel: &std::vec![1; kernel], bias: &[0; 3], multiplier: &std::vec![1; multiplier], output }.dense(&[1, 2], &mut y);
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
