//! The cell of `Lstm`.

use nalgebra::SVector;

use super::{Cell, PLANES};
use crate::kernel::math::sigmoid;
use crate::kernel::scalar::Scalar;

/// Long short-term memory (Hochreiter, Schmidhuber 1997; with a forget gate Gers 2000), as Keras's `LSTM`:
///
/// `i = σ(W_i x + U_i h + b_i)`, likewise `f` and `o`, `g = tanh(W_g x + U_g h + b_g)`, `c ← f ⊙ c + i ⊙ g`, `h ← o ⊙ tanh(c)`,
///
/// with the gates in Keras's order, `i`, `f`, `g` (which Keras calls `c`), `o`. The bias of `f` starts at 1 (Jozefowicz 2015).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lstm;

/// What an [`Lstm`] carries from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct LstmState<const UNITS: usize, T> {
    /// `h`, the output.
    pub hidden: SVector<T, UNITS>,
    /// `c`.
    pub cell: SVector<T, UNITS>,
}

crate::flat::own_flat!([const UNITS: usize, T: Scalar] LstmState<UNITS, T> as LstmState over T { hidden: SVector<T, UNITS>, cell: SVector<T, UNITS> });

impl Cell for Lstm {
    const GATES: usize = 4;
    const TOGETHER: usize = 4;
    const BIASES: usize = 1;

    type State<const UNITS: usize, T: Scalar> = LstmState<UNITS, T>;

    #[inline(always)]
    fn hidden<const UNITS: usize, T: Scalar>(state: &LstmState<UNITS, T>) -> &[T; UNITS] {
        &state.hidden.data.0[0]
    }

    #[inline(always)]
    fn hidden_mut<const UNITS: usize, T: Scalar>(state: &mut LstmState<UNITS, T>) -> &mut [T; UNITS] {
        &mut state.hidden.data.0[0]
    }

    fn start_bias<const GATES: usize, T: Scalar>(bias: &mut [T; GATES]) {
        let units = GATES / Self::GATES;
        for forget in bias.iter_mut().skip(units).take(units) {
            *forget = T::ONE;
        }
    }

    /// The planes are `i`, `f`, `g` and `o`.
    #[inline(always)]
    fn advance<const UNITS: usize, T: Scalar>(gates: &mut [[T; UNITS]; PLANES], before: &LstmState<UNITS, T>, after: &mut LstmState<UNITS, T>) {
        let [i, f, g, o] = gates;
        let cell = &before.cell.data.0[0];
        let (hidden_after, cell_after) = (&mut after.hidden.data.0[0], &mut after.cell.data.0[0]);
        for unit in 0..UNITS {
            i[unit] = sigmoid(i[unit]);
            f[unit] = sigmoid(f[unit]);
            g[unit] = g[unit].tanh();
            o[unit] = sigmoid(o[unit]);
            cell_after[unit] = f[unit] * cell[unit] + i[unit] * g[unit];
            hidden_after[unit] = o[unit] * cell_after[unit].tanh();
        }
    }

    /// `c` after the step is computed again rather than kept: memory is what a prediction on a small processor has least of.
    #[inline(always)]
    fn differentiate<const UNITS: usize, T: Scalar>(
        gates: &[[T; UNITS]; PLANES],
        before: &LstmState<UNITS, T>,
        after_gradient: &LstmState<UNITS, T>,
        gradient: &mut [[T; UNITS]; PLANES],
        before_gradient: &mut LstmState<UNITS, T>,
    ) {
        let [i, f, g, o] = gates;
        let [di, df, dg, d_o] = gradient;
        let (cell, dh, dc) = (&before.cell.data.0[0], &after_gradient.hidden.data.0[0], &after_gradient.cell.data.0[0]);
        let (dh_before, dc_before) = (&mut before_gradient.hidden.data.0[0], &mut before_gradient.cell.data.0[0]);
        for unit in 0..UNITS {
            let (i, f, g, o) = (i[unit], f[unit], g[unit], o[unit]);
            let squashed = (f * cell[unit] + i * g).tanh();
            let dc = dc[unit] + dh[unit] * o * (T::ONE - squashed * squashed);
            di[unit] = dc * g * i * (T::ONE - i);
            df[unit] = dc * cell[unit] * f * (T::ONE - f);
            dg[unit] = dc * i * (T::ONE - g * g);
            d_o[unit] = dh[unit] * squashed * o * (T::ONE - o);
            dh_before[unit] = T::ZERO;
            dc_before[unit] = dc * f;
        }
    }
}
