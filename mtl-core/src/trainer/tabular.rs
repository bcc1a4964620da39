//! The recipe for small networks on tables.

use super::{BestWeights, Trainer};
use crate::evaluate::Evaluate;
use crate::optimizer::AdamW;
use crate::schedule::Cosine;

/// The recipe of `RealMLP`, as far as a trainer can have it: see [`Trainer::tabular`].
impl<M: Evaluate> Trainer<'_, M, AdamW> {
    /// A trainer with settings that are good for small networks on tables, each of which can be changed: `Trainer::tabular().epochs(100)`.
    ///
    /// They follow `RealMLP`, an MLP whose settings were chosen on 118 tables; Holzmüller, Grinsztajn, Steinwart 2024, "Better by Default: Strong Pre-Tuned
    /// MLPs and Boosted Trees on Tabular Data".
    ///
    /// | setting | value | source |
    /// |---|---|---|
    /// | optimizer | [`AdamW`] with `beta_2` 0.95 and a `weight_decay` of 0.02 | `RealMLP`; there biases do not decay, and the decay falls to 0 in the second half |
    /// | `learning_rate` | 0.002 | `TabM`, Gorishniy, Kotelnikov, Babenko 2024: that of `RealMLP` goes with weights in another unit |
    /// | [`schedule`](Self::schedule) | [`Cosine`] over the whole training | `RealMLP` goes up and down four times, and ends at 0 too |
    /// | [`epochs`](Self::epochs), [`batch_size`](Self::batch_size) | 256, 256 | `RealMLP` |
    /// | [`validation_fraction`](Self::validation_fraction) | 0.2 | `RealMLP`; [`validation`](Self::validation) takes its place |
    /// | [`best_weights`](Self::best_weights) | those of the least combined loss | `RealMLP` goes by the error for classes |
    ///
    /// All else is as in [`new`](Self::new). What the model has of the recipe stands in its declaration: `Robust -> Scale` behind real columns, `Periodic(16)`
    /// and a `Dense` beside them, `OneHot` or `Embedding(8)` behind categories, three layers of `Dense(256, selu)` for classes or `Dense(256, mish)`
    /// for numbers with `Dropout(0.15)` behind each, `label_smoothing: 0.1` for classes and `targets: standardized` for numbers. Smoothing is part of the
    /// loss that is reported too; for probabilities that are near the frequencies leave it out.
    ///
    /// ```
    /// # use mtl_core::{data::Dataset, evaluate::Evaluate, trainer::{TrainError, Trainer}};
    /// # fn train<M: Evaluate<Scalar = f32>>(mut model: M, train: Dataset<M>) -> Result<(), TrainError> {
    /// let history = Trainer::tabular().seed(1).fit(&mut model, &train)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tabular() -> Self {
        Self::new(AdamW::new(2e-3).beta_2(0.95).weight_decay(0.02))
            .schedule(Cosine::default())
            .epochs(256)
            .batch_size(256)
            .validation_fraction(0.2)
            .best_weights(BestWeights::default())
    }
}
