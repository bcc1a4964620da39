//! A model written by hand, for the tests of what works with any model.
#![allow(unsafe_code, reason = "the macros `zeroable!` and `flat!` check every field")]
#![allow(clippy::needless_range_loop, reason = "sums over indices, as in the formulas")]

use core::fmt::{self, Display, Formatter};
use nalgebra::SVector;
use rand::Rng;
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use crate::data::Dataset;
use crate::evaluate::Evaluate;
use crate::flat;
use crate::kernel::InstructionSet;
use crate::layer::context::Pass;
use crate::metric::Labelled;
use crate::model::record::{FieldKind, Record, TargetError};
use crate::model::sets::HeadSet;
use crate::model::{ColumnInfo, Columns, HeadInfo, InputInfo, LayerInfo, Model, ParameterInfo};
use crate::report::{HeadRow, Report, ToCell, write_table};

/// `h = tanh(K (x − mean)/√variance + b + E[group])`; `level = L·h + l` (mean squared error, weight 0.5) and
/// `kind = softmax(C h + c)` (cross-entropy, labels partial).
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub(crate) struct Tiny {
    pub(crate) mean: [f64; 2],
    pub(crate) variance: [f64; 2],
    kernel: [[f64; 4]; 2],
    bias: [f64; 4],
    group: [[f64; 4]; 3],
    level: [f64; 4],
    level_bias: f64,
    kind: [[f64; 3]; 4],
    kind_bias: [f64; 3],
}

crate::flat!([] Tiny as Tiny over f64 {
    mean: [f64; 2], variance: [f64; 2], kernel: [[f64; 4]; 2], bias: [f64; 4], group: [[f64; 4]; 3],
    level: [f64; 4], level_bias: f64, kind: [[f64; 3]; 4], kind_bias: [f64; 3],
});

#[derive(Clone, Debug)]
pub(crate) struct TinyInputs {
    pub(crate) point: SVector<f64, 2>,
    pub(crate) group: usize,
}

