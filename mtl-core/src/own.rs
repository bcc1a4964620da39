//! Types of the user's own in a model: layers, activations, losses.
//!
//! A type that lacks what it is used for must give one error, on the user's token, and generated code names it in many
//! places. So it names `Either` the type or a stand-in, as a [`Probe`] in const evaluation finds, and one constant
//! beside the model asserts the trait itself.

use core::marker::PhantomData;
use core::mem::forget;

use rand::Rng;

use crate::activation::Activation;
#[cfg(feature = "std")]
use crate::better::Better;
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};
use crate::layer::context::Context;
use crate::layer::{Layer, Shape};
use crate::loss::Loss;
#[cfg(feature = "std")]
use crate::metric::{Labelled, Metric};
use crate::model::record::TargetError;

/// What is known of the type `X` as a step from `IN` values to `OUT`, as a loss or metric of `IN` outputs, or as an activation.
///
/// Where `X` has the trait, the constant stands on the type; elsewhere the one of [`Otherwise`] is found.
pub struct Probe<X: ?Sized, const IN: usize, const OUT: usize>(PhantomData<X>);

/// The constants of a [`Probe`] whose type lacks the trait.
pub trait Otherwise {
    /// It is an activation.
    const ACTIVATION: bool = false;
    /// It says how many values it takes and gives.
    const SHAPE: bool = false;
    /// It is a layer in `f32`.
    const SINGLE_LAYER: bool = false;
    /// It is a layer.
    const LAYER: bool = false;
    /// It is a loss in `f32`.
    const SINGLE_LOSS: bool = false;
    /// It is a loss.
    const LOSS: bool = false;
    /// The first type measures against the second.
    const METRIC: bool = false;
}

impl<X: ?Sized, const IN: usize, const OUT: usize> Otherwise for Probe<X, IN, OUT> {}

impl<X: Activation> Probe<X, 0, 0> {
    /// It is an activation.
    pub const ACTIVATION: bool = true;
}

impl<X: Shape> Probe<X, 0, 0> {
    /// It says how many values it takes and gives.
    pub const SHAPE: bool = true;
}

impl<X: Layer<IN, OUT, f32>, const IN: usize, const OUT: usize> Probe<X, IN, OUT> {
    /// It is a layer in `f32`.
    pub const SINGLE_LAYER: bool = true;
}

impl<X: Layer<IN, OUT, f32> + Layer<IN, OUT, f64>, const IN: usize, const OUT: usize> Probe<X, IN, OUT> {
    /// It is a layer.
    pub const LAYER: bool = true;
}

impl<X: Loss<N, f32>, const N: usize> Probe<X, N, 0> {
    /// It is a loss in `f32`.
    pub const SINGLE_LOSS: bool = true;
}

impl<X: Loss<N, f32> + Loss<N, f64>, const N: usize> Probe<X, N, 0> {
    /// It is a loss.
    pub const LOSS: bool = true;
}

#[cfg(feature = "std")]
impl<X: Metric<N, Y>, Y, const N: usize> Probe<(X, Y), N, 0> {
    /// The first type measures against the second.
    pub const METRIC: bool = true;
}

/// The type `A` where `FIRST`, else `B`.
pub struct Either<A, B, const FIRST: bool>(PhantomData<(A, B)>);

/// What an [`Either`] comes to.
pub trait Chosen {
    /// The first of the two types.
    type First;
    /// The type it is.
    type Type;

    /// The value, or that of the stand-in.
    fn choose(value: Self::First) -> Self::Type;
}

impl<A, B> Chosen for Either<A, B, true> {
    type First = A;
    type Type = A;

    fn choose(value: A) -> A {
        value
    }
}

impl<A, B: Default> Chosen for Either<A, B, false> {
    type First = A;
    type Type = B;

    fn choose(_: A) -> B {
        B::default()
    }
}

/// What stands in for a layer, a loss or a metric that is none. It never runs: the model does not compile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Absent<const ARGUMENTS: usize>;

