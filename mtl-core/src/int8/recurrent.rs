//! `Gru` and `Lstm` in eight bits.

use super::part::part;
use super::sigmoid::{sigmoid, tanh};
use crate::flat::Zeroable;
use crate::kernel::int8::output::Output;
use crate::layer::{Cell, Gru, Lstm};
use crate::{kernel, stack};

part! {
    /// A layer that goes through a sequence in bytes. Between its steps the state is kept in more bits than its bytes have, so that slow changes
    /// are not lost.
    ///
    /// Each row of the kernels is one of `UNITS` units of a gate. Its sums with the input and with the bytes of the state `h` become numbers with 12
    /// bits behind the point, the gates numbers with 15, by a table of `σ`.
    Recurrent<FEATURES, UNITS, GATES> {
        /// As of [`Dense`](super::Dense), from the input.
        bias: [i32; GATES] = I32 [GATES],
        /// `s s_w 2^12 · 2^shift`.
        multiplier: [i32; GATES] = I32 [GATES],
        /// As `bias`, from the state.
        recurrent_bias: [i32; GATES] = I32 [GATES],
        /// `s_h s_u 2^12 · 2^shift`.
        recurrent_multiplier: [i32; GATES] = I32 [GATES],
        /// `2^-15 / s_h · 2^shift`: of the state's bytes.
        state_multiplier: [i32; 1] = I32 [1],
        /// [`Output`] of the state's bytes.
        output: [u8; 4] = U8 [4],
        /// `W`, in groups of four inputs.
        kernel: [[i8; GATES]; FEATURES] = I8 [FEATURES, GATES],
        /// `U`, in groups of four values of the state.
        recurrent_kernel: [[i8; GATES]; UNITS] = I8 [UNITS, GATES],
        /// The shifts of `multiplier` and of `recurrent_multiplier`.
        shift: [u8; 2] = U8 [2],
    }
}

/// What is carried is less than this, as `times` demands.
const LIMIT: i32 = 1 << 30;

/// The sums of the input and of the state, for a gate, are each less than this: of both `tanh` takes twice. Far below it every gate is shut or open.
const GATE_LIMIT: i32 = LIMIT / 4;

/// What a step computes from its sums, in whole numbers. The formulas are those of [`Gru`] and [`Lstm`].
pub trait WholeCell: Cell {
    /// What is carried from step to step.
    type Whole<const UNITS: usize>: Zeroable;

    /// The state after a step, from the one before it and the sums of the input and of the state, with 12 bits behind the point; returns `h`, with 15.
    fn advance_whole<const UNITS: usize, const GATES: usize>(
        input: &[i32; GATES],
        state: &[i32; GATES],
        whole: &mut Self::Whole<UNITS>,
    ) -> [i16; UNITS];
}

/// What a `Gru` carries: `h`, with 15 bits behind the point.
#[derive(Clone, Copy, Debug)]
pub struct WholeGru<const UNITS: usize> {
    hidden: [i16; UNITS],
}

crate::flat::own_zeroable!([const UNITS: usize] WholeGru<UNITS> as WholeGru { hidden: [i16; UNITS] });

/// What an `Lstm` carries: `c`, with 15 bits behind the point.
#[derive(Clone, Copy, Debug)]
pub struct WholeLstm<const UNITS: usize> {
    cell: [i32; UNITS],
}

crate::flat::own_zeroable!([const UNITS: usize] WholeLstm<UNITS> as WholeLstm { cell: [i32; UNITS] });

impl WholeCell for Gru {
    type Whole<const UNITS: usize> = WholeGru<UNITS>;

    #[inline(always)]
    fn advance_whole<const UNITS: usize, const GATES: usize>(
        input: &[i32; GATES],
        state: &[i32; GATES],
        whole: &mut WholeGru<UNITS>,
    ) -> [i16; UNITS] {
        let [(z, z_state), (r, r_state), (n, n_state)] =
            [0, 1, 2].map(|gate| (plane::<UNITS, GATES>(input, gate), plane::<UNITS, GATES>(state, gate)));
        for (unit, hidden) in whole.hidden.iter_mut().enumerate() {
            let (z, r) = (sigmoid(z[unit] + z_state[unit]), sigmoid(r[unit] + r_state[unit]));
            let n = tanh(n[unit] + times(r, n_state[unit]));
            *hidden = short(n + times(z, i32::from(*hidden) - n));
        }
        whole.hidden
    }
}

impl WholeCell for Lstm {
    type Whole<const UNITS: usize> = WholeLstm<UNITS>;

    #[inline(always)]
    fn advance_whole<const UNITS: usize, const GATES: usize>(
        input: &[i32; GATES],
        state: &[i32; GATES],
        whole: &mut WholeLstm<UNITS>,
    ) -> [i16; UNITS] {
        let [i, f, g, o] = [0, 1, 2, 3].map(|gate| (plane::<UNITS, GATES>(input, gate), plane::<UNITS, GATES>(state, gate)));
        let gate = |(input, state): (&[i32; UNITS], &[i32; UNITS]), unit: usize| input[unit] + state[unit];
        let mut hidden = [0; UNITS];
        for (unit, cell) in whole.cell.iter_mut().enumerate() {
            let sum = times(sigmoid(gate(f, unit)), *cell) + times(sigmoid(gate(i, unit)), tanh(gate(g, unit)));
            *cell = sum.clamp(1 - LIMIT, LIMIT - 1);
            // From 15 bits behind the point to 12.
            hidden[unit] = short(times(sigmoid(gate(o, unit)), tanh(*cell >> 3)));
        }
        hidden
    }
}

