//! Strategies that are chosen at run time, as the tables of tests have them.

#![allow(dead_code, reason = "not every test lends them")]

use mtl::balance::{
    AlignedMtl, CaGrad, ConFig, DbMtl, Direction, DualProjection, DynamicWeightAverage, EveryDirection, EveryWeighting, ExcessMtl, FairGrad, Famo,
    FixedWeights, GeometricMean, GradDrop, GradNorm, GradVac, ImtlG, ImtlL, LossWeighting, Mgda, NashMtl, PcGrad, RandomWeights, SmoothTchebycheff,
    Sum, Uncertainty, UpGrad,
};
use mtl::optimizer::Optimizer;
use mtl::trainer::Trainer;
use mtl::{Evaluate, Model, Scalar};

/// A loss weighting, a direction, or both.
pub struct Strategies<T> {
    pub weighting: Option<Box<dyn LossWeighting>>,
    pub direction: Option<Box<dyn Direction<T>>>,
}

pub fn weighting<T>(weighting: impl LossWeighting + 'static) -> Strategies<T> {
    Strategies { weighting: Some(Box::new(weighting)), direction: None }
}

pub fn direction<T: Scalar>(direction: impl Direction<T> + 'static) -> Strategies<T> {
    Strategies { weighting: None, direction: Some(Box::new(direction)) }
}

pub fn both<T: Scalar>(weighting: impl LossWeighting + 'static, direction: impl Direction<T> + 'static) -> Strategies<T> {
    Strategies { weighting: Some(Box::new(weighting)), direction: Some(Box::new(direction)) }
}

impl<T: Scalar> Strategies<T> {
    /// The trainer with these strategies.
    pub fn give<'a, M: Evaluate<Scalar = T>, O: Optimizer<T>>(self, mut trainer: Trainer<'a, M, O>) -> Trainer<'a, M, O> {
        if let Some(weighting) = self.weighting {
            trainer = trainer.weighting(weighting);
        }
        if let Some(direction) = self.direction {
            trainer = trainer.direction(direction);
        }
        trainer
    }

    /// The trainer with these strategies, which are lent.
    pub fn lend<'a, M: Evaluate<Scalar = T>, O: Optimizer<T>>(&'a mut self, mut trainer: Trainer<'a, M, O>) -> Trainer<'a, M, O> {
        if let Some(weighting) = &mut self.weighting {
            trainer = trainer.weighting(weighting);
        }
        if let Some(direction) = &mut self.direction {
            trainer = trainer.direction(direction);
        }
        trainer
    }
}

/// Makes strategies; those that draw numbers do so from the seed.
pub type Make<T> = fn(u64) -> Strategies<T>;

/// Each loss weighting by itself, with its name; the declared weights are those of a model `M`.
pub fn weightings<M: Model>() -> impl Iterator<Item = (&'static str, Make<M::Scalar>)> {
    EveryWeighting::ALL.iter().map(|name| -> (&'static str, Make<M::Scalar>) {
        match name {
            EveryWeighting::FixedWeights => ("fixed_weights", |_| weighting(FixedWeights::declared::<M>())),
            EveryWeighting::Uncertainty => ("uncertainty", |_| weighting(Uncertainty::new())),
            EveryWeighting::DynamicWeightAverage => ("dynamic_weight_average", |_| weighting(DynamicWeightAverage::new())),
            EveryWeighting::GeometricMean => ("geometric_mean", |_| weighting(GeometricMean)),
            EveryWeighting::RandomWeights => ("random_weights", |seed| weighting(RandomWeights::new(seed))),
            EveryWeighting::ImtlL => ("imtl_l", |_| weighting(ImtlL::new())),
            EveryWeighting::Famo => ("famo", |_| weighting(Famo::new())),
            EveryWeighting::SmoothTchebycheff => ("smooth_tchebycheff", |_| weighting(SmoothTchebycheff::new())),
            EveryWeighting::GradNorm => ("grad_norm", |_| weighting(GradNorm::new())),
        }
    })
}

/// Each direction by itself, with its name.
pub fn directions<T: Scalar>() -> impl Iterator<Item = (&'static str, Make<T>)> {
    EveryDirection::ALL.iter().map(|name| -> (&'static str, Make<T>) {
        match name {
            EveryDirection::Sum => ("sum", |_| direction(Sum)),
            EveryDirection::PcGrad => ("pc_grad", |seed| direction(PcGrad::new(seed))),
            EveryDirection::GradVac => ("grad_vac", |seed| direction(GradVac::new(seed))),
            EveryDirection::Mgda => ("mgda", |_| direction(Mgda)),
            EveryDirection::CaGrad => ("ca_grad", |_| direction(CaGrad::default())),
            EveryDirection::ImtlG => ("imtl_g", |_| direction(ImtlG)),
            EveryDirection::NashMtl => ("nash_mtl", |_| direction(NashMtl::default())),
            EveryDirection::FairGrad => ("fair_grad", |_| direction(FairGrad::default())),
            EveryDirection::AlignedMtl => ("aligned_mtl", |_| direction(AlignedMtl::default())),
            EveryDirection::UpGrad => ("up_grad", |_| direction(UpGrad::default())),
            EveryDirection::DualProjection => ("dual_projection", |_| direction(DualProjection::default())),
            EveryDirection::ConFig => ("con_fig", |_| direction(ConFig)),
            EveryDirection::GradDrop => ("grad_drop", |seed| direction(GradDrop::new(seed))),
            EveryDirection::DbMtl => ("db_mtl", |_| direction(DbMtl::new())),
            EveryDirection::ExcessMtl => ("excess_mtl", |_| direction(ExcessMtl::new())),
        }
    })
}