/// `new` of as many arguments as the user wrote.
macro_rules! absent {
    ($($count:literal: $($argument:ident $Type:ident),*;)*) => {
        $(impl Absent<$count> {
            /// The stand-in, whatever the arguments.
            #[allow(clippy::new_without_default, clippy::too_many_arguments, reason = "as the user wrote it")]
            pub const fn new<$($Type),*>($($argument: $Type),*) -> Self {
                $(forget($argument);)*
                Self
            }
        })*
    };
}
absent! {
    0: ;
    1: a A;
    2: a A, b B;
    3: a A, b B, c C;
    4: a A, b B, c C, d D;
    5: a A, b B, c C, d D, e E;
    6: a A, b B, c C, d D, e E, f F;
}

#[diagnostic::do_not_recommend]
impl<const ARGUMENTS: usize> Shape for Absent<ARGUMENTS> {
    // No layer takes nothing: by this the checks know that an error was told already.
    const INPUT: usize = 0;
    const OUTPUT: usize = 1;
}

#[diagnostic::do_not_recommend]
impl<const ARGUMENTS: usize, const IN: usize, const OUT: usize, T: Scalar> Layer<IN, OUT, T> for Absent<ARGUMENTS> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    fn forward<S: InstructionSet>(&self, _: Context, (): &(), _: &[[T; IN]], _: &mut [[T; OUT]], _: &mut [()]) {}

    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        (): &(),
        _: &[[T; IN]],
        _: &[[T; OUT]],
        _: &[()],
        _: &mut [[T; OUT]],
        _: Option<GradientSink<'_, T, IN>>,
        (): &mut (),
    ) {
    }
}

#[diagnostic::do_not_recommend]
impl<const ARGUMENTS: usize, const N: usize, T: Scalar> Loss<N, T> for Absent<ARGUMENTS> {
    type Target = [T; N];

    fn evaluate(&self, _: &[T; N], _: &[T; N], _: &mut [T; N]) -> T {
        T::ZERO
    }

    fn check(&self, _: &[T; N]) -> Result<(), TargetError> {
        Ok(())
    }
}

#[cfg(feature = "std")]
#[diagnostic::do_not_recommend]
impl<const ARGUMENTS: usize, const N: usize, Y> Metric<N, Y> for Absent<ARGUMENTS> {
    type Value = f64;
    const BETTER: Better = Better::Neither;

    fn name(&self) -> std::string::String {
        std::string::String::new()
    }

    fn measure(&self, _: &Labelled<N, Y>) -> f64 {
        f64::NAN
    }
}

/// Does not compile unless the type is an activation.
pub const fn is_activation<X: Activation>() {}

/// Does not compile unless the type says how many values it takes and gives.
pub const fn is_shaped<X: Shape>() {}

/// Does not compile unless the type is a layer, where it fits; where it does not, that is an error of its own.
pub const fn is_layer<X: LayerWhere<FITS, IN, OUT>, const FITS: bool, const IN: usize, const OUT: usize>() {}

/// A layer, where it `FITS`; any type, where it does not. It says what [`Layer`] does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer from {IN} to {OUT} values",
    label = "a step of your own stands here",
    note = "implement `mtl::layer::Layer<{IN}, {OUT}, f32>` for `{Self}`, or give it generics that fit the flow; `_` stands for the size of what flows in"
)]
pub trait LayerWhere<const FITS: bool, const IN: usize, const OUT: usize> {}

impl<X, const IN: usize, const OUT: usize> LayerWhere<false, IN, OUT> for X {}
impl<X: Layer<IN, OUT, f32>, const IN: usize, const OUT: usize> LayerWhere<true, IN, OUT> for X {}

/// Does not compile unless the type is a loss.
pub const fn is_loss<X: Loss<N, f32>, const N: usize>() {}

/// Fails the build with `message` if a type has its trait for `f32` and not for every scalar.
#[track_caller]
pub const fn is_for_every_scalar(single: bool, both: bool, message: &str) {
    if single && !both {
        panic!("{}", message);
    }
}

/// Fails the build with `message` unless a metric goes with the targets of its head.
#[track_caller]
pub const fn metric_goes_with_loss(goes: bool, message: &str) {
    if !goes {
        panic!("{}", message);
    }
}
