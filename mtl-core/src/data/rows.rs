//! Rows of a data set as passes see them: nothing is copied before it goes into a tile.

use super::Dataset;
use crate::model::Model;
use crate::model::record::Record;
use crate::pass::Batch;

/// The inputs of one row.
#[derive(Clone, Copy, Debug)]
pub struct InputsRow<'a, M: Model> {
    pub(super) dataset: &'a Dataset<M>,
    pub(super) row: usize,
}

impl<M: Model> Record<M::Scalar> for InputsRow<'_, M> {
    #[inline(always)]
    fn real(&self, field: usize) -> Option<&[M::Scalar]> {
        self.dataset.inputs.get(field)?.real(self.row)
    }
    #[inline(always)]
    fn class(&self, field: usize) -> Option<usize> {
        self.dataset.inputs.get(field)?.class(self.row)
    }
}

/// The targets of one row.
#[derive(Clone, Copy, Debug)]
pub struct TargetsRow<'a, M: Model> {
    pub(super) dataset: &'a Dataset<M>,
    pub(super) row: usize,
}

impl<M: Model> Record<M::Scalar> for TargetsRow<'_, M> {
    #[inline(always)]
    fn real(&self, field: usize) -> Option<&[M::Scalar]> {
        self.dataset.targets.get(field)?.real(self.row)
    }
    #[inline(always)]
    fn class(&self, field: usize) -> Option<usize> {
        self.dataset.targets.get(field)?.class(self.row)
    }
}

/// Rows of a data set in any order, with repetitions if need be: a batch that copies nothing. See [`Dataset::rows`].
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, M: Model> {
    dataset: &'a Dataset<M>,
    rows: &'a [usize],
}

impl<'a, M: Model> Rows<'a, M> {
    /// Rows that are known to exist.
    pub(crate) const fn new(dataset: &'a Dataset<M>, rows: &'a [usize]) -> Self {
        Self { dataset, rows }
    }

    /// The inputs of a row, which must exist.
    pub(crate) fn inputs(&self, sample: usize) -> InputsRow<'a, M> {
        InputsRow { dataset: self.dataset, row: self.rows[sample] }
    }

    /// The targets of a row, which must exist.
    pub(crate) fn targets(&self, sample: usize) -> TargetsRow<'a, M> {
        TargetsRow { dataset: self.dataset, row: self.rows[sample] }
    }

    /// The same data set, other rows of these: those at the places `range`.
    pub(crate) fn slice(&self, range: core::ops::Range<usize>) -> Self {
        Self { dataset: self.dataset, rows: &self.rows[range] }
    }
}

/// The whole data set.
impl<M: Model> Batch<M> for Dataset<M> {
    fn len(&self) -> usize {
        self.rows
    }
    fn labels(&self, head: usize) -> usize {
        self.targets[head].count_present(self.rows)
    }
    #[inline(always)]
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize) {
        M::load_inputs(values, column, &InputsRow { dataset: self, row: sample });
    }
    #[inline(always)]
    fn load_targets<const COLUMNS: usize>(&self, sample: usize, targets: &mut M::TargetColumns<COLUMNS>, column: usize) {
        M::load_targets(targets, column, &TargetsRow { dataset: self, row: sample });
    }
    #[inline(always)]
    fn weight(&self, sample: usize) -> M::Scalar {
        self.scalar_weight(sample)
    }
}

impl<M: Model> Batch<M> for Rows<'_, M> {
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn labels(&self, head: usize) -> usize {
        let column = &self.dataset.targets[head];
        if column.may_miss() { self.rows.iter().filter(|&&row| column.is_present(row)).count() } else { self.rows.len() }
    }
    #[inline(always)]
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize) {
        M::load_inputs(values, column, &InputsRow { dataset: self.dataset, row: self.rows[sample] });
    }
    #[inline(always)]
    fn load_targets<const COLUMNS: usize>(&self, sample: usize, targets: &mut M::TargetColumns<COLUMNS>, column: usize) {
        M::load_targets(targets, column, &TargetsRow { dataset: self.dataset, row: self.rows[sample] });
    }
    #[inline(always)]
    fn weight(&self, sample: usize) -> M::Scalar {
        self.dataset.scalar_weight(self.rows[sample])
    }
}
