//! A model as `multitask!` would generate it, small enough to be written by hand: a shared `Dense` with a batch normalisation, two heads.
//!
//! It has all that weight files are about; its passes do nothing.
#![allow(dead_code, reason = "each test uses its part")]

use mtl_core::init::Initializer;
use mtl_core::layer::{Dense, DenseParameters, Layer, Pass};
use mtl_core::loss::TargetError;
use mtl_core::model::{ColumnInfo, Columns, FieldKind, HeadInfo, HeadSet, InputInfo, LayerInfo, ParameterInfo, Record};
use mtl_core::{Flat, InstructionSet, Model, Scalar, flat};
use nalgebra::SVector;
use rand::Rng;

#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Norm<const N: usize, T> {
    pub gamma: SVector<T, N>,
    pub beta: SVector<T, N>,
    pub moving_mean: SVector<T, N>,
    pub moving_variance: SVector<T, N>,
}
flat!([const N: usize, T: Scalar] Norm<N, T> as Norm over T {
    gamma: SVector<T, N>, beta: SVector<T, N>, moving_mean: SVector<T, N>, moving_variance: SVector<T, N>,
});

#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Body<T> {
    pub dense1: DenseParameters<3, 4, 4, T>,
    pub batch_norm1: Norm<4, T>,
}
flat!([T: Scalar] Body<T> as Body over T { dense1: DenseParameters<3, 4, 4, T>, batch_norm1: Norm<4, T> });

#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Head<const N: usize, T> {
    pub dense1: DenseParameters<4, N, N, T>,
}
flat!([const N: usize, T: Scalar] Head<N, T> as Head over T { dense1: DenseParameters<4, N, N, T> });

/// `HEALTH` outputs of the second head make it another model.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Tiny<T = f32, const HEALTH: usize = 2> {
    pub body: Body<T>,
    pub limited: Head<1, T>,
    pub health: Head<HEALTH, T>,
}
flat!([T: Scalar, const HEALTH: usize] Tiny<T, HEALTH> as Tiny over T { body: Body<T>, limited: Head<1, T>, health: Head<HEALTH, T> });

impl<T: Scalar, const HEALTH: usize> Tiny<T, HEALTH> {
    /// The weights 1, 2, 3 .. in the order of memory.
    pub fn counting() -> Self {
        let mut model: Self = flat::zeroed();
        for (number, value) in model.as_mut_slice().iter_mut().enumerate() {
            *value = T::from_f64(number as f64 + 1.0);
        }
        model
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<T>([T; 3]);

impl<T> Record<T> for Row<T> {
    fn real(&self, field: usize) -> Option<&[T]> {
        (field == 0).then_some(&self.0)
    }
    fn class(&self, _: usize) -> Option<usize> {
        None
    }
}

const ALL: HeadSet = HeadSet(3);

const fn parameter(path: &'static str, block: &'static str, shape: &'static [usize], offset: usize, len: usize, heads: HeadSet) -> ParameterInfo {
    ParameterInfo { path, block, shape, offset, len, trainable: true, heads }
}

const fn layer(name: &'static str, kind: &'static str, output: &'static [usize], from: &'static [&'static str]) -> LayerInfo {
    LayerInfo { name, kind, output, parameters: 0, multiply_adds: 0, from, stack: 0, constants: &[], heads: ALL }
}

const fn head(name: &'static str, outputs: usize, from: &'static str) -> HeadInfo {
    let target = FieldKind::Real { width: outputs };
    HeadInfo {
        name,
        target,
        partial: false,
        weight: 1.0,
        loss: "mse",
        outputs,
        from,
        ending: "linear",
        constants: &[],
        columns: Columns::Numbered { title: "y{}" },
    }
}

impl<T: Scalar, const HEALTH: usize> Model for Tiny<T, HEALTH> {
    type Scalar = T;
    type Inputs = Row<T>;
    type Outputs = [T; 2];
    type Targets = Row<T>;
    type Losses = [T; 2];
    type Values<const COLUMNS: usize> = ();
    type ValueGradients<const COLUMNS: usize> = ();
    type TargetColumns<const COLUMNS: usize> = ();
    type Statistics = ();

    const NAME: &'static str = "Tiny";
    const INPUTS: &'static [InputInfo] =
        &[InputInfo { name: "record", kind: FieldKind::Real { width: 3 }, shape: &[3], columns: Columns::Numbered { title: "record{}" } }];
    const HEADS: &'static [HeadInfo] = &[head("limited", 1, "limited.dense1"), head("health", HEALTH, "health.dense1")];
    const PARAMETERS: &'static [ParameterInfo] = &[
        parameter("body.dense1.kernel", "body", &[3, 4], 0, 12, ALL),
        parameter("body.dense1.bias", "body", &[4], 12, 4, ALL),
        parameter("body.batch_norm1.gamma", "body", &[4], 16, 4, ALL),
        parameter("body.batch_norm1.beta", "body", &[4], 20, 4, ALL),
        parameter("body.batch_norm1.moving_mean", "body", &[4], 24, 4, ALL),
        parameter("body.batch_norm1.moving_variance", "body", &[4], 28, 4, ALL),
        parameter("limited.dense1.kernel", "limited", &[4, 1], 32, 4, HeadSet::only(0)),
        parameter("limited.dense1.bias", "limited", &[1], 36, 1, HeadSet::only(0)),
        parameter("health.dense1.kernel", "health", &[4, HEALTH], 37, 4 * HEALTH, HeadSet::only(1)),
        parameter("health.dense1.bias", "health", &[HEALTH], 37 + 4 * HEALTH, HEALTH, HeadSet::only(1)),
    ];
    const LAYERS: &'static [LayerInfo] = &[
        layer("body.dense1", "Dense", &[4], &["record"]),
        layer("body.batch_norm1", "BatchNorm", &[4], &["body.dense1"]),
        layer("limited.dense1", "Dense", &[1], &["body"]),
        layer("health.dense1", "Dense", &[HEALTH], &["body"]),
    ];
    const GRAPH: mtl_core::model::Graph = mtl_core::model::Graph { name: Self::NAME, inputs: Self::INPUTS, steps: &[], heads: &[] };
    const STAGES: usize = 1;
    const NORMALIZERS: &'static [&'static str] = &[];

