//! How long the heads' gradients are, and which angles are between them.

use std::boxed::Box;
use std::vec::Vec;

use crate::compare::block_cosines;
use crate::data::{Dataset, Rows};
use crate::evaluate::Evaluate;
use crate::flat::{self, Flat};
use crate::kernel::scalar::Scalar;
use crate::layer::context::Pass;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::pass::{self, TILE, Tile};

/// The gradients of the heads' losses, without weights, on one batch of up to 256 rows spread over the training data.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadGradients {
    /// The Euclidean norm of each head's gradient, over all parameters that it depends on.
    pub norms: Vec<f64>,
    /// The cosines of the angles between them, for each pair of heads and each block that both depend on.
    pub cosines: Vec<HeadCosine>,
}

/// The cosine of the angle between two heads' gradients in a block, over the parameters that both depend on: below 0 they conflict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadCosine {
    /// One head.
    pub left: &'static str,
    /// The other one.
    pub right: &'static str,
    /// The block.
    pub block: &'static str,
    /// The cosine; NaN where one of the gradients is 0.
    pub cosine: f64,
}

/// What measures them, with the memory that it takes.
pub(crate) struct GradientMeter<M: Model> {
    rows: Vec<usize>,
    tiles: Box<[Tile<M, TILE>]>,
    statistics: Box<M::Statistics>,
    gradients: Box<[M]>,
}

impl<M: Evaluate> GradientMeter<M> {
    pub(crate) fn new(dataset: &Dataset<M>) -> Self {
        const ROWS: usize = 256;
        let count = dataset.len().min(ROWS);
        Self {
            rows: (0..count).map(|place| place * dataset.len() / count).collect(),
            tiles: flat::zeroed_slice(pass::tiles_needed::<M>(count, TILE)),
            statistics: flat::zeroed_box(),
            gradients: flat::zeroed_slice(M::HEADS.len()),
        }
    }

    /// Measures on the data set that it was made for. What a pass cannot compute is NaN.
    pub(crate) fn measure(&mut self, model: &M, dataset: &Dataset<M>) -> HeadGradients {
        let Self { rows, tiles, statistics, gradients } = self;
        let mut ones: M::Losses = flat::zeroed();
        ones.as_mut_slice().fill(Scalar::ONE);
        let sets: Vec<HeadSet> = (0..M::HEADS.len()).map(HeadSet::only).collect();
        gradients.iter_mut().for_each(flat::set_zero);
        let pass = Pass { training: true, ..Pass::PREDICT };
        let work = pass::Work { model, pass, heads: HeadSet::ALL };
        let memory = pass::Memory { tiles, statistics };
        let is_defined = pass::backward_heads(work, &Rows::new(dataset, rows), &sets, &ones, memory, gradients).is_ok();
        let or_nan = |value: f64| if is_defined { value } else { f64::NAN };
        let squares = |gradient: &M| gradient.as_slice().iter().map(|value| value.to_f64() * value.to_f64()).sum::<f64>();
        let norms = gradients.iter().map(|gradient| or_nan(libm::sqrt(squares(gradient)))).collect();
        let mut cosines = Vec::new();
        for left in 0..M::HEADS.len() {
            for right in left + 1..M::HEADS.len() {
                let blocks = block_cosines(M::PARAMETERS, (left, gradients[left].as_slice()), (right, gradients[right].as_slice()));
                cosines.extend(blocks.into_iter().flatten().map(|block| HeadCosine {
                    left: M::HEADS[left].name,
                    right: M::HEADS[right].name,
                    block: block.block,
                    cosine: or_nan(block.cosine),
                }));
            }
        }
        HeadGradients { norms, cosines }
    }
}
