//! The steps of the language, one family a file: all that the stages of the macro must know of each.
//!
//! A step is added by a file with its words and its [`Definition`], and by its name in the list below. What a definition does not say
//! has a true default: no parameters, no cost, no constants.

mod contract;
mod given;
pub(crate) mod int8;
pub(crate) mod weighted;
pub(crate) mod window;

pub(crate) use contract::{
    Backward, Constant, ConstantValue, Definition, Descriptor, Extent, Folding, Forward, Product, Rules, Shaped, Sizes, Tensor,
};
pub(crate) use given::{Given, Word};
pub(crate) use int8::Int8;

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

/// Makes the enum of all steps and the list of their words. A family without steps of one value stands with nothing behind it.
macro_rules! steps {
    ($($family:ident: $($step:ident),*;)*) => {
        $(pub(crate) mod $family;)*

        /// What a step computes.
        #[derive(Clone)]
        pub(crate) enum Operation {
            $($($step($family::$step),)*)*
        }

        impl Deref for Operation {
            type Target = dyn Definition;

            fn deref(&self) -> &Self::Target {
                match self {
                    $($(Self::$step(step) => step,)*)*
                }
            }
        }

        impl DerefMut for Operation {
            fn deref_mut(&mut self) -> &mut Self::Target {
                match self {
                    $($(Self::$step(step) => step,)*)*
                }
            }
        }

        $($(
            impl From<$family::$step> for Operation {
                fn from(step: $family::$step) -> Self {
                    Self::$step(step)
                }
            }
        )*)*

        /// Every layer that has a name, in the order in which messages list them.
        pub(crate) static LAYERS: LazyLock<Vec<&'static Word>> = LazyLock::new(|| {
            let families: &[&'static [Word]] = &[$($family::WORDS),*];
            families.iter().flat_map(|words| words.iter()).collect()
        });
    };
}

steps! {
    dense: Dense;
    dropout: Dropout;
    batch_norm: BatchNorm;
    row_norm: RowNorm;
    normalize: Normalize;
    scale: Scale;
    periodic: Periodic, Piecewise;
    ensemble: Ensemble;
    noise: GaussianNoise;
    merge: Concat, Merge;
    embedding: Embedding, OneHot;
    reshape: Reshape;
    convolution: Convolution;
    depthwise: Depthwise;
    pool: Pool;
    zero_padding: ZeroPadding;
    recurrent: Recurrent;
    standardize: Standardize;
    sharing: CrossStitch, Mixture;
    p_relu: PRelu;
    activation: Activation, Softmax;
    own: Own;
}

/// What a step is, as it was written.
#[derive(Clone)]
pub(crate) enum Kind {
    /// A step with one output.
    One(Operation),
    /// One that is made of several steps, and may have several outputs.
    Sharing(sharing::Sharing),
    /// The steps of a `layer` statement.
    Layer(usize),
    /// Already reported.
    Broken,
}

impl Kind {
    /// The layer with weights that it is.
    pub(crate) fn weighted(&self) -> Option<&weighted::Weighted> {
        match self {
            Self::One(operation) => operation.weighted(),
            Self::Sharing(_) | Self::Layer(_) | Self::Broken => None,
        }
    }

    pub(crate) fn weighted_mut(&mut self) -> Option<&mut weighted::Weighted> {
        match self {
            Self::One(operation) => operation.weighted_mut(),
            Self::Sharing(_) | Self::Layer(_) | Self::Broken => None,
        }
    }
}

impl<O: Into<Operation>> From<O> for Kind {
    fn from(step: O) -> Self {
        Self::One(step.into())
    }
}

/// The layer of a name.
pub(crate) fn find(name: &str) -> Option<&'static Word> {
    LAYERS.iter().copied().find(|word| word.name == name || word.aliases.contains(&name))
}

/// Every spelling of every layer, for suggestions.
pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    LAYERS.iter().flat_map(|word| std::iter::once(word.name).chain(word.aliases.iter().copied()))
}
