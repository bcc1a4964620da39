//! Strategies that weight the tasks' losses, one a file.

mod dynamic_weight_average;
mod famo;
mod fixed_weights;
mod geometric_mean;
mod grad_norm;
mod imtl_l;
mod random_weights;
mod smooth_tchebycheff;
mod uncertainty;

pub use dynamic_weight_average::DynamicWeightAverage;
pub use famo::Famo;
pub use fixed_weights::FixedWeights;
pub use geometric_mean::GeometricMean;
pub use grad_norm::GradNorm;
pub use imtl_l::ImtlL;
pub use random_weights::RandomWeights;
pub use smooth_tchebycheff::SmoothTchebycheff;
pub use uncertainty::Uncertainty;