impl Record<f64> for TinyInputs {
    fn real(&self, field: usize) -> Option<&[f64]> {
        (field == 0).then_some(self.point.as_slice())
    }
    fn class(&self, field: usize) -> Option<usize> {
        (field == 1).then_some(self.group)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct TinyTargets {
    pub(crate) level: f64,
    pub(crate) kind: Option<usize>,
}

impl Record<f64> for TinyTargets {
    fn real(&self, field: usize) -> Option<&[f64]> {
        (field == 0).then_some(core::slice::from_ref(&self.level))
    }
    fn class(&self, field: usize) -> Option<usize> {
        if field == 1 { self.kind } else { None }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Values<const COLUMNS: usize> {
    point: [[f64; 2]; COLUMNS],
    group: [u32; COLUMNS],
    hidden: [[f64; 4]; COLUMNS],
    level: [f64; COLUMNS],
    kind: [[f64; 3]; COLUMNS],
}
crate::zeroable!([const COLUMNS: usize] Values<COLUMNS> as Values {
    point: [[f64; 2]; COLUMNS], group: [u32; COLUMNS], hidden: [[f64; 4]; COLUMNS], level: [f64; COLUMNS], kind: [[f64; 3]; COLUMNS],
});

pub(crate) struct Gradients<const COLUMNS: usize> {
    level: [f64; COLUMNS],
    kind: [[f64; 3]; COLUMNS],
}
crate::zeroable!([const COLUMNS: usize] Gradients<COLUMNS> as Gradients { level: [f64; COLUMNS], kind: [[f64; 3]; COLUMNS] });

pub(crate) struct Targets<const COLUMNS: usize> {
    level: [f64; COLUMNS],
    kind: [u32; COLUMNS],
    has_kind: [bool; COLUMNS],
}
crate::zeroable!([const COLUMNS: usize] Targets<COLUMNS> as Targets { level: [f64; COLUMNS], kind: [u32; COLUMNS], has_kind: [bool; COLUMNS] });

const fn tensor(path: &'static str, offset: usize, len: usize, trainable: bool) -> ParameterInfo {
    ParameterInfo { path, block: "body", shape: &[], offset, len, trainable, heads: HeadSet::ALL }
}

fn probabilities(logits: [f64; 3]) -> [f64; 3] {
    let largest = logits.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let powers = logits.map(|z| (z - largest).exp());
    powers.map(|power| power / powers.iter().sum::<f64>())
}

impl Tiny {
    fn normalized(&self, point: [f64; 2], input: usize) -> f64 {
        let (centre, factor) = crate::layer::normalize::centre_and_factor(self.mean[input], self.variance[input]);
        (point[input] - centre) * factor
    }
}

const fn column(name: &'static str) -> ColumnInfo {
    ColumnInfo { name, title: name, optional: false, categories: &[], labels: &[], unknown: None }
}

impl Model for Tiny {
    type Scalar = f64;
    type Inputs = TinyInputs;
    type Outputs = (f64, [f64; 3]);
    type Targets = TinyTargets;
    type Losses = [f64; 2];
    type Values<const COLUMNS: usize> = Values<COLUMNS>;
    type ValueGradients<const COLUMNS: usize> = Gradients<COLUMNS>;
    type TargetColumns<const COLUMNS: usize> = Targets<COLUMNS>;
    type Statistics = ();

    const NAME: &'static str = "Tiny";
    const INPUTS: &'static [InputInfo] = &[
        InputInfo { name: "point", kind: FieldKind::Real { width: 2 }, shape: &[2], columns: Columns::Numbered { title: "point{}" } },
        InputInfo { name: "group", kind: FieldKind::Class { classes: 3 }, shape: &[], columns: Columns::Named(&[column("group")]) },
    ];
    const HEADS: &'static [HeadInfo] = &[
        HeadInfo {
            name: "level",
            target: FieldKind::Real { width: 1 },
            partial: false,
            weight: 0.5,
            loss: "mse",
            outputs: 1,
            from: "level.dense1",
            ending: "linear",
            constants: &[],
            columns: Columns::Named(&[column("level")]),
        },
        HeadInfo {
            name: "kind",
            target: FieldKind::Class { classes: 3 },
            partial: true,
            weight: 1.0,
            loss: "categorical_cross_entropy",
            outputs: 3,
            from: "kind.dense1",
            ending: "softmax",
            constants: &[],
            columns: Columns::Named(&[ColumnInfo { optional: true, ..column("kind") }]),
        },
    ];
    const PARAMETERS: &'static [ParameterInfo] = &[
        tensor("body.normalize1.mean", 0, 2, false),
        tensor("body.normalize1.variance", 2, 2, false),
        tensor("body.dense1.kernel", 4, 8, true),
        tensor("body.dense1.bias", 12, 4, true),
        tensor("body.embedding1.embeddings", 16, 12, true),
        tensor("level.dense1.kernel", 28, 4, true),
        tensor("level.dense1.bias", 32, 1, true),
        tensor("kind.dense1.kernel", 33, 12, true),
        tensor("kind.dense1.bias", 45, 3, true),
    ];
    const LAYERS: &'static [LayerInfo] = &[];
    const GRAPH: crate::model::Graph = crate::model::Graph { name: Self::NAME, inputs: Self::INPUTS, steps: &[], heads: &[] };
    const STAGES: usize = 1;
    const NORMALIZERS: &'static [&'static str] = &["body.normalize1"];