/// The values of a gate; none where there is no such gate.
#[inline(always)]
fn plane<const UNITS: usize, const GATES: usize>(values: &[i32; GATES], gate: usize) -> &[i32; UNITS] {
    values.as_chunks().0.get(gate).unwrap_or(&[0; UNITS])
}

/// `gate · value`, to the nearest, of a gate with 15 bits behind the point that is 1 at most, and a value below `2^30`: so the products of both
/// halves of the value have 31 bits.
#[inline(always)]
fn times(gate: i32, value: i32) -> i32 {
    gate * (value >> 15) + ((gate * (value & 0x7FFF) + (1 << 14)) >> 15)
}

#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "clamped")]
fn short(value: i32) -> i16 {
    value.clamp(-0x7FFF, 0x7FFF) as i16
}

impl<const FEATURES: usize, const UNITS: usize, const GATES: usize> Recurrent<FEATURES, UNITS, GATES> {
    /// What it works with on the stack: the sums of both products, its state, and frames.
    #[must_use]
    pub const fn stack_bytes<C: WholeCell>() -> usize {
        size_of::<[[i32; GATES]; 2]>() + size_of::<C::Whole<UNITS>>() + size_of::<[u8; UNITS]>() + size_of::<[i16; UNITS]>() + stack::RECURRENT_INT8
    }

    /// The state after the last step, or after every one, by the size of `y`.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn forward<C: WholeCell, const IN: usize, const OUT: usize>(&self, x: &[u8; IN], y: &mut [u8; OUT]) {
        const { assert!(FEATURES <= super::dense::MOST_INPUTS && UNITS <= super::dense::MOST_INPUTS, "such a sum does not fit into 32 bits") };
        let mut whole: C::Whole<UNITS> = crate::flat::zeroed();
        let output = Output::read(self.output);
        let mut hidden = [output.of(0, 0); UNITS];
        for (step, x) in x.as_chunks::<FEATURES>().0.iter().enumerate() {
            let (mut of_input, mut of_state) = ([0; GATES], [0; GATES]);
            kernel::int8::sums(self.kernel.as_flattened(), &self.bias, x, &mut of_input);
            kernel::int8::sums(self.recurrent_kernel.as_flattened(), &self.recurrent_bias, &hidden, &mut of_state);
            scale(&mut of_input, &self.multiplier, self.shift[0]);
            scale(&mut of_state, &self.recurrent_multiplier, self.shift[1]);
            let exact = C::advance_whole::<UNITS, GATES>(&of_input, &of_state, &mut whole);
            for (byte, value) in hidden.iter_mut().zip(exact) {
                *byte = output.of(i32::from(value), self.state_multiplier[0]);
            }
            // The place of this step, if every step has one.
            if let Some(y) = y.as_chunks_mut().0.get_mut(if OUT == UNITS { 0 } else { step }) {
                *y = hidden;
            }
        }
    }
}

/// `a m / 2^shift`, to the nearest, between bounds beyond which every gate is shut or open.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "clamped")]
fn scale<const N: usize>(sums: &mut [i32; N], multiplier: &[i32; N], shift: u8) {
    let shift = shift.min(62);
    let half = (1_i64 << shift) >> 1;
    for (sum, &multiplier) in sums.iter_mut().zip(multiplier) {
        *sum = ((i64::from(*sum) * i64::from(multiplier) + half) >> shift).clamp(1 - i64::from(GATE_LIMIT), i64::from(GATE_LIMIT) - 1) as i32;
    }
}

#[cfg(feature = "std")]
mod set {
    use std::vec::Vec;

    use super::super::dense::weights;
    use super::super::range::Range;
    use super::super::scale::{Scale, Scales};
    use super::Recurrent;
    use crate::kernel::int8::output::fixed_point;
    use crate::layer::{Cell, Record, RecurrentParameters};

    impl<const FEATURES: usize, const UNITS: usize, const GATES: usize> Recurrent<FEATURES, UNITS, GATES> {
        /// Quantises a layer.
        pub fn set<C: Cell, const BIASES: usize>(
            &mut self,
            float: &RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, f32>,
            from: &Scales,
            to: Scale,
        ) {
            let bias = |column: usize, row: usize| float.bias.data.0.get(column).map_or(0.0, |bias| f64::from(bias[row]));
            // For the gates whose sums are added up, both biases are added to those of the input.
            let is_together = |row: usize| row < C::TOGETHER * UNITS;
            let of_input = |row: usize| bias(0, row) + if is_together(row) { bias(1, row) } else { 0.0 };
            let of_state = |row: usize| if is_together(row) { 0.0 } else { bias(1, row) };
            let steps = weights(&float.kernel, of_input, (from, None), &mut self.kernel, &mut self.bias);
            let factors = |steps: Vec<f64>| steps.into_iter().map(|step| step * 4096.0).collect::<Vec<_>>();
            let shift = fixed_point(&factors(steps), &mut self.multiplier);
            let steps = weights(&float.recurrent_kernel, of_state, (&to.into(), None), &mut self.recurrent_kernel, &mut self.recurrent_bias);
            self.shift = [shift, fixed_point(&factors(steps), &mut self.recurrent_multiplier)];
            let shift = fixed_point(&[1.0 / 32768.0 / to.step], &mut self.state_multiplier);
            self.output = [shift, to.zero_byte(), 0, 255];
        }
    }

    impl Range {
        /// Widens the range to the states that a recurrent layer went through.
        pub fn observe_states<C: Cell, const UNITS: usize>(&mut self, records: &[Record<C, UNITS, f32>]) {
            records.iter().for_each(|record| self.observe(record.hidden()));
        }
    }
}