    fn initialize<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let dense = const { Dense::<3, 4, 4>::new(Initializer::GlorotUniform) };
        Layer::<3, 4, T>::initialize(&dense, &mut self.body.dense1, rng);
    }
    fn loss_weights() -> [T; 2] {
        [T::ONE; 2]
    }
    fn load_inputs<const COLUMNS: usize, D: Record<T>>(_: &mut (), _: usize, _: &D) {}
    fn load_targets<const COLUMNS: usize, D: Record<T>>(_: &mut (), _: usize, _: &D) {}
    fn check_targets<D: Record<T>>(_: &D) -> Result<(), (usize, TargetError)> {
        Ok(())
    }
    fn forward<S: InstructionSet, const COLUMNS: usize>(&self, _: usize, _: Pass, _: HeadSet, _: &(), _: &mut (), _: usize) {}
    fn observe<const COLUMNS: usize>(_: usize, _: &(), _: usize, _: &mut ()) {}
    fn loss<S: InstructionSet, const COLUMNS: usize>(_: HeadSet, _: &(), _: &(), _: &[T], _: usize, _: &[T; 2], _: &mut (), _: &mut [T; 2]) {}
    fn backward<S: InstructionSet, const COLUMNS: usize>(
        &self,
        _: usize,
        _: Pass,
        _: HeadSet,
        _: &mut (),
        _: &(),
        _: &mut (),
        _: usize,
        _: &mut Self,
    ) {
    }
    fn update_statistics(&mut self, _: HeadSet, _: &()) {}
    fn observe_normalizer<const COLUMNS: usize>(_: usize, _: &(), _: usize, _: impl FnMut(&[T], &'static [ColumnInfo])) {}
    fn penalty(&self, _: Option<&mut Self>) -> T {
        T::ZERO
    }
    fn outputs<const COLUMNS: usize>(_: &(), _: usize) -> [T; 2] {
        [T::ZERO; 2]
    }
    fn output_numbers(outputs: &[T; 2], head: usize) -> &[T] {
        core::slice::from_ref(&outputs[head])
    }
    fn spoiled<S: InstructionSet, const COLUMNS: usize>(_: HeadSet, _: &(), _: usize) -> HeadSet {
        HeadSet::NONE
    }
    fn spoil(_: &mut [T; 2], _: HeadSet) {}
}
