//! Easy samples first.

use std::vec;
use std::vec::Vec;

use rand::rngs::Xoshiro256PlusPlus;

use super::sampler::{Found, SampleError, Sampler, shuffle, take};
use crate::data::{DataError, Dataset, Rows};
use crate::evaluate::HeadMeans;
use crate::flat;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::pass::{self, TILE, Tile};
use crate::setting::{InvalidSetting, require, require_some};

/// How many of the samples are open in an epoch, the easiest first.
///
/// `start` is above 0 and at most 1, `factor` is finite and at least 1, and a step has an epoch at least; with 0 `epochs` of a linear or root
/// pacing all samples are open at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pacing {
    /// `start + (1 − start) t`, where t goes from 0 in the first epoch to 1 after `epochs` of them.
    Linear {
        /// The share of the samples in the first epoch.
        start: f64,
        /// After how many epochs all are open.
        epochs: usize,
    },
    /// `√(start² + (1 − start²) t)`: new samples come in ever more slowly, so that each is seen about as often (Platanios et al. 2019).
    Root {
        /// The share of the samples in the first epoch.
        start: f64,
        /// After how many epochs all are open.
        epochs: usize,
    },
    /// `start · factorⁿ` after n times `epochs` epochs, 1 at most (the fixed exponential pacing of Hacohen, Weinshall 2019).
    Step {
        /// The share of the samples at the beginning.
        start: f64,
        /// What each step multiplies it by.
        factor: f64,
        /// How many epochs a step lasts.
        epochs: usize,
    },
}

impl Pacing {
    /// The share of the samples that is open in an epoch, counted from 1.
    #[must_use]
    pub fn share(self, epoch: usize) -> f64 {
        let passed = epoch.saturating_sub(1);
        let fraction = |epochs: usize| if passed >= epochs { 1.0 } else { passed as f64 / epochs as f64 };
        let share = match self {
            Self::Linear { start, epochs } => start + (1.0 - start) * fraction(epochs),
            Self::Root { start, epochs } => libm::sqrt(start * start + (1.0 - start * start) * fraction(epochs)),
            Self::Step { start, factor, epochs } => start * libm::pow(factor, (passed / epochs.max(1)) as f64),
        };
        // NaN opens everything; a trainer refuses it.
        if share < 1.0 { share.max(0.0) } else { 1.0 }
    }

    fn check(self) -> Result<(), InvalidSetting> {
        let (Self::Linear { start, .. } | Self::Root { start, .. } | Self::Step { start, .. }) = self;
        require("Pacing::start", start, start > 0.0 && start <= 1.0, "be above 0 and at most 1")?;
        if let Self::Step { factor, epochs, .. } = self {
            require("Pacing::factor", factor, factor >= 1.0, "be finite and at least 1")?;
            require_some("Pacing::epochs", epochs)?;
        }
        Ok(())
    }
}

/// A curriculum over samples: ranked by difficulty, the easiest are open first, and a pacing function opens the others (Bengio et al. 2009).
///
/// Every epoch has as many samples as there are rows to train on, drawn evenly from those that are open: a curriculum has the budget
/// of training without one. For a curriculum over tasks see [`Trainer::head_from`](super::Trainer::head_from).
///
/// ```
/// # use std::error::Error;
/// # use mtl_core::{data::Dataset, evaluate::Evaluate, optimizer::Adam, trainer::{Curriculum, Pacing, Trainer}};
/// # fn train<M: Evaluate<Scalar = f32>>(first_model: M, mut model: M, train: Dataset<M>) -> Result<(), Box<dyn Error>> {
/// let curriculum = Curriculum::by_loss(&first_model, &train)?.pacing(Pacing::Linear { start: 0.2, epochs: 10 });
/// Trainer::new(Adam::default()).epochs(20).sampler(curriculum).fit(&mut model, &train)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Curriculum {
    /// NaN for rows that have none: they come last.
    difficulties: Vec<f64>,
    /// The first row whose difficulty should be a number and is NaN.
    invalid: Option<usize>,
    pacing: Pacing,
    /// The rows to train on, the easiest first.
    ranked: Found<Vec<usize>>,
}

impl Curriculum {
    /// By a difficulty for each row of the data set; with linear pacing from a fifth over ten epochs.
    #[must_use]
    pub fn new(difficulties: impl IntoIterator<Item = f64>) -> Self {
        let difficulties: Vec<f64> = difficulties.into_iter().collect();
        let invalid = difficulties.iter().position(|difficulty| difficulty.is_nan());
        Self { difficulties, invalid, pacing: Pacing::Linear { start: 0.2, epochs: 10 }, ranked: Found::default() }
    }

    /// By the combined loss of each row under a first model, trained on the same data or on others (Hacohen, Weinshall 2019).
    ///
    /// It is that of the heads of which the row has a label; a row without any has none, and comes last.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`].
    pub fn by_loss<M: Model>(model: &M, dataset: &Dataset<M>) -> Result<Self, DataError> {
        let mut tile = flat::zeroed_box::<Tile<M, TILE>>();
        let (mut difficulties, mut invalid) = (vec![0.0; dataset.len()], None);
        for (row, difficulty) in difficulties.iter_mut().enumerate() {
            let losses = pass::evaluate(model, &Rows::new(dataset, &[row]), &mut tile, |_, _, _, _| ()).map_err(|_| DataError::Empty)?;
            let mut means = HeadMeans::new::<M>();
            let labelled = means.add_heads::<M>(HeadSet::ALL, &losses, &Rows::new(dataset, &[row]));
            *difficulty = means.combined::<M>(HeadSet::ALL);
            if difficulty.is_nan() && !labelled.is_empty() {
                invalid = invalid.or(Some(row));
            }
        }
        if difficulties.is_empty() { Err(DataError::Empty) } else { Ok(Self { invalid, ..Self::new(difficulties) }) }
    }

    /// How fast the harder samples come in.
    #[must_use]
    pub fn pacing(self, pacing: Pacing) -> Self {
        Self { pacing, ..self }
    }

    /// The hardest samples first: what a curriculum is to be measured against.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.difficulties.iter_mut().for_each(|difficulty| *difficulty = -*difficulty);
        self
    }

    /// How many samples are open in an epoch.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
    fn open(&self, number: usize) -> usize {
        let all = self.ranked.len();
        (libm::ceil(self.pacing.share(number) * all as f64) as usize).max(1).min(all)
    }

    /// The difficulties by row.
    #[must_use]
    pub fn difficulties(&self) -> &[f64] {
        &self.difficulties
    }
}

impl<M: Model> Sampler<M> for Curriculum {
    fn prepare(&mut self, dataset: &Dataset<M>, rows: &[usize]) -> Result<usize, SampleError> {
        self.pacing.check()?;
        if let Some(row) = self.invalid {
            return Err(SampleError::InvalidDifficulty { row });
        }
        if self.difficulties.len() != dataset.len() {
            return Err(SampleError::WeightCount { weights: self.difficulties.len(), rows: dataset.len() });
        }
        *self.ranked = rows.to_vec();
        // Stable: rows of one difficulty keep their order.
        self.ranked.sort_by(|&one, &other| {
            let (one, other) = (self.difficulties[one], self.difficulties[other]);
            one.is_nan().cmp(&other.is_nan()).then(one.total_cmp(&other))
        });
        Ok(rows.len())
    }

    fn changes(&self, number: usize) -> bool {
        number > 1 && self.open(number) != self.open(number - 1)
    }

    fn epoch(&mut self, number: usize, rng: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
        take(&self.ranked[..self.open(number)], self.ranked.len(), rng, order);
        shuffle(order, rng);
    }
}
