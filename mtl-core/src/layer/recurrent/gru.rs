//! The cell of `Gru`.

use nalgebra::SVector;

use super::{Cell, PLANES};
use crate::kernel::math::sigmoid;
use crate::kernel::scalar::Scalar;

/// The gated recurrent unit (Cho et al. 2014), as Keras's `GRU` with `reset_after = True`, its default and the form of cuDNN and PyTorch:
///
/// `z = σ(W_z x + U_z h + b_z)`, `r = σ(W_r x + U_r h + b_r)`, `n = tanh(W_n x + b_n + r ⊙ (U_n h + c_n))`, `h ← z ⊙ h + (1 − z) ⊙ n`,
///
/// with the gates in Keras's order, `z`, `r`, `n`. `b_z` and `b_r` stand for the sum of both biases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gru;

/// What a [`Gru`] carries from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct GruState<const UNITS: usize, T> {
    /// `h`, the output.
    pub hidden: SVector<T, UNITS>,
}

crate::flat::own_flat!([const UNITS: usize, T: Scalar] GruState<UNITS, T> as GruState over T { hidden: SVector<T, UNITS> });

impl Cell for Gru {
    const GATES: usize = 3;
    const TOGETHER: usize = 2;
    const BIASES: usize = 2;

    type State<const UNITS: usize, T: Scalar> = GruState<UNITS, T>;

    #[inline(always)]
    fn hidden<const UNITS: usize, T: Scalar>(state: &GruState<UNITS, T>) -> &[T; UNITS] {
        &state.hidden.data.0[0]
    }

    #[inline(always)]
    fn hidden_mut<const UNITS: usize, T: Scalar>(state: &mut GruState<UNITS, T>) -> &mut [T; UNITS] {
        &mut state.hidden.data.0[0]
    }

    fn start_bias<const GATES: usize, T: Scalar>(_: &mut [T; GATES]) {}

    /// The planes are `z`, `r`, `n` and `U_n h + c_n`, which the gradient of `r` needs.
    #[inline(always)]
    fn advance<const UNITS: usize, T: Scalar>(gates: &mut [[T; UNITS]; PLANES], before: &GruState<UNITS, T>, after: &mut GruState<UNITS, T>) {
        let [z, r, n, of_state] = gates;
        let (before, after) = (&before.hidden.data.0[0], &mut after.hidden.data.0[0]);
        for unit in 0..UNITS {
            z[unit] = sigmoid(z[unit]);
            r[unit] = sigmoid(r[unit]);
            n[unit] = (n[unit] + r[unit] * of_state[unit]).tanh();
            after[unit] = n[unit] + z[unit] * (before[unit] - n[unit]);
        }
    }

    #[inline(always)]
    fn differentiate<const UNITS: usize, T: Scalar>(
        gates: &[[T; UNITS]; PLANES],
        before: &GruState<UNITS, T>,
        after_gradient: &GruState<UNITS, T>,
        gradient: &mut [[T; UNITS]; PLANES],
        before_gradient: &mut GruState<UNITS, T>,
    ) {
        let [z, r, n, of_state] = gates;
        let [dz, dr, dn, d_of_state] = gradient;
        let (before, dh) = (&before.hidden.data.0[0], &after_gradient.hidden.data.0[0]);
        let dh_before = &mut before_gradient.hidden.data.0[0];
        for unit in 0..UNITS {
            let (z, r, n, dh) = (z[unit], r[unit], n[unit], dh[unit]);
            let dn_sum = dh * (T::ONE - z) * (T::ONE - n * n);
            dz[unit] = dh * (before[unit] - n) * z * (T::ONE - z);
            dr[unit] = dn_sum * of_state[unit] * r * (T::ONE - r);
            dn[unit] = dn_sum;
            d_of_state[unit] = dn_sum * r;
            dh_before[unit] = dh * z;
        }
    }
}