    fn initialize<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        use rand::RngExt;
        self.variance = [-1.0; 2];
        for value in &mut flat::Flat::as_mut_slice(self)[4..] {
            *value = rng.random_range(-0.5..0.5);
        }
    }

    fn loss_weights() -> [f64; 2] {
        [0.5, 1.0]
    }

    fn load_inputs<const COLUMNS: usize, D: Record<f64>>(values: &mut Values<COLUMNS>, column: usize, row: &D) {
        if let (Some(point), Some(group)) = (row.real(0), row.class(1)) {
            values.point[column].copy_from_slice(point);
            values.group[column] = group as u32;
        }
    }

    fn load_targets<const COLUMNS: usize, D: Record<f64>>(targets: &mut Targets<COLUMNS>, column: usize, row: &D) {
        if let Some(level) = row.real(0) {
            targets.level[column] = level[0];
        }
        targets.has_kind[column] = row.class(1).is_some();
        targets.kind[column] = row.class(1).unwrap_or(0) as u32;
    }

    /// Levels must lie above −100.
    fn check_targets<D: Record<f64>>(row: &D) -> Result<(), (usize, TargetError)> {
        match row.real(0) {
            Some(&[level]) if level < -100.0 => Err((0, TargetError::OutOfRange { value: level, expected: "at least -100" })),
            _ => Ok(()),
        }
    }

    fn forward<S: InstructionSet, const COLUMNS: usize>(&self, _: usize, _: Pass, _: HeadSet, _: &(), values: &mut Values<COLUMNS>, columns: usize) {
        for column in 0..columns {
            for unit in 0..4 {
                let mut sum = self.bias[unit] + self.group[values.group[column] as usize][unit];
                for input in 0..2 {
                    sum += self.kernel[input][unit] * self.normalized(values.point[column], input);
                }
                values.hidden[column][unit] = sum.tanh();
            }
            let hidden = values.hidden[column];
            values.level[column] = self.level_bias + (0..4).map(|unit| self.level[unit] * hidden[unit]).sum::<f64>();
            values.kind[column] =
                core::array::from_fn(|class| self.kind_bias[class] + (0..4).map(|unit| self.kind[unit][class] * hidden[unit]).sum::<f64>());
        }
    }

    fn observe<const COLUMNS: usize>(_: usize, _: &Values<COLUMNS>, _: usize, _: &mut ()) {}

    fn loss<S: InstructionSet, const COLUMNS: usize>(
        _: HeadSet,
        values: &Values<COLUMNS>,
        targets: &Targets<COLUMNS>,
        sample_weights: &[f64],
        columns: usize,
        scales: &[f64; 2],
        gradients: &mut Gradients<COLUMNS>,
        sums: &mut [f64; 2],
    ) {
        for column in 0..columns {
            let weight = sample_weights[column];
            let difference = values.level[column] - targets.level[column];
            sums[0] += weight * difference * difference;
            gradients.level[column] = scales[0] * weight * 2.0 * difference;
            gradients.kind[column] = [0.0; 3];
            if targets.has_kind[column] {
                let (probabilities, class) = (probabilities(values.kind[column]), targets.kind[column] as usize);
                sums[1] -= weight * probabilities[class].ln();
                gradients.kind[column] = core::array::from_fn(|k| scales[1] * weight * (probabilities[k] - f64::from(u8::from(k == class))));
            }
        }
    }

    fn backward<S: InstructionSet, const COLUMNS: usize>(
        &self,
        _: usize,
        pass: Pass,
        _: HeadSet,
        _: &mut (),
        values: &Values<COLUMNS>,
        gradients: &mut Gradients<COLUMNS>,
        columns: usize,
        gradient: &mut Self,
    ) {
        if pass.fresh {
            flat::set_zero(gradient);
        }
        for column in 0..columns {
            let hidden = values.hidden[column];
            gradient.level_bias += gradients.level[column];
            for class in 0..3 {
                gradient.kind_bias[class] += gradients.kind[column][class];
            }
            for unit in 0..4 {
                gradient.level[unit] += gradients.level[column] * hidden[unit];
                let mut back = gradients.level[column] * self.level[unit];
                for class in 0..3 {
                    gradient.kind[unit][class] += gradients.kind[column][class] * hidden[unit];
                    back += gradients.kind[column][class] * self.kind[unit][class];
                }
                back *= 1.0 - hidden[unit] * hidden[unit];
                gradient.bias[unit] += back;
                gradient.group[values.group[column] as usize][unit] += back;
                for input in 0..2 {
                    gradient.kernel[input][unit] += back * self.normalized(values.point[column], input);
                }
            }
        }
    }

    fn update_statistics(&mut self, _: HeadSet, _: &()) {}

    fn observe_normalizer<const COLUMNS: usize>(
        _: usize,
        values: &Values<COLUMNS>,
        columns: usize,
        mut observe: impl FnMut(&[f64], &'static [ColumnInfo]),
    ) {
        values.point[..columns].iter().for_each(|point| observe(point, &[]));
    }

    fn penalty(&self, _: Option<&mut Self>) -> f64 {
        0.0
    }

    fn outputs<const COLUMNS: usize>(values: &Values<COLUMNS>, column: usize) -> (f64, [f64; 3]) {
        (values.level[column], probabilities(values.kind[column]))
    }

    fn output_numbers((level, kind): &(f64, [f64; 3]), head: usize) -> &[f64] {
        if head == 0 { core::slice::from_ref(level) } else { kind }
    }

    fn spoiled<S: InstructionSet, const COLUMNS: usize>(_: HeadSet, _: &Values<COLUMNS>, _: usize) -> HeadSet {
        HeadSet::NONE
    }

    fn spoil(_: &mut Self::Outputs, _: HeadSet) {}
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TinyReport {
    combined: f64,
    pub(crate) level: (f64, usize),
    pub(crate) kind: KindReport,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KindReport {
    pub(crate) loss: f64,
    pub(crate) labels: usize,
    pub(crate) accuracy: f64,
}

impl Display for TinyReport {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write_table(formatter, self)
    }
}

impl Report for TinyReport {
    fn loss(&self) -> f64 {
        self.combined
    }
    fn heads(&self) -> Vec<HeadRow> {
        let KindReport { loss, labels, accuracy } = self.kind;
        vec![
            HeadRow { head: "level", loss: self.level.0, labels: self.level.1, metrics: vec![] },
            HeadRow { head: "kind", loss, labels, metrics: vec![("accuracy", accuracy.to_cell())] },
        ]
    }
}

impl Evaluate for Tiny {
    type Report = TinyReport;
    type Collected = Labelled<3, u32>;
    const METRICS: &'static [&'static [crate::metric::Better]] = &[&[], &[crate::metric::Better::Higher]];

    fn collect<const COLUMNS: usize>(values: &Values<COLUMNS>, targets: &Targets<COLUMNS>, columns: usize, collected: &mut Self::Collected) {
        for column in (0..columns).filter(|&column| targets.has_kind[column]) {
            collected.push(probabilities(values.kind[column]), targets.kind[column]);
        }
    }

    fn report(loss: f64, losses: &[f64], labels: &[usize], collected: &Self::Collected) -> TinyReport {
        let is_right = |(prediction, &target): (&[f64; 3], &u32)| prediction.iter().all(|&p| p <= prediction[target as usize]);
        let right = collected.pairs().filter(|&pair| is_right(pair)).count();
        let accuracy = right as f64 / collected.len() as f64;
        TinyReport { combined: loss, level: (losses[0], labels[0]), kind: KindReport { loss: losses[1], labels: labels[1], accuracy } }
    }
}

