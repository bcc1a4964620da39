//! Strategies that make one direction of the tasks' gradients, one a file.

mod aligned_mtl;
mod ca_grad;
mod con_fig;
mod db_mtl;
mod dual_cone;
mod dual_projection;
mod excess_mtl;
mod fair_grad;
mod grad_drop;
mod grad_vac;
mod imtl_g;
mod mgda;
mod nash_mtl;
mod pc_grad;
mod sum;
mod up_grad;

pub use aligned_mtl::{AlignedMtl, AlignedScale};
pub use ca_grad::CaGrad;
pub use con_fig::ConFig;
pub use db_mtl::DbMtl;
pub use dual_projection::DualProjection;
pub use excess_mtl::ExcessMtl;
pub use fair_grad::FairGrad;
pub use grad_drop::GradDrop;
pub use grad_vac::GradVac;
pub use imtl_g::ImtlG;
pub use mgda::Mgda;
pub use nash_mtl::NashMtl;
pub use pc_grad::PcGrad;
pub use sum::Sum;
pub use up_grad::UpGrad;
