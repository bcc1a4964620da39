//! `Gru` and `Lstm`: layers that go through a sequence step by step and carry a state along.
//!
//! They differ in their [`Cell`]; what is here is the same for both: the products with the kernels, the order of the steps, and
//! backpropagation through time. A layer has more to keep than a [`Layer`](super::Layer) of one sample and writes to memory of its own
//! while going backward, so it is none; the memory for both is a [`Record`] of every step.
//!
//! The product with the input is one for all steps and samples of a tile at once, and so are those that give the gradients of the kernels;
//! only the product with the state goes step by step.

mod gru;
mod lstm;

pub use gru::{Gru, GruState};
pub use lstm::{Lstm, LstmState};

use core::fmt::Debug;
use core::marker::PhantomData;
use core::slice;

use nalgebra::SMatrix;
use rand::Rng;

use super::Context;
use crate::flat::{Flat, zeroed};
use crate::init::{self, Initializer};
use crate::kernel::scalar::Scalar;
use crate::kernel::view::{self, Begin, View, ViewMut};
use crate::kernel::{GradientSink, InstructionSet, Kernel, dispatch, reduce};

/// How many vectors of `UNITS` values the step of a cell works with, beside its state.
const PLANES: usize = 4;

/// What a step of a recurrent layer computes from its sums: the part in which `Gru` and `Lstm` differ.
///
/// The sums are `W x + b` of the input and `U h` of the state, with `UNITS` rows for each gate.
pub trait Cell: Copy + Debug + Default + PartialEq + 'static {
    /// How many gates the kernels have rows for.
    const GATES: usize;
    /// For how many of them, the first ones, the sums of the input and of the state are added up. Those of the state for the gates after them
    /// stay apart, in the planes behind the gates.
    const TOGETHER: usize;
    /// How many biases there are: one, or one for the input and one for the state.
    const BIASES: usize;

    /// What is carried from step to step; `h`, which is the output, comes first in memory.
    type State<const UNITS: usize, T: Scalar>: Flat<T>;

    /// The output `h`.
    fn hidden<const UNITS: usize, T: Scalar>(state: &Self::State<UNITS, T>) -> &[T; UNITS];

    /// The output `h`.
    fn hidden_mut<const UNITS: usize, T: Scalar>(state: &mut Self::State<UNITS, T>) -> &mut [T; UNITS];

    /// Sets what a bias starts from where that is not 0.
    fn start_bias<const GATES: usize, T: Scalar>(bias: &mut [T; GATES]);

    /// The state after a step, from the one before it and the sums, which become the values of the gates.
    fn advance<const UNITS: usize, T: Scalar>(gates: &mut [[T; UNITS]; PLANES], before: &Self::State<UNITS, T>, after: &mut Self::State<UNITS, T>);

    /// The gradients of the sums and of the state before a step, given that of the state after it; without the part of `h` that goes through `U`.
    fn differentiate<const UNITS: usize, T: Scalar>(
        gates: &[[T; UNITS]; PLANES],
        before: &Self::State<UNITS, T>,
        after_gradient: &Self::State<UNITS, T>,
        gradient: &mut [[T; UNITS]; PLANES],
        before_gradient: &mut Self::State<UNITS, T>,
    );
}

/// What is kept of one step of one sample: the gates, and the state before the step. Going backward, the gradients of both.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Record<C: Cell, const UNITS: usize, T: Scalar> {
    gates: [[T; UNITS]; PLANES],
    state: C::State<UNITS, T>,
}

crate::flat::own_flat!([C: Cell, const UNITS: usize, T: Scalar] Record<C, UNITS, T> as Record over T {
    gates: [[T; UNITS]; PLANES],
    state: C::State<UNITS, T>,
});

impl<C: Cell, const UNITS: usize, T: Scalar> Record<C, UNITS, T> {
    /// The output `h` before the step.
    #[cfg(feature = "std")]
    pub(crate) fn hidden(&self) -> &[T; UNITS] {
        C::hidden(&self.state)
    }
}