/// A model with parameters that are fixed by the seed.
pub(crate) fn model(seed: u64) -> Box<Tiny> {
    let mut model = flat::zeroed_box::<Tiny>();
    model.initialize(&mut Numbers(seed));
    model
}

/// A row that one can learn: the kind is the quadrant (of three), missing in every fourth row; the level is a sum.
pub(crate) fn row(number: usize) -> (TinyInputs, TinyTargets) {
    let mut numbers = Numbers(number as u64 + 1000);
    let mut next = || numbers.next() * 4.0 + 3.0;
    let (x, y) = (next(), next());
    let kind = if x < 5.0 { 0 } else { 1 + usize::from(y < 5.0) };
    let inputs = TinyInputs { point: [x, y].into(), group: number % 3 };
    (inputs, TinyTargets { level: 0.5 * x - y + (number % 3) as f64, kind: (number % 4 != 3).then_some(kind) })
}

pub(crate) fn dataset(rows: usize) -> Dataset<Tiny> {
    Dataset::from_rows((0..rows).map(row)).unwrap()
}

/// A generator of random numbers without a dependency.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        (rand::Rng::next_u64(self) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl rand::rand_core::TryRng for Numbers {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|bits| (bits >> 32) as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits = (self.0 ^ (self.0 >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(bits ^ (bits >> 29))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(8) {
            let next = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
        Ok(())
    }
}