/// A recurrent layer of `UNITS` units over `TIME` steps of `FEATURES` values, as Keras's `GRU` or `LSTM` with its defaults.
///
/// The state is 0 before the first step. The output is the state after the last step, `[UNITS]`, or after every step, `[TIME, UNITS]`,
/// by the size of the output that the passes are called with. `GATES` is the number of rows of the kernels, [`Cell::GATES`] times `UNITS`;
/// `BIASES` is [`Cell::BIASES`], or 0 for a layer without a bias.
#[derive(Clone, Copy, Debug)]
pub struct Recurrent<C, const TIME: usize, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize> {
    initializer: Initializer,
    cell: PhantomData<C>,
}

/// The parameters of a [`Recurrent`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct RecurrentParameters<C, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize, T> {
    /// `W`, the rows of each gate one after the other; in memory Keras's `kernel` `[FEATURES, GATES]`.
    pub kernel: SMatrix<T, GATES, FEATURES>,
    /// `U`; in memory Keras's `recurrent_kernel` `[UNITS, GATES]`.
    pub recurrent_kernel: SMatrix<T, GATES, UNITS>,
    /// `b`: of a `Gru` a column for the input and one for the state; in memory Keras's `bias` `[2, GATES]`. Of an `Lstm` one column.
    pub bias: SMatrix<T, GATES, BIASES>,
    cell: PhantomData<C>,
}

crate::flat::own_flat!([C: Cell, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize, T: Scalar] RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, T> as RecurrentParameters over T {
    kernel: SMatrix<T, GATES, FEATURES>,
    recurrent_kernel: SMatrix<T, GATES, UNITS>,
    bias: SMatrix<T, GATES, BIASES>,
    cell: PhantomData<C>,
});

impl<C: Cell, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize, T: Scalar>
    RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, T>
{
    /// The state before the first step: 0.
    #[must_use]
    pub const fn start(&self) -> C::State<UNITS, T> {
        zeroed()
    }

    /// One step of a sequence without an end, such as a sound: `state` becomes the one after the input `x`, and its `hidden` is the output.
    ///
    /// From [`start`](Self::start) on, the output after each step is that of the layer for the inputs so far, to rounding.
    ///
    /// An input that is NaN or infinite makes the state NaN, and so all that come after it; begin again from [`start`](Self::start).
    pub fn step(&self, state: &mut C::State<UNITS, T>, x: &[T; FEATURES]) {
        struct Step<'a, C: Cell, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize, T: Scalar> {
            parameters: &'a RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, T>,
            state: &'a mut C::State<UNITS, T>,
            x: &'a [T; FEATURES],
        }
        impl<C: Cell, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize, T: Scalar> Kernel
            for Step<'_, C, FEATURES, UNITS, GATES, BIASES, T>
        {
            type Output = ();
            #[inline(always)]
            fn run<S: InstructionSet>(self) {
                let mut record: Record<C, UNITS, T> = Record { gates: [[T::ZERO; UNITS]; PLANES], state: *self.state };
                self.parameters.sum_input::<S>(slice::from_ref(self.x), slice::from_mut(&mut record));
                let hidden = View::of(slice::from_ref(C::hidden(self.state)), 0, UNITS);
                self.parameters.sum_state::<S, _>(hidden, slice::from_mut(&mut record), 0);
                C::advance(&mut record.gates, &record.state, self.state);
                if !reduce::all_finite::<S, T, FEATURES>(self.x) {
                    self.state.as_mut_slice().fill(T::from_f64(f64::NAN));
                }
            }
        }
        dispatch(Step { parameters: self, state, x });
    }

    /// `W x + b` for every step, where the sums of the gates go.
    #[inline(always)]
    fn sum_input<S: InstructionSet>(&self, input: &[[T; FEATURES]], records: &mut [Record<C, UNITS, T>]) {
        let mut bias = [T::ZERO; GATES];
        let mut biases = self.bias.data.0.iter();
        if let Some(of_input) = biases.next() {
            bias = *of_input;
        }
        if let Some(of_state) = biases.next() {
            for (bias, of_state) in bias.iter_mut().zip(of_state).take(C::TOGETHER * UNITS) {
                *bias += *of_state;
            }
        }
        let kernel = View::of(&self.kernel.data.0, 0, GATES);
        view::multiply::<S, _>(kernel, View::of(input, 0, FEATURES), ViewMut::of(records, 0, GATES), Begin::Vector(&bias));
    }

    /// `U h`, added to the sums of the gates or beside them, for the records that lie at `first` in every item.
    #[inline(always)]
    fn sum_state<S: InstructionSet, F: Flat<T>>(&self, hidden: View<'_, T>, records: &mut [F], first: usize) {
        let (kernel, together) = (&self.recurrent_kernel.data.0, C::TOGETHER * UNITS);
        view::multiply::<S, _>(View::of(kernel, 0, together), hidden, ViewMut::of(records, first, together), Begin::Target);
        if together < GATES {
            let apart = GATES - together;
            let bias = self.bias.data.0.get(1).map_or(&[][..], |bias| bias.get(together..).unwrap_or_default());
            view::multiply::<S, _>(View::of(kernel, together, apart), hidden, ViewMut::of(records, first + GATES, apart), Begin::Vector(bias));
        }
    }
}

impl<C: Cell, const TIME: usize, const FEATURES: usize, const UNITS: usize, const GATES: usize, const BIASES: usize>
    Recurrent<C, TIME, FEATURES, UNITS, GATES, BIASES>
{
    /// A layer whose kernel starts as `initializer` says (Keras: `GlorotUniform`) and whose recurrent kernel is orthogonal; of an `Lstm` the
    /// bias of the forget gate starts at 1, all others at 0.
    #[must_use]
    pub const fn new(initializer: Initializer) -> Self {
        const { assert!(C::TOGETHER <= C::GATES && 2 * C::GATES - C::TOGETHER <= PLANES, "the sums of the cell have a plane each") };
        const { assert!(GATES == C::GATES * UNITS, "the kernels have a row for each unit of each gate") };
        const { assert!(BIASES == 0 || BIASES == C::BIASES, "the biases are those of the cell, or none") };
        Self { initializer, cell: PhantomData }
    }

    /// What [`forward`](Self::forward) works with on the stack for one sample, in bytes: the biases, a state, and frames.
    #[must_use]
    pub const fn stack_bytes<T: Scalar>() -> usize {
        size_of::<[T; GATES]>() + size_of::<C::State<UNITS, T>>() + crate::stack::RECURRENT
    }

    /// Draws initial parameters; they are zero before.
    pub fn initialize<T: Scalar, R: Rng + ?Sized>(&self, parameters: &mut RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, T>, rng: &mut R) {
        self.initializer.fill(parameters.kernel.as_mut_slice(), FEATURES, GATES, rng);
        init::orthogonal(&mut parameters.recurrent_kernel.data.0, rng);
        if let Some(bias) = parameters.bias.data.0.first_mut() {
            C::start_bias(bias);
        }
    }

    /// Where in the output the state after a step stands, in units.
    #[inline(always)]
    const fn slot<const OUT: usize>(step: usize) -> usize {
        if OUT == UNITS { 0 } else { step }
    }

    /// The output for every column; `tape` keeps of each sample what the backward pass needs.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn forward<S: InstructionSet, T: Scalar, const IN: usize, const OUT: usize>(
        &self,
        parameters: &RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, T>,
        input: &[[T; IN]],
        output: &mut [[T; OUT]],
        tape: &mut [[Record<C, UNITS, T>; TIME]],
    ) {
        const { assert!(IN == TIME * FEATURES && (OUT == UNITS || OUT == TIME * UNITS), "the sizes are those of the sequences") };
        parameters.sum_input::<S>(input.as_flattened().as_chunks().0, tape.as_flattened_mut());
        for step in 0..TIME {
            let before = View::of(output, Self::slot::<OUT>(step.saturating_sub(1)) * UNITS, UNITS);
            let before = if step == 0 { before.without_rows() } else { before };
            parameters.sum_state::<S, _>(before, tape, step * Record::<C, UNITS, T>::LEN);
            for (tape, output) in tape.iter_mut().zip(&mut *output) {
                if step == 0 {
                    tape[0].state = zeroed();
                }
                let Record { gates, state } = &mut tape[step];
                let mut after = zeroed();
                C::advance(gates, state, &mut after);
                if let Some(output) = output.as_chunks_mut().0.get_mut(Self::slot::<OUT>(step)) {
                    *output = *C::hidden(&after);
                }
                if step + 1 < TIME {
                    tape[step + 1].state = after;
                }
            }
        }
    }

    /// Backpropagation through time (Werbos 1990): adds to `gradient` the gradient of the parameters, unless they are
    /// [frozen](Context::is_frozen), and hands that of the input to `input_gradient` if anyone asks for it.
    ///
    /// `slopes` is memory to work in; `output_gradient` is used up.
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "what a backward pass needs")]
    pub fn backward<S: InstructionSet, T: Scalar, const IN: usize, const OUT: usize>(
        &self,
        context: Context,
        parameters: &RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, T>,
        input: &[[T; IN]],
        tape: &[[Record<C, UNITS, T>; TIME]],
        output_gradient: &mut [[T; OUT]],
        slopes: &mut [[Record<C, UNITS, T>; TIME]],
        input_gradient: Option<GradientSink<'_, T, IN>>,
        gradient: &mut RecurrentParameters<C, FEATURES, UNITS, GATES, BIASES, T>,
    ) {
        // The sums of the state for the gates from number `TOGETHER` on are in the planes behind the gates.
        let (together, apart) = (C::TOGETHER * UNITS, GATES - C::TOGETHER * UNITS);
        for step in (0..TIME).rev() {
            for ((tape, slopes), dy) in tape.iter().zip(&mut *slopes).zip(&mut *output_gradient) {
                let dy = dy.as_chunks_mut().0;
                let mut after = if step + 1 < TIME { slopes[step + 1].state } else { zeroed() };
                *C::hidden_mut(&mut after) = dy[Self::slot::<OUT>(step)];
                let (record, slopes) = (&tape[step], &mut slopes[step]);
                C::differentiate(&record.gates, &record.state, &after, &mut slopes.gates, &mut slopes.state);
                if step > 0 {
                    let before = &mut dy[Self::slot::<OUT>(step - 1)];
                    if OUT == UNITS {
                        *before = *C::hidden(&slopes.state);
                    } else {
                        for (dy, slope) in before.iter_mut().zip(C::hidden(&slopes.state)) {
                            *dy += *slope;
                        }
                    }
                }
            }
            if step > 0 {
                let kernel = &parameters.recurrent_kernel.data.0;
                let (first, slot) = (step * Record::<C, UNITS, T>::LEN, Self::slot::<OUT>(step - 1) * UNITS);
                let target = ViewMut::of(output_gradient, slot, UNITS);
                view::multiply_transposed::<S, _>(View::of(kernel, 0, together), View::of(slopes, first, together), target, true);
                if apart > 0 {
                    let target = ViewMut::of(output_gradient, slot, UNITS);
                    view::multiply_transposed::<S, _>(View::of(kernel, together, apart), View::of(slopes, first + GATES, apart), target, true);
                }
            }
        }

        let columns = tape.len().min(slopes.len()).min(output_gradient.len());
        let (records, slopes) = (tape[..columns].as_flattened(), slopes[..columns].as_flattened());
        let (of_sums, of_state, of_apart) = (View::of(slopes, 0, GATES), View::of(slopes, 0, together), View::of(slopes, GATES, apart));
        if !context.is_frozen() {
            let x = View::of(input.as_flattened().as_chunks::<FEATURES>().0, 0, FEATURES);
            view::add_outer::<S, _>(of_sums, x, ViewMut::of(&mut gradient.kernel.data.0, 0, GATES));
            let hidden = View::of(records, PLANES * UNITS, UNITS);
            let kernel = &mut gradient.recurrent_kernel.data.0;
            view::add_outer::<S, _>(of_state, hidden, ViewMut::of(kernel, 0, together));
            view::add_outer::<S, _>(of_apart, hidden, ViewMut::of(kernel, together, apart));
            let mut biases = gradient.bias.data.0.iter_mut();
            if let Some(bias) = biases.next() {
                view::add_columns::<S, _>(of_sums, bias);
            }
            if let Some(bias) = biases.next() {
                let (bias_together, bias_apart) = bias.split_at_mut(together);
                view::add_columns::<S, _>(of_state, bias_together);
                view::add_columns::<S, _>(of_apart, bias_apart);
            }
        }
        if let Some(sink) = input_gradient {
            let target = ViewMut::of(sink.columns.as_flattened_mut().as_chunks_mut::<FEATURES>().0, 0, FEATURES);
            view::multiply_transposed::<S, _>(View::of(&parameters.kernel.data.0, 0, GATES), of_sums, target, sink.add);
        }
    }
}

#[cfg(test)]
mod tests;
